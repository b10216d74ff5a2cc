import type { CsrMatrix } from "../array/index.ts";
import { InvalidInputError, requireFinite, requireInteger } from "../errors.ts";
import { type AnyCsrMatrix, requireCsrFrame, transpose } from "./csr.ts";

/** The entries a_ii, zeros where none is stored; min(rows, cols) of them. O(entries). */
export function diagonal(A: AnyCsrMatrix): Float64Array {
  requireCsrFrame("A", A);
  const { rows, cols, indptr, indices, data } = A;
  const result = new Float64Array(Math.min(rows, cols));
  for (let row = 0; row < result.length; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) if (indices[k] === row) result[row] = data[k]!;
  }
  return result;
}

/** The entries on and below diagonal k (0 the main one, negative ones below it). O(entries). */
export function tril<M extends AnyCsrMatrix>(A: M, k = 0): M {
  requireInteger("k", k);
  return selectEntries(A, (row, column) => column - row <= k);
}

/** The entries on and above diagonal k. O(entries). */
export function triu<M extends AnyCsrMatrix>(A: M, k = 0): M {
  requireInteger("k", k);
  return selectEntries(A, (row, column) => column - row >= k);
}

/** The stored entries that are not zero (or not below `threshold` in absolute value). O(entries). */
export function withoutZeros<M extends AnyCsrMatrix>(A: M, threshold = 0): M {
  requireFinite("threshold", threshold, 0);
  return selectEntries(A, (_row, _column, value) => value !== 0 && Math.abs(value) >= threshold);
}

function selectEntries<M extends AnyCsrMatrix>(
  A: M,
  keep: (row: number, column: number, value: number) => boolean,
): M {
  requireCsrFrame("A", A);
  const { rows, indptr, indices, data } = A;
  const keptIndptr = new Int32Array(rows + 1);
  const keptIndices = new Int32Array(indices.length);
  const keptData = data.slice();
  let kept = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      if (!keep(row, indices[k]!, data[k]!)) continue;
      keptIndices[kept] = indices[k]!;
      keptData[kept++] = data[k]!;
    }
    keptIndptr[row + 1] = kept;
  }
  return { ...A, indptr: keptIndptr, indices: keptIndices.slice(0, kept), data: keptData.slice(0, kept) };
}

/**
 * Whether A is square and |a_ij - a_ji| <= tol max |a| for all i, j; default tol 0, exactly symmetric. O(entries +
 * rows).
 */
export function isSymmetric(A: AnyCsrMatrix, tol = 0): boolean {
  requireFinite("tol", tol, 0);
  requireCsrFrame("A", A);
  return A.rows === A.cols && asymmetry(A, tol) === undefined;
}

/** Refuses a matrix that is not symmetric up to rounding (1e-12 of its largest entry), naming an entry. */
export function requireSymmetric(argument: string, A: CsrMatrix): void {
  if (A.rows !== A.cols) throw new InvalidInputError(argument, `must be square, got ${A.rows} x ${A.cols}`);
  const found = asymmetry(A, 1e-12);
  if (found !== undefined)
    throw new InvalidInputError(
      argument,
      `must be symmetric, but entry (${found.row}, ${found.column}) is ${found.value} and entry (${found.column}, ${found.row}) is ${found.mirrored}`,
    );
}

function asymmetry(
  A: AnyCsrMatrix,
  tol: number,
): { row: number; column: number; value: number; mirrored: number } | undefined {
  const { rows, indptr, indices, data } = A;
  const T = transpose(A);
  let largest = 0;
  for (let k = 0; k < data.length; k++) largest = Math.max(largest, Math.abs(data[k]!));
  const bound = tol * largest;
  for (let row = 0; row < rows; row++) {
    let a = indptr[row]!;
    let b = T.indptr[row]!;
    const aEnd = indptr[row + 1]!;
    const bEnd = T.indptr[row + 1]!;
    while (a < aEnd || b < bEnd) {
      const aColumn = a < aEnd ? indices[a]! : rows;
      const bColumn = b < bEnd ? T.indices[b]! : rows;
      const column = Math.min(aColumn, bColumn);
      const value = aColumn === column ? data[a++]! : 0;
      const mirrored = bColumn === column ? T.data[b++]! : 0;
      if (Math.abs(value - mirrored) > bound) return { row, column, value, mirrored };
    }
  }
  return undefined;
}

/** How far the entries reach below and above the diagonal: max(i - j) and max(j - i), at least 0. O(entries). */
export function bandwidth(A: AnyCsrMatrix): { lower: number; upper: number } {
  requireCsrFrame("A", A);
  const { rows, indptr, indices } = A;
  let lower = 0;
  let upper = 0;
  for (let row = 0; row < rows; row++) {
    const start = indptr[row]!;
    const end = indptr[row + 1]!;
    if (start === end) continue;
    lower = Math.max(lower, row - indices[start]!);
    upper = Math.max(upper, indices[end - 1]! - row);
  }
  return { lower, upper };
}
