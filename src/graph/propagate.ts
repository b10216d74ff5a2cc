import { defineTask, type Pool } from "../core/parallel/index.ts";
import type { LongCallOptions } from "../core/progress.ts";
import { type AnyCsrMatrix, multiplyDenseRows } from "../core/sparse/index.ts";
import type { Block } from "./block.ts";
import { mapParts } from "./map-parts.ts";
import { mixRows } from "./merge-hops.ts";

/** Rows of a product and of the mixture that it is added to. */
interface PropagationPart {
  readonly matrix: AnyCsrMatrix;
  /** A dense block with `width` columns, or a sparse one for the first product. */
  readonly block: Block | AnyCsrMatrix;
  readonly out: Block;
  readonly mixture?: Block;
  /** Factor of the product, each row first divided by its length when `normalize`, in the mixture. */
  readonly weight?: number;
  readonly normalize?: boolean;
  readonly width: number;
  readonly first: number;
  readonly last: number;
}

const propagatePart = defineTask({
  name: "graph/propagate",
  module: import.meta.url,
  run: (part: PropagationPart) => propagateRows(part),
});

/** What {@link propagate} computes: `out = matrix block`, and `mixture += weight out`, row by row. */
export type Propagation = Omit<PropagationPart, "first" | "last">;

/**
 * One step of a propagation, on the calling thread between rests or, given a pool, divided among its workers
 * into parts of about equal numbers of entries. Every row is computed on its own, so that the bytes do not
 * depend on the division. For a pool all arrays must lie in shared memory ({@link newBlock}, {@link shared}).
 */
export async function propagate(step: Propagation, options: LongCallOptions, pool?: Pool): Promise<void> {
  const { matrix, width } = step;
  // About 10 ms a part on the calling thread; on a pool a few parts for each worker, so that none idles long.
  const work = matrix.indices.length + matrix.rows;
  const parts = pool === undefined ? Math.ceil((work * width) / 4e6) : 4 * pool.size;
  const ranges = rangesByEntries(matrix.indptr, parts);
  await mapParts(
    propagatePart,
    ranges.map(([first, last]) => ({ ...step, first, last })),
    options,
    pool,
  );
}

/** Divides rows into at most `parts` ranges of about equal entries (a row counts as one more). */
export function rangesByEntries(indptr: Int32Array, parts: number): [first: number, last: number][] {
  const rows = indptr.length - 1;
  const total = indptr[rows]! + rows;
  const ranges: [number, number][] = [];
  let first = 0;
  for (let part = 1; part <= parts && first < rows; part++) {
    const target = (total * part) / parts;
    let low = first + 1;
    let high = rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (indptr[middle]! + middle >= target) high = middle;
      else low = middle + 1;
    }
    ranges.push([first, low]);
    first = low;
  }
  return ranges;
}

/** The part of a step that one worker, or one stretch between rests, computes. */
export function propagateRows(part: PropagationPart): void {
  const { matrix, block, out, mixture, weight = 1, normalize = false, width, first, last } = part;
  if ("indptr" in block) multiplySparseRows(matrix, block, out, width, first, last);
  else multiplyDenseRows(matrix, block, out, width, first, last);
  if (mixture !== undefined) mixRows(out, mixture, weight, normalize, width, first, last);
}

/** Rows of the dense product of two sparse matrices: 2 flops for each pair of entries that meet. */
function multiplySparseRows(
  matrix: AnyCsrMatrix,
  block: AnyCsrMatrix,
  out: Block,
  width: number,
  first: number,
  last: number,
): void {
  // Sums in double precision, as the dense kernel keeps them.
  const sums = new Float64Array(width);
  const { indptr, indices, data } = matrix;
  for (let row = first; row < last; row++) {
    sums.fill(0);
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
      const entry = data[k]!;
      const inner = indices[k]!;
      for (let l = block.indptr[inner]!; l < block.indptr[inner + 1]!; l++)
        sums[block.indices[l]!]! += entry * block.data[l]!;
    }
    out.set(sums, row * width);
  }
}
