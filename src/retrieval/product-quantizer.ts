import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import type { LongCallOptions } from "../core/progress.ts";
import { longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type MipsIndex, requireQuery } from "./mips-index.ts";
import { requireDimension, requirePoints, setOf } from "./point-sets.ts";
import { TopSelection } from "./top-selection.ts";

export interface ProductQuantizerOptions extends LongCallOptions {
  /** Coordinates that share a byte; default 8, 32 times smaller than float32. */
  readonly group?: number;
  /** Vectors that the centroids are fitted to, drawn at random; default 2048. */
  readonly sample?: number;
  /** Passes of Lloyd's algorithm; default 6. */
  readonly iterations?: number;
}

const known = [...longCallOptions, "group", "sample", "iterations"];
const centroidCount = 256;

/** Vectors as bytes: of every group of coordinates, the number of the nearest centroid. */
export interface ProductQuantizer {
  readonly dimension: number;
  readonly group: number;
  /** groups x 256 x group. */
  readonly centroids: Float32Array;
  /** One byte a group, row after row. */
  encode(vectors: Float32Array): Uint8Array;
  /** Inner products of the query, uncompressed, with every group's centroids: groups x 256. */
  lookupTable(query: Float32Array): Float32Array;
}

/**
 * Fits centroids to vectors by k-means within every group of coordinates. O(sample 256 dimension iterations).
 * Jegou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011.
 */
export async function fitProductQuantizer(
  vectors: Float32Array,
  dimension: number,
  options: ProductQuantizerOptions = {},
): Promise<ProductQuantizer> {
  requireKnownOptions("options", options, known);
  requireDimension("dimension", dimension);
  const size = requirePoints("vectors", vectors, dimension);
  const group = requireInteger("options.group", options.group ?? 8, 1, dimension);
  if (dimension % group !== 0)
    throw new InvalidInputError("options.group", `expected a divisor of ${dimension}, got ${group}`);
  const sample = Math.min(size, requireInteger("options.sample", options.sample ?? 2048, 1));
  const iterations = requireInteger("options.iterations", options.iterations ?? 6, 1, 1000);
  const stream = randomStream(options.seed ?? 0, "product-quantizer");
  const chosen = stream.split("sample").subset(size, sample);
  const groups = dimension / group;
  const centroids = new Float32Array(groups * centroidCount * group);
  const pace = new Pace(options, groups);
  for (let g = 0; g < groups; g++) {
    const points = new Float64Array(sample * group);
    for (const [row, i] of chosen.entries())
      for (let x = 0; x < group; x++) points[row * group + x] = vectors[i * dimension + g * group + x]!;
    const starts = stream.split("starts", g).permutation(sample);
    const fitted = new Float64Array(centroidCount * group);
    for (let c = 0; c < centroidCount; c++)
      for (let x = 0; x < group; x++) fitted[c * group + x] = points[starts[c % sample]! * group + x]!;
    for (let pass = 0; pass < iterations; pass++) moveCentroids(points, fitted, group);
    centroids.set(fitted, g * centroidCount * group);
    if (pace.due()) await pace.rest(g + 1);
  }
  pace.finish();
  return new FittedQuantizer(dimension, group, centroids);
}

/** An index of {@link ProductQuantizer} codes: a query is compared with every code through its lookup table. */
export function quantizedIndex(quantizer: ProductQuantizer, codes: Uint8Array): MipsIndex {
  const { dimension, group } = quantizer;
  const groups = dimension / group;
  if (codes.length === 0 || codes.length % groups !== 0)
    throw new InvalidInputError("codes", `expected rows of ${groups} bytes, got ${codes.length}`);
  const size = codes.length / groups;
  const search = (query: Float32Array, k: number) => {
    const table = quantizer.lookupTable(query);
    const selection = new TopSelection(Math.min(requireInteger("k", k, 1), size));
    for (let i = 0, at = 0; i < size; i++) {
      let s0 = 0;
      let s1 = 0;
      let g = 0;
      for (; g + 1 < groups; g += 2, at += 2) {
        s0 += table[(g << 8) + codes[at]!]!;
        s1 += table[((g + 1) << 8) + codes[at + 1]!]!;
      }
      if (g < groups) s0 += table[(g << 8) + codes[at++]!]!;
      selection.offer(i, s0 + s1);
    }
    return selection.hits();
  };
  return {
    dimension,
    size,
    exact: false,
    search,
    searchMany(queries, k) {
      const count = requirePoints("queries", queries, dimension);
      const rows = { points: queries, offsets: Int32Array.from({ length: count + 1 }, (_, i) => i) };
      return Array.from({ length: count }, (_, i) => search(setOf(rows, i, dimension), k));
    },
  };
}

class FittedQuantizer implements ProductQuantizer {
  readonly dimension: number;
  readonly group: number;
  readonly centroids: Float32Array;

  constructor(dimension: number, group: number, centroids: Float32Array) {
    this.dimension = dimension;
    this.group = group;
    this.centroids = centroids;
  }

  encode(vectors: Float32Array): Uint8Array {
    const { dimension, group } = this;
    const size = requirePoints("vectors", vectors, dimension);
    const groups = dimension / group;
    const codes = new Uint8Array(size * groups);
    const points = new Float64Array(size * group);
    for (let g = 0; g < groups; g++) {
      for (let i = 0; i < size; i++)
        for (let x = 0; x < group; x++) points[i * group + x] = vectors[i * dimension + g * group + x]!;
      const own = this.centroids.subarray(g * centroidCount * group, (g + 1) * centroidCount * group);
      const nearest = nearestCentroids(points, Float64Array.from(own), group);
      for (let i = 0; i < size; i++) codes[i * groups + g] = nearest[i]!;
    }
    return codes;
  }

  lookupTable(query: Float32Array): Float32Array {
    const { dimension, group, centroids } = this;
    requireQuery("query", query, dimension);
    const table = new Float32Array((dimension / group) * centroidCount);
    for (let entry = 0; entry < table.length; entry++) {
      const start = (entry >> 8) * group;
      let sum = 0;
      for (let x = 0; x < group; x++) sum += query[start + x]! * centroids[entry * group + x]!;
      table[entry] = sum;
    }
    return table;
  }
}

/** Of every point the nearest centroid, by |c|^2 / 2 - <x, c>; of equally near ones the first. */
function nearestCentroids(points: Float64Array, centroids: Float64Array, group: number): Int32Array {
  const count = points.length / group;
  const nearest = new Int32Array(count);
  const halves = new Float64Array(centroidCount);
  for (let c = 0; c < centroidCount; c++)
    for (let x = 0; x < group; x++) halves[c]! += centroids[c * group + x]! ** 2 / 2;
  const rows = 512;
  const products = new Float64Array(rows * centroidCount);
  for (let first = 0; first < count; first += rows) {
    const part = Math.min(rows, count - first);
    const block = points.subarray(first * group, (first + part) * group);
    multiplyInto(false, true, part, centroidCount, group, block, centroids, products);
    for (let i = 0; i < part; i++) {
      let best = 0;
      let least = Number.POSITIVE_INFINITY;
      for (let c = 0, at = i * centroidCount; c < centroidCount; c++, at++) {
        const distance = halves[c]! - products[at]!;
        if (distance < least) {
          least = distance;
          best = c;
        }
      }
      nearest[first + i] = best;
    }
  }
  return nearest;
}

/** One pass of Lloyd's algorithm, in place; a centroid without points stays where it is. */
function moveCentroids(points: Float64Array, centroids: Float64Array, group: number): void {
  const nearest = nearestCentroids(points, centroids, group);
  const counts = new Int32Array(centroidCount);
  const sums = new Float64Array(centroids.length);
  for (const [i, c] of nearest.entries()) {
    counts[c]!++;
    for (let x = 0; x < group; x++) sums[c * group + x]! += points[i * group + x]!;
  }
  for (let c = 0; c < centroidCount; c++)
    if (counts[c]! > 0)
      for (let x = 0; x < group; x++) centroids[c * group + x] = sums[c * group + x]! / counts[c]!;
}
