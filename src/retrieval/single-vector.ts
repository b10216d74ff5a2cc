import { requireInteger } from "../core/errors.ts";
import type { MipsIndex } from "./mips-index.ts";
import { type PointSets, requireDimension, requirePoints, requireSets, setOf } from "./point-sets.ts";

/** Means of sets of vectors, row after row: the simplest single-vector form of a set. */
export function meanPool(sets: PointSets, dimension: number): Float32Array {
  requireDimension("dimension", dimension);
  const count = requireSets("sets", sets, dimension);
  const means = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const points = setOf(sets, i, dimension);
    const rows = points.length / dimension;
    for (let x = 0; x < dimension; x++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += points[row * dimension + x]!;
      means[i * dimension + x] = sum / rows;
    }
  }
  return means;
}

/**
 * Candidates of the single-vector heuristic: the documents of the `perVector` nearest document vectors of every
 * query vector, found in an index over all document vectors; vector by vector, nearest first, every document once.
 *
 * @param offsets vector v belongs to the document i with offsets[i] <= v < offsets[i + 1]
 */
export function singleVectorCandidates(
  query: Float32Array,
  vectors: MipsIndex,
  offsets: Int32Array,
  perVector: number,
): Int32Array {
  const rows = requirePoints("query", query, vectors.dimension);
  requireInteger("perVector", perVector, 1);
  const found = vectors.searchMany(query, perVector);
  const documents = new Set<number>();
  // The nearest of every query vector, then the second nearest of each, ...: the order to cut candidates in.
  for (let rank = 0; rank < Math.min(perVector, vectors.size); rank++)
    for (let row = 0; row < rows; row++) documents.add(documentOf(offsets, found[row]!.ids[rank]!));
  return Int32Array.from(documents);
}

/** Binary search. */
function documentOf(offsets: Int32Array, vector: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (offsets[middle]! <= vector) low = middle;
    else high = middle;
  }
  return low;
}
