import type { Matrix } from "../array/index.ts";
import { requireFinite, requireInteger, requireKnownOptions } from "../errors.ts";
import { type RandomStream, randomStream } from "../random/index.ts";
import { matrixOf } from "./checks.ts";
import { type BlockOperator, blockOperator, type MatrixLike } from "./operator.ts";
import { columnSigns, signColumns, signRows } from "./orientation.ts";
import { matmul } from "./products.ts";
import { qr } from "./qr.ts";
import { type Svd, svd } from "./svd.ts";
import { transpose } from "./transpose.ts";

export interface RangeFinderOptions {
  /**
   * Passes of power iteration, each with a product by a and one by its transpose; default 2. They sharpen the
   * basis where singular values decay slowly: the error's factor over the optimum falls like its 2q + 1-th root.
   */
  readonly powerIterations?: number;
  /** Seed of the random test vectors; default 0. */
  readonly seed?: number | bigint;
}

/**
 * Orthonormal basis, rows x columns, that captures the range of a as well as `columns` random combinations of
 * its columns can: Gaussian test vectors, orthonormalised between products.
 * Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4.
 */
export function rangeFinder(a: MatrixLike, columns: number, options: RangeFinderOptions = {}): Matrix {
  requireKnownOptions("options", options, ["powerIterations", "seed"]);
  const operator = blockOperator("a", a);
  requireInteger("columns", columns, 0, Math.min(operator.rows, operator.cols));
  return basis(operator, columns, powersOf(options), randomStream(options.seed, "range finder"));
}

export interface AdaptiveRangeOptions extends RangeFinderOptions {
  /** Columns added at a time; default 16. */
  readonly blockSize?: number;
  /** Most columns of the basis; default min(rows, cols). */
  readonly maximumColumns?: number;
}

export interface AdaptiveRange {
  /** Orthonormal, rows x as many columns as it took. */
  readonly q: Matrix;
  /** q^T a. */
  readonly b: Matrix;
  /** |a - q b| / |a| in the Frobenius norm, after each block; the last is the error reached. */
  readonly errors: Float64Array;
  /** Whether the last error is at most the tolerance. */
  readonly converged: boolean;
}

/**
 * Grows an orthonormal basis block by block until |a - q q^T a| <= tolerance |a| in the Frobenius norm, which
 * is measured from the norms of a and q^T a: tolerances below 1e-7 are beyond that measure and refused.
 * Yu, Gu and Li, "Efficient randomized algorithms for the fixed-precision low-rank matrix approximation" (2018).
 */
export function adaptiveRangeFinder(
  a: MatrixLike,
  tolerance: number,
  options: AdaptiveRangeOptions = {},
): AdaptiveRange {
  requireKnownOptions("options", options, ["powerIterations", "seed", "blockSize", "maximumColumns"]);
  requireFinite("tolerance", tolerance, 1e-7, 1);
  const operator = blockOperator("a", a);
  const { rows, cols } = operator;
  const smaller = Math.min(rows, cols);
  const blockSize = requireInteger("options.blockSize", options.blockSize ?? 16, 1);
  const limit = requireInteger("options.maximumColumns", options.maximumColumns ?? smaller, 0, smaller);
  const stream = randomStream(options.seed, "adaptive range finder");
  const powers = powersOf(options);
  const total = squaredNorm(a, operator);
  let q = matrixOf(rows, 0, new Float64Array(0));
  let b = matrixOf(0, cols, new Float64Array(0));
  let left = total;
  const errors: number[] = [];
  while (left > tolerance * tolerance * total && q.shape[1]! < limit) {
    const columns = Math.min(blockSize, limit - q.shape[1]!);
    // The part of a that the basis does not yet capture, as an operator.
    const [known, image] = [q, b];
    const rest: BlockOperator = {
      rows,
      cols,
      apply: (x) => minus(operator.apply(x), matmul(known, matmul(image, x))),
      applyTranspose: (x) =>
        minus(
          operator.applyTranspose(x),
          matmul(image, matmul(known, x, { transposeA: true }), { transposeA: true }),
        ),
    };
    const fresh = basis(rest, columns, powers, stream.split(errors.length));
    // Once more against the basis, which rounding has let in again.
    const clean = qr(minus(fresh, matmul(known, matmul(known, fresh, { transposeA: true })))).q;
    const part = transpose(operator.applyTranspose(clean));
    q = besides(known, clean);
    b = below(image, part);
    for (const value of part.data) left -= value * value;
    errors.push(total > 0 ? Math.sqrt(Math.max(0, left) / total) : 0);
  }
  return { q, b, errors: Float64Array.from(errors), converged: left <= tolerance * tolerance * total };
}

export interface RandomizedSvdOptions extends RangeFinderOptions {
  /** Test vectors beyond the rank; default 10. */
  readonly oversampling?: number;
}

/**
 * Leading singular triplets of a large matrix that has fast decaying singular values: a range finder, then the
 * SVD of the small projection. 2 (powerIterations + 1) products of a with rank + oversampling vectors.
 * Halko, Martinsson and Tropp (2011), section 5.1.
 */
export function randomizedSvd(a: MatrixLike, rank: number, options: RandomizedSvdOptions = {}): Svd {
  requireKnownOptions("options", options, ["powerIterations", "seed", "oversampling"]);
  const operator = blockOperator("a", a);
  const smaller = Math.min(operator.rows, operator.cols);
  requireInteger("rank", rank, 0, smaller);
  const oversampling = requireInteger("options.oversampling", options.oversampling ?? 10, 0);
  const columns = Math.min(smaller, rank + oversampling);
  const q = basis(operator, columns, powersOf(options), randomStream(options.seed, "randomized svd"));
  // a^T q = v s w^T has the singular values of q^T a, and is the tall side of the problem.
  const { u: v, s, vt: wt } = svd(operator.applyTranspose(q));
  const u = matmul(q, wt, { transposeB: true });
  const left = firstColumns(u, rank);
  const right = transpose(firstColumns(v, rank));
  const signs = columnSigns(operator.rows, rank, left.data);
  signColumns(operator.rows, rank, left.data, signs);
  signRows(rank, operator.cols, right.data, signs);
  return { u: left, s: s.slice(0, rank), vt: right };
}

function powersOf(options: RangeFinderOptions): number {
  return requireInteger("options.powerIterations", options.powerIterations ?? 2, 0);
}

function basis(
  { cols, apply, applyTranspose }: BlockOperator,
  columns: number,
  powers: number,
  stream: RandomStream,
): Matrix {
  const test = matrixOf(cols, columns, new Float64Array(cols * columns));
  // Keyed by column of a, so that a column's entries do not depend on how many columns there are.
  for (let i = 0; i < cols; i++)
    stream.split(i).fillNormal(test.data.subarray(i * columns, (i + 1) * columns));
  let q = qr(apply(test)).q;
  for (let power = 0; power < powers; power++) q = qr(apply(qr(applyTranspose(q)).q)).q;
  return q;
}

function squaredNorm(a: MatrixLike, operator: BlockOperator): number {
  if (!("apply" in a)) {
    let sum = 0;
    for (const value of a.data) sum += value * value;
    return sum;
  }
  // Column by column, a few at a time.
  let sum = 0;
  const width = 64;
  for (let first = 0; first < operator.cols; first += width) {
    const columns = Math.min(width, operator.cols - first);
    const one = new Float64Array(operator.cols * columns);
    for (let j = 0; j < columns; j++) one[(first + j) * columns + j] = 1;
    for (const value of operator.apply(matrixOf(operator.cols, columns, one)).data) sum += value * value;
  }
  return sum;
}

function minus(a: Matrix, b: Matrix): Matrix {
  return { ...a, data: a.data.map((value, i) => value - b.data[i]!) };
}

function besides(a: Matrix, b: Matrix): Matrix {
  const [rows, left] = a.shape as [number, number];
  const right = b.shape[1]!;
  const data = new Float64Array(rows * (left + right));
  for (let i = 0; i < rows; i++) {
    data.set(a.data.subarray(i * left, (i + 1) * left), i * (left + right));
    data.set(b.data.subarray(i * right, (i + 1) * right), i * (left + right) + left);
  }
  return matrixOf(rows, left + right, data);
}

function below(a: Matrix, b: Matrix): Matrix {
  const cols = a.shape[1]!;
  const data = new Float64Array(a.data.length + b.data.length);
  data.set(a.data);
  data.set(b.data, a.data.length);
  return matrixOf(a.shape[0]! + b.shape[0]!, cols, data);
}

function firstColumns(a: Matrix, count: number): Matrix {
  const [rows, cols] = a.shape as [number, number];
  const data = new Float64Array(rows * count);
  for (let i = 0; i < rows; i++) data.set(a.data.subarray(i * cols, i * cols + count), i * count);
  return matrixOf(rows, count, data);
}
