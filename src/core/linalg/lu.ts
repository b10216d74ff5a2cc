import type { Matrix } from "../array/index.ts";
import { matrixOf, requireFiniteResult, requireFloatMatrix, requireSquare } from "./checks.ts";
import { permutationOf } from "./permutation.ts";
import { kernels } from "./provider.ts";

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
