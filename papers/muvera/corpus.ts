import type { LongCallOptions } from "ockham";
import { randomStream } from "ockham/random";
import { joinSets, type PointSets, type WordEncoder, wordEncoder } from "ockham/retrieval";

/** Documents and queries as words and as sets of word vectors. */
export interface Corpus {
  readonly encoder: WordEncoder;
  readonly documents: PointSets;
  readonly words: readonly (readonly string[])[];
  readonly queries: readonly Float32Array[];
  readonly queryWords: readonly (readonly string[])[];
}

const leastWords = 6;
const mostWords = 32;
const queryLengths = [5, 16] as const;

export async function loadEncoder(call: LongCallOptions): Promise<WordEncoder> {
  const { loadWordVectors } = await import("ockham/data");
  const { words, vectors } = await loadWordVectors(call);
  return wordEncoder(words, vectors);
}

/** Sentences of the Brown corpus with at least 6 known words, and definitions of WordNet of 5 to 16 for queries. */
export async function sentences(
  encoder: WordEncoder,
  documents: number,
  queries: number,
  call: LongCallOptions,
): Promise<Corpus> {
  const { loadBrown, loadWordNet } = await import("ockham/data");
  const { vocabulary, tokens, sentenceStarts } = await loadBrown(call);
  const known = vocabulary.map((word) => encoder.wordsOf(word));
  const all: string[][] = [];
  for (let s = 0; s + 1 < sentenceStarts.length; s++) {
    const words = Array.from(
      tokens.subarray(sentenceStarts[s], sentenceStarts[s + 1]),
      (t) => known[t]!,
    ).flat();
    if (words.length >= leastWords) all.push(words.slice(0, mostWords));
  }
  const { glosses } = await loadWordNet(call);
  const asked = glosses
    .map((gloss) => encoder.wordsOf(gloss))
    .filter(({ length }) => length >= queryLengths[0] && length <= queryLengths[1]);
  return corpusOf(encoder, draw(all, documents, "documents"), draw(asked, queries, "queries"));
}

export function corpusOf(
  encoder: WordEncoder,
  words: readonly (readonly string[])[],
  queryWords: readonly (readonly string[])[],
): Corpus {
  return {
    encoder,
    words,
    queryWords,
    documents: joinSets(
      words.map((document) => encoder.vectorsOf(document)),
      encoder.dimension,
    ),
    queries: queryWords.map((query) => encoder.vectorsOf(query)),
  };
}

function draw<T>(items: readonly T[], count: number, label: string): T[] {
  const chosen = randomStream(0, "muvera", label).subset(items.length, Math.min(count, items.length));
  return Array.from(chosen, (i) => items[i]!);
}
