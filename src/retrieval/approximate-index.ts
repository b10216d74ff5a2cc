import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type MipsIndex, requireQuery } from "./mips-index.ts";
import { requireDimension, requirePoints, searchEach } from "./point-sets.ts";
import type { Hits } from "./top-selection.ts";

export interface ApproximateIndexOptions extends Omit<LongCallOptions, "seed"> {
  /** Numbers are stored so; default "float16". */
  readonly storage?: "float32" | "float16" | "int8";
  /** Neighbours of a vector in the graph; default 16. */
  readonly connectivity?: number;
  /** Candidates kept while a vector is added; default 128. */
  readonly expansionAdd?: number;
  /** Candidates kept while searching, at least as many as are asked for; default 64. */
  readonly expansionSearch?: number;
}

const known = [
  ...longCallOptions.filter((name) => name !== "seed"),
  "storage",
  "connectivity",
  "expansionAdd",
  "expansionSearch",
];
const scalarKinds = { float32: "f32", float16: "f16", int8: "i8" } as const;
const vectorsPerCall = 64;

/** What is used of the package. */
interface UsearchIndex {
  add(keys: BigUint64Array, vectors: Float32Array, threads: number): void;
  search(
    vectors: Float32Array,
    k: number,
    threads: number,
  ): { keys: BigUint64Array; distances: Float32Array };
}
interface Usearch {
  readonly Index: new (options: Readonly<Record<string, unknown>>) => UsearchIndex;
}

/**
 * An approximate index of inner products: a navigable small-world graph (Malkov and Yashunin, 2018) by the
 * optional package `usearch`, Node only. Built on one thread, so that equal vectors give equal indexes.
 *
 * Throws InvalidInputError where the package is not installed: use `exactIndex`.
 */
export async function approximateIndex(
  vectors: Float32Array,
  dimension: number,
  options: ApproximateIndexOptions = {},
): Promise<MipsIndex> {
  requireKnownOptions("options", options, known);
  requireDimension("dimension", dimension);
  const size = requirePoints("vectors", vectors, dimension);
  const storage = requireOneOf("options.storage", options.storage ?? "float16", [
    "float32",
    "float16",
    "int8",
  ]);
  const connectivity = requireInteger("options.connectivity", options.connectivity ?? 16, 2, 512);
  const expansionAdd = requireInteger("options.expansionAdd", options.expansionAdd ?? 128, 1, 65_536);
  const expansionSearch = requireInteger("options.expansionSearch", options.expansionSearch ?? 64, 1, 65_536);
  const pace = new Pace(options, size);
  const { Index } = await usearch();
  const index = new Index({
    dimensions: dimension,
    metric: "ip",
    quantization: scalarKinds[storage],
    connectivity,
    expansion_add: expansionAdd,
    expansion_search: expansionSearch,
    multi: false,
  });
  for (let first = 0; first < size; first += vectorsPerCall) {
    const last = Math.min(size, first + vectorsPerCall);
    const keys = BigUint64Array.from({ length: last - first }, (_, i) => BigInt(first + i));
    index.add(keys, vectors.subarray(first * dimension, last * dimension), 1);
    if (pace.due()) await pace.rest(last);
  }
  pace.finish();
  const search = (query: Float32Array, k: number): Hits => {
    requireQuery("query", query, dimension);
    const { keys, distances } = index.search(query, Math.min(requireInteger("k", k, 1), size), 1);
    // The package's distance is 1 - <a, b>.
    return {
      ids: Int32Array.from(keys, Number),
      scores: Float64Array.from(distances, (distance) => 1 - distance),
    };
  };
  return {
    dimension,
    size,
    exact: false,
    search,
    searchMany: (queries, k) => searchEach(queries, dimension, (query) => search(query, k)),
  };
}

async function usearch(): Promise<Usearch> {
  try {
    // A name that bundlers for browsers do not follow.
    const name = "usearch";
    return (await import(/* @vite-ignore */ name)) as Usearch;
  } catch (cause) {
    throw new InvalidInputError(
      "options.index",
      "an approximate index needs the package usearch (npm install usearch), which cannot be loaded here",
      { cause },
    );
  }
}
