import { InvalidInputError, show } from "../core/errors.ts";
import { ChebCB, type ChebCbOptions, type ChebCbState } from "./cheb-cb.ts";
import type { LearnerState, ParameterLearner } from "./parameter-learner.ts";
import {
  type BinnedOptions,
  BinnedTsallisInf,
  TsallisInf,
  type TsallisInfOptions,
  type TsallisState,
} from "./tsallis-inf.ts";

/** The learner that `toJSON` was called on, ready for its next round. */
export function learnerFromJSON(state: LearnerState): ParameterLearner {
  if (typeof state !== "object" || state === null || !Array.isArray(state.grid))
    throw new InvalidInputError("state", `expected the state of a learner, got ${show(state)}`);
  const grid = Float64Array.from(state.grid as number[]);
  switch (state.kind) {
    case "tsallis-inf":
      return new TsallisInf(grid, state.options as TsallisInfOptions, state as unknown as TsallisState);
    case "tsallis-inf-binned":
      return new BinnedTsallisInf(
        grid,
        state.options as BinnedOptions,
        state as unknown as { bins: TsallisState[]; clampedContexts: number },
      );
    case "cheb-cb":
      return new ChebCB(grid, state.options as ChebCbOptions, state as unknown as ChebCbState);
    default:
      throw new InvalidInputError("state.kind", `no learner is called ${show(state.kind)}`);
  }
}
