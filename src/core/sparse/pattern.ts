import type { AnyCsrMatrix } from "./csr.ts";

/** Where entries are, without their values: rows of ascending column numbers. */
export interface Pattern {
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
}

/** Pattern of the transpose. O(entries + rows + cols). */
export function transposePattern(rows: number, cols: number, { indptr, indices }: Pattern): Pattern {
  const resultIndptr = new Int32Array(cols + 1);
  for (let k = 0; k < indices.length; k++) resultIndptr[indices[k]! + 1]!++;
  for (let column = 0; column < cols; column++) resultIndptr[column + 1]! += resultIndptr[column]!;
  const next = resultIndptr.slice();
  const resultIndices = new Int32Array(indices.length);
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) resultIndices[next[indices[k]!]!++] = row;
  }
  return { indptr: resultIndptr, indices: resultIndices };
}

/** Pattern of A + A^T without the diagonal: the graph of a square matrix. O(entries + rows). */
export function symmetricPattern(A: AnyCsrMatrix): Pattern {
  const n = A.rows;
  const T = transposePattern(n, n, A);
  const indptr = new Int32Array(n + 1);
  const indices = new Int32Array(2 * A.indices.length);
  let next = 0;
  for (let row = 0; row < n; row++) {
    let a = A.indptr[row]!;
    let b = T.indptr[row]!;
    const aEnd = A.indptr[row + 1]!;
    const bEnd = T.indptr[row + 1]!;
    while (a < aEnd || b < bEnd) {
      const aColumn = a < aEnd ? A.indices[a]! : n;
      const bColumn = b < bEnd ? T.indices[b]! : n;
      const column = Math.min(aColumn, bColumn);
      if (aColumn === column) a++;
      if (bColumn === column) b++;
      if (column !== row) indices[next++] = column;
    }
    indptr[row + 1] = next;
  }
  return { indptr, indices: indices.slice(0, next) };
}
