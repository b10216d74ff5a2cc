import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";

/**
 * -Laplacian(K u) on the unit square by central differences at n x n interior points, zero on the boundary, for
 * an n x n field K: 4 K_c on the diagonal and minus the neighbour's K beside it, times 1/h^2, h = 1/(n + 1). Not
 * symmetric unless K is constant. `darcyFv` of `ockham/sparse` is the physical -div(K grad u); this operator is
 * what the published generator of neural-operator data assembles, and a nonsymmetric test problem. O(n^2).
 */
export function darcyLapK(K: Matrix): CsrMatrix {
  const { rows: n } = requireMatrix("K", K, { dtype: "float64" });
  requireMatrix("K", K, { cols: n });
  const weight = (n + 1) ** 2;
  const size = n * n;
  const indptr = new Int32Array(size + 1);
  const indices = new Int32Array(5 * size);
  const data = new Float64Array(5 * size);
  let next = 0;
  const put = (column: number, value: number): void => {
    indices[next] = column;
    data[next++] = weight * value;
  };
  for (let cell = 0; cell < size; cell++) {
    const column = cell % n;
    if (cell >= n) put(cell - n, -K.data[cell - n]!);
    if (column > 0) put(cell - 1, -K.data[cell - 1]!);
    put(cell, 4 * K.data[cell]!);
    if (column < n - 1) put(cell + 1, -K.data[cell + 1]!);
    if (cell + n < size) put(cell + n, -K.data[cell + n]!);
    indptr[cell + 1] = next;
  }
  return { rows: size, cols: size, indptr, indices: indices.slice(0, next), data: data.slice(0, next) };
}
