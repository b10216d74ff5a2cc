import type { CsrMatrix, Matrix } from "../../array/index.ts";
import { InvalidInputError, requireInteger } from "../../errors.ts";
import { randomStream } from "../../random/index.ts";
import { matrixOf, requireFloatMatrix, requireVector } from "../checks.ts";
import { fillSigns } from "./dense-sketch.ts";
import {
  requireSketch,
  type SketchKernel,
  type SketchOperator,
  type SketchOptions,
  sketchOperator,
} from "./operator.ts";
import { transformRows } from "./walsh-hadamard.ts";

/** Entries of the padded buffer of a tensor sketch that is transformed at a time. */
const bufferSize = 2 ** 22;
/** Entries of a chunk of rows that is transformed at a time: what a second-level cache holds. */
const chunkSize = 2 ** 16;

export interface SrhtOptions extends SketchOptions {
  /** Draw rows with replacement, as the theory assumes (the default), or distinct ones, which is slightly better. */
  readonly replace?: boolean;
}

/**
 * Subsampled randomized Hadamard transform: random signs, Walsh-Hadamard transform of the rows padded by zeros
 * to a power of two N, m uniformly drawn rows, scaled by 1 / sqrt(m). About N d log2 m operations, in one pass over
 * the matrix. Without replacement m must not exceed N.
 */
export function srht(m: number, n: number, options: SrhtOptions = {}): SketchOperator {
  requireSketch(m, n, options, ["replace"]);
  const padded = powerOfTwo(n);
  const stream = randomStream(options.seed, "srht");
  const signs = new Float64Array(n);
  fillSigns(stream.split("signs"), 1, signs);
  const draws = stream.split("rows");
  let rows: Int32Array;
  if (options.replace ?? true) rows = Int32Array.from({ length: m }, () => draws.integer(padded));
  else {
    requireInteger("m", m, 1, padded);
    rows = draws.subset(padded, m);
  }
  return sketchOperator("srht", m, n, chunkedTransform(m, n, padded, signs, rows));
}

export interface TensorSketchOperator extends SketchOperator {
  /** S (a x b) for vectors of lengths n1 and n2, without forming their Kronecker product. */
  applyTensor(a: Float64Array, b: Float64Array): Float64Array;
  /** S (A x B) for matrices of n1 and n2 rows, m x (columns of A times columns of B), likewise. */
  applyKronecker(a: Matrix, b: Matrix): Matrix;
}

/**
 * SRHT for Kronecker products of vectors of lengths n1 and n2: row r of S holds the products of row i_r of H D1
 * and row j_r of H D2, scaled by 1 / sqrt(m). On a x b it costs two transforms of n1 and n2 entries.
 */
export function tensorSrht(
  m: number,
  [n1, n2]: readonly [number, number],
  options: SketchOptions = {},
): TensorSketchOperator {
  requireSketch(m, requireInteger("n[0]", n1, 1), options);
  requireSketch(m, requireInteger("n[1]", n2, 1) * n1, options);
  const [padded1, padded2] = [powerOfTwo(n1), powerOfTwo(n2)];
  const stream = randomStream(options.seed, "tensor srht");
  const signs1 = new Float64Array(n1);
  const signs2 = new Float64Array(n2);
  fillSigns(stream.split("signs", 1), 1, signs1);
  fillSigns(stream.split("signs", 2), 1, signs2);
  const draws = stream.split("rows");
  const rows1 = Int32Array.from({ length: m }, () => draws.integer(padded1));
  const rows2 = Int32Array.from({ length: m }, () => draws.integer(padded2));
  const scale = 1 / Math.sqrt(m);
  const signs = Float64Array.from(
    { length: n1 * n2 },
    (_, k) => signs1[Math.floor(k / n2)]! * signs2[k % n2]!,
  );
  const rows = Int32Array.from({ length: m }, (_, r) => rows1[r]! * padded2 + rows2[r]!);
  const place = (k: number): number => Math.floor(k / n2) * padded2 + (k % n2);
  const transform = (data: Float64Array, columns: number): void => {
    for (let i = 0; i < padded1; i++) transformRows(data, i * padded2 * columns, padded2, columns);
    transformRows(data, 0, padded1, padded2 * columns);
  };
  const kernel = transformedRows(m, n1 * n2, padded1 * padded2, signs, rows, transform, place);
  const mixed = (x: Float64Array, columns: number, s: Float64Array, padded: number): Float64Array => {
    const y = new Float64Array(padded * columns);
    for (let p = 0; p < x.length; p++) y[p] = x[p]! * s[Math.floor(p / columns)]!;
    transformRows(y, 0, padded, columns);
    return y;
  };
  const products = (a: Float64Array, d1: number, b: Float64Array, d2: number): Float64Array => {
    const left = mixed(a, d1, signs1, padded1);
    const right = mixed(b, d2, signs2, padded2);
    const result = new Float64Array(m * d1 * d2);
    for (let r = 0, to = 0; r < m; r++)
      for (let i = 0; i < d1; i++) {
        const factor = scale * left[rows1[r]! * d1 + i]!;
        for (let j = 0; j < d2; j++) result[to++] = factor * right[rows2[r]! * d2 + j]!;
      }
    return result;
  };
  return {
    ...sketchOperator("tensorSrht", m, n1 * n2, kernel),
    applyTensor: (a, b) => products(requireVector("a", a, n1), 1, requireVector("b", b, n2), 1),
    applyKronecker(a, b) {
      const { cols: d1 } = requireFloatMatrix("a", a, { rows: n1 });
      const { cols: d2 } = requireFloatMatrix("b", b, { rows: n2 });
      return matrixOf(m, d1 * d2, products(a.data, d1, b.data, d2));
    },
  };
}

/**
 * The Hadamard matrix of order N is H_Q x H_C. Chunks of C rows, C about m, are transformed by H_C in cache, and each
 * of the m wanted rows adds its row of every chunk with the sign that H_Q gives it: N d log2 C + (N / C) m d
 * additions, and no buffer of N rows.
 */
function chunkedTransform(
  m: number,
  n: number,
  padded: number,
  signs: Float64Array,
  rows: Int32Array,
): SketchKernel {
  const scale = 1 / Math.sqrt(m);
  const chunk = Math.min(padded, powerOfTwo(m));
  const within = rows.map((row) => row & (chunk - 1));
  const outer = rows.map((row) => Math.floor(row / chunk));
  const inChunks = (
    d: number,
    fill: (buffer: Float64Array, from: number, to: number, first: number, columns: number) => void,
  ): Float64Array => {
    const result = new Float64Array(m * d);
    // Whole lines of cache, where there are as many columns.
    const width = Math.min(d, Math.max(8, Math.floor(chunkSize / chunk)));
    const buffer = new Float64Array(chunk * width);
    for (let first = 0; first < d; first += width) {
      const columns = Math.min(width, d - first);
      for (let q = 0; q * chunk < n; q++) {
        buffer.fill(0);
        fill(buffer, q * chunk, Math.min(n, (q + 1) * chunk), first, columns);
        transformRows(buffer, 0, chunk, columns);
        for (let r = 0; r < m; r++) {
          const to = r * d + first;
          const from = within[r]! * columns;
          const factor = oddParity(outer[r]! & q) ? -scale : scale;
          for (let c = 0; c < columns; c++) result[to + c]! += factor * buffer[from + c]!;
        }
      }
    }
    return result;
  };
  return {
    dense: (d, a) =>
      inChunks(d, (buffer, from, to, first, columns) => {
        for (let i = from, p = 0; i < to; i++) {
          const sign = signs[i]!;
          for (let c = 0, k = i * d + first; c < columns; c++) buffer[p++] = sign * a[k++]!;
        }
      }),
    sparse: ({ cols, indptr, indices, data }: CsrMatrix) =>
      inChunks(cols, (buffer, from, to, first, columns) => {
        for (let i = from; i < to; i++)
          for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
            const c = indices[k]! - first;
            if (c >= 0 && c < columns) buffer[(i - from) * columns + c] = signs[i]! * data[k]!;
          }
      }),
  };
}

/** Whether an odd number of bits is set. */
function oddParity(bits: number): boolean {
  let x = bits;
  x ^= x >>> 16;
  x ^= x >>> 8;
  x ^= x >>> 4;
  return ((0x6996 >>> (x & 15)) & 1) === 1;
}

/** Signs, transform and choice of rows, in pieces of columns so that the buffer stays small. */
function transformedRows(
  m: number,
  n: number,
  padded: number,
  signs: Float64Array,
  rows: Int32Array,
  transform: (data: Float64Array, columns: number) => void,
  place: (row: number) => number,
): SketchKernel {
  const scale = 1 / Math.sqrt(m);
  const inPieces = (
    d: number,
    fill: (buffer: Float64Array, first: number, columns: number) => void,
  ): Float64Array => {
    const result = new Float64Array(m * d);
    const width = Math.max(1, Math.min(d, Math.floor(bufferSize / padded)));
    for (let first = 0; first < d; first += width) {
      const columns = Math.min(width, d - first);
      const buffer = new Float64Array(padded * columns);
      fill(buffer, first, columns);
      transform(buffer, columns);
      for (let r = 0; r < m; r++)
        for (let c = 0; c < columns; c++) result[r * d + first + c] = scale * buffer[rows[r]! * columns + c]!;
    }
    return result;
  };
  return {
    dense: (d, a) =>
      inPieces(d, (buffer, first, columns) => {
        for (let i = 0; i < n; i++) {
          const to = place(i) * columns;
          for (let c = 0; c < columns; c++) buffer[to + c] = signs[i]! * a[i * d + first + c]!;
        }
      }),
    sparse: ({ cols, indptr, indices, data }: CsrMatrix) =>
      inPieces(cols, (buffer, first, columns) => {
        for (let i = 0; i < n; i++)
          for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
            const c = indices[k]! - first;
            if (c >= 0 && c < columns) buffer[place(i) * columns + c] = signs[i]! * data[k]!;
          }
      }),
  };
}

function powerOfTwo(n: number): number {
  const power = 2 ** Math.ceil(Math.log2(n));
  if (power > 2 ** 30) throw new InvalidInputError("n", `too large for a transform: ${n}`);
  return power;
}
