import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions, show } from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { FdeEncoder } from "./fde.ts";
import { type FdeConfig, fromResolved, type ResolvedFdeConfig } from "./fde-config.ts";
import { fromJsonTensor, type IndexFormat, jsonTensor, readIndexFile, writeIndexFile } from "./index-file.ts";
import { exactIndex } from "./mips-index.ts";
import { type MuveraHit, type MuveraIndex, type MuveraSearchOptions, muveraIndexOf } from "./muvera-index.ts";
import { joinSets, type PointSets } from "./point-sets.ts";
import { type WordEncoder, wordEncoder } from "./word-encoder.ts";

/** A piece of text and where it stands. */
export interface Passage {
  readonly file: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Words with their vectors, by falling frequency. */
export interface Vocabulary {
  readonly words: readonly string[];
  /** words x dimension. */
  readonly vectors: NdArray<"float32">;
  /** Frequent words that are passed over. */
  readonly skip: number;
}

export interface TextIndexOptions extends Omit<LongCallOptions, "seed"> {
  /** How passages are encoded; default 10,240 numbers sketched to 2,560. */
  readonly config?: Omit<FdeConfig, "dimension">;
  readonly pool?: Pool;
}

/** Passages searchable by the meaning of their words. */
export interface TextIndex {
  readonly vocabulary: Vocabulary;
  readonly passages: readonly Passage[];
  /** Passages without a known word, which are left out. */
  readonly skipped: number;
  readonly encodings: Float32Array;
  readonly index: MuveraIndex;
  /** The best passages for a query, best first. Throws InvalidInputError when no word of it is known. */
  search(query: string, options?: MuveraSearchOptions): (MuveraHit & { readonly passage: Passage })[];
}

const defaultConfig = { finalProjectionDimension: 2560 } as const;

/** Indexes passages by the vectors of their words; exact search of the encodings, reranked. */
export async function buildTextIndex(
  passages: readonly Passage[],
  vocabulary: Vocabulary,
  options: TextIndexOptions = {},
): Promise<TextIndex> {
  requireKnownOptions("options", options, [
    ...longCallOptions.filter((name) => name !== "seed"),
    "config",
    "pool",
  ]);
  const words = wordEncoder(vocabulary.words, vocabulary.vectors, { skip: vocabulary.skip });
  const kept: Passage[] = [];
  const sets: Float32Array[] = [];
  for (const passage of passages) {
    const known = words.wordsOf(passage.text);
    if (known.length === 0) continue;
    kept.push(passage);
    sets.push(words.vectorsOf(known));
  }
  if (kept.length === 0) throw new InvalidInputError("passages", "none has a word with a vector");
  const documents = joinSets(sets, words.dimension);
  const { config = defaultConfig, ...call } = options;
  const encoder = new FdeEncoder({ ...config, dimension: words.dimension });
  const encodings = await encoder.encodeBatch(documents, "document", call);
  return textIndexOf(vocabulary, words, kept, passages.length - kept.length, encoder, documents, encodings);
}

function textIndexOf(
  vocabulary: Vocabulary,
  words: WordEncoder,
  passages: readonly Passage[],
  skipped: number,
  encoder: FdeEncoder,
  documents: PointSets,
  encodings: Float32Array,
): TextIndex {
  const index = muveraIndexOf(encoder, documents, exactIndex(encodings, encoder.outputDimension));
  return {
    vocabulary,
    passages,
    skipped,
    encodings,
    index,
    search: (query, options = {}) => {
      const known = words.wordsOf(query);
      if (known.length === 0)
        throw new InvalidInputError("query", `no word of ${show(query)} has a vector, common words aside`);
      return index
        .search(words.vectorsOf(known), options)
        .map((hit) => ({ ...hit, passage: passages[hit.document]! }));
    },
  };
}

const format: IndexFormat<"vectors" | "encodings" | "words" | "passages"> = {
  format: "ockham-text-index",
  kind: "text index",
  version: "1",
  tensors: ["vectors", "encodings", "words", "passages"],
};

/**
 * Writes an index as one safetensors file that needs nothing else to be searched: vocabulary, passages, encodings.
 * Its name never shows an incomplete one. Node only.
 */
export async function writeTextIndex(path: string, index: TextIndex): Promise<void> {
  const { vocabulary, passages, encodings, skipped } = index;
  const { config, outputDimension } = index.index.encoder;
  const tensors = {
    vectors: vocabulary.vectors,
    encodings: {
      dtype: "float32",
      shape: [passages.length, outputDimension],
      data: encodings,
    } as NdArray<"float32">,
    words: jsonTensor(vocabulary.words),
    passages: jsonTensor(passages),
  };
  await writeIndexFile(path, format, tensors, {
    config: JSON.stringify(config),
    skip: `${vocabulary.skip}`,
    skipped: `${skipped}`,
  });
}

/** Reads an index that {@link writeTextIndex} wrote; format, version, sizes and a checksum are verified. Node only. */
export async function readTextIndex(path: string): Promise<TextIndex> {
  const { tensors, metadata } = await readIndexFile(path, format);
  const vocabulary: Vocabulary = {
    words: fromJsonTensor(tensors.words),
    vectors: tensors.vectors as NdArray<"float32">,
    skip: Number(metadata.skip),
  };
  const passages = fromJsonTensor<Passage[]>(tensors.passages);
  const words = wordEncoder(vocabulary.words, vocabulary.vectors, { skip: vocabulary.skip });
  const encoder = new FdeEncoder(fromResolved(JSON.parse(metadata.config ?? "{}") as ResolvedFdeConfig));
  const documents = joinSets(
    passages.map(({ text }) => words.vectorsOf(words.wordsOf(text))),
    words.dimension,
  );
  const encodings = tensors.encodings.data as Float32Array;
  return textIndexOf(vocabulary, words, passages, Number(metadata.skipped), encoder, documents, encodings);
}
