import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { qr, randomizedSvd } from "../core/linalg/index.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { flopsOf, halfSweepOn } from "./half-sweep.ts";
import { incoherence } from "./incoherence.ts";
import {
  type MultiResponseOptions,
  type ResponseSolver,
  ResponseWork,
  requireSolver,
  solveResponse,
} from "./multi-response.ts";
import { bothOrientations, type ObservedMatrix, type Orientation, observedCells } from "./observed-matrix.ts";

export interface CompleteMatrixOptions extends LongCallOptions {
  readonly rank: number;
  /** How the small least-squares problems are solved: "cg" (default), "sketched" or "exact". */
  readonly solver?: ResponseSolver;
  /** Part of its first gradient at which an inexact solve ends; default 0.1. */
  readonly innerTolerance?: number;
  /** Steps of an inexact solve at most; default 50. */
  readonly maxInner?: number;
  /** Whether inexact solves start from the factor before, carried into the new basis; default true. */
  readonly warmStart?: boolean;
  /** Sweeps at most; default 50. */
  readonly iterations?: number;
  /** Change of the error over the observed cells, relative to the size of the values, below which sweeps end; 1e-8. */
  readonly tolerance?: number;
  /**
   * Weight of the squared norms of the factors; default 0. The factor that is fitted to has orthonormal columns, so that
   * rows with a part q of their cells observed shrink by about q / (q + ridge): 0.1 to 1 is much.
   */
  readonly ridge?: number;
  /** Every half-step uses cells of its own, as the theory assumes; default false: all use all cells. */
  readonly split?: boolean;
  /** First left factor: leading singular vectors of the observed cells (default), or random. */
  readonly init?: "spectral" | "random";
  /**
   * Incoherence beyond which entries of the first factor are set to 0. "auto" (default): 8, if the factor is beyond it.
   */
  readonly clip?: number | "auto";
  /** Part of the cells held out to judge the completion, below 1; default 0. */
  readonly validation?: number;
  /** Where rows and columns are fitted; default on the calling thread. The number of workers changes no bit. */
  readonly pool?: Pool;
  /** Called after every sweep with the factors as they are; copy what is kept. */
  readonly onIteration?: (sweep: Sweep & { readonly u: Matrix; readonly v: Matrix }) => void;
}

export interface Sweep {
  readonly iteration: number;
  /** Root mean square error over the cells fitted to, and over those held out, by their weights. */
  readonly rmse: number;
  readonly validationRmse?: number;
  /** Steps of an inner solve, on average. */
  readonly inner: number;
  /** Operations on observations in this sweep. */
  readonly flops: number;
}

export interface CompletedMatrix {
  /** m x k and n x k: cell (i, j) is the product of row i of u and row j of v. The columns of v are orthonormal. */
  readonly u: Matrix;
  readonly v: Matrix;
  readonly converged: boolean;
  readonly stop: "tolerance" | "iterations" | "diverged";
  readonly iterations: number;
  readonly trainRmse: number;
  readonly validationRmse?: number;
  readonly history: readonly Sweep[];
  /** Incoherence of the two column spaces, 1 (spread evenly) to m / k or n / k. */
  readonly incoherence: { readonly u: number; readonly v: number };
  /** Rows and columns without observations, whose factors are 0. */
  readonly emptyRows: Int32Array;
  readonly emptyCols: Int32Array;
  /** "under-determined", "rows-below-rank", "empty-rows", "empty-columns", "does-not-generalize", "diverged". */
  readonly warnings: readonly string[];
  predict(i: number, j: number): number;
  /** All cells of a row. */
  row(i: number): Float64Array;
}

const knownOptions = [
  "rank",
  "solver",
  "innerTolerance",
  "maxInner",
  "warmStart",
  "iterations",
  "tolerance",
  "ridge",
  "split",
  "init",
  "clip",
  "validation",
  "pool",
  "onIteration",
  ...longCallOptions,
];

const autoClip = 8;

/**
 * Completes a low-rank table from its observed cells by alternating least squares, M ~ u v^T: all rows of one factor are
 * fitted to the other in turn, between them the factors are orthonormalised. Each fit is solved only approximately, by a
 * few steps of conjugate gradients from the factor before (carried into the new basis), which the convergence withstands:
 * a sweep costs about 12 k operations for each observation instead of k^2.
 *
 * Gu, Song, Yin and Zhang, Low Rank Matrix Completion via Robust Alternating Minimization in Nearly Linear Time (2024).
 */
export async function completeMatrix(
  observed: ObservedMatrix,
  options: CompleteMatrixOptions,
): Promise<CompletedMatrix> {
  requireKnownOptions("options", options, knownOptions);
  const cells = observedCells("observed", observed);
  const { rows: m, cols: n } = cells;
  const k = requireInteger("options.rank", options.rank, 1, Math.min(m, n));
  const { seed = 0, onIteration, pool } = options;
  const solver = requireSolver(solverOptions(options));
  const warm = requireBoolean("options.warmStart", options.warmStart ?? true);
  const split = requireBoolean("options.split", options.split ?? false);
  const limit = requireInteger("options.iterations", options.iterations ?? 50, 1);
  const tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-8, 0);
  const init = requireOneOf("options.init", options.init ?? "spectral", ["spectral", "random"]);
  const clip =
    options.clip === "auto" || options.clip === undefined
      ? undefined
      : requireFinite("options.clip", options.clip, 0);
  const validation = requireFinite("options.validation", options.validation ?? 0, 0, 0.99);
  if (onIteration !== undefined && typeof onIteration !== "function")
    throw new InvalidInputError("options.onIteration", `expected a function, got ${show(onIteration)}`);

  const stream = randomStream(seed, "complete matrix");
  const [fitted, held] = divide(cells.i.length, validation, stream.split("validation"));
  const whole = bothOrientations(cells, fitted);
  const parts = split ? splitParts(cells, fitted, 2 * limit + 1, stream.split("parts")) : undefined;
  const warnings = new Set<string>();
  if (fitted.length < (m + n - k) * k) warnings.add("under-determined");
  const emptyRows = emptyOf(whole.byRow);
  const emptyCols = emptyOf(whole.byColumn);
  if (emptyRows.length > 0) warnings.add("empty-rows");
  if (emptyCols.length > 0) warnings.add("empty-columns");
  if (hasShort(whole.byRow, k) || hasShort(whole.byColumn, k)) warnings.add("rows-below-rank");

  let u = firstFactor((parts?.[0] ?? whole).byRow.pattern, k, init, clip, seed, stream);
  let v: Matrix = zeros(n, k);
  const work = new ResponseWork(k);
  const pace = new Pace(options, 2 * limit * (m + n));
  let done = 0;
  const half = async (
    a: Matrix,
    responses: Orientation,
    x: Matrix,
  ): Promise<[inner: number, flops: number]> => {
    const { rows } = responses.pattern;
    let inner = 0;
    let flops = 0;
    if (!warm) x.data.fill(0);
    if (pool !== undefined) {
      ({ inner, flops } = await halfSweepOn(pool, a, responses, x, solver, options.signal));
      if (pace.due()) await pace.rest(done);
    } else
      for (let j = 0; j < rows; j++) {
        const coefficients = x.data.subarray(j * k, (j + 1) * k);
        const steps = solveResponse(a.data, k, responses, j, coefficients, solver, work);
        inner += steps;
        flops += flopsOf(responses, j, k, steps);
        if ((j & 15) === 0 && pace.due()) await pace.rest(done + j);
      }
    done += rows;
    return [inner, flops];
  };

  const scale = Math.sqrt(meanSquare(cells.value, fitted)) || 1;
  const history: Sweep[] = [];
  let stop: CompletedMatrix["stop"] = "iterations";
  let best = Number.POSITIVE_INFINITY;
  let worse = 0;
  for (let t = 0; t < limit; t++) {
    const forV = parts?.[t + 1] ?? whole;
    const forU = parts?.[limit + t + 1] ?? whole;
    const [innerV, flopsV] = await half(u, forV.byColumn, v);
    [v, u] = rebase(v, u);
    const [innerU, flopsU] = await half(v, forU.byRow, u);
    const rmse = rootMeanSquare(cells, fitted, u, v);
    const sweep: Sweep = {
      iteration: t + 1,
      rmse,
      ...(held.length > 0 ? { validationRmse: rootMeanSquare(cells, held, u, v) } : {}),
      inner: (innerV + innerU) / (m + n),
      flops: flopsV + flopsU,
    };
    history.push(sweep);
    onIteration?.({ ...sweep, u, v });
    worse = rmse > 10 * best ? worse + 1 : 0;
    if (worse >= 2 || !Number.isFinite(rmse)) {
      stop = "diverged";
      warnings.add("diverged");
      break;
    }
    const before = history.at(-2)?.rmse ?? Number.POSITIVE_INFINITY;
    best = Math.min(best, rmse);
    if (Math.abs(before - rmse) <= tolerance * scale) {
      stop = "tolerance";
      break;
    }
    // The last left factor stays as it is.
    if (t < limit - 1) [u, v] = rebase(u, v);
  }
  pace.finish();
  const last = history.at(-1)!;
  const heldScale = Math.sqrt(meanSquare(cells.value, held));
  if (last.validationRmse !== undefined && last.validationRmse > Math.max(5 * last.rmse, 0.1 * heldScale))
    warnings.add("does-not-generalize");
  return {
    u,
    v,
    converged: stop === "tolerance",
    stop,
    iterations: history.length,
    trainRmse: last.rmse,
    ...(last.validationRmse === undefined ? {} : { validationRmse: last.validationRmse }),
    history,
    incoherence: { u: incoherence(qr(u).q), v: incoherence(v) },
    emptyRows,
    emptyCols,
    warnings: [...warnings],
    predict(i, j) {
      return dotRows(u, requireInteger("i", i, 0, m - 1), v, requireInteger("j", j, 0, n - 1));
    },
    row(i) {
      requireInteger("i", i, 0, m - 1);
      return Float64Array.from({ length: n }, (_, j) => dotRows(u, i, v, j));
    },
  };
}

function solverOptions({
  solver,
  innerTolerance,
  maxInner,
  ridge,
  seed,
}: CompleteMatrixOptions): MultiResponseOptions {
  if (innerTolerance !== undefined) requireFinite("options.innerTolerance", innerTolerance, 0, 1);
  return {
    ...(solver === undefined ? {} : { solver }),
    ...(innerTolerance === undefined ? {} : { tolerance: innerTolerance }),
    ...(maxInner === undefined ? {} : { maxInner }),
    ...(ridge === undefined ? {} : { ridge }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function requireBoolean(argument: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInputError(argument, `expected true or false, got ${show(value)}`);
}

const zeros = (rows: number, cols: number): Matrix => ({
  dtype: "float64",
  shape: [rows, cols],
  data: new Float64Array(rows * cols),
});

/** Cells to fit to and cells held out, both in the order of the cells. */
function divide(
  count: number,
  part: number,
  stream: ReturnType<typeof randomStream>,
): [fitted: Int32Array, held: Int32Array] {
  const fitted: number[] = [];
  const held: number[] = [];
  for (let e = 0; e < count; e++) (part > 0 && stream.uniform() < part ? held : fitted).push(e);
  if (fitted.length === 0) throw new InvalidInputError("options.validation", "leaves no cell to fit to");
  return [Int32Array.from(fitted), Int32Array.from(held)];
}

function splitParts(
  cells: ObservedMatrix,
  fitted: Int32Array,
  count: number,
  stream: ReturnType<typeof randomStream>,
): readonly { byRow: Orientation; byColumn: Orientation }[] {
  const members: number[][] = Array.from({ length: count }, () => []);
  for (const e of fitted) members[stream.integer(count)]!.push(e);
  return members.map((entries) => bothOrientations(cells, Int32Array.from(entries)));
}

/** Orthonormal columns near the column space of the table: singular vectors of the cells, clipped, or random ones. */
function firstFactor(
  byRow: CsrMatrix,
  k: number,
  init: "spectral" | "random",
  clip: number | undefined,
  seed: number | bigint,
  stream: ReturnType<typeof randomStream>,
): Matrix {
  const m = byRow.rows;
  if (init === "random") {
    const random = zeros(m, k);
    stream.split("init").fillNormal(random.data);
    return qr(random).q;
  }
  const found = randomizedSvd(byRow, k, { powerIterations: 5, seed }).u;
  const mu = incoherence(found);
  const limit = clip ?? (mu > autoClip ? autoClip : undefined);
  if (limit === undefined) return found;
  const bound = (2 * limit * Math.sqrt(k)) / Math.sqrt(m);
  const clipped = { ...found, data: found.data.map((entry) => (Math.abs(entry) > bound ? 0 : entry)) };
  return qr(clipped).q;
}

/**
 * Orthonormal columns in the first factor; the triangle goes into the second, whose product with the first is
 * unchanged, so that it is the start of its next solve.
 */
function rebase(first: Matrix, second: Matrix): [Matrix, Matrix] {
  const { q, r } = qr(first);
  const k = r.shape[1]!;
  const data = new Float64Array(second.data.length);
  for (let i = 0; i < second.shape[0]!; i++)
    for (let p = 0; p < k; p++) {
      let sum = 0;
      for (let c = p; c < k; c++) sum += r.data[p * k + c]! * second.data[i * k + c]!;
      data[i * k + p] = sum;
    }
  return [q, { ...second, data }];
}

function emptyOf({ pattern: { rows, indptr } }: Orientation): Int32Array {
  return Int32Array.from([...Array(rows).keys()].filter((r) => indptr[r + 1] === indptr[r]));
}

function hasShort({ pattern: { rows, indptr } }: Orientation, k: number): boolean {
  for (let r = 0; r < rows; r++) {
    const count = indptr[r + 1]! - indptr[r]!;
    if (count > 0 && count < k) return true;
  }
  return false;
}

function dotRows(u: Matrix, i: number, v: Matrix, j: number): number {
  const k = u.shape[1]!;
  let sum = 0;
  for (let p = 0; p < k; p++) sum += u.data[i * k + p]! * v.data[j * k + p]!;
  return sum;
}

function rootMeanSquare(cells: ObservedMatrix, entries: Int32Array, u: Matrix, v: Matrix): number {
  let sum = 0;
  let total = 0;
  for (const e of entries) {
    const weight = cells.weight === undefined ? 1 : cells.weight[e]!;
    sum += weight * (dotRows(u, cells.i[e]!, v, cells.j[e]!) - cells.value[e]!) ** 2;
    total += weight;
  }
  return Math.sqrt(sum / total);
}

function meanSquare(values: Float64Array, entries: Int32Array): number {
  let sum = 0;
  for (const e of entries) sum += values[e]! ** 2;
  return entries.length > 0 ? sum / entries.length : 0;
}
