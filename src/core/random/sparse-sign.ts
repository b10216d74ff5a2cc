import type { CsrMatrix } from "../array/index.ts";
import { requireFinite, requireInteger, requireKnownOptions, requireOneOf } from "../errors.ts";
import { log } from "../special/index.ts";
import type { RandomStream } from "./stream.ts";

export interface SparseSignOptions<T extends "float32" | "float64" = "float64"> {
  /** Element type; default float64. */
  readonly dtype?: T;
  /** Row of the whole matrix at which this part begins, for making it piece by piece; default 0. */
  readonly firstRow?: number;
}

/**
 * Random matrix of independent entries sqrt(s), 0 and -sqrt(s) with probabilities 1/(2s), 1 - 1/s and 1/(2s):
 * mean 0, variance 1, density 1/s. `s` >= 1 need not be whole; 1 gives dense signs, 3 the projection of
 * Achlioptas (2003), sqrt(cols) or sqrt(rows) the very sparse one of Li, Hastie and Church (2006).
 *
 * Row i comes from the stream `stream.split(i)` alone, so that a part of the matrix, made anywhere, equals that
 * part of the whole. Skips from entry to entry, O(rows + entries).
 */
export function sparseSignMatrix<T extends "float32" | "float64" = "float64">(
  rows: number,
  cols: number,
  s: number,
  stream: RandomStream,
  options: SparseSignOptions<T> = {},
): CsrMatrix<T extends "float32" ? Float32Array : Float64Array> {
  requireInteger("rows", rows, 0, 2147483646);
  requireInteger("cols", cols, 0, 2147483647);
  requireFinite("s", s, 1);
  requireKnownOptions("options", options, ["dtype", "firstRow"]);
  const dtype = requireOneOf("options.dtype", options.dtype ?? "float64", ["float32", "float64"]);
  const firstRow = requireInteger("options.firstRow", options.firstRow ?? 0, 0);

  const magnitude = Math.sqrt(s);
  const logAbsent = log(1 - 1 / s);
  const indptr = new Int32Array(rows + 1);
  const expected = (rows * cols) / s;
  let capacity = Math.ceil(expected + 6 * Math.sqrt(expected)) + 16;
  let indices = new Int32Array(capacity);
  let positive = new Uint8Array(capacity);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const draws = stream.split(firstRow + row);
    // The number of absent entries before the next present one is geometric; at s = 1 it is 0.
    for (let col = skip(draws, logAbsent); col < cols; col += 1 + skip(draws, logAbsent)) {
      if (count === capacity) {
        capacity *= 2;
        indices = grown(indices, new Int32Array(capacity));
        positive = grown(positive, new Uint8Array(capacity));
      }
      indices[count] = col;
      positive[count++] = draws.sign() > 0 ? 1 : 0;
    }
    indptr[row + 1] = count;
  }
  const data = dtype === "float32" ? new Float32Array(count) : new Float64Array(count);
  for (let k = 0; k < count; k++) data[k] = positive[k] === 1 ? magnitude : -magnitude;
  return {
    rows,
    cols,
    indptr,
    indices: indices.slice(0, count),
    data: data as T extends "float32" ? Float32Array : Float64Array,
  };
}

function skip(draws: RandomStream, logAbsent: number): number {
  return Math.floor(log(1 - draws.uniform()) / logAbsent);
}

function grown<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
