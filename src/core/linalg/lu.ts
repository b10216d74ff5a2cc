import type { Matrix } from "../array/index.ts";
import { matrixOf, requireFloatMatrix, requireSquare } from "./checks.ts";
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
  const packed = packedLu(m, n, a.data);
  const lower = new Float64Array(m * k);
  const upper = new Float64Array(k * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < Math.min(i, k); j++) lower[i * k + j] = packed.data[i * n + j]!;
    if (i < k) {
      lower[i * k + i] = 1;
      for (let j = i; j < n; j++) upper[i * n + j] = packed.data[i * n + j]!;
    }
  }
  return {
    lower: matrixOf(m, k, lower),
    upper: matrixOf(k, n, upper),
    permutation: packed.permutation,
    sign: packed.sign,
  };
}

export interface PackedLu {
  readonly n: number;
  readonly data: Float64Array;
  readonly permutation: Int32Array;
  readonly sign: 1 | -1;
  /** Index of the first pivot that is exactly zero, or -1. */
  readonly zeroPivot: number;
}

/** Both factors in one array; a is not changed. */
export function packedLu(m: number, n: number, a: Float64Array): PackedLu {
  const data = a.slice();
  const pivots = new Int32Array(Math.min(m, n));
  const zeroPivot = pivots.length > 0 ? kernels().lu(m, n, data, pivots) : -1;
  const permutation = Int32Array.from({ length: m }, (_, i) => i);
  let sign: 1 | -1 = 1;
  for (let i = 0; i < pivots.length; i++) {
    const other = pivots[i]!;
    if (other === i) continue;
    const kept = permutation[i]!;
    permutation[i] = permutation[other]!;
    permutation[other] = kept;
    sign = sign === 1 ? -1 : 1;
  }
  return { n, data, permutation, sign, zeroPivot };
}

/** Solves a x = b, or a^T x = b, for `columns` right-hand sides; the pivots are not zero. */
export function solvePacked(
  { n, data, permutation }: PackedLu,
  transpose: boolean,
  columns: number,
  b: Float64Array,
): Float64Array {
  const x = new Float64Array(n * columns);
  if (x.length === 0) return x;
  if (transpose) {
    const y = b.slice();
    kernels().solveTriangular(true, true, false, n, columns, data, y);
    kernels().solveTriangular(false, true, true, n, columns, data, y);
    for (let i = 0; i < n; i++)
      for (let c = 0; c < columns; c++) x[permutation[i]! * columns + c] = y[i * columns + c]!;
    return x;
  }
  for (let i = 0; i < n; i++)
    for (let c = 0; c < columns; c++) x[i * columns + c] = b[permutation[i]! * columns + c]!;
  kernels().solveTriangular(false, false, true, n, columns, data, x);
  kernels().solveTriangular(true, false, false, n, columns, data, x);
  return x;
}

/**
 * Sign and logarithm of the absolute value of the determinant, by LU: no overflow where the determinant itself
 * leaves the range of double precision. A singular matrix gives sign 0 and -Infinity; the empty one 1 and 0.
 */
export function logdet(a: Matrix): { readonly sign: -1 | 0 | 1; readonly logAbsolute: number } {
  const n = requireSquare("a", a);
  const { data, sign, zeroPivot } = packedLu(n, n, a.data);
  if (zeroPivot >= 0) return { sign: 0, logAbsolute: Number.NEGATIVE_INFINITY };
  let negative = sign < 0;
  let logAbsolute = 0;
  for (let i = 0; i < n; i++) {
    const pivot = data[i * n + i]!;
    if (pivot < 0) negative = !negative;
    logAbsolute += Math.log(Math.abs(pivot));
  }
  return { sign: negative ? -1 : 1, logAbsolute };
}
