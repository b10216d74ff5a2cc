import { type NdArray, requireMatrix, zeros } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { type AnyCsrMatrix, requireCsrFrame } from "./csr.ts";

/**
 * `A x`. Writes into `out` when it is given (it must not be `x`) and returns it. 2 flops an entry; checks
 * lengths only, so that an iterative solver pays nothing else: validate untrusted matrices once with
 * `requireCsr`.
 */
export function multiplyVector(
  matrix: AnyCsrMatrix,
  vector: Float64Array,
  out: Float64Array = new Float64Array(matrix.rows),
): Float64Array {
  requireCsrFrame("matrix", matrix);
  const { rows, cols, indptr, indices, data } = matrix;
  if (vector.length !== cols)
    throw new InvalidInputError("vector", `expected ${cols} elements, got ${vector.length}`);
  if (out.length !== rows) throw new InvalidInputError("out", `expected ${rows} elements, got ${out.length}`);
  if (out === vector) throw new InvalidInputError("out", "must not be the vector itself");
  for (let row = 0; row < rows; row++) {
    const end = indptr[row + 1]!;
    let sum = 0;
    for (let k = indptr[row]!; k < end; k++) sum += data[k]! * vector[indices[k]!]!;
    out[row] = sum;
  }
  return out;
}

/**
 * `A^T x` without forming the transpose. Writes into `out` when it is given (it must not be `x`) and returns it. 2
 * flops an entry, scattered: where there are many products, `multiplyVector` with the `transpose` is faster.
 */
export function multiplyTransposed(
  matrix: AnyCsrMatrix,
  vector: Float64Array,
  out: Float64Array = new Float64Array(matrix.cols),
): Float64Array {
  requireCsrFrame("matrix", matrix);
  const { rows, cols, indptr, indices, data } = matrix;
  if (vector.length !== rows)
    throw new InvalidInputError("vector", `expected ${rows} elements, got ${vector.length}`);
  if (out.length !== cols) throw new InvalidInputError("out", `expected ${cols} elements, got ${out.length}`);
  if (out === vector) throw new InvalidInputError("out", "must not be the vector itself");
  out.fill(0);
  for (let row = 0; row < rows; row++) {
    const end = indptr[row + 1]!;
    const value = vector[row]!;
    for (let k = indptr[row]!; k < end; k++) out[indices[k]!]! += data[k]! * value;
  }
  return out;
}

/**
 * `A X` for a dense block X of shape [A.cols, width] in float32 or float64; the result has shape
 * [A.rows, width] and X's precision, to which the entries of A are rounded first. Writes into `out` when it
 * is given (it must not share X's data) and returns it. 2 * entries * width flops; bound by the reads of X's
 * rows.
 */
export function multiplyDense<T extends "float32" | "float64">(
  matrix: AnyCsrMatrix,
  block: NdArray<T>,
  out?: NdArray<T>,
): NdArray<T> {
  requireCsrFrame("matrix", matrix);
  const { cols: width } = requireMatrix("block", block, { rows: matrix.cols });
  if (block.dtype !== "float32" && block.dtype !== "float64")
    throw new InvalidInputError("block", `expected dtype float32 or float64, got ${block.dtype}`);
  const result = out ?? zeros([matrix.rows, width], block.dtype);
  if (out !== undefined) {
    requireMatrix("out", out, { dtype: block.dtype, rows: matrix.rows, cols: width });
    if (out.data === block.data) throw new InvalidInputError("out", "must not share the block's data");
  }
  multiplyDenseRows(matrix, block.data, result.data, width, 0, matrix.rows);
  return result;
}

/**
 * Rows `first` to `last - 1` of {@link multiplyDense} on bare arrays, for callers that divide the rows among
 * workers or between rests. Checks nothing. `block` and `out` must have the same element type; a matrix of
 * the other precision is converted first, O(entries).
 */
export function multiplyDenseRows(
  matrix: AnyCsrMatrix,
  block: Float32Array | Float64Array,
  out: Float32Array | Float64Array,
  width: number,
  first: number,
  last: number,
): void {
  const { indptr, indices, data } = matrix;
  if (block instanceof Float32Array) {
    const entries = data instanceof Float32Array ? data : Float32Array.from(data);
    float32Rows(indptr, indices, entries, block, out as Float32Array, width, first, last);
  } else {
    const entries = data instanceof Float64Array ? data : Float64Array.from(data);
    float64Rows(indptr, indices, entries, block, out as Float64Array, width, first, last);
  }
}

// The two kernels below are the same text for two element types: one function for both would be compiled for
// mixed arrays and run several times slower.

/**
 * Rows `first` to `last - 1` of `A X` in float32. Columns go in strips of eight whose sums stay in registers:
 * A's entries are read width / 8 times, X's rows once, and every result is written once.
 */
function float32Rows(
  indptr: Int32Array,
  indices: Int32Array,
  data: Float32Array,
  block: Float32Array,
  out: Float32Array,
  width: number,
  first: number,
  last: number,
): void {
  const whole = width - (width % 8);
  for (let row = first; row < last; row++) {
    const start = indptr[row]!;
    const end = indptr[row + 1]!;
    for (let column = 0; column < whole; column += 8) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let k = start; k < end; k++) {
        const entry = data[k]!;
        const source = indices[k]! * width + column;
        s0 += entry * block[source]!;
        s1 += entry * block[source + 1]!;
        s2 += entry * block[source + 2]!;
        s3 += entry * block[source + 3]!;
        s4 += entry * block[source + 4]!;
        s5 += entry * block[source + 5]!;
        s6 += entry * block[source + 6]!;
        s7 += entry * block[source + 7]!;
      }
      const target = row * width + column;
      out[target] = s0;
      out[target + 1] = s1;
      out[target + 2] = s2;
      out[target + 3] = s3;
      out[target + 4] = s4;
      out[target + 5] = s5;
      out[target + 6] = s6;
      out[target + 7] = s7;
    }
    for (let column = whole; column < width; column++) {
      let sum = 0;
      for (let k = start; k < end; k++) sum += data[k]! * block[indices[k]! * width + column]!;
      out[row * width + column] = sum;
    }
  }
}

/** As {@link float32Rows}, in float64. */
function float64Rows(
  indptr: Int32Array,
  indices: Int32Array,
  data: Float64Array,
  block: Float64Array,
  out: Float64Array,
  width: number,
  first: number,
  last: number,
): void {
  const whole = width - (width % 8);
  for (let row = first; row < last; row++) {
    const start = indptr[row]!;
    const end = indptr[row + 1]!;
    for (let column = 0; column < whole; column += 8) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let k = start; k < end; k++) {
        const entry = data[k]!;
        const source = indices[k]! * width + column;
        s0 += entry * block[source]!;
        s1 += entry * block[source + 1]!;
        s2 += entry * block[source + 2]!;
        s3 += entry * block[source + 3]!;
        s4 += entry * block[source + 4]!;
        s5 += entry * block[source + 5]!;
        s6 += entry * block[source + 6]!;
        s7 += entry * block[source + 7]!;
      }
      const target = row * width + column;
      out[target] = s0;
      out[target + 1] = s1;
      out[target + 2] = s2;
      out[target + 3] = s3;
      out[target + 4] = s4;
      out[target + 5] = s5;
      out[target + 6] = s6;
      out[target + 7] = s7;
    }
    for (let column = whole; column < width; column++) {
      let sum = 0;
      for (let k = start; k < end; k++) sum += data[k]! * block[indices[k]! * width + column]!;
      out[row * width + column] = sum;
    }
  }
}
