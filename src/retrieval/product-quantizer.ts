import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import type { LongCallOptions } from "../core/progress.ts";
import { longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type MipsIndex, requireQuery } from "./mips-index.ts";
import { requireDimension, requirePoints, searchEach } from "./point-sets.ts";
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
  /** The part of {@link ProductQuantizer.lookupTable} of one group, written to `table`, unchecked. */
  groupProducts(query: Float32Array, group: number, table: Float32Array): void;
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

/** Pairs of groups whose codes are summed in one pass over the vectors. */
const pairsPerPass = 4;

/**
 * An index of {@link ProductQuantizer} codes: a query is compared with every code through its lookup table. Pairs of
 * groups in which the query is zero are passed over, of which the encoding of a short query has many: O(groups where
 * the query is not zero times vectors), a byte each.
 *
 * @param codes of every vector a byte for every group, vector after vector; copied
 */
export function quantizedIndex(quantizer: ProductQuantizer, codes: Uint8Array): MipsIndex {
  const { dimension, group } = quantizer;
  const groups = dimension / group;
  if (codes.length === 0 || codes.length % groups !== 0)
    throw new InvalidInputError("codes", `expected rows of ${groups} bytes, got ${codes.length}`);
  const size = codes.length / groups;
  const pairs = pairedColumns(codes, size, groups);
  // What stands in for a pair where fewer than a whole pass are left.
  const noCodes = new Uint16Array(size);
  const products = new Float32Array(pairsPerPass * 2 * centroidCount);
  const scores = new Float64Array(size);
  const search = (query: Float32Array, k: number) => {
    requireQuery("query", query, dimension);
    const selection = new TopSelection(Math.min(requireInteger("k", k, 1), size));
    const used = pairsOf(query, group);
    scores.fill(0);
    for (let first = 0; first < used.length; first += pairsPerPass) {
      const streams: Uint16Array[] = [];
      for (let j = 0; j < pairsPerPass; j++) {
        const pair = used[first + j];
        streams.push(pair === undefined ? noCodes : pairs[pair]!);
        for (const half of [0, 1]) {
          const start = (2 * j + half) * centroidCount;
          const table = products.subarray(start, start + centroidCount);
          if (pair === undefined || 2 * pair + half === groups) table.fill(0);
          else quantizer.groupProducts(query, 2 * pair + half, table);
        }
      }
      addProducts(products, streams, scores);
    }
    for (let i = 0; i < size; i++) selection.offer(i, scores[i]!);
    return selection.hits();
  };
  return {
    dimension,
    size,
    exact: false,
    search,
    searchMany: (queries, k) => searchEach(queries, dimension, (query) => search(query, k)),
  };
}

/**
 * Of every two groups the codes of all vectors, the first group's in the low byte (the second's 0 behind the last
 * group): a pass reads a few streams of memory, none that it does not need, and two codes at a time.
 */
function pairedColumns(codes: Uint8Array, size: number, groups: number): Uint16Array[] {
  const pairs = Array.from({ length: (groups + 1) >> 1 }, () => new Uint16Array(size));
  for (let i = 0, at = 0; i < size; i++)
    for (let g = 0; g < groups; g++) pairs[g >> 1]![i]! |= codes[at++]! << (8 * (g & 1));
  return pairs;
}

/** The pairs of groups of coordinates that are not all zero. */
function pairsOf(query: Float32Array, group: number): Int32Array {
  const width = 2 * group;
  const used = new Int32Array(Math.ceil(query.length / width));
  let count = 0;
  for (let pair = 0; pair < used.length; pair++) {
    const end = Math.min((pair + 1) * width, query.length);
    let x = pair * width;
    while (x < end && query[x] === 0) x++;
    if (x < end) used[count++] = pair;
  }
  return used.subarray(0, count);
}

/** Adds to every score the products that the codes of four pairs of groups choose, 256 of each group in `products`. */
function addProducts(products: Float32Array, streams: readonly Uint16Array[], scores: Float64Array): void {
  const [pairs0, pairs1, pairs2, pairs3] = streams as [Uint16Array, Uint16Array, Uint16Array, Uint16Array];
  for (let i = 0; i < scores.length; i++) {
    const a = pairs0[i]!;
    const b = pairs1[i]!;
    const c = pairs2[i]!;
    const d = pairs3[i]!;
    const low =
      products[a & 255]! +
      products[256 + (a >>> 8)]! +
      (products[512 + (b & 255)]! + products[768 + (b >>> 8)]!);
    const high =
      products[1024 + (c & 255)]! +
      products[1280 + (c >>> 8)]! +
      (products[1536 + (d & 255)]! + products[1792 + (d >>> 8)]!);
    scores[i]! += low + high;
  }
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
    requireQuery("query", query, this.dimension);
    const table = new Float32Array((this.dimension / this.group) * centroidCount);
    for (let first = 0, g = 0; first < table.length; first += centroidCount, g++)
      this.groupProducts(query, g, table.subarray(first, first + centroidCount));
    return table;
  }

  groupProducts(query: Float32Array, g: number, table: Float32Array): void {
    const { group, centroids } = this;
    const start = g * group;
    if (group === 8) {
      productsOfEight(query, start, centroids, table);
      return;
    }
    for (let c = 0, at = start * centroidCount; c < centroidCount; c++) {
      let sum = 0;
      for (let x = 0; x < group; x++) sum += query[start + x]! * centroids[at++]!;
      table[c] = sum;
    }
  }
}

/** Inner products of eight coordinates of the query, from `start` on, with their centroids. */
function productsOfEight(
  query: Float32Array,
  start: number,
  centroids: Float32Array,
  table: Float32Array,
): void {
  const [q0, q1, q2, q3] = [query[start]!, query[start + 1]!, query[start + 2]!, query[start + 3]!];
  const [q4, q5, q6, q7] = [query[start + 4]!, query[start + 5]!, query[start + 6]!, query[start + 7]!];
  for (let c = 0, at = start * centroidCount; c < centroidCount; c++, at += 8)
    table[c] =
      q0 * centroids[at]! +
      q1 * centroids[at + 1]! +
      (q2 * centroids[at + 2]! + q3 * centroids[at + 3]!) +
      (q4 * centroids[at + 4]! +
        q5 * centroids[at + 5]! +
        (q6 * centroids[at + 6]! + q7 * centroids[at + 7]!));
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
