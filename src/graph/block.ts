import type { CsrMatrix, NdArray } from "../core/array/index.ts";
import { NumericalError } from "../core/errors.ts";
import type { AnyCsrMatrix } from "../core/sparse/index.ts";

/** Element types of embeddings. */
export type Precision = "float32" | "float64";
/** Rows of an embedding or of one of its hops, one after the other. */
export type Block = Float32Array | Float64Array;

/** A block of zeros, in shared memory when workers are to write to it. */
export function newBlock(size: number, precision: Precision, sharing: boolean): Block {
  const bytes = size * (precision === "float32" ? 4 : 8);
  const buffer = sharing ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  return precision === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);
}

/** The same matrix with its arrays in shared memory. */
export function shared<M extends AnyCsrMatrix>(matrix: M): M {
  return {
    ...matrix,
    indptr: inSharedMemory(matrix.indptr),
    indices: inSharedMemory(matrix.indices),
    data: inSharedMemory<Block>(matrix.data),
  };
}

/** Whether an array lies in shared memory; also where browsers withhold it. */
export function isShared(array: ArrayBufferView): boolean {
  return typeof SharedArrayBuffer !== "undefined" && array.buffer instanceof SharedArrayBuffer;
}

/** The array itself when it lies in shared memory, else a copy there. */
export function inSharedMemory<A extends Int32Array | Block>(array: A): A {
  if (isShared(array)) return array;
  const copy = new (array.constructor as new (buffer: SharedArrayBuffer) => A)(
    new SharedArrayBuffer(array.byteLength),
  );
  copy.set(array);
  return copy;
}

/** Rows of `matrix` divided by their sums (a row of sum 0 stays zero), in the given precision. */
export function transitionMatrix(matrix: CsrMatrix, sums: Float64Array, precision: Precision): AnyCsrMatrix {
  const { indptr, data } = matrix;
  const scaled = newBlock(data.length, precision, false);
  for (let row = 0; row < matrix.rows; row++) {
    const sum = sums[row]!;
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) scaled[k] = sum > 0 ? data[k]! / sum : 0;
  }
  return { ...matrix, data: scaled } as AnyCsrMatrix;
}

/** The entries of a matrix in the given precision. */
export function inPrecision(matrix: AnyCsrMatrix, precision: Precision): AnyCsrMatrix {
  const { data } = matrix;
  if (precision === "float32")
    return { ...matrix, data: data instanceof Float32Array ? data : Float32Array.from(data) };
  return { ...matrix, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

/** Wraps a result, which leaves shared memory and must be finite. */
export function finished(
  block: Block,
  shape: readonly [number, number],
  dtype: Precision,
): NdArray<Precision> {
  for (let k = 0; k < block.length; k++) {
    // x - x is 0 for finite x only.
    if (block[k]! - block[k]! !== 0)
      throw new NumericalError(`the embedding overflows ${dtype}`, { vertex: Math.floor(k / shape[1]) });
  }
  const data = isShared(block) ? block.slice() : block;
  return { dtype, shape, data };
}
