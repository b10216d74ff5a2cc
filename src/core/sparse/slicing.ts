import { InvalidInputError, requireInteger, show } from "../errors.ts";
import { type AnyCsrMatrix, requireCsrFrame } from "./csr.ts";

/**
 * The rows with the given numbers, in the given order and as often as they are given. O(selected rows and their
 * entries).
 */
export function selectRows<M extends AnyCsrMatrix>(A: M, rows: ArrayLike<number>): M {
  requireCsrFrame("A", A);
  requireIndices("rows", rows, A.rows);
  const indptr = new Int32Array(rows.length + 1);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    count += A.indptr[rows[i]! + 1]! - A.indptr[rows[i]!]!;
    requireInteger("the number of selected entries", count, 0, 2147483647);
    indptr[i + 1] = count;
  }
  const indices = new Int32Array(count);
  const data = A.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < rows.length; i++) {
    const start = A.indptr[rows[i]!]!;
    const end = A.indptr[rows[i]! + 1]!;
    indices.set(A.indices.subarray(start, end), indptr[i]!);
    data.set(A.data.subarray(start, end), indptr[i]!);
  }
  return { ...A, rows: rows.length, indptr, indices, data };
}

/**
 * The columns with the given numbers, in the given order; no column twice. Two counting passes over the columns,
 * O(entries + rows + cols).
 */
export function selectColumns<M extends AnyCsrMatrix>(A: M, columns: ArrayLike<number>): M {
  requireCsrFrame("A", A);
  requireIndices("columns", columns, A.cols);
  /** New number of every column, -1 for those left out. */
  const target = new Int32Array(A.cols).fill(-1);
  for (let j = 0; j < columns.length; j++) {
    if (target[columns[j]!]! >= 0)
      throw new InvalidInputError("columns", `column ${columns[j]} is selected twice; expected once`);
    target[columns[j]!] = j;
  }
  const indptr = new Int32Array(A.rows + 1);
  /** Entries by new column: the rows that hold them, and where. */
  const next = new Int32Array(columns.length + 1);
  for (let row = 0; row < A.rows; row++) {
    let count = indptr[row]!;
    for (let k = A.indptr[row]!; k < A.indptr[row + 1]!; k++) {
      const column = target[A.indices[k]!]!;
      if (column < 0) continue;
      count++;
      next[column + 1]!++;
    }
    indptr[row + 1] = count;
  }
  for (let j = 0; j < columns.length; j++) next[j + 1]! += next[j]!;
  const count = indptr[A.rows]!;
  const rowOf = new Int32Array(count);
  const entryOf = new Int32Array(count);
  for (let row = 0; row < A.rows; row++) {
    for (let k = A.indptr[row]!; k < A.indptr[row + 1]!; k++) {
      const column = target[A.indices[k]!]!;
      if (column < 0) continue;
      const place = next[column]!++;
      rowOf[place] = row;
      entryOf[place] = k;
    }
  }
  const indices = new Int32Array(count);
  const data = A.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
  const fill = indptr.slice(0, A.rows);
  for (let j = 0, place = 0; j < columns.length; j++) {
    for (; place < next[j]!; place++) {
      const position = fill[rowOf[place]!]!++;
      indices[position] = j;
      data[position] = A.data[entryOf[place]!]!;
    }
  }
  return { ...A, cols: columns.length, indptr, indices, data };
}

/** The entries in the given rows and columns: `selectColumns(selectRows(A, rows), columns)`. */
export function submatrix<M extends AnyCsrMatrix>(
  A: M,
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
): M {
  return selectColumns(selectRows(A, rows), columns);
}

function requireIndices(argument: string, indices: ArrayLike<number>, bound: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(Number.isInteger(index) && index >= 0 && index < bound))
      throw new InvalidInputError(
        argument,
        `entry ${i} is ${show(index)}; expected a whole number from 0 to ${bound - 1}`,
      );
  }
}
