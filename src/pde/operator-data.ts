import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { defineTask, inlinePool, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { periodicGaussianField, randomStream } from "../core/random/index.ts";
import { darcyFv, helmholtzFd } from "../core/sparse/index.ts";
import { logNormalField, twoPhaseField } from "./coefficient-fields.ts";
import { diagonalForcing, navierStokes2d } from "./navier-stokes-2d.ts";
import type { PreconditionerKind } from "./preconditioner-kind.ts";
import { SequenceSolver, type SequenceSolverOptions } from "./sequence-solver.ts";
import type { LinearSystem } from "./solve-sequence.ts";
import { sortSystems } from "./sort-systems.ts";

/**
 * What pairs of inputs and outputs can be made of, on n x n points of the unit square:
 * - "darcy": -div(K grad u) = 1, K = 12 or 3, zero on the border; from K to u.
 * - "darcy-log-normal": the same with K = exp of a Gaussian field.
 * - "helmholtz": -Laplacian u - k^2 u = 1, k = 10 exp(field / 2), zero on the border; from k^2 to u.
 * - "navier-stokes": vorticity of a forced periodic flow; from time 0 to `time`.
 */
export const operatorEquations = ["darcy", "darcy-log-normal", "helmholtz", "navier-stokes"] as const;
export type OperatorEquation = (typeof operatorEquations)[number];

export const operatorMethods = ["skr", "gmres", "cg"] as const;
export type OperatorMethod = (typeof operatorMethods)[number];

export interface OperatorDataOptions extends Omit<LongCallOptions, "onProgress"> {
  readonly equation: OperatorEquation;
  /** Points along an axis. */
  readonly n: number;
  /** Number of pairs. */
  readonly count: number;
  /** Linear equations: "skr" (default) recycles and sorts, "gmres" restarts after 40 steps, "cg" needs Darcy. */
  readonly method?: OperatorMethod;
  /** Default "ilu0"; "ic0" for "cg". */
  readonly precond?: PreconditionerKind;
  /** Bound on the relative residuals; default 1e-8. */
  readonly tol?: number;
  /** Time of the flow's output; default 10. */
  readonly time?: number;
  /** Viscosity of the flow; default 1e-3. */
  readonly viscosity?: number;
  /** Pairs that are made together, in one order and with one recycled space; default 50. Part of the result. */
  readonly groupSize?: number;
  /** Groups that are not wanted, as they are there already. */
  readonly skip?: (group: number) => boolean;
  /** Default inline. */
  readonly pool?: Pool;
  /** Called with each group when it is complete, in any order. */
  readonly onGroup: (group: OperatorGroup) => void | Promise<void>;
  readonly onProgress?: LongCallOptions["onProgress"];
}

const knownOptions = [
  ...longCallOptions,
  "equation",
  "n",
  "count",
  "method",
  "precond",
  "tol",
  "time",
  "viscosity",
  "groupSize",
  "skip",
  "pool",
  "onGroup",
];

/** Some pairs, `size` of them from number `first` on, in order. */
export interface OperatorGroup {
  readonly group: number;
  readonly first: number;
  readonly size: number;
  /** size x n x n, one after the other. */
  readonly inputs: Float64Array;
  readonly outputs: Float64Array;
  readonly work: OperatorWork;
}

/** What a group took, and one system of it solved by other methods too. */
export interface OperatorWork {
  readonly pairs: number;
  /** Krylov iterations, or time steps of the flow. */
  readonly iterations: number;
  readonly seconds: number;
  readonly worstResidual: number;
  /** The middle system of the order: the method's own figures and those of others on the same system. */
  readonly sample: Readonly<Record<string, { readonly iterations: number; readonly seconds: number }>>;
}

/**
 * Makes training data for neural operators, in groups on a pool. Pair i is drawn from a stream of its own, and groups
 * are solved each by itself, so that the result depends on `groupSize` but not on the number of workers. Nothing is
 * collected: `onGroup` takes the pairs away. NumericalError naming the pair that could not be solved.
 */
export async function generateOperatorData(options: OperatorDataOptions): Promise<void> {
  const job = checked(options);
  const { skip, onGroup, onProgress, signal, pool = inlinePool() } = options;
  const groups: GroupJob[] = [];
  for (let group = 0; group * job.groupSize < job.count; group++) {
    if (skip?.(group) !== true) groups.push({ ...job, group });
  }
  signal?.throwIfAborted();
  const sizes = groups.map(({ group }) => groupRange(job, group).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const done = new Float64Array(groups.length);
  let reported = 0;
  const report = (): void => {
    reported = Math.min(
      total,
      Math.max(
        reported,
        done.reduce((sum, value) => sum + value, 0),
      ),
    );
    onProgress?.({ done: reported, total });
  };
  report();
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  let next = 0;
  // As many at a time as the pool runs, so that results that wait for `onGroup` do not pile up.
  const lane = async (): Promise<void> => {
    while (next < groups.length) {
      const place = next++;
      const result = await pool.run(makeGroup, groups[place]!, {
        signal: stopped,
        onProgress: (progress) => {
          done[place] = (progress.done / progress.total) * sizes[place]!;
          report();
        },
      });
      await onGroup(result);
      done[place] = sizes[place]!;
      report();
    }
  };
  const lanes = Array.from({ length: Math.min(pool.size, groups.length) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(lanes);
    throw error;
  }
  onProgress?.({ done: total, total });
}

interface Job {
  readonly equation: OperatorEquation;
  readonly n: number;
  readonly count: number;
  readonly seed: number | bigint;
  readonly method: OperatorMethod;
  readonly precond: PreconditionerKind;
  readonly tol: number;
  readonly time: number;
  readonly viscosity: number;
  readonly groupSize: number;
}

interface GroupJob extends Job {
  readonly group: number;
}

function checked(options: OperatorDataOptions): Job {
  requireKnownOptions("options", options, knownOptions);
  const equation = requireOneOf("options.equation", options.equation, operatorEquations);
  const method = requireOneOf("options.method", options.method ?? "skr", operatorMethods);
  if (method === "cg" && equation === "helmholtz")
    throw new InvalidInputError("options.method", `"cg" needs a positive definite matrix, not "helmholtz"`);
  if (typeof options.onGroup !== "function")
    throw new InvalidInputError("options.onGroup", "expected a function that takes the groups");
  if (options.seed !== undefined && typeof options.seed !== "bigint")
    requireInteger("options.seed", options.seed);
  return {
    equation,
    n: requireInteger("options.n", options.n, 2, 4096),
    count: requireInteger("options.count", options.count, 1),
    seed: options.seed ?? 0,
    method,
    precond: options.precond ?? (method === "cg" ? "ic0" : "ilu0"),
    tol: requireFinite("options.tol", options.tol ?? 1e-8, 0),
    time: requireFinite("options.time", options.time ?? 10, 0),
    viscosity: requireFinite("options.viscosity", options.viscosity ?? 1e-3, 0),
    groupSize: requireInteger("options.groupSize", options.groupSize ?? 50, 1),
  };
}

function groupRange({ groupSize, count }: Job, group: number): { first: number; size: number } {
  const first = group * groupSize;
  return { first, size: Math.min(groupSize, count - first) };
}

const makeGroup = defineTask({
  name: "pde/operator-data-group",
  module: import.meta.url,
  run: (job: GroupJob, context): Promise<OperatorGroup> =>
    job.equation === "navier-stokes" ? flows(job, context) : solutions(job, context),
  transfer: ({ inputs, outputs }) => [inputs.buffer as ArrayBuffer, outputs.buffer as ArrayBuffer],
});

interface Context {
  readonly signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** Flows from random vorticity with covariance 7^(3/2) (-Laplacian + 49)^(-5/2), forced along the diagonal. */
async function flows(job: GroupJob, { signal, progress }: Context): Promise<OperatorGroup> {
  const { n, seed, time, viscosity, group } = job;
  const { first, size } = groupRange(job, group);
  const inputs = new Float64Array(size * n * n);
  const outputs = new Float64Array(size * n * n);
  const forcing = diagonalForcing(n);
  let iterations = 0;
  const started = performance.now();
  for (let i = 0; i < size; i++) {
    const w0 = periodicGaussianField(randomStream(seed, "navier-stokes", first + i), n);
    const { vorticity, steps } = await navierStokes2d(w0, { time, viscosity, forcing, signal });
    inputs.set(w0.data, i * n * n);
    outputs.set(vorticity.data, i * n * n);
    iterations += steps;
    progress(i + 1, size);
  }
  const seconds = (performance.now() - started) / 1000;
  return {
    group,
    first,
    size,
    inputs,
    outputs,
    work: { pairs: size, iterations, seconds, worstResidual: 0, sample: {} },
  };
}

/** Systems of a linear equation, solved in sorted order where the method recycles. */
async function solutions(job: GroupJob, { signal, progress }: Context): Promise<OperatorGroup> {
  const { n, method, precond, tol, group } = job;
  const { first, size } = groupRange(job, group);
  const inputs = new Float64Array(size * n * n);
  for (let i = 0; i < size; i++) inputs.set(inputOf(job, first + i), i * n * n);
  const input = (i: number) => inputs.subarray(i * n * n, (i + 1) * n * n);
  const order =
    method === "skr"
      ? await sortSystems(
          Array.from({ length: size }, (_, i) => input(i)),
          { signal },
        )
      : Int32Array.from({ length: size }, (_, i) => i);
  const own: SequenceSolverOptions = { solver: method === "skr" ? "gcrodr" : method, precond, tol };
  const solver = new SequenceSolver(own);
  const outputs = new Float64Array(size * n * n);
  let iterations = 0;
  let seconds = 0;
  let worstResidual = 0;
  const sample: Record<string, { iterations: number; seconds: number }> = {};
  for (const [place, i] of order.entries()) {
    signal.throwIfAborted();
    const { A, b } = systemOf(job, input(i));
    const solved = solver.solve(A, b, `pair ${first + i}`);
    if (!solved.converged)
      throw new NumericalError(
        `pair ${first + i} did not converge: relative residual ${solved.relResidual} after ${solved.iterations} iterations${solved.breakdown === undefined ? "" : `, ${solved.breakdown}`}`,
        { pair: first + i, relResidual: solved.relResidual },
      );
    outputs.set(solved.x, i * n * n);
    iterations += solved.iterations;
    seconds += solved.seconds;
    worstResidual = Math.max(worstResidual, solved.relResidual);
    if (place === size >> 1) {
      sample[method] = { iterations: solved.iterations, seconds: solved.seconds };
      for (const [name, options] of Object.entries(alternatives(job))) {
        const other = new SequenceSolver({ ...options, tol }).solve(A, b);
        sample[name] = { iterations: other.iterations, seconds: other.seconds };
      }
    }
    progress(place + 1, size);
    // A turn of the event loop, for the signal where there is no worker to end.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return {
    group,
    first,
    size,
    inputs,
    outputs,
    work: { pairs: size, iterations, seconds, worstResidual, sample },
  };
}

/** What the same system is solved by for comparison. */
function alternatives({ method, equation, precond }: Job): Readonly<Record<string, SequenceSolverOptions>> {
  const general = precond === "ic0" ? "ilu0" : precond;
  return {
    ...(method === "gmres" ? {} : { gmres: { solver: "gmres", precond: general } }),
    ...(method === "skr" ? { "gcrodr without recycling": { recycle: false, precond: general } } : {}),
    ...(method === "cg" || equation === "helmholtz"
      ? {}
      : { "cg with ic0": { solver: "cg", precond: "ic0" } }),
  };
}

function inputOf({ equation, n, seed }: Job, pair: number): Float64Array {
  const stream = randomStream(seed, equation, pair);
  if (equation === "darcy") return twoPhaseField(stream, n).data;
  if (equation === "darcy-log-normal") return logNormalField(stream, n).data;
  // The square of k = 10 exp(field / 2).
  return logNormalField(stream, n).data.map((value) => 100 * value);
}

function systemOf({ equation, n }: Job, input: Float64Array): LinearSystem {
  const b = new Float64Array(n * n).fill(1);
  if (equation === "helmholtz") return { A: helmholtzFd(n, input), b };
  return { A: darcyFv({ dtype: "float64", shape: [n, n], data: input }), b };
}
