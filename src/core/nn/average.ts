import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireFinite } from "../errors.ts";
import { mapTree, type Tensor } from "../tensor/index.ts";
import type { OptimiserState, Stage } from "./optimiser.ts";

/**
 * Keeps an exponential moving average of the parameters beside them: the last stage of a chain. Read it with
 * {@link averageOf}. It starts at the initial parameters; in the first steps the decay is
 * (1 + step) / (10 + step) where that is smaller, so that they are soon forgotten.
 */
export function averageParameters(decay: number): Stage {
  requireFinite("decay", decay, 0, 1);
  return {
    start: (params) => ({
      average: mapTree((leaf: NdArray) => ({ ...leaf, data: leaf.data.slice() }), params),
    }),
    apply(updates, state, params, step) {
      const kept = step.add(1).div(step.add(10)).minimum(decay);
      const average = mapTree(
        (a: Tensor, p: Tensor, u: Tensor) => {
          const next = p.add(u);
          return next.add(a.sub(next).mul(kept.cast(a.dtype)));
        },
        (state as { average: unknown }).average,
        params,
        updates,
      );
      return { updates, state: { average } };
    },
  };
}

/** The averaged parameters in the state of an optimiser with {@link averageParameters} in its chain. */
export function averageOf<P>(state: OptimiserState<P>): P {
  const find = (stages: readonly unknown[]): unknown => {
    for (const stage of stages) {
      if (Array.isArray(stage)) {
        const found = find(stage);
        if (found !== undefined) return found;
      } else if (typeof stage === "object" && stage !== null && "average" in stage) return stage.average;
    }
    return undefined;
  };
  const average = find(state.stages);
  if (average === undefined)
    throw new InvalidInputError("state", "the optimiser has no averageParameters stage");
  return average as P;
}
