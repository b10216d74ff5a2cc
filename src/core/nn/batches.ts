import { arrayOf, type NdArray } from "../array/index.ts";
import { InvalidInputError, requireInteger } from "../errors.ts";
import type { RandomStream } from "../random/index.ts";
import { mapTree, namedLeaves } from "../tensor/index.ts";
import { requireArrays } from "./optimiser.ts";

/** Number of rows of a tree of arrays: the extent of the first axis, which all of them share. */
export function rowsOf(argument: string, data: unknown): number {
  requireArrays(argument, data);
  const leaves = namedLeaves(data) as [string, NdArray][];
  const rows = leaves[0]?.[1].shape[0];
  if (rows === undefined)
    throw new InvalidInputError(argument, "expected a tree of arrays of at least one axis");
  for (const [path, leaf] of leaves)
    if (leaf.shape[0] !== rows)
      throw new InvalidInputError(
        path === "" ? argument : `${argument}.${path}`,
        `expected ${rows} rows as in ${leaves[0]![0]}, got ${leaf.shape[0]}`,
      );
  return rows;
}

/**
 * Batches of rows in an order drawn anew for each epoch from a stream: the batch of a step depends on the
 * step alone, so that training can be taken up anywhere. Rows left over at the end of an epoch wait for
 * another one. The arrays returned are filled again by the next call.
 */
export class ShuffledBatches<B> {
  readonly stepsPerEpoch: number;
  readonly #data: B;
  readonly #batch: B;
  readonly #rows: number;
  readonly #batchSize: number;
  readonly #stream: RandomStream;
  #epoch = -1;
  #order: Int32Array = new Int32Array(0);

  constructor(data: B, batchSize: number, stream: RandomStream) {
    this.#rows = rowsOf("options.data", data);
    this.#batchSize = requireInteger("options.batchSize", batchSize, 1, this.#rows);
    this.#data = data;
    this.#batch = mapTree((leaf: NdArray) => {
      const size = (leaf.data.length / this.#rows) * batchSize;
      return {
        dtype: leaf.dtype,
        shape: [batchSize, ...leaf.shape.slice(1)],
        data: new arrayOf[leaf.dtype](size),
      };
    }, data) as B;
    this.#stream = stream;
    this.stepsPerEpoch = Math.floor(this.#rows / batchSize);
  }

  /** The batch of a step, counted from 0. */
  at(step: number): B {
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#order = this.#stream.split(epoch).permutation(this.#rows);
      this.#epoch = epoch;
    }
    const first = (step % this.stepsPerEpoch) * this.#batchSize;
    mapTree(
      (target: NdArray, source: NdArray) => {
        const width = source.data.length / this.#rows;
        for (let i = 0; i < this.#batchSize; i++) {
          const row = this.#order[first + i]!;
          target.data.set(source.data.subarray(row * width, (row + 1) * width) as never, i * width);
        }
        return target;
      },
      this.#batch,
      this.#data,
    );
    return this.#batch;
  }
}
