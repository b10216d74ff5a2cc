import type { Matrix } from "../array/index.ts";
import { requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireFloatMatrix, requireRightHandSide } from "./checks.ts";
import { euclidean } from "./norms.ts";
import { matmul } from "./products.ts";
import { qr } from "./qr.ts";
import { numericalRank, type RankOptions, svd } from "./svd.ts";

export interface LeastSquares<Right extends Float64Array | Matrix> {
  /** The minimiser of |a x - b|; of all minimisers the one with the smallest norm. Columns as in b. */
  readonly x: Right;
  /** Numerical rank of a. */
  readonly rank: number;
  /** Singular values of a, descending. */
  readonly singularValues: Float64Array;
  /** |a x - b| for each right-hand side, computed from x. */
  readonly residuals: Float64Array;
}

/**
 * Linear least squares for any m x n matrix, of full rank or not, by QR (for m > n) and the singular value
 * decomposition of what is left. b is a vector or a matrix of right-hand sides. O(m n min(m, n)) operations.
 * Golub and Van Loan, section 5.5.
 */
export function lstsq(a: Matrix, b: Float64Array, options?: RankOptions): LeastSquares<Float64Array>;
export function lstsq(a: Matrix, b: Matrix, options?: RankOptions): LeastSquares<Matrix>;
export function lstsq(
  a: Matrix,
  b: Float64Array | Matrix,
  options: RankOptions = {},
): LeastSquares<Float64Array | Matrix> {
  requireKnownOptions("options", options, ["rankTolerance"]);
  const { rows, cols } = requireFloatMatrix("a", a);
  const { columns, data } = requireRightHandSide("b", b, rows);
  const right = matrixOf(rows, columns, data);
  const reduced = rows > cols ? qr(a) : undefined;
  const { u, s, vt } = svd(reduced?.r ?? a);
  const rank = numericalRank(s, rows, cols, options);
  const projected = reduced === undefined ? right : matmul(reduced.q, right, { transposeA: true });
  const coefficients = matmul(u, projected, { transposeA: true });
  for (let i = 0; i < s.length; i++)
    for (let c = 0; c < columns; c++)
      coefficients.data[i * columns + c] = i < rank ? coefficients.data[i * columns + c]! / s[i]! : 0;
  requireFiniteResult("lstsq: the solution", coefficients.data);
  const x = matmul(vt, coefficients, { transposeA: true });
  const fitted = matmul(a, x).data;
  const residuals = Float64Array.from({ length: columns }, (_, c) =>
    euclidean(
      Float64Array.from({ length: rows }, (_, i) => fitted[i * columns + c]! - data[i * columns + c]!),
    ),
  );
  requireFiniteResult("lstsq: a residual", residuals);
  return { x: b instanceof Float64Array ? x.data : x, rank, singularValues: s, residuals };
}
