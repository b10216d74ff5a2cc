import type { Pool } from "ockham/parallel";
import {
  bm25Index,
  exactIndex,
  FdeEncoder,
  type Hits,
  joinSets,
  type MipsIndex,
  meanPool,
  searchChamfer,
  singleVectorCandidates,
} from "ockham/retrieval";
import type { Corpus } from "./corpus.ts";

/** Candidate numbers that recall is stated at. */
export const candidateCounts = [10, 50, 100, 200, 500, 1000];
export const mostCandidates = 1000;
const truthSize = 10;

/** The ten documents of the largest Chamfer similarity, of every query. */
export function truthOf(
  { documents, queries, encoder }: Corpus,
  rest: () => Promise<void>,
): Promise<Int32Array[]> {
  return eachQuery(
    queries,
    rest,
    (query) => searchChamfer(query, documents, encoder.dimension, truthSize).ids,
  );
}

async function eachQuery<T>(
  queries: readonly Float32Array[],
  rest: () => Promise<void>,
  answer: (query: Float32Array, i: number) => T,
): Promise<T[]> {
  const answers: T[] = [];
  for (const [i, query] of queries.entries()) {
    answers.push(answer(query, i));
    if (i % 4 === 3) await rest();
  }
  return answers;
}

/** Hyperplanes, repetitions and sketch of an encoding. */
export interface Setting {
  readonly k: number;
  readonly repetitions: number;
  readonly projectionDimension: number;
}

export const encoderOf = (corpus: Corpus, { k, ...rest }: Setting, seed: number): FdeEncoder =>
  new FdeEncoder({ dimension: corpus.encoder.dimension, simhashProjections: k, ...rest, seed });

export interface Encoded {
  readonly encoder: FdeEncoder;
  readonly documents: Float32Array;
  readonly queries: Float32Array;
}

export async function encodeCorpus(
  corpus: Corpus,
  encoder: FdeEncoder,
  pool: Pool,
  signal: AbortSignal,
): Promise<Encoded> {
  const queries = joinSets(corpus.queries, corpus.encoder.dimension);
  return {
    encoder,
    documents: await encoder.encodeBatch(corpus.documents, "document", { pool, signal }),
    queries: await encoder.encodeBatch(queries, "query", { pool, signal }),
  };
}

/** Candidates of every query, best first. */
export function fdeCandidates({ encoder, documents, queries }: Encoded): Int32Array[] {
  return candidatesIn(exactIndex(documents, encoder.outputDimension), queries);
}

export const candidatesIn = (index: MipsIndex, queries: Float32Array): Int32Array[] =>
  idsOf(index.searchMany(queries, mostCandidates));

/** By the inner product of the means, those of documents as they are or scaled to length 1. */
export function meanPoolCandidates({ documents, queries, encoder }: Corpus, scaled: boolean): Int32Array[] {
  const { dimension } = encoder;
  const means = meanPool(documents, dimension);
  for (let start = 0; scaled && start < means.length; start += dimension) {
    const row = means.subarray(start, start + dimension);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let x = 0; x < dimension && length > 0; x++) row[x]! /= length;
  }
  const index = exactIndex(means, dimension);
  return idsOf(index.searchMany(meanPool(joinSets(queries, dimension), dimension), mostCandidates));
}

/** Documents of the nearest document vectors of every query vector, each once. */
export function heuristicCandidates(
  { documents, queries, encoder }: Corpus,
  rest: () => Promise<void>,
): Promise<Int32Array[]> {
  const index = exactIndex(documents.points, encoder.dimension);
  return eachQuery(queries, rest, (query) => singleVectorCandidates(query, index, documents.offsets, 300));
}

export function bm25Candidates({ words, queryWords }: Corpus): Int32Array[] {
  const index = bm25Index(words);
  return queryWords.map((query) => index.search(query, mostCandidates).ids);
}

const idsOf = (hits: readonly Hits[]): Int32Array[] => hits.map(({ ids }) => ids);

/** Share of the queries whose nearest document is among the first n candidates. */
export function recallOfNearest(
  candidates: readonly Int32Array[],
  truth: readonly Int32Array[],
  n: number,
): number {
  return ranks(candidates, truth).filter((rank) => rank < n).length / truth.length;
}

/** How many candidates 9 of 10 queries need to have their nearest document among them. */
export function candidatesFor90(candidates: readonly Int32Array[], truth: readonly Int32Array[]): number {
  const sorted = ranks(candidates, truth).sort((a, b) => a - b);
  return Math.min(mostCandidates, sorted[Math.ceil(0.9 * sorted.length) - 1]! + 1);
}

function ranks(candidates: readonly Int32Array[], truth: readonly Int32Array[]): number[] {
  return candidates.map((ids, q) => {
    const rank = ids.indexOf(truth[q]![0]!);
    return rank < 0 ? Number.POSITIVE_INFINITY : rank;
  });
}
