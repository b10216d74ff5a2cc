import type { Matrix } from "../core/array/index.ts";
import { requireInteger } from "../core/errors.ts";

/** The state equation x' = a x + b u of a memory. */
export interface Hippo {
  /** [n, n], lower triangular, eigenvalues -1, ..., -n. */
  readonly a: Matrix;
  readonly b: Float64Array;
}

const largestOrder = 1024;

/**
 * The HiPPO-LegS system, which keeps the coefficients of the past in Legendre polynomials: a[i, j] =
 * -sqrt((2 i + 1)(2 j + 1)) below the diagonal, -(i + 1) on it, b[i] = sqrt(2 i + 1). Its eigenvectors are so nearly
 * dependent (condition above 1e18 at n = 32) that it cannot be diagonalised in floating point.
 *
 * Reference: Gu, Dao, Ermon, Rudra, Re, "HiPPO", NeurIPS 2020.
 */
export function hippoLegS(n: number): Hippo {
  requireInteger("n", n, 1, largestOrder);
  const a = new Float64Array(n * n);
  const b = Float64Array.from({ length: n }, (_, i) => Math.sqrt(2 * i + 1));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) a[i * n + j] = -b[i]! * b[j]!;
    a[i * n + i] = -(i + 1);
  }
  return { a: { dtype: "float64", shape: [n, n], data: a }, b };
}

/**
 * The normal part of HiPPO-LegS that S4D and S5 diagonalise: a + p p^T with p[i] = sqrt(i + 1/2), which is -1/2 plus a
 * skew-symmetric matrix. With half of b its transfer function tends to that of HiPPO at every frequency as n grows,
 * but not uniformly.
 */
export function hippoNormalPart(n: number): { readonly a: Matrix; readonly p: Float64Array } {
  const { a } = hippoLegS(n);
  const p = Float64Array.from({ length: n }, (_, i) => Math.sqrt(i + 0.5));
  const data = a.data.slice();
  // Written out, so that the skew part is skew to the last bit.
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      const half = Math.sqrt(2 * i + 1) * Math.sqrt(2 * j + 1) * 0.5;
      data[i * n + j] = i === j ? -0.5 : -half;
      if (i !== j) data[j * n + i] = half;
    }
  return { a: { dtype: "float64", shape: [n, n], data }, p };
}
