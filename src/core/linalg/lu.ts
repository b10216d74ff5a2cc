import type { Matrix } from "../array/index.ts";
import { requireKnownOptions } from "../errors.ts";
import {
  matrixOf,
  requireFiniteResult,
  requireFloatMatrix,
  requireRightHandSide,
  requireSquare,
} from "./checks.ts";
import { gatherRows, permutationOf, requirePermutation, scatterRows } from "./permutation.ts";
import { kernels } from "./provider.ts";
import { requireNonzeroDiagonal } from "./triangular.ts";

export interface LuFactorization {
  /** Unit lower triangular (trapezoidal), m x min(m, n). */
  readonly lower: Matrix;
  /** Upper triangular (trapezoidal), min(m, n) x n. */
  readonly upper: Matrix;
  /** Row i of lower * upper is row permutation[i] of the matrix. */
  readonly permutation: Int32Array;
  /** Sign of the permutation: 1 or -1. */
  readonly sign: 1 | -1;
}

/**
 * LU factorization with partial pivoting of an m x n matrix: a[permutation, :] = lower * upper. It exists for
 * singular matrices too; their upper factor has a zero on the diagonal. (2/3) n^3 operations for m = n.
 * Golub and Van Loan, Matrix Computations, section 3.4.
 */
export function lu(a: Matrix): LuFactorization {
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const k = Math.min(m, n);
  const packed = a.data.slice();
  const pivots = new Int32Array(k);
  if (k > 0) kernels().lu(m, n, packed, pivots);
  requireFiniteResult("lu: a factor", packed);
  const lower = new Float64Array(m * k);
  const upper = new Float64Array(k * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < Math.min(i, k); j++) lower[i * k + j] = packed[i * n + j]!;
    if (i < k) {
      lower[i * k + i] = 1;
      for (let j = i; j < n; j++) upper[i * n + j] = packed[i * n + j]!;
    }
  }
  return {
    lower: matrixOf(m, k, lower),
    upper: matrixOf(k, n, upper),
    ...permutationOf(m, pivots),
  };
}

export interface LuSolveOptions {
  /** Solve with the transpose of the matrix; default false. */
  readonly transpose?: boolean;
}

/**
 * Solves a x = b from the factors of a square matrix; b is a vector or a matrix of right-hand sides. 2 n^2
 * operations for each. Throws `NumericalError` with `{ pivot }` where a pivot is 0, or the solution overflows.
 */
export function luSolve(factors: LuFactorization, b: Float64Array, options?: LuSolveOptions): Float64Array;
export function luSolve(factors: LuFactorization, b: Matrix, options?: LuSolveOptions): Matrix;
export function luSolve(
  { lower, upper, permutation }: LuFactorization,
  b: Float64Array | Matrix,
  options: LuSolveOptions = {},
): Float64Array | Matrix {
  requireKnownOptions("options", options, ["transpose"]);
  const { transpose = false } = options;
  const n = requireSquare("factors.lower", lower);
  requireFloatMatrix("factors.upper", upper, { rows: n, cols: n });
  requirePermutation("factors.permutation", permutation, n);
  const { columns, data } = requireRightHandSide("b", b, n);
  requireNonzeroDiagonal("luSolve", n, upper.data);
  let x = transpose ? data.slice() : gatherRows(permutation, columns, data);
  if (x.length > 0) {
    const halves = [
      () => kernels().solveTriangular(false, transpose, true, n, columns, lower.data, x),
      () => kernels().solveTriangular(true, transpose, false, n, columns, upper.data, x),
    ];
    for (const solveHalf of transpose ? halves.reverse() : halves) solveHalf();
  }
  if (transpose) x = scatterRows(permutation, columns, x);
  requireFiniteResult("luSolve: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/**
 * Sign and logarithm of the absolute value of the determinant, by LU: no overflow where the determinant itself
 * leaves the range of double precision. A singular matrix gives sign 0 and -Infinity; the empty one 1 and 0.
 */
export function logdet(a: Matrix): { readonly sign: -1 | 0 | 1; readonly logAbsolute: number } {
  const n = requireSquare("a", a);
  if (n === 0) return { sign: 1, logAbsolute: 0 };
  const { pivots, sign, zeroPivot } = kernels().factor(n, a.data.slice());
  if (zeroPivot >= 0) return { sign: 0, logAbsolute: Number.NEGATIVE_INFINITY };
  let negative = sign < 0;
  let logAbsolute = 0;
  for (const pivot of pivots) {
    if (pivot < 0) negative = !negative;
    logAbsolute += Math.log(Math.abs(pivot));
  }
  requireFiniteResult("logdet: a pivot", Float64Array.of(logAbsolute));
  return { sign: negative ? -1 : 1, logAbsolute };
}
