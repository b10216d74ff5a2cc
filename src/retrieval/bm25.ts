import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type Hits, TopSelection } from "./top-selection.ts";

export interface Bm25Options {
  /** How soon repetitions of a word stop to count; default 1.2. */
  readonly k1?: number;
  /** How much long documents are discounted, from 0 to 1; default 0.75. */
  readonly b?: number;
}

export interface Bm25Index {
  /** The k documents of the largest positive scores. */
  search(query: readonly string[], k: number): Hits;
}

/**
 * BM25 over documents of words: the classical baseline of text retrieval. Robertson and Zaragoza, "The
 * probabilistic relevance framework: BM25 and beyond", 2009, with the inverse document frequency
 * log(1 + (n - df + 1/2) / (df + 1/2)), which is never negative.
 */
export function bm25Index(documents: readonly (readonly string[])[], options: Bm25Options = {}): Bm25Index {
  requireKnownOptions("options", options, ["k1", "b"]);
  const k1 = requireFinite("options.k1", options.k1 ?? 1.2, 0);
  const b = requireFinite("options.b", options.b ?? 0.75, 0, 1);
  if (documents.length === 0) throw new InvalidInputError("documents", "expected at least one");
  const mean = Math.max(1, documents.reduce((sum, { length }) => sum + length, 0) / documents.length);
  const postings = new Map<string, { ids: number[]; counts: number[] }>();
  for (const [id, words] of documents.entries()) {
    for (const word of words) {
      let list = postings.get(word);
      if (list === undefined) {
        list = { ids: [], counts: [] };
        postings.set(word, list);
      }
      if (list.ids.at(-1) === id) list.counts[list.counts.length - 1]!++;
      else {
        list.ids.push(id);
        list.counts.push(1);
      }
    }
  }
  return {
    search(query, k) {
      requireInteger("k", k, 1);
      const scores = new Map<number, number>();
      for (const word of query) {
        const list = postings.get(word);
        if (list === undefined) continue;
        const rarity = Math.log(1 + (documents.length - list.ids.length + 0.5) / (list.ids.length + 0.5));
        for (const [at, id] of list.ids.entries()) {
          const count = list.counts[at]!;
          const length = 1 - b + (b * documents[id]!.length) / mean;
          const gain = (rarity * count * (k1 + 1)) / (count + k1 * length);
          scores.set(id, (scores.get(id) ?? 0) + gain);
        }
      }
      const selection = new TopSelection(Math.min(k, scores.size));
      for (const [id, score] of scores) selection.offer(id, score);
      return selection.hits();
    },
  };
}
