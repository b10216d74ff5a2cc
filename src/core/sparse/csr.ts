import { type CsrMatrix, type Matrix, type NdArray, requireMatrix, zeros } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";

/** CSR matrix in either precision. */
export type AnyCsrMatrix = CsrMatrix<Float64Array> | CsrMatrix<Float32Array>;

/** What becomes of several triplets that name the same entry. */
export type DuplicateRule = "sum" | "max" | "first" | "error";

export interface TripletOptions {
  /** What becomes of several values for one entry; default "sum". */
  readonly duplicates?: DuplicateRule;
}

/** Most entries that the 32-bit row pointers address. */
const mostEntries = 2147483647;

/**
 * Builds a CSR matrix from coordinate triplets `A[rowIndices[k], columnIndices[k]] = values[k]` in any order.
 * Two stable counting sorts, O(entries + rows + cols); explicit zeros are kept.
 *
 * Throws InvalidInputError naming the first triplet whose index lies outside the matrix, whose value is not
 * finite, or (with `duplicates: "error"`) that repeats an entry.
 */
export function csrFromTriplets(
  rows: number,
  cols: number,
  rowIndices: ArrayLike<number>,
  columnIndices: ArrayLike<number>,
  values: ArrayLike<number>,
  options: TripletOptions = {},
): CsrMatrix {
  requireInteger("rows", rows, 0, mostEntries);
  requireInteger("cols", cols, 0, mostEntries);
  requireKnownOptions("options", options, ["duplicates"]);
  const duplicates = requireOneOf("options.duplicates", options.duplicates ?? "sum", [
    "sum",
    "max",
    "first",
    "error",
  ]);
  const count = rowIndices.length;
  if (columnIndices.length !== count)
    throw new InvalidInputError("columnIndices", `expected ${count} entries, got ${columnIndices.length}`);
  if (values.length !== count)
    throw new InvalidInputError("values", `expected ${count} entries, got ${values.length}`);
  if (count > mostEntries) throw new InvalidInputError("rowIndices", `too many entries: ${count}`);
  for (let k = 0; k < count; k++) {
    requireIndex("rowIndices", k, rowIndices[k]!, rows);
    requireIndex("columnIndices", k, columnIndices[k]!, cols);
    if (!Number.isFinite(values[k]))
      throw new InvalidInputError("values", `entry ${k} is ${show(values[k])}; expected finite values`);
  }
  const byColumn = sortedByKey(columnIndices, cols, undefined);
  const order = sortedByKey(rowIndices, rows, byColumn);

  const indptr = new Int32Array(rows + 1);
  const indices = new Int32Array(count);
  const data = new Float64Array(count);
  let kept = 0;
  for (let k = 0, row = -1, column = -1; k < count; k++) {
    const source = order[k]!;
    const value = values[source]!;
    if (rowIndices[source] === row && columnIndices[source] === column) {
      if (duplicates === "error")
        throw new InvalidInputError("rowIndices", `triplet ${source} repeats entry (${row}, ${column})`);
      if (duplicates === "sum") data[kept - 1]! += value;
      else if (duplicates === "max") data[kept - 1] = Math.max(data[kept - 1]!, value);
      continue;
    }
    row = rowIndices[source]!;
    column = columnIndices[source]!;
    indptr[row + 1]!++;
    indices[kept] = column;
    data[kept++] = value;
  }
  for (let row = 0; row < rows; row++) indptr[row + 1]! += indptr[row]!;
  return kept === count
    ? { rows, cols, indptr, indices, data }
    : { rows, cols, indptr, indices: indices.slice(0, kept), data: data.slice(0, kept) };
}

/** The entries of a dense matrix that are not zero. O(rows * cols). */
export function csrFromDense(matrix: Matrix): CsrMatrix {
  const { rows, cols } = requireMatrix("matrix", matrix, { dtype: "float64" });
  const dense = matrix.data;
  const indptr = new Int32Array(rows + 1);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    for (let k = row * cols; k < (row + 1) * cols; k++) if (dense[k] !== 0) count++;
    indptr[row + 1] = count;
  }
  const indices = new Int32Array(count);
  const data = new Float64Array(count);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < cols; column++) {
      const value = dense[row * cols + column]!;
      if (value === 0) continue;
      indices[next] = column;
      data[next++] = value;
    }
  }
  return { rows, cols, indptr, indices, data };
}

/** What {@link requireCsr} asks of a matrix beyond being one. */
export interface CsrExpectation {
  readonly rows?: number;
  readonly cols?: number;
  readonly square?: boolean;
  readonly nonnegative?: boolean;
}

/**
 * Refuses anything but a well-formed CSR matrix with finite values: array types and lengths, ascending row
 * pointers, columns ascending within each row and inside the matrix. Returns it. Use it at the door of public
 * functions. O(entries).
 */
export function requireCsr(argument: string, value: unknown, expected: CsrExpectation = {}): AnyCsrMatrix {
  const matrix = requireCsrFrame(argument, value);
  const { rows, cols, indptr, indices, data } = matrix;
  if (expected.square && rows !== cols)
    throw new InvalidInputError(argument, `must be square, got ${rows} x ${cols}`);
  if ((expected.rows ?? rows) !== rows || (expected.cols ?? cols) !== cols)
    throw new InvalidInputError(
      argument,
      `expected ${expected.rows ?? "any"} x ${expected.cols ?? "any"}, got ${rows} x ${cols}`,
    );
  for (let row = 0; row < rows; row++) {
    const end = indptr[row + 1]!;
    if (end < indptr[row]!)
      throw new InvalidInputError(`${argument}.indptr`, `descends after row ${row}; expected ascending`);
    let previous = -1;
    for (let k = indptr[row]!; k < end; k++) {
      const column = indices[k]!;
      if (column <= previous || column >= cols)
        throw new InvalidInputError(
          `${argument}.indices`,
          column < 0 || column >= cols
            ? `row ${row} has column ${column}; expected 0 to ${cols - 1}`
            : `columns of row ${row} must ascend without repetition, got ${column} after ${previous}`,
        );
      previous = column;
      const entry = data[k]!;
      if (!Number.isFinite(entry) || (expected.nonnegative && entry < 0))
        throw new InvalidInputError(
          `${argument}.data`,
          `entry (${row}, ${column}) is ${entry}; expected finite values${expected.nonnegative ? " >= 0" : ""}`,
        );
    }
  }
  return matrix;
}

/** The part of {@link requireCsr} that costs O(1): what a product needs before it starts. */
export function requireCsrFrame(argument: string, value: unknown): AnyCsrMatrix {
  const matrix = value as CsrMatrix | null | undefined;
  if (
    typeof matrix !== "object" ||
    matrix === null ||
    !(matrix.indptr instanceof Int32Array) ||
    !(matrix.indices instanceof Int32Array) ||
    !((matrix.data as unknown) instanceof Float64Array || (matrix.data as unknown) instanceof Float32Array)
  )
    throw new InvalidInputError(
      argument,
      `expected a CsrMatrix { rows, cols, indptr, indices, data } with Int32Array indices, got ${show(value)}`,
    );
  requireInteger(`${argument}.rows`, matrix.rows, 0, mostEntries);
  requireInteger(`${argument}.cols`, matrix.cols, 0, mostEntries);
  if (matrix.indptr.length !== matrix.rows + 1)
    throw new InvalidInputError(
      `${argument}.indptr`,
      `expected ${matrix.rows + 1} row pointers for ${matrix.rows} rows, got ${matrix.indptr.length}`,
    );
  if (matrix.indices.length !== matrix.data.length)
    throw new InvalidInputError(
      `${argument}.data`,
      `expected as many values as the ${matrix.indices.length} indices, got ${matrix.data.length}`,
    );
  if (matrix.indptr[0] !== 0 || matrix.indptr[matrix.rows] !== matrix.indices.length)
    throw new InvalidInputError(
      `${argument}.indptr`,
      `expected to run from 0 to ${matrix.indices.length}, got ${matrix.indptr[0]} to ${matrix.indptr[matrix.rows]}`,
    );
  return matrix;
}

/** The transpose, with rows in order. O(entries + rows + cols). */
export function transpose<M extends AnyCsrMatrix>(matrix: M): M {
  requireCsrFrame("matrix", matrix);
  const { rows, cols, indptr, indices, data } = matrix;
  const resultIndptr = new Int32Array(cols + 1);
  for (let k = 0; k < indices.length; k++) resultIndptr[indices[k]! + 1]!++;
  for (let column = 0; column < cols; column++) resultIndptr[column + 1]! += resultIndptr[column]!;
  const next = resultIndptr.slice();
  const resultIndices = new Int32Array(indices.length);
  const resultData = emptyLike(data, data.length);
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      const target = next[indices[k]!]!++;
      resultIndices[target] = row;
      resultData[target] = data[k]!;
    }
  }
  return { rows: cols, cols: rows, indptr: resultIndptr, indices: resultIndices, data: resultData } as M;
}

/** `diag(factors) A`. O(entries). */
export function scaleRows<M extends AnyCsrMatrix>(matrix: M, factors: ArrayLike<number>): M {
  requireCsrFrame("matrix", matrix);
  requireFactors(factors, matrix.rows);
  const { rows, indptr, data } = matrix;
  const scaled = emptyLike(data, data.length);
  for (let row = 0; row < rows; row++) {
    const factor = factors[row]!;
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) scaled[k] = data[k]! * factor;
  }
  return { ...matrix, data: scaled };
}

/** `A diag(factors)`. O(entries). */
export function scaleColumns<M extends AnyCsrMatrix>(matrix: M, factors: ArrayLike<number>): M {
  requireCsrFrame("matrix", matrix);
  requireFactors(factors, matrix.cols);
  const { indices, data } = matrix;
  const scaled = emptyLike(data, data.length);
  for (let k = 0; k < data.length; k++) scaled[k] = data[k]! * factors[indices[k]!]!;
  return { ...matrix, data: scaled };
}

/** Sum of the entries of every row: the weighted out-degrees of a graph. O(entries). */
export function rowSums(matrix: AnyCsrMatrix): Float64Array {
  requireCsrFrame("matrix", matrix);
  const { rows, indptr, data } = matrix;
  const sums = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) sum += data[k]!;
    sums[row] = sum;
  }
  return sums;
}

/** Sum of the entries of every column: the weighted in-degrees of a graph. O(entries + cols). */
export function columnSums(matrix: AnyCsrMatrix): Float64Array {
  requireCsrFrame("matrix", matrix);
  const { cols, indices, data } = matrix;
  const sums = new Float64Array(cols);
  for (let k = 0; k < data.length; k++) sums[indices[k]!]! += data[k]!;
  return sums;
}

/** Number of stored entries of every row: the unweighted out-degrees of a graph. O(rows). */
export function rowCounts(matrix: AnyCsrMatrix): Int32Array {
  requireCsrFrame("matrix", matrix);
  const counts = new Int32Array(matrix.rows);
  for (let row = 0; row < counts.length; row++) counts[row] = matrix.indptr[row + 1]! - matrix.indptr[row]!;
  return counts;
}

/** The same matrix with its zeros written out. O(rows * cols). */
export function toDense(matrix: CsrMatrix): Matrix;
export function toDense(matrix: CsrMatrix<Float32Array>): NdArray<"float32">;
export function toDense(matrix: AnyCsrMatrix): NdArray<"float32" | "float64">;
export function toDense(matrix: AnyCsrMatrix): NdArray<"float32" | "float64"> {
  requireCsrFrame("matrix", matrix);
  const { rows, cols, indptr, indices, data } = matrix;
  const dense = zeros([rows, cols], data instanceof Float32Array ? "float32" : "float64");
  for (let row = 0; row < rows; row++) {
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) dense.data[row * cols + indices[k]!] = data[k]!;
  }
  return dense;
}

/** Stable order of the items 0 .. keys.length - 1 (or of `items`) by key in [0, bound). */
function sortedByKey(keys: ArrayLike<number>, bound: number, items: Int32Array | undefined): Int32Array {
  const count = keys.length;
  const next = new Int32Array(bound + 1);
  for (let k = 0; k < count; k++) next[keys[k]! + 1]!++;
  for (let key = 0; key < bound; key++) next[key + 1]! += next[key]!;
  const order = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    const item = items === undefined ? k : items[k]!;
    order[next[keys[item]!]!++] = item;
  }
  return order;
}

function requireIndex(argument: string, position: number, index: number, bound: number): void {
  if (!(index >= 0 && index < bound && Number.isInteger(index)))
    throw new InvalidInputError(
      argument,
      `entry ${position} is ${show(index)}; expected a whole number from 0 to ${bound - 1}`,
    );
}

function requireFactors(factors: ArrayLike<number>, length: number): void {
  if (factors.length !== length)
    throw new InvalidInputError("factors", `expected ${length} entries, got ${factors.length}`);
}

function emptyLike<D extends Float64Array | Float32Array>(data: D, length: number): D {
  return (data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)) as D;
}
