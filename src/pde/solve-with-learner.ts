import type { CsrMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { type KrylovResult, sor } from "../core/sparse/index.ts";
import type { ParameterLearner } from "./parameter-learner.ts";
import { ssorPcg } from "./ssor-pcg.ts";

export const relaxationSolvers = ["sor", "ssor-pcg"] as const;
export type RelaxationSolver = (typeof relaxationSolvers)[number];

/** One system of a sequence that is solved by relaxation. */
export interface RelaxationSystem {
  readonly A: CsrMatrix;
  readonly b: Float64Array;
  /** What is known beforehand and bears on the best parameter, for contextual learners. */
  readonly context?: number;
  /** Start of the iteration; default 0. */
  readonly x0?: Float64Array;
}

export interface SolveWithLearnerOptions extends Omit<LongCallOptions, "seed"> {
  /** Bound on the true relative residuals; default 1e-8. */
  readonly tol?: number;
  /** Most iterations, and the cost of a system that does not converge; default 10,000. */
  readonly maxIterations?: number;
  /** How many systems there are, for progress; default the length of an array. */
  readonly total?: number;
  /** Called with each solution; without it they are collected in `x`. */
  readonly onSolution?: (x: Float64Array, round: number) => void | Promise<void>;
}

export interface RelaxationOutcome {
  /** Iterations of each round, at least 1; `maxIterations` where it did not converge. */
  readonly costs: Int32Array;
  /** Parameter played in each round. */
  readonly omegas: Float64Array;
  readonly relResiduals: Float64Array;
  /** Solutions; empty with `onSolution`. */
  readonly x: readonly Float64Array[];
  readonly converged: boolean;
  /** Rounds that did not converge. */
  readonly failures: readonly number[];
}

/** One relaxation solve with that parameter. */
export function relax(
  solver: RelaxationSolver,
  { A, b, x0 }: RelaxationSystem,
  omega: number,
  limits: { readonly tol?: number; readonly maxIterations?: number } = {},
): KrylovResult {
  const options = { ...limits, omega, ...(x0 === undefined ? {} : { x0 }) };
  return solver === "sor" ? sor(A, b, options) : ssorPcg(A, b, options);
}

/**
 * Solves systems one after the other by SOR or SSOR-preconditioned conjugate gradients with the parameter that the
 * learner chooses, and tells the learner nothing but the number of iterations. Systems are taken one at a time; a
 * generator receives the solution as the value of its `yield`, so that a system can depend on the one before.
 */
export async function solveWithLearner(
  systems: Iterable<RelaxationSystem>,
  learner: ParameterLearner,
  solver: RelaxationSolver,
  options: SolveWithLearnerOptions = {},
): Promise<RelaxationOutcome> {
  requireOneOf("solver", solver, relaxationSolvers);
  requireKnownOptions("options", options, [
    "tol",
    "maxIterations",
    "total",
    "onSolution",
    "signal",
    "onProgress",
  ]);
  if (typeof systems !== "object" || systems === null || !(Symbol.iterator in systems))
    throw new InvalidInputError("systems", `expected systems { A, b, context? }, got ${show(systems)}`);
  const tol = requireFinite("options.tol", options.tol ?? 1e-8, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 10_000, 1);
  const total = options.total ?? (Array.isArray(systems) ? systems.length : 0);
  const pace = new Pace(options, total);
  const costs: number[] = [];
  const omegas: number[] = [];
  const relResiduals: number[] = [];
  const failures: number[] = [];
  const x: Float64Array[] = [];
  const iterator = systems[Symbol.iterator]() as Iterator<
    RelaxationSystem,
    unknown,
    Float64Array | undefined
  >;
  let previous: Float64Array | undefined;
  for (;;) {
    const next = iterator.next(previous);
    if (next.done === true) break;
    const system = next.value;
    const round = costs.length;
    const omega = learner.predict(system.context);
    const result = relax(solver, system, omega, { tol, maxIterations });
    const cost = result.converged ? Math.max(1, result.iterations) : maxIterations;
    learner.update(cost);
    costs.push(cost);
    omegas.push(omega);
    relResiduals.push(result.residuals.at(-1)!);
    if (!result.converged) failures.push(round);
    previous = result.x;
    if (options.onSolution === undefined) x.push(result.x);
    else await options.onSolution(result.x, round);
    if (pace.due()) await pace.rest(costs.length);
  }
  pace.finish();
  return {
    costs: Int32Array.from(costs),
    omegas: Float64Array.from(omegas),
    relResiduals: Float64Array.from(relResiduals),
    x,
    converged: failures.length === 0,
    failures,
  };
}
