import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import { requireCsr } from "../core/sparse/index.ts";
import { type Orientation, requireWeights } from "./observed-matrix.ts";
import { choleskySolveInPlace } from "./p-norm-minimum.ts";

/** How the small least-squares problems of a half-step are solved. */
export const responseSolvers = ["cg", "sketched", "exact"] as const;

export type ResponseSolver = (typeof responseSolvers)[number];

export interface MultiResponseOptions {
  /**
   * "cg" (default): conjugate gradients from x0 to `tolerance`. "sketched": the same, preconditioned by a sparse sketch
   * of 4 k rows, where a response has more than 6 k observations. "exact": normal equations.
   */
  readonly solver?: ResponseSolver;
  /** Part of the gradient at x0 at which a solve ends, below 1; default 0.1. */
  readonly tolerance?: number;
  /** Steps of a solve at most; default 50. */
  readonly maxInner?: number;
  /** Weight of |x|^2; default 0. Responses with fewer than k observations get at least 1e-8. */
  readonly ridge?: number;
  /** How much each observation counts, in the order of the entries of the pattern, above 0; default 1. */
  readonly weights?: Float64Array;
  /** Seed of the sketches; default 0. */
  readonly seed?: number | bigint;
}

export interface MultiResponse {
  /** A row of coefficients for each response, n x k. */
  readonly x: Matrix;
  /** Steps of each solve; 0 for exact ones. */
  readonly inner: Int32Array;
}

/**
 * min |P(a x_j) - y_j|^2 + ridge |x_j|^2, weighted, for many responses y_j, each observed in some rows of a alone: row j of
 * `pattern` holds the observed rows of the m x k matrix a and the values there. Responses without observations get 0.
 * By conjugate gradients 4 k operations an observation and step; exactly k^2.
 */
export function solveMultiResponse(
  a: Matrix,
  pattern: CsrMatrix,
  x0: Matrix,
  options: MultiResponseOptions = {},
): MultiResponse {
  requireKnownOptions("options", options, ["solver", "tolerance", "maxInner", "ridge", "weights", "seed"]);
  const { rows: m, cols: k } = requireMatrix("a", a, { dtype: "float64" });
  requireCsr("pattern", pattern);
  if (!(pattern.data instanceof Float64Array))
    throw new InvalidInputError("pattern.data", "expected a Float64Array");
  if (pattern.cols !== m || k < 1)
    throw new InvalidInputError(
      "pattern",
      `expected ${m} columns, one for each row of a, got ${pattern.cols}`,
    );
  requireMatrix("x0", x0, { dtype: "float64", rows: pattern.rows, cols: k });
  const settings = requireSolver(options);
  const { weights } = options;
  if (weights !== undefined) requireWeights("options.weights", weights, pattern.data.length);
  const responses: Orientation = { pattern, ...(weights === undefined ? {} : { weights }) };
  const x = x0.data.slice();
  const inner = new Int32Array(pattern.rows);
  const work = new ResponseWork(k);
  for (let j = 0; j < pattern.rows; j++)
    inner[j] = solveResponse(a.data, k, responses, j, x.subarray(j * k, (j + 1) * k), settings, work);
  return { x: { dtype: "float64", shape: [pattern.rows, k], data: x }, inner };
}

export interface SolverSettings {
  readonly solver: ResponseSolver;
  readonly tolerance: number;
  readonly maxInner: number;
  readonly ridge: number;
  readonly seed: number | bigint;
  /** Number of the first response, which the streams of sketches are keyed by; default 0. */
  readonly first?: number;
}

export function requireSolver(options: MultiResponseOptions): SolverSettings {
  return {
    solver: requireOneOf("options.solver", options.solver ?? "cg", responseSolvers),
    tolerance: requireFinite("options.tolerance", options.tolerance ?? 0.1, 0, 1),
    maxInner: requireInteger("options.maxInner", options.maxInner ?? 50, 1),
    ridge: requireFinite("options.ridge", options.ridge ?? 0, 0),
    seed: options.seed ?? 0,
  };
}

/** Work space for {@link solveResponse}. */
export class ResponseWork {
  readonly gradient: Float64Array;
  readonly direction: Float64Array;
  readonly product: Float64Array;
  readonly scaled: Float64Array;
  readonly gram: Float64Array;

  constructor(k: number) {
    this.gradient = new Float64Array(k);
    this.direction = new Float64Array(k);
    this.product = new Float64Array(k);
    this.scaled = new Float64Array(k);
    this.gram = new Float64Array(k * k);
  }
}

const leastRidge = 1e-8;

/** Improves or replaces x, the coefficients of response j; the number of steps. */
export function solveResponse(
  a: Float64Array,
  k: number,
  responses: Orientation,
  j: number,
  x: Float64Array,
  settings: SolverSettings,
  work: ResponseWork,
): number {
  const { pattern } = responses;
  const count = pattern.indptr[j + 1]! - pattern.indptr[j]!;
  if (count === 0) {
    x.fill(0);
    return 0;
  }
  const ridge = count < k ? Math.max(settings.ridge, leastRidge) : settings.ridge;
  if (settings.solver === "exact" || (settings.solver === "sketched" && count <= 6 * k)) {
    solveExactly(a, k, responses, j, x, ridge, work);
    return 0;
  }
  const factored = settings.solver === "sketched";
  if (factored) factorSketch(a, k, responses, j, ridge, settings, work.gram);
  return conjugateGradients(a, k, responses, j, x, ridge, settings, work, factored);
}

/** Normal equations: k^2 operations an observation for the lower half, k^3 / 3 for the factor. */
function solveExactly(
  a: Float64Array,
  k: number,
  { pattern: { indptr, indices, data }, weights }: Orientation,
  j: number,
  x: Float64Array,
  ridge: number,
  { gram }: ResponseWork,
): void {
  gram.fill(0);
  x.fill(0);
  for (let e = indptr[j]!; e < indptr[j + 1]!; e++) {
    const row = indices[e]! * k;
    const value = data[e]!;
    const weight = weights === undefined ? 1 : weights[e]!;
    for (let p = 0, g = 0; p < k; p++, g += k) {
      const factor = weight * a[row + p]!;
      x[p]! += value * factor;
      let q = 0;
      for (; q + 3 <= p; q += 4) {
        gram[g + q]! += factor * a[row + q]!;
        gram[g + q + 1]! += factor * a[row + q + 1]!;
        gram[g + q + 2]! += factor * a[row + q + 2]!;
        gram[g + q + 3]! += factor * a[row + q + 3]!;
      }
      for (; q <= p; q++) gram[g + q]! += factor * a[row + q]!;
    }
  }
  for (let p = 0; p < k; p++) gram[p * k + p]! += ridge;
  if (!choleskySolveInPlace(gram, k, x)) x.fill(0);
}

/**
 * One pass over the observations: out := A^T W (A p), and its product with p. 4 k operations an observation; with `subtract` the
 * residual y - A p takes the place of A p.
 */
function normalProduct(
  a: Float64Array,
  k: number,
  { pattern: { indptr, indices, data }, weights }: Orientation,
  j: number,
  p: Float64Array,
  out: Float64Array,
  subtract: boolean,
): number {
  out.fill(0);
  let square = 0;
  const whole = k - (k % 4);
  for (let e = indptr[j]!; e < indptr[j + 1]!; e++) {
    const row = indices[e]! * k;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let q = 0;
    for (; q < whole; q += 4) {
      s0 += a[row + q]! * p[q]!;
      s1 += a[row + q + 1]! * p[q + 1]!;
      s2 += a[row + q + 2]! * p[q + 2]!;
      s3 += a[row + q + 3]! * p[q + 3]!;
    }
    for (; q < k; q++) s0 += a[row + q]! * p[q]!;
    const dot = s0 + s1 + (s2 + s3);
    const factor = (weights === undefined ? 1 : weights[e]!) * (subtract ? data[e]! - dot : dot);
    square += factor * dot;
    for (q = 0; q < whole; q += 4) {
      out[q]! += factor * a[row + q]!;
      out[q + 1]! += factor * a[row + q + 1]!;
      out[q + 2]! += factor * a[row + q + 2]!;
      out[q + 3]! += factor * a[row + q + 3]!;
    }
    for (; q < k; q++) out[q]! += factor * a[row + q]!;
  }
  return square;
}

function conjugateGradients(
  a: Float64Array,
  k: number,
  responses: Orientation,
  j: number,
  x: Float64Array,
  ridge: number,
  { tolerance, maxInner }: SolverSettings,
  { gradient, direction, product, scaled, gram }: ResponseWork,
  factored: boolean,
): number {
  normalProduct(a, k, responses, j, x, gradient, true);
  for (let p = 0; p < k; p++) gradient[p]! -= ridge * x[p]!;
  const target = Math.max(tolerance ** 2 * squareOf(gradient), 1e-28);
  let rho = 0;
  let steps = 0;
  while (steps < maxInner && squareOf(gradient) > target) {
    scaled.set(gradient);
    if (factored) solveFactored(gram, k, scaled);
    let next = 0;
    for (let p = 0; p < k; p++) next += gradient[p]! * scaled[p]!;
    const beta = steps === 0 ? 0 : next / rho;
    for (let p = 0; p < k; p++) direction[p] = scaled[p]! + beta * direction[p]!;
    rho = next;
    let curvature = normalProduct(a, k, responses, j, direction, product, false);
    if (ridge > 0)
      for (let p = 0; p < k; p++) {
        product[p]! += ridge * direction[p]!;
        curvature += ridge * direction[p]! ** 2;
      }
    if (!(curvature > 0)) break;
    const alpha = rho / curvature;
    for (let p = 0; p < k; p++) {
      x[p]! += alpha * direction[p]!;
      gradient[p]! -= alpha * product[p]!;
    }
    steps++;
  }
  return steps;
}

function squareOf(x: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < x.length; p++) sum += x[p]! * x[p]!;
  return sum;
}

const signsOfRow = 4;

/** Cholesky factor of the Gram matrix of a sparse sketch of the observed rows, 4 k rows, 4 signs a column. */
function factorSketch(
  a: Float64Array,
  k: number,
  { pattern: { indptr, indices }, weights }: Orientation,
  j: number,
  ridge: number,
  { seed, first = 0 }: SolverSettings,
  gram: Float64Array,
): void {
  const height = 4 * k;
  const sketched = new Float64Array(height * k);
  const stream = randomStream(seed, "response sketch", first + j);
  const magnitude = 1 / Math.sqrt(signsOfRow);
  for (let e = indptr[j]!; e < indptr[j + 1]!; e++) {
    const row = indices[e]! * k;
    for (let s = 0; s < signsOfRow; s++) {
      const to = stream.integer(height) * k;
      const size = weights === undefined ? magnitude : magnitude * Math.sqrt(weights[e]!);
      const factor = size * stream.sign();
      for (let p = 0; p < k; p++) sketched[to + p]! += factor * a[row + p]!;
    }
  }
  gram.fill(0);
  for (let r = 0; r < height; r++)
    for (let p = 0; p < k; p++) {
      const factor = sketched[r * k + p]!;
      if (factor !== 0) for (let q = 0; q <= p; q++) gram[p * k + q]! += factor * sketched[r * k + q]!;
    }
  let trace = 0;
  for (let p = 0; p < k; p++) trace += gram[p * k + p]!;
  const least = ridge + (1e-12 * trace) / k;
  for (let p = 0; p < k; p++) gram[p * k + p]! += least;
  for (let p = 0; p < k; p++)
    for (let q = 0; q <= p; q++) {
      let sum = gram[p * k + q]!;
      for (let l = 0; l < q; l++) sum -= gram[p * k + l]! * gram[q * k + l]!;
      gram[p * k + q] = q < p ? sum / gram[q * k + q]! : Math.sqrt(Math.max(sum, least));
    }
}

/** y := (L L^T)^-1 y. */
function solveFactored(l: Float64Array, k: number, y: Float64Array): void {
  for (let p = 0; p < k; p++) {
    let sum = y[p]!;
    for (let q = 0; q < p; q++) sum -= l[p * k + q]! * y[q]!;
    y[p] = sum / l[p * k + p]!;
  }
  for (let p = k - 1; p >= 0; p--) {
    let sum = y[p]!;
    for (let q = p + 1; q < k; q++) sum -= l[q * k + p]! * y[q]!;
    y[p] = sum / l[p * k + p]!;
  }
}
