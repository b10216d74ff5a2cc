import type { CsrMatrix, Matrix } from "../array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../errors.ts";
import { randomStream } from "../random/index.ts";
import { matrixOf } from "./checks.ts";
import { blockOperator } from "./operator.ts";
import { pivotedQr, qrTriangle } from "./qr.ts";
import { srht } from "./sketch/hadamard-sketch.ts";
import { sparseSignSketch } from "./sketch/sparse-sketch.ts";
import type { RankOptions } from "./svd.ts";
import { solveTriangular } from "./triangular.ts";

/**
 * Leverage scores of the rows of an m x n matrix: squared row norms of an orthonormal basis of its column space,
 * |e_i^T q|^2, each from 0 to 1. Their sum is the numerical rank. By pivoted QR, O(m n^2).
 */
export function leverageScores(a: Matrix, options: RankOptions = {}): Float64Array {
  requireKnownOptions("options", options, ["rankTolerance"]);
  const { basis, rank } = columnSpace(a, options);
  const m = a.shape[0]!;
  return Float64Array.from({ length: m }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += basis.data[i * rank + j]! ** 2;
    return Math.min(1, sum);
  });
}

/** Orthonormal basis of the column space by pivoted QR, m x rank. */
export function columnSpace(a: Matrix, options: RankOptions): { basis: Matrix; rank: number } {
  const { q, rank } = pivotedQr(a, options);
  const [m, k] = q.shape as [number, number];
  const basis = new Float64Array(m * rank);
  for (let i = 0; i < m; i++) basis.set(q.data.subarray(i * k, i * k + rank), i * rank);
  return { basis: matrixOf(m, rank, basis), rank };
}

export interface SketchedLeverageOptions {
  /** Sketch that gives the triangular factor; default "sparseSign", which keeps the cost at the entries of a. */
  readonly sketch?: "sparseSign" | "srht";
  /**
   * Rows of the sketch; default 6 times the columns, or all rows where that is less. All scores come out too
   * large by about columns / rows of it.
   */
  readonly rows?: number;
  /** Random directions in which row norms are measured; default 16, which adds a relative error of 1 / sqrt(8). */
  readonly directions?: number;
  readonly seed?: number | bigint;
}

/**
 * Approximate leverage scores of a tall matrix of full column rank: the triangular factor r of a sketch of a
 * makes a r^-1 nearly orthonormal, and its row norms are estimated from products with a few Gaussian directions.
 * O(entries * directions + n^3). Throws `NumericalError` with `{ column }` where a column depends on those
 * before it. Drineas, Magdon-Ismail, Mahoney and Woodruff (2012).
 */
export function sketchedLeverageScores(
  a: Matrix | CsrMatrix,
  options: SketchedLeverageOptions = {},
): Float64Array {
  requireKnownOptions("options", options, ["sketch", "rows", "directions", "seed"]);
  const kind = requireOneOf("options.sketch", options.sketch ?? "sparseSign", ["sparseSign", "srht"]);
  const { rows: m, cols: n, apply } = blockOperator("a", a);
  if (m < n)
    throw new InvalidInputError("a", `expected at least as many rows as columns, got shape [${m}, ${n}]`);
  if (n === 0) return new Float64Array(m);
  const height = requireInteger("options.rows", options.rows ?? Math.min(m, 6 * n), n);
  const directions = requireInteger("options.directions", options.directions ?? 16, 1);
  const seed = options.seed ?? 0;
  const sketch = kind === "srht" ? srht(height, m, { seed }) : sparseSignSketch(height, m, { seed });
  const r = qrTriangle(sketch.apply(a));
  requireIndependentColumns(n, r.data);
  const gaussian = matrixOf(n, directions, new Float64Array(n * directions));
  randomStream(seed, "leverage directions").fillNormal(gaussian.data, 0, 1 / Math.sqrt(directions));
  const measured = apply(solveTriangular(r, gaussian, { upper: true }));
  return Float64Array.from({ length: m }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < directions; j++) sum += measured.data[i * directions + j]! ** 2;
    return sum;
  });
}

/** Refuses a triangular factor with a diagonal entry at rounding level, naming the column. */
function requireIndependentColumns(n: number, r: Float64Array): void {
  let largest = 0;
  for (let p = 0; p < r.length; p++) largest = Math.max(largest, Math.abs(r[p]!));
  for (let j = 0; j < n; j++)
    if (!(Math.abs(r[j * n + j]!) > 2 ** -52 * n * largest))
      throw new NumericalError(`sketchedLeverageScores: column ${j} depends on those before it`, {
        column: j,
      });
}
