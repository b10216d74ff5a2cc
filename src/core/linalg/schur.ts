import type { Matrix } from "../array/index.ts";
import { matrixOf, requireFiniteResult, requireSquare } from "./checks.ts";
import { kernels } from "./provider.ts";
import { bringIntoRange, scaleBy } from "./range.ts";

export interface Schur {
  /**
   * Quasi upper triangular. A real eigenvalue stands alone on the diagonal; a complex pair x +- iy is a 2 x 2
   * block with both diagonal entries x and off-diagonal entries of opposite sign whose product is -y^2.
   */
  readonly t: Matrix;
  /** Orthogonal. */
  readonly z: Matrix;
}

/**
 * Real Schur form a = z t z^T of a square matrix. About 25 n^3 operations. Throws `NumericalError` where the QR
 * iteration does not converge. Golub and Van Loan, chapter 7.
 */
export function schur(a: Matrix): Schur {
  const n = requireSquare("a", a);
  const { t, z } = realSchur(n, a.data);
  return { t: matrixOf(n, n, t), z: matrixOf(n, n, z) };
}

export function realSchur(n: number, a: Float64Array): { t: Float64Array; z: Float64Array } {
  if (n === 0) return { t: new Float64Array(0), z: new Float64Array(0) };
  const copy = a.slice();
  const scale = bringIntoRange(copy, n);
  const form = kernels().schur(n, copy);
  scaleBy(1 / scale, form.t);
  requireFiniteResult("schur: an entry of the triangular factor", form.t);
  return form;
}
