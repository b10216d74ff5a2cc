/**
 * Sparse matrix in compressed rows: the entries of row i are `data[k]` in column `indices[k]` for k from
 * `indptr[i]` to `indptr[i + 1]`. Columns ascend within a row and occur once. Serves sparse linear algebra
 * and graphs alike. A plain object, immutable by convention; `ockham/sparse` builds, checks and uses it.
 */
export interface CsrMatrix<D extends Float64Array | Float32Array = Float64Array> {
  readonly rows: number;
  readonly cols: number;
  /** Length rows + 1, ascending, from 0 to the number of entries. */
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly data: D;
}
