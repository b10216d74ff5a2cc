import { defineTask } from "ockham/parallel";
import {
  chebCB,
  omegaGrid,
  type ParameterLearner,
  relax,
  solveWithLearner,
  tsallisInf,
  tsallisInfBinned,
  youngOmega,
} from "ockham/pde";
import { cg } from "ockham/sparse";
import {
  heatRange,
  heatSystems,
  type Shifts,
  shiftedJacobiRadius,
  shiftedSystems,
  shiftRange,
} from "./systems.ts";

export const learners = ["Tsallis-INF", "binned", "ChebCB"] as const;
export type LearnerName = (typeof learners)[number];

/** A player of every round: a learner, a fixed parameter ("omega 1.6"), the best for each instance, or plain CG. */
export type Player = LearnerName | "instance-optimal" | "CG" | number;

export interface Game {
  readonly problem: Shifts | "heat";
  readonly player: Player;
  readonly seed: number;
  readonly rounds: number;
}

export interface Played {
  /** Iterations of every round. */
  readonly costs: Int32Array;
  /** Rounds that did not converge; they count with the most iterations. */
  readonly unconverged: number;
  readonly worstResidual: number;
}

export const maxIterations = 10_000;

/** One player on all rounds of a problem. Same problem and seed, same systems. */
export const play = defineTask({
  name: "learn-to-relax/play",
  module: import.meta.url,
  run: async ({ problem, player, seed, rounds }: Game, context): Promise<Played> => {
    const heat = problem === "heat";
    const systems = () => (heat ? heatSystems(rounds) : shiftedSystems(problem, seed, rounds));
    const solver = heat ? ("ssor-pcg" as const) : ("sor" as const);
    if (typeof player === "string" && player !== "instance-optimal" && player !== "CG") {
      const outcome = await solveWithLearner(systems(), learner(player, heat, seed), solver, {
        maxIterations,
        total: rounds,
        // Nobody needs the solutions, which are many.
        onSolution: () => {},
        signal: context.signal,
        onProgress: ({ done, total }) => context.progress(done, total),
      });
      return {
        costs: outcome.costs,
        unconverged: outcome.failures.length,
        worstResidual: Math.max(...outcome.relResiduals),
      };
    }
    const costs = new Int32Array(rounds);
    let unconverged = 0;
    let worstResidual = 0;
    const iterator = systems();
    let previous: Float64Array | undefined;
    for (let round = 0; round < rounds; round++) {
      const next = iterator.next(previous as never);
      if (next.done === true) break;
      const system = next.value;
      const omega =
        player === "instance-optimal" ? youngOmega(shiftedJacobiRadius(system.context!)) : (player as number);
      const result =
        player === "CG"
          ? cg(system.A, system.b, { maxIterations, ...(system.x0 === undefined ? {} : { x0: system.x0 }) })
          : relax(solver, system, omega, { maxIterations });
      costs[round] = result.converged ? Math.max(1, result.iterations) : maxIterations;
      if (!result.converged) unconverged++;
      worstResidual = Math.max(worstResidual, result.residuals.at(-1)!);
      previous = result.x;
      if (round % 50 === 0) {
        context.progress(round, rounds);
        await new Promise((resolve) => setTimeout(resolve));
        context.signal.throwIfAborted();
      }
    }
    return { costs, unconverged, worstResidual };
  },
});

/** A learner as the paper sets it up: 5 bins for SOR, 6 for the heat problem, 6 Chebyshev terms. */
function learner(name: LearnerName, heat: boolean, seed: number): ParameterLearner {
  const grid = omegaGrid();
  const range = heat ? heatRange : shiftRange;
  if (name === "Tsallis-INF") return tsallisInf(grid, { seed });
  if (name === "binned") return tsallisInfBinned(grid, { seed, bins: heat ? 6 : 5, range });
  return chebCB(grid, { seed, degree: 6, range });
}
