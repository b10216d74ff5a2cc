import { InvalidInputError } from "ockham";
import { parseSafetensors } from "ockham/io";
import {
  bm25Index,
  buildMuveraIndex,
  joinSets,
  type MuveraHit,
  meanPool,
  searchChamfer,
  type WordEncoder,
  wordEncoder,
} from "ockham/retrieval";
import { factsOf, paperIds } from "../catalogue.ts";
import { needs } from "./needs.ts";

/** Search over the catalogue of papers: documents are papers, in the order of the catalogue. */
export interface CatalogueSearch {
  readonly encoder: WordEncoder;
  /** By encodings of fixed dimension, reranked by Chamfer similarity. Empty for a query of unknown words. */
  byEncodings(text: string): MuveraHit[];
  /** Documents by Chamfer similarity, compared with all: the truth. */
  exactly(text: string): readonly number[];
  /** Documents by the inner product of mean vectors. */
  byMeans(text: string): readonly number[];
  /** Documents that share words, by BM25. */
  byWords(text: string): readonly number[];
  /** Inner products that a search by encodings takes, and an exact one, for so many query vectors. */
  products(queryVectors: number): { readonly encodings: number; readonly exact: number };
}

const setting = { repetitions: 16, simhashProjections: 4, projectionDimension: 16, seed: 1 };
const candidates = 16;

/** What is searched: title and summary of every paper, and what it is needed for. */
export function cataloguePassages(): string[] {
  return paperIds.map((id) => {
    const { title, summary } = factsOf(id);
    return `${title}. ${summary} ${needs[id]}`;
  });
}

/**
 * Builds the index of texts, by default those of the catalogue, from a file of word vectors: `vectors` [n, d] of int8,
 * and `words`, a line each.
 *
 * @throws InvalidInputError when none of the words of a text has a vector
 */
export async function catalogueSearch(
  wordVectors: Uint8Array,
  texts: readonly string[] = cataloguePassages(),
): Promise<CatalogueSearch> {
  const { vectors, words } = parseSafetensors(wordVectors).tensors;
  const list = new TextDecoder().decode(words!.data as Uint8Array).split("\n");
  const encoder = wordEncoder(list, {
    dtype: "float32",
    shape: vectors!.shape,
    data: Float32Array.from(vectors!.data as Int8Array),
  });
  const { dimension } = encoder;
  const passages = texts.map((text) => encoder.wordsOf(text));
  for (const [i, words] of passages.entries())
    if (words.length === 0)
      throw new InvalidInputError(`text ${i + 1}`, "none of its words has a vector: expected English words");
  const documents = joinSets(
    passages.map((words) => encoder.vectorsOf(words)),
    dimension,
  );
  const index = await buildMuveraIndex(documents, { dimension, ...setting });
  const means = normalised(meanPool(documents, dimension), dimension);
  const bm25 = bm25Index(passages);
  const count = passages.length;
  const rankOf = new Map(list.map((word, rank) => [word, rank]));
  // Rare words say more: Chamfer similarity is linear in the length of each vector of the query.
  const vectorsOf = (text: string): Float32Array => {
    const words = [...new Set(encoder.wordsOf(text))];
    const vectors = encoder.vectorsOf(words);
    for (const [i, word] of words.entries())
      for (let x = 0; x < dimension; x++)
        vectors[i * dimension + x]! *= Math.log(1.1 + rankOf.get(word)! / 100);
    return vectors;
  };
  const encodingLength = setting.repetitions * 2 ** setting.simhashProjections * setting.projectionDimension;
  return {
    encoder,
    byEncodings(text) {
      const query = vectorsOf(text);
      return query.length === 0 ? [] : index.search(query, { k: candidates, candidates });
    },
    exactly(text) {
      const query = vectorsOf(text);
      return query.length === 0 ? [] : [...searchChamfer(query, documents, dimension, count).ids];
    },
    byMeans(text) {
      const query = vectorsOf(text);
      if (query.length === 0) return [];
      const mean = meanPool(joinSets([query], dimension), dimension);
      const scores = Array.from({ length: count }, (_, i) =>
        mean.reduce((sum, value, x) => sum + value * means[i * dimension + x]!, 0),
      );
      return scores.map((_, i) => i).toSorted((a, b) => scores[b]! - scores[a]!);
    },
    byWords: (text) => [...bm25.search(encoder.wordsOf(text), count).ids],
    products: (queryVectors) => ({
      encodings:
        count * encodingLength + candidates * queryVectors * dimension * (documents.offsets.at(-1)! / count),
      exact: queryVectors * documents.offsets.at(-1)! * dimension,
    }),
  };
}

function normalised(rows: Float32Array, dimension: number): Float32Array {
  const out = rows.slice();
  for (let start = 0; start < out.length; start += dimension) {
    const row = out.subarray(start, start + dimension);
    const norm = Math.hypot(...row);
    for (let x = 0; x < dimension; x++) row[x]! /= norm;
  }
  return out;
}
