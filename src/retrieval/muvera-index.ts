import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { type ApproximateIndexOptions, approximateIndex } from "./approximate-index.ts";
import { chamferScores, innerProduct } from "./chamfer.ts";
import { FdeEncoder } from "./fde.ts";
import type { FdeConfig } from "./fde-config.ts";
import { exactIndex, type MipsIndex } from "./mips-index.ts";
import { type PointSets, requireDimension, requirePoints, requireSets } from "./point-sets.ts";
import { fitProductQuantizer, type ProductQuantizerOptions, quantizedIndex } from "./product-quantizer.ts";
import { TopSelection } from "./top-selection.ts";

export interface MuveraOptions extends Omit<LongCallOptions, "seed"> {
  /**
   * How encodings are searched: "exact" (default; good up to some 50,000 documents), "approximate" (needs the
   * package usearch), or "quantized": all of them, at one byte for a group of coordinates.
   */
  readonly index?: "exact" | "approximate" | "quantized";
  readonly approximate?: Omit<ApproximateIndexOptions, "signal" | "onProgress">;
  readonly quantizer?: Omit<ProductQuantizerOptions, "signal" | "onProgress">;
  /** Encodes documents on several workers; the index is the same without. */
  readonly pool?: Pool;
}

export interface MuveraSearchOptions {
  /** Documents wanted; default 10. */
  readonly k?: number;
  /** Documents that the encodings propose, at least k; default 100. */
  readonly candidates?: number;
  /** Order the candidates by their true Chamfer similarity; default true. */
  readonly rerank?: boolean;
  /**
   * Rerank with groups of query vectors whose inner product with the group's first vector is at least this, each
   * replaced by its sum (ball carving): fewer products, nearly the same order. Default none.
   */
  readonly ballCarving?: number;
}

export interface MuveraHit {
  /** Position of the document. */
  readonly document: number;
  /** Chamfer similarity, or `fdeScore` without reranking. */
  readonly score: number;
  /** Estimate of the Chamfer similarity by the encodings. */
  readonly fdeScore: number;
}

/** Documents of many vectors each, searchable by Chamfer similarity. */
export interface MuveraIndex {
  readonly encoder: FdeEncoder;
  readonly documents: PointSets;
  readonly index: MipsIndex;
  /** The best documents for a set of query vectors, best first. */
  search(query: Float32Array, options?: MuveraSearchOptions): MuveraHit[];
}

/**
 * Builds an index: fixed dimensional encodings of all documents in an index of inner products. A search encodes the
 * query, takes the documents of the largest products and reranks them. MUVERA, NeurIPS 2024.
 */
export async function buildMuveraIndex(
  documents: PointSets,
  config: FdeConfig,
  options: MuveraOptions = {},
): Promise<MuveraIndex> {
  requireKnownOptions("options", options, [
    ...longCallOptions.filter((name) => name !== "seed"),
    "index",
    "approximate",
    "quantizer",
    "pool",
  ]);
  const kind = requireOneOf("options.index", options.index ?? "exact", ["exact", "approximate", "quantized"]);
  const encoder = new FdeEncoder(config);
  requireSets("documents", documents, encoder.config.dimension);
  const { pool } = options;
  const call = callOf(options);
  const encodings = await encoder.encodeBatch(documents, "document", {
    ...stageOf(call, "encoding", 0, kind === "exact" ? 1 : 0.3, 1),
    ...(pool && { pool }),
  });
  const rest = stageOf(call, "indexing", 0.3, 1, 1);
  const index = await indexOf(kind, encodings, encoder.outputDimension, options, rest);
  return muveraIndexOf(encoder, documents, index);
}

/** An index over documents whose encodings are already in an index of inner products. */
export function muveraIndexOf(encoder: FdeEncoder, documents: PointSets, index: MipsIndex): MuveraIndex {
  const { dimension, repetitions } = encoder.config;
  const count = requireSets("documents", documents, dimension);
  if (index.size !== count || index.dimension !== encoder.outputDimension)
    throw new InvalidInputError(
      "index",
      `expected ${count} encodings of ${encoder.outputDimension} numbers, got ${index.size} of ${index.dimension}`,
    );
  return {
    encoder,
    documents,
    index,
    search: (query, options = {}) => {
      requireKnownOptions("options", options, ["k", "candidates", "rerank", "ballCarving"]);
      const k = requireInteger("options.k", options.k ?? 10, 1);
      const candidates = requireInteger("options.candidates", options.candidates ?? Math.max(100, k), k);
      requirePoints("query", query, dimension);
      const { ids, scores } = index.search(encoder.encodeQuery(query), candidates);
      const estimates = scores.map((score) => score / repetitions);
      if (options.rerank === false)
        return Array.from(ids.subarray(0, k), (document, i) => ({
          document,
          score: estimates[i]!,
          fdeScore: estimates[i]!,
        }));
      const vectors =
        options.ballCarving === undefined ? query : carveBalls(query, dimension, options.ballCarving);
      const selection = new TopSelection(Math.min(k, ids.length));
      const similarities = chamferScores(vectors, documents, dimension, ids);
      for (const [i, document] of ids.entries()) selection.offer(document, similarities[i]!);
      const estimateOf = new Map(Array.from(ids, (document, i) => [document, estimates[i]!]));
      const hits = selection.hits();
      return Array.from(hits.ids, (document, i) => ({
        document,
        score: hits.scores[i]!,
        fdeScore: estimateOf.get(document)!,
      }));
    },
  };
}

/**
 * Greedy groups of vectors, each replaced by its sum: the first vector not yet in a group opens one and takes all
 * others whose inner product with it is at least `similarity`. O(rows^2 dimension).
 */
export function carveBalls(points: Float32Array, dimension: number, similarity: number): Float32Array {
  requireDimension("dimension", dimension);
  const rows = requirePoints("points", points, dimension);
  requireFinite("similarity", similarity);
  const taken = new Uint8Array(rows);
  const sums: number[] = [];
  for (let centre = 0; centre < rows; centre++) {
    if (taken[centre] === 1) continue;
    const at = sums.length;
    for (let x = 0; x < dimension; x++) sums.push(0);
    for (let row = centre; row < rows; row++) {
      const near =
        row === centre ||
        innerProduct(points, centre * dimension, points, row * dimension, dimension) >= similarity;
      if (taken[row] === 1 || !near) continue;
      taken[row] = 1;
      for (let x = 0; x < dimension; x++) sums[at + x]! += points[row * dimension + x]!;
    }
  }
  return Float32Array.from(sums);
}

async function indexOf(
  kind: "exact" | "approximate" | "quantized",
  encodings: Float32Array,
  dimension: number,
  options: MuveraOptions,
  call: LongCallOptions,
): Promise<MipsIndex> {
  if (kind === "exact") return exactIndex(encodings, dimension);
  if (kind === "approximate")
    return approximateIndex(encodings, dimension, { ...options.approximate, ...call });
  const quantizer = await fitProductQuantizer(encodings, dimension, { ...options.quantizer, ...call });
  return quantizedIndex(quantizer, quantizer.encode(encodings));
}

function callOf({ signal, onProgress }: LongCallOptions): LongCallOptions {
  return { ...(signal && { signal }), ...(onProgress && { onProgress }) };
}
