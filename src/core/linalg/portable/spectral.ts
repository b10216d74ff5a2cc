import { EVD, Matrix as MlMatrix, SVD } from "ml-matrix";
import { transposed } from "../transpose.ts";
import { accumulateProduct, blockOf } from "./product.ts";
import { qr } from "./qr.ts";

/** Symmetric eigenproblem by tridiagonalisation and implicit QL; see `DenseKernels.eigh`. */
export function eigh(n: number, a: Float64Array, vectors: boolean) {
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) a[i * n + j] = a[j * n + i]!;
  const decomposition = new EVD(new MlMatrix(rowsOf(n, n, a)), { assumeSymmetric: true });
  const values = Float64Array.from(decomposition.realEigenvalues);
  return {
    values,
    rows: vectors ? transposed(n, n, fromMlMatrix(decomposition.eigenvectorMatrix)) : new Float64Array(0),
  };
}

/** Singular value decomposition by bidiagonalisation and implicit QR; see `DenseKernels.svd`. */
export function svd(
  m: number,
  n: number,
  a: Float64Array,
  vectors: "none" | "thin" | "full",
): { u: Float64Array; s: Float64Array; vt: Float64Array } {
  if (m < n) {
    const { u, s, vt } = svd(n, m, transposed(m, n, a), vectors);
    const order = vectors === "full" ? n : m;
    return vectors === "none" ? { u, s, vt } : { u: transposed(m, m, vt), s, vt: transposed(n, order, u) };
  }
  // A tall matrix is first brought to a square one: fewer operations, and the same singular values.
  const tall = m > n;
  const reduced = tall ? qr(m, n, a, vectors === "none" ? 0 : n) : undefined;
  const square = reduced?.r ?? a;
  const wanted = vectors !== "none";
  const decomposition = new SVD(new MlMatrix(rowsOf(n, n, square)), {
    computeLeftSingularVectors: wanted,
    computeRightSingularVectors: wanted,
  });
  const s = Float64Array.from(decomposition.diagonal);
  const none = new Float64Array(0);
  if (!wanted) return { u: none, s, vt: none };
  const left = fromMlMatrix(decomposition.leftSingularVectors);
  const vt = transposed(n, n, fromMlMatrix(decomposition.rightSingularVectors));
  if (reduced === undefined) return { u: left, s, vt };
  const u = new Float64Array(m * n);
  accumulateProduct(1, m, n, n, blockOf(reduced.q, n), blockOf(left, n), blockOf(u, n));
  return { u: vectors === "full" ? completed(m, n, u) : u, s, vt };
}

/** Extends n orthonormal columns of length m to an orthogonal matrix. */
function completed(m: number, n: number, u: Float64Array): Float64Array {
  const { q } = qr(m, n, u.slice(), m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) q[i * m + j] = u[i * n + j]!;
  return q;
}

function rowsOf(rows: number, columns: number, a: Float64Array): Float64Array[] {
  return Array.from({ length: rows }, (_, i) => a.slice(i * columns, (i + 1) * columns));
}

function fromMlMatrix(matrix: MlMatrix): Float64Array {
  const { rows, columns } = matrix;
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result[i * columns + j] = matrix.get(i, j);
  return result;
}
