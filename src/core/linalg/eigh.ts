import type { Matrix } from "../array/index.ts";
import { InvalidInputError, NumericalError } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireSymmetric } from "./checks.ts";
import { columnSigns, orientRows, signColumns } from "./orientation.ts";
import { kernels } from "./provider.ts";
import { bringIntoRange, scaleBy } from "./range.ts";
import { transposed } from "./transpose.ts";

export interface SymmetricEigen {
  /** Eigenvalues, ascending. */
  readonly values: Float64Array;
  /** Eigenvectors in columns, the first significant component of each positive. */
  readonly vectors: Matrix;
}

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix: a vectors = vectors diag(values). The lower
 * triangle is used, after a check of symmetry. About 9 n^3 operations.
 */
export function eigh(a: Matrix): SymmetricEigen {
  const n = requireSymmetric("a", a);
  if (n === 0) return { values: new Float64Array(0), vectors: matrixOf(0, 0, new Float64Array(0)) };
  const { values, rows } = decompose("eigh", n, a.data.slice(), true);
  orientRows(n, n, rows);
  return { values, vectors: matrixOf(n, n, transposed(n, n, rows)) };
}

/** The eigenvalues of a symmetric matrix alone, ascending. (4/3) n^3 operations. */
export function eigvalsh(a: Matrix): Float64Array {
  const n = requireSymmetric("a", a);
  if (n === 0) return new Float64Array(0);
  return decompose("eigvalsh", n, a.data.slice(), false).values;
}

/**
 * Generalized symmetric eigenproblem a x = lambda b x with b positive definite; the eigenvectors are
 * orthonormal in the inner product of b. By Cholesky reduction to l^-1 a l^-T, whose error grows with the
 * condition of b. Throws `NumericalError` with `{ pivot }` where b is not positive definite.
 * Golub and Van Loan, section 8.7.2.
 */
export function generalizedEigh(a: Matrix, b: Matrix): SymmetricEigen {
  const n = requireSymmetric("a", a);
  const order = requireSymmetric("b", b);
  if (order !== n)
    throw new InvalidInputError("b", `expected order ${n} like a, got shape [${order}, ${order}]`);
  if (n === 0) return { values: new Float64Array(0), vectors: matrixOf(0, 0, new Float64Array(0)) };
  const l = b.data.slice();
  const failed = kernels().cholesky(n, l);
  if (failed >= 0) throw new NumericalError("generalizedEigh: b is not positive definite", { pivot: failed });
  const half = a.data.slice();
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) half[i * n + j] = half[j * n + i]!;
  kernels().solveTriangular(false, false, false, n, n, l, half);
  const reduced = transposed(n, n, half);
  kernels().solveTriangular(false, false, false, n, n, l, reduced);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) reduced[i * n + j] = (reduced[i * n + j]! + reduced[j * n + i]!) / 2;
  requireFiniteResult("generalizedEigh: the reduced matrix", reduced);
  const { values, rows } = decompose("generalizedEigh", n, reduced, true);
  const vectors = transposed(n, n, rows);
  kernels().solveTriangular(false, true, false, n, n, l, vectors);
  requireFiniteResult("generalizedEigh: an eigenvector", vectors);
  signColumns(n, n, vectors, columnSigns(n, n, vectors));
  return { values, vectors: matrixOf(n, n, vectors) };
}

function decompose(method: string, n: number, a: Float64Array, vectors: boolean) {
  const scale = bringIntoRange(a, n);
  const result = kernels().eigh(n, a, vectors);
  scaleBy(1 / scale, result.values);
  requireFiniteResult(`${method}: an eigenvalue`, result.values);
  return result;
}
