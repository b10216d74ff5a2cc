import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, requireInteger } from "../../errors.ts";
import { randomStream } from "../../random/index.ts";
import { requireVector } from "../checks.ts";
import { fillSigns } from "./dense-sketch.ts";
import {
  requireSketch,
  type SketchKernel,
  type SketchOperator,
  type SketchOptions,
  sketchOperator,
} from "./operator.ts";
import { transformRows } from "./walsh-hadamard.ts";

/** Entries of the padded buffer that is transformed at a time. */
const bufferSize = 2 ** 22;

export interface SrhtOptions extends SketchOptions {
  /** Draw rows with replacement, as the theory assumes (the default), or distinct ones, which is slightly better. */
  readonly replace?: boolean;
}

/**
 * Subsampled randomized Hadamard transform: random signs, Walsh-Hadamard transform of the rows padded by zeros
 * to a power of two N, m uniformly drawn rows, scaled by 1 / sqrt(m). N d log2 N operations whatever m.
 * Without replacement m must not exceed N.
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
  return sketchOperator("srht", m, n, transformedRows(m, n, padded, signs, rows, transformRows));
}

export interface TensorSketchOperator extends SketchOperator {
  /** S (a x b) for vectors of lengths n1 and n2, without forming their Kronecker product. */
  applyTensor(a: Float64Array, b: Float64Array): Float64Array;
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
  const transform = (data: Float64Array, offset: number, _rows: number, columns: number): void => {
    for (let i = 0; i < padded1; i++) transformRows(data, offset + i * padded2 * columns, padded2, columns);
    transformRows(data, offset, padded1, padded2 * columns);
  };
  const kernel = transformedRows(m, n1 * n2, padded1 * padded2, signs, rows, transform, place);
  const mixed = (x: Float64Array, s: Float64Array, padded: number): Float64Array => {
    const y = new Float64Array(padded);
    for (let i = 0; i < x.length; i++) y[i] = x[i]! * s[i]!;
    transformRows(y, 0, padded, 1);
    return y;
  };
  return {
    ...sketchOperator("tensorSrht", m, n1 * n2, kernel),
    applyTensor(a, b) {
      const left = mixed(requireVector("a", a, n1), signs1, padded1);
      const right = mixed(requireVector("b", b, n2), signs2, padded2);
      return Float64Array.from({ length: m }, (_, r) => scale * left[rows1[r]!]! * right[rows2[r]!]!);
    },
  };
}

/** Signs, transform and choice of rows, in pieces of columns so that the buffer stays small. */
function transformedRows(
  m: number,
  n: number,
  padded: number,
  signs: Float64Array,
  rows: Int32Array,
  transform: (data: Float64Array, offset: number, rows: number, columns: number) => void,
  place: (row: number) => number = (row) => row,
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
      transform(buffer, 0, padded, columns);
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
