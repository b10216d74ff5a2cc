import type { Matrix } from "../array/index.ts";
import { NumericalError } from "../errors.ts";
import {
  matrixOf,
  requireFiniteResult,
  requireRightHandSide,
  requireSquare,
  requireSymmetric,
  requireVector,
} from "./checks.ts";
import { kernels } from "./provider.ts";
import { requireNonzeroDiagonal } from "./triangular.ts";

/**
 * Lower Cholesky factor of a symmetric positive definite matrix: a = l l^T with a positive diagonal. Only the
 * lower triangle is used, after a check of symmetry. n^3 / 3 operations. Throws `NumericalError` with
 * `{ pivot, value }` where the matrix is not positive definite in double precision.
 */
export function cholesky(a: Matrix): Matrix {
  const n = requireSymmetric("a", a);
  const l = a.data.slice();
  const failed = n > 0 ? kernels().cholesky(n, l) : -1;
  if (failed >= 0)
    throw new NumericalError(
      `cholesky: the matrix is not positive definite; the leading block of order ${failed + 1} is not`,
      { pivot: failed, diagonal: a.data[failed * n + failed] },
    );
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n);
  requireFiniteResult("cholesky: the factor", l);
  return matrixOf(n, n, l);
}

/** Solves a x = b from the lower Cholesky factor l of a; b is a vector or a matrix. 2 n^2 operations for each. */
export function choleskySolve(l: Matrix, b: Float64Array): Float64Array;
export function choleskySolve(l: Matrix, b: Matrix): Matrix;
export function choleskySolve(l: Matrix, b: Float64Array | Matrix): Float64Array | Matrix {
  const n = requireSquare("l", l);
  const { columns, data } = requireRightHandSide("b", b, n);
  requireNonzeroDiagonal("choleskySolve", n, l.data);
  const x = data.slice();
  if (x.length > 0) {
    kernels().solveTriangular(false, false, false, n, columns, l.data, x);
    kernels().solveTriangular(false, true, false, n, columns, l.data, x);
  }
  requireFiniteResult("choleskySolve: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/** Logarithm of the determinant of a = l l^T from its lower Cholesky factor. */
export function choleskyLogdet(l: Matrix): number {
  const n = requireSquare("l", l);
  requireNonzeroDiagonal("choleskyLogdet", n, l.data);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(Math.abs(l.data[i * n + i]!));
  return 2 * sum;
}

/**
 * Lower Cholesky factor of a + x x^T from the factor l of a, by n plane rotations: 3 n^2 operations.
 * Golub and Van Loan, section 6.5.4.
 */
export function choleskyUpdate(l: Matrix, x: Float64Array): Matrix {
  const n = requireSquare("l", l);
  requireVector("x", x, n);
  requireNonzeroDiagonal("choleskyUpdate", n, l.data);
  const result = l.data.slice();
  const w = x.slice();
  for (let k = 0; k < n; k++) {
    const diagonal = result[k * n + k]!;
    const norm = Math.hypot(diagonal, w[k]!);
    const cos = diagonal / norm;
    const sin = w[k]! / norm;
    result[k * n + k] = norm;
    for (let i = k + 1; i < n; i++) {
      const below = result[i * n + k]!;
      result[i * n + k] = cos * below + sin * w[i]!;
      w[i] = cos * w[i]! - sin * below;
    }
  }
  requireFiniteResult("choleskyUpdate: the factor", result);
  return matrixOf(n, n, result);
}

/**
 * Lower Cholesky factor of a - x x^T from the factor l of a. Solves l p = x first: the result is positive
 * definite exactly when |p| < 1, and the rotations that carry (p, sqrt(1 - |p|^2)) to a unit vector downdate
 * the factor stably (LINPACK's scheme; Stewart, "The effects of rounding error on an algorithm for downdating
 * a Cholesky factorization", 1979). Throws `NumericalError` with `{ excess }` = |p|^2 - 1 otherwise.
 */
export function choleskyDowndate(l: Matrix, x: Float64Array): Matrix {
  const n = requireSquare("l", l);
  requireVector("x", x, n);
  requireNonzeroDiagonal("choleskyDowndate", n, l.data);
  const p = x.slice();
  if (n > 0) kernels().solveTriangular(false, false, false, n, 1, l.data, p);
  let square = 0;
  for (const value of p) square += value * value;
  if (!(square < 1))
    throw new NumericalError("choleskyDowndate: the downdated matrix is not positive definite", {
      excess: square - 1,
    });
  const result = l.data.slice();
  let alpha = Math.sqrt(1 - square);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    const norm = Math.hypot(alpha, p[k]!);
    cos[k] = alpha / norm;
    sin[k] = p[k]! / norm;
    alpha = norm;
  }
  for (let i = 0; i < n; i++) {
    let carried = 0;
    for (let k = i; k >= 0; k--) {
      const entry = result[i * n + k]!;
      result[i * n + k] = cos[k]! * entry - sin[k]! * carried;
      carried = cos[k]! * carried + sin[k]! * entry;
    }
  }
  return matrixOf(n, n, result);
}
