import { appendColumn, type CsrMatrix, type Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  show,
} from "../core/errors.ts";
import { pivotedQr, solveTriangular } from "../core/linalg/index.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, Pace, stageOf } from "../core/progress.ts";
import { toDense } from "../core/sparse/index.ts";
import { requireDesign, timesVector } from "./design.ts";
import { leastAbsoluteDeviations } from "./least-absolute-deviations.ts";
import { lpSample } from "./lp-sample.ts";
import { type LpScore, requireExponent, watchOf } from "./lp-scores.ts";
import { choleskySolveInPlace, powers } from "./p-norm-minimum.ts";

export interface LpRegressionOptions extends LongCallOptions {
  /** Fit a sample of the rows of [a, b] instead of all of them; default false. */
  readonly sample?: false | { readonly size?: number; readonly kind?: LpScore };
  /** Possible relative decrease of the p-th power of the norm below which the fit ends; default 1e-9. */
  readonly tolerance?: number;
  /** Iterations at most; default 500. At p = 1 the pivots that follow are not bounded by it. */
  readonly maxIterations?: number;
  /** Where sensitivities for the sample are computed; default on the calling thread. */
  readonly pool?: Pool;
}

export interface LpRegression {
  readonly x: Float64Array;
  /** |a x - b|_p over all rows. */
  readonly cost: number;
  /** Rows that were fitted, where a sample was. */
  readonly rows?: Int32Array;
  readonly iterations: number;
  readonly converged: boolean;
}

const knownOptions = ["sample", "tolerance", "maxIterations", "pool", ...longCallOptions];

/**
 * min |a x - b|_p for a tall a, p >= 1: robust for p near 1, bound to the largest residuals for large p. By iteratively
 * reweighted least squares for p <= 2, with a floor of the residuals that sinks to 1e-9 of the largest, and damped
 * Newton steps above; O(n d^2) an iteration. For p = 1 the linear program is solved exactly from there, by a simplex
 * method, O(n d) a pivot. With `sample`, rows of [a, b] are sampled by importance scores and only
 * those are fitted. Where columns depend on others, they get the coefficient 0.
 */
export async function lpRegression(
  a: Matrix | CsrMatrix,
  b: Float64Array,
  p: number,
  options: LpRegressionOptions = {},
): Promise<LpRegression> {
  requireKnownOptions("options", options, knownOptions);
  const { rows: n, cols: d } = requireDesign(a, b);
  requireExponent(p);
  const tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-9, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 500, 1);
  const { sample = false } = options;
  if (sample !== false && (typeof sample !== "object" || sample === null))
    throw new InvalidInputError("options.sample", `expected false or { size, kind }, got ${show(sample)}`);
  const dense = "indptr" in a ? toDense(a) : a;
  const watch = watchOf(options);
  let rows: Int32Array | undefined;
  let fitted = dense;
  let right = b;
  if (sample !== false) {
    requireKnownOptions("options.sample", sample, ["size", "kind"]);
    const drawn = await lpSample(appendColumn(dense, b), p, {
      ...sample,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.pool === undefined ? {} : { pool: options.pool }),
      ...stageOf(watch, "scores", 0, 0.8, 1),
    });
    rows = drawn.rows;
    if (rows.length < d)
      throw new NumericalError(`lpRegression: ${rows.length} rows were drawn for ${d} columns`, {
        rows: rows.length,
      });
    [fitted, right] = divided(drawn.a);
  }
  const call = sample === false ? watch : stageOf(watch, "fit", 0.8, 1, 1);
  const fit = await minimizeResiduals(fitted, right, p, tolerance, maxIterations, call);
  const residuals = timesVector(dense, fit.x);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    residuals[i] = Math.abs(residuals[i]! - b[i]!);
    largest = Math.max(largest, residuals[i]!);
  }
  // Relative to the largest, so that no power overflows.
  const sum = residuals.reduce((total, r) => total + (largest > 0 ? (r / largest) ** p : 0), 0);
  return { ...fit, cost: largest * sum ** (1 / p), ...(rows === undefined ? {} : { rows }) };
}

/** The parts of {@link joined}. */
function divided({ shape, data }: Matrix): [Matrix, Float64Array] {
  const [n, width] = shape as [number, number];
  const d = width - 1;
  const a = new Float64Array(n * d);
  const b = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    a.set(data.subarray(i * width, i * width + d), i * d);
    b[i] = data[i * width + d]!;
  }
  return [{ dtype: "float64", shape: [n, d], data: a }, b];
}

async function minimizeResiduals(
  a: Matrix,
  b: Float64Array,
  p: number,
  tolerance: number,
  maxIterations: number,
  call: LongCallOptions,
): Promise<{ x: Float64Array; iterations: number; converged: boolean }> {
  const { q, r, permutation, rank } = pivotedQr(a);
  const [n, k] = q.shape as [number, number];
  const { weight, term } = powers(p);
  const pace = new Pace(call, maxIterations);
  const z = new Float64Array(rank);
  const trial = new Float64Array(rank);
  const direction = new Float64Array(rank);
  const gram = new Float64Array(rank * rank);
  let residuals = b.slice();
  let next = new Float64Array(n);
  const sumOf = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + term(Math.abs(value)), 0);
  let value = sumOf(residuals);
  // The floor sinks as the fit converges: with a low one from the start, a few rows would hold it in place.
  let relativeFloor = p < 2 ? 1e-2 : 0;
  // At p = 1 the corners of the linear program are near by then.
  const lastFloor = p === 1 ? 1e-4 : 1e-9;
  let iterations = 0;
  let converged = rank === 0 || value === 0;
  while (!converged && iterations < maxIterations) {
    if (pace.due()) await pace.rest(iterations);
    iterations++;
    let largest = 0;
    for (let i = 0; i < n; i++) largest = Math.max(largest, Math.abs(residuals[i]!));
    const floor = relativeFloor * largest;
    gram.fill(0);
    direction.fill(0);
    for (let i = 0, row = 0; i < n; i++, row += k) {
      const size = Math.abs(residuals[i]!);
      const w = iterations === 1 ? 1 : weight(size > floor ? size : floor);
      for (let j = 0; j < rank; j++) {
        const factor = w * q.data[row + j]!;
        direction[j]! += factor * residuals[i]!;
        for (let l = 0; l <= j; l++) gram[j * rank + l]! += factor * q.data[row + l]!;
      }
    }
    const gradient = direction.slice();
    if (!choleskySolveInPlace(gram, rank, direction)) break;
    // The first step is least squares itself.
    let step = p > 2 && iterations > 1 ? 1 / (p - 1) : 1;
    const possible = direction.reduce((sum, value, j) => sum + value * gradient[j]!, 0);
    let tried = Number.POSITIVE_INFINITY;
    for (let attempt = p > 2 ? 12 : 1; attempt > 0 && !(tried < value); attempt--, step /= 2) {
      for (let j = 0; j < rank; j++) trial[j] = z[j]! + step * direction[j]!;
      for (let i = 0, row = 0; i < n; i++, row += k) {
        let fitted = 0;
        for (let j = 0; j < rank; j++) fitted += q.data[row + j]! * trial[j]!;
        next[i] = b[i]! - fitted;
      }
      tried = sumOf(next);
    }
    const before = value;
    if (tried < value || iterations === 1) {
      value = tried;
      z.set(trial);
      [residuals, next] = [next, residuals];
    }
    const settled =
      value === 0 ||
      (iterations > 1 && (possible <= tolerance * before || !(before - value > tolerance * before)));
    if (!settled) continue;
    if (relativeFloor > lastFloor) relativeFloor = Math.max(lastFloor, relativeFloor / 10);
    else converged = true;
  }
  if (p === 1 && rank > 0 && value > 0) {
    const exact = leastAbsoluteDeviations(columnsOf(q, rank), rank, b, residuals);
    if (exact.value <= value) z.set(exact.x);
    converged = exact.optimal;
    iterations += exact.pivots;
  }
  pace.finish();
  const x = new Float64Array(a.shape[1]!);
  if (rank > 0) {
    const width = a.shape[1]!;
    const square = new Float64Array(rank * rank);
    for (let i = 0; i < rank; i++) square.set(r.data.subarray(i * width, i * width + rank), i * rank);
    const y = solveTriangular({ dtype: "float64", shape: [rank, rank], data: square }, z, { upper: true });
    for (let j = 0; j < rank; j++) x[permutation[j]!] = y[j]!;
  }
  return { x, iterations, converged };
}

/** The first columns of a matrix, row-major. */
function columnsOf({ shape, data }: Matrix, count: number): Float64Array {
  const [n, k] = shape as [number, number];
  if (count === k) return data;
  const result = new Float64Array(n * count);
  for (let i = 0; i < n; i++) result.set(data.subarray(i * k, i * k + count), i * count);
  return result;
}
