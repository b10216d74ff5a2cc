import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import { innerProduct } from "./chamfer.ts";
import { requireDimension, requirePoints } from "./point-sets.ts";
import { type Hits, TopSelection } from "./top-selection.ts";

/** Finds the stored vectors of the largest inner products with a query. Vectors are known by their positions. */
export interface MipsIndex {
  readonly dimension: number;
  /** How many vectors it holds. */
  readonly size: number;
  /** Whether searches find the true maxima. */
  readonly exact: boolean;
  /** The k best, or all when there are fewer; scores are inner products. */
  search(query: Float32Array, k: number): Hits;
  /** The same for several queries, row after row. */
  searchMany(queries: Float32Array, k: number): Hits[];
}

/** Rows of a block of the product of queries and vectors. */
const blockRows = 128;

/**
 * The exact index: every query meets every vector. One query is a pass over memory; many share it as blocked
 * matrix products. O(vectors times dimension) a query.
 *
 * @param vectors row after row, kept and not copied
 */
export function exactIndex(vectors: Float32Array, dimension: number): MipsIndex {
  requireDimension("dimension", dimension);
  const size = requirePoints("vectors", vectors, dimension);
  const wanted = (k: number): number => Math.min(requireInteger("k", k, 1), size);
  return {
    dimension,
    size,
    exact: true,
    search(query, k) {
      requireQuery("query", query, dimension);
      const selection = new TopSelection(wanted(k));
      for (let i = 0; i < size; i++)
        selection.offer(i, innerProduct(query, 0, vectors, i * dimension, dimension));
      return selection.hits();
    },
    searchMany(queries, k) {
      const count = requirePoints("queries", queries, dimension);
      const selections = Array.from({ length: count }, () => new TopSelection(wanted(k)));
      const left = new Float64Array(queries);
      for (let first = 0; first < size; first += blockRows) {
        const rows = Math.min(blockRows, size - first);
        const block = new Float64Array(vectors.subarray(first * dimension, (first + rows) * dimension));
        const products = new Float64Array(count * rows);
        multiplyInto(false, true, count, rows, dimension, left, block, products);
        for (let q = 0; q < count; q++)
          for (let i = 0; i < rows; i++) selections[q]!.offer(first + i, products[q * rows + i]!);
      }
      return selections.map((selection) => selection.hits());
    },
  };
}

export function requireQuery(argument: string, query: Float32Array, dimension: number): void {
  if (requirePoints(argument, query, dimension) !== 1)
    throw new InvalidInputError(argument, `expected ${dimension} numbers, got ${query.length}`);
}
