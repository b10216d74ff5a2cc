import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../core/errors.ts";
import { type LongCallOptions, Pace, stageOf } from "../core/progress.ts";
import { requireCsr } from "../core/sparse/index.ts";
import { SequenceSolver, type SequenceSolverOptions, sequenceSolverOptions } from "./sequence-solver.ts";
import { type SortOptions, sortSystems } from "./sort-systems.ts";

/** One system A x = b of a sequence. */
export interface LinearSystem {
  readonly A: CsrMatrix;
  readonly b: Float64Array;
  /** What A was made from, such as its coefficient field: decides the order. Default the values of A. */
  readonly params?: Float64Array;
}

export interface SolveSequenceOptions extends SequenceSolverOptions, Omit<LongCallOptions, "seed"> {
  /** Whether to solve in the order of `sortSystems`; default true. Solutions come in the caller's order. */
  readonly sort?: boolean;
  /** How the order is found. */
  readonly sorting?: Omit<SortOptions, "signal" | "onProgress">;
}

/** Arrays are in the caller's order, whatever the order of solving. */
export interface SequenceSolution {
  readonly x: readonly Float64Array[];
  /** Whether every system has. Look at it before using `x`. */
  readonly converged: boolean;
  /** The systems that did not converge, each with the reason. */
  readonly failures: readonly SequenceFailure[];
  /** `order[i]` is the system that was solved as the i-th. */
  readonly order: Int32Array;
  /** Steps of the method; products that adapt the recycled space are in `matvecs` only. */
  readonly iterations: Int32Array;
  readonly matvecs: Int32Array;
  /** True relative residuals. */
  readonly relResiduals: Float64Array;
  /** Time of each solve, with its preconditioner. */
  readonly seconds: Float64Array;
  /** With `delta`: `subspaceDelta` of every system's space and the recycled one; NaN-free, 1 for the first. */
  readonly delta?: Float64Array;
}

export interface SequenceFailure {
  readonly system: number;
  readonly relResidual: number;
  readonly reason: string;
}

/**
 * Solves related systems one after the other, by default with GCRO-DR that hands its recycled subspace from one
 * system to the next, in an order in which neighbours are alike. A system that does not converge is reported in
 * `failures`; the others are solved all the same.
 *
 * Wang, Hao, Wang, Geng, Wang, Li and Wu, Accelerating data generation for neural operators via Krylov subspace
 * recycling, 2024.
 */
export async function solveSequence(
  systems: Iterable<LinearSystem>,
  options: SolveSequenceOptions = {},
): Promise<SequenceSolution> {
  requireKnownOptions("options", options, [
    ...sequenceSolverOptions,
    "sort",
    "sorting",
    "signal",
    "onProgress",
  ]);
  const { sort = true, sorting = {}, signal, onProgress, ...rest } = options;
  const all = requireSystems(systems);
  const count = all.length;
  const call = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  const order = sort
    ? await sortSystems(
        all.map(({ A, params }) => params ?? A.data),
        { ...sorting, ...stageOf(call, "sorting", 0, 0.05 * count, count) },
      )
    : Int32Array.from({ length: count }, (_, i) => i);

  const solver = new SequenceSolver(rest);
  const x = new Array<Float64Array>(count);
  const failures: SequenceFailure[] = [];
  const iterations = new Int32Array(count);
  const matvecs = new Int32Array(count);
  const relResiduals = new Float64Array(count);
  const seconds = new Float64Array(count);
  const delta = (rest.delta ?? false) === false ? undefined : new Float64Array(count);
  const pace = new Pace(stageOf(call, "solving", 0.05 * count, count, count), count);
  for (const [place, system] of order.entries()) {
    const { A, b } = all[system]!;
    const solved = solver.solve(A, b, `systems[${system}]`);
    x[system] = solved.x;
    iterations[system] = solved.iterations;
    matvecs[system] = solved.matvecs;
    relResiduals[system] = solved.relResidual;
    seconds[system] = solved.seconds;
    if (delta !== undefined) delta[system] = solved.delta!;
    if (!solved.converged)
      failures.push({
        system,
        relResidual: solved.relResidual,
        reason: solved.breakdown ?? `not converged in ${solved.iterations} iterations`,
      });
    if (pace.due()) await pace.rest(place + 1);
  }
  pace.finish();
  failures.sort((a, b) => a.system - b.system);
  return {
    x,
    converged: failures.length === 0,
    failures,
    order,
    iterations,
    matvecs,
    relResiduals,
    seconds,
    ...(delta === undefined ? {} : { delta }),
  };
}

function requireSystems(systems: Iterable<LinearSystem>): readonly LinearSystem[] {
  if (typeof systems !== "object" || systems === null || !(Symbol.iterator in systems))
    throw new InvalidInputError("systems", `expected systems { A, b, params? }, got ${show(systems)}`);
  const all = [...systems];
  if (all.length === 0) throw new InvalidInputError("systems", "expected at least one");
  for (const [i, system] of all.entries()) {
    const name = `systems[${i}]`;
    if (typeof system !== "object" || system === null || !("A" in system))
      throw new InvalidInputError(name, `expected a system { A, b, params? }, got ${show(system)}`);
    const { rows, cols } = requireCsr(`${name}.A`, system.A);
    requireInteger(`${name}.A.rows`, rows, 0);
    const { A, params } = all[0]!;
    if (rows !== A.rows || cols !== A.rows)
      throw new InvalidInputError(`${name}.A`, `is ${rows} x ${cols}, expected ${A.rows} x ${A.rows}`);
    if ((system.params === undefined) !== (params === undefined))
      throw new InvalidInputError(
        `${name}.params`,
        params === undefined ? "given, but not for systems[0]" : "missing, but given for systems[0]",
      );
  }
  return all;
}
