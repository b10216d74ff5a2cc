import type { CsrMatrix } from "../array/index.ts";
import { InvalidInputError, requireFinite, requireInteger } from "../errors.ts";
import { requireCsrFrame } from "./csr.ts";

/**
 * `alpha A + beta B`, with the union of both patterns; entries that cancel stay as zeros. O(entries of both).
 */
export function addScaled(alpha: number, A: CsrMatrix, beta: number, B: CsrMatrix): CsrMatrix {
  requireFinite("alpha", alpha);
  requireFinite("beta", beta);
  requireCsrFrame("A", A);
  requireCsrFrame("B", B);
  if (A.rows !== B.rows || A.cols !== B.cols)
    throw new InvalidInputError("B", `expected ${A.rows} x ${A.cols}, got ${B.rows} x ${B.cols}`);
  const { rows, cols } = A;
  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(A.indices.length + B.indices.length);
  const data = new Float64Array(indices.length);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    let a = A.indptr[row]!;
    let b = B.indptr[row]!;
    const aEnd = A.indptr[row + 1]!;
    const bEnd = B.indptr[row + 1]!;
    while (a < aEnd || b < bEnd) {
      const aColumn = a < aEnd ? A.indices[a]! : cols;
      const bColumn = b < bEnd ? B.indices[b]! : cols;
      let value = 0;
      if (aColumn <= bColumn) value += alpha * A.data[a++]!;
      if (bColumn <= aColumn) value += beta * B.data[b++]!;
      indices[next] = Math.min(aColumn, bColumn);
      data[next++] = value;
    }
    indptr[row + 1] = next;
  }
  return { rows, cols, indptr, indices: indices.slice(0, next), data: data.slice(0, next) };
}

/** `factor A`. O(entries). */
export function scaleMatrix(factor: number, A: CsrMatrix): CsrMatrix {
  requireFinite("factor", factor);
  requireCsrFrame("A", A);
  return { ...A, data: A.data.map((value) => factor * value) };
}

/** The n x n identity. */
export function identity(n: number): CsrMatrix {
  requireInteger("n", n, 0);
  return diagonalMatrix(new Float64Array(n).fill(1));
}

/** The square matrix with these values on its diagonal, zeros kept as entries. */
export function diagonalMatrix(values: ArrayLike<number>): CsrMatrix {
  const n = values.length;
  return {
    rows: n,
    cols: n,
    indptr: Int32Array.from({ length: n + 1 }, (_, i) => i),
    indices: Int32Array.from({ length: n }, (_, i) => i),
    data: Float64Array.from(values, (value, i) => requireFinite(`values[${i}]`, value)),
  };
}

/**
 * The sparse product `A B`, row by row (Gustavson 1978); entries that cancel stay as zeros. Time O(flops + rows +
 * entries log(entries of a row)), memory O(cols) beside the result.
 */
export function multiplySparse(A: CsrMatrix, B: CsrMatrix): CsrMatrix {
  requireCsrFrame("A", A);
  requireCsrFrame("B", B);
  if (A.cols !== B.rows)
    throw new InvalidInputError("B", `expected ${A.cols} rows, as A has columns, got ${B.rows}`);
  const { rows } = A;
  const { cols } = B;
  // First pass: how many entries every row has.
  const indptr = new Int32Array(rows + 1);
  const lastRow = new Int32Array(cols).fill(-1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let a = A.indptr[row]!; a < A.indptr[row + 1]!; a++) {
      const inner = A.indices[a]!;
      for (let b = B.indptr[inner]!; b < B.indptr[inner + 1]!; b++) {
        const column = B.indices[b]!;
        if (lastRow[column] === row) continue;
        lastRow[column] = row;
        count++;
      }
    }
    if (count > 2147483647)
      throw new InvalidInputError("B", `the product has more than 2147483647 entries in rows 0 to ${row}`);
    indptr[row + 1] = count;
  }
  const indices = new Int32Array(count);
  const data = new Float64Array(count);
  const sums = new Float64Array(cols);
  lastRow.fill(-1);
  for (let row = 0; row < rows; row++) {
    let next = indptr[row]!;
    for (let a = A.indptr[row]!; a < A.indptr[row + 1]!; a++) {
      const inner = A.indices[a]!;
      const factor = A.data[a]!;
      for (let b = B.indptr[inner]!; b < B.indptr[inner + 1]!; b++) {
        const column = B.indices[b]!;
        if (lastRow[column] === row) sums[column]! += factor * B.data[b]!;
        else {
          lastRow[column] = row;
          sums[column] = factor * B.data[b]!;
          indices[next++] = column;
        }
      }
    }
    const columns = indices.subarray(indptr[row]!, next).sort();
    for (let k = 0; k < columns.length; k++) data[indptr[row]! + k] = sums[columns[k]!]!;
  }
  return { rows, cols, indptr, indices, data };
}
