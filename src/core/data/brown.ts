import { join } from "node:path";
import { requireInteger, requireKnownOptions } from "../errors.ts";
import { readBytes } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";
import type { GraphData } from "./labelled-graphs.ts";

/** The Brown corpus as numbered tokens. */
export interface BrownCorpus {
  /** Word forms by falling frequency, lower case; equally frequent ones in alphabetical order. */
  readonly vocabulary: readonly string[];
  /** Tags of the corpus, alphabetical. */
  readonly tags: readonly string[];
  /** Word and tag of each token: positions in `vocabulary` and `tags`. */
  readonly tokens: Int32Array;
  readonly tagOf: Int32Array;
  /** Sentence s is the tokens from sentenceStarts[s] to sentenceStarts[s + 1]. */
  readonly sentenceStarts: Int32Array;
  /** Document of each sentence. */
  readonly documentOf: Int32Array;
  /** Names of the 500 documents (`"ca01"`) and genre of each (`"news"`). */
  readonly documents: readonly string[];
  readonly genres: readonly string[];
}

/**
 * Loads the tagged Brown corpus: 500 documents, about 1.1 million tokens, punctuation among them. The first
 * call converts the text; later ones read the converted arrays.
 *
 * Reference: Francis and Kucera 1979, Brown Corpus Manual.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadBrown(options: LongCallOptions = {}): Promise<BrownCorpus> {
  const { folder, files } = await fetchDataset("brown", options);
  const { arrays, texts } = await bundled(join(folder, "derived", "tokens-1.bundle"), async () => {
    const genreOf = new Map<string, string>();
    for (const line of (await text(files["cats.txt"]!)).trim().split("\n")) {
      const [document, genre] = line.split(" ") as [string, string];
      genreOf.set(document, genre);
    }
    const documents = Object.keys(files)
      .filter((name) => name !== "cats.txt")
      .sort();
    const words: string[] = [];
    const tags: string[] = [];
    const sentenceStarts = [0];
    const documentOf: number[] = [];
    for (const [document, name] of documents.entries()) {
      for (const line of (await text(files[name]!)).split("\n")) {
        if (line.trim() === "") continue;
        for (const token of line.trim().split(/\s+/)) {
          // The tag follows the last slash: words may contain one.
          const slash = token.lastIndexOf("/");
          words.push(token.slice(0, slash).toLowerCase());
          tags.push(token.slice(slash + 1));
        }
        sentenceStarts.push(words.length);
        documentOf.push(document);
      }
    }
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    const vocabulary = [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1));
    const tagNames = [...new Set(tags)].sort();
    const numbersOf = (names: readonly string[], values: readonly string[]): Int32Array => {
      const numbers = new Map(names.map((name, index) => [name, index]));
      return Int32Array.from(values, (value) => numbers.get(value)!);
    };
    const vector = (data: Int32Array) => ({ dtype: "int32", shape: [data.length], data }) as const;
    return {
      arrays: {
        tokens: vector(numbersOf(vocabulary, words)),
        tagOf: vector(numbersOf(tagNames, tags)),
        sentenceStarts: vector(Int32Array.from(sentenceStarts)),
        documentOf: vector(Int32Array.from(documentOf)),
      },
      texts: {
        vocabulary,
        tags: tagNames,
        documents,
        genres: documents.map((name) => genreOf.get(name) ?? ""),
      },
    };
  });
  return {
    vocabulary: texts.vocabulary!,
    tags: texts.tags!,
    tokens: arrays.tokens!.data as Int32Array,
    tagOf: arrays.tagOf!.data as Int32Array,
    sentenceStarts: arrays.sentenceStarts!.data as Int32Array,
    documentOf: arrays.documentOf!.data as Int32Array,
    documents: texts.documents!,
    genres: texts.genres!,
  };
}

/** Words that stand next to each other in a corpus. */
export interface WordGraph extends GraphData {
  /** How often the two words stand next to each other. Each undirected edge is listed once, source < target. */
  readonly weights: Float64Array;
  readonly words: readonly string[];
  /** Class of each word: position in `classes` of its most frequent tag. */
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

export interface WordGraphOptions extends LongCallOptions {
  /** Words that occur less often are passed over, as punctuation is; default 10. */
  readonly minimumCount?: number;
}

/**
 * The word adjacency graph of the Brown corpus: an edge for words that follow one another within a sentence,
 * classes by part of speech. Neighbours tend to differ in class: a graph without homophily. Nodes are in the
 * order of the vocabulary. O(tokens).
 */
export async function loadBrownWordGraph(options: WordGraphOptions = {}): Promise<WordGraph> {
  requireKnownOptions("options", options, ["minimumCount", ...longCallOptions]);
  const { minimumCount, ...call } = options;
  const minimum = requireInteger("options.minimumCount", minimumCount ?? 10, 1);
  const corpus = await loadBrown(call);
  const counts = new Int32Array(corpus.vocabulary.length);
  for (const word of corpus.tokens) counts[word]!++;
  const nodeOf = new Int32Array(corpus.vocabulary.length).fill(-1);
  const words: string[] = [];
  for (const [word, form] of corpus.vocabulary.entries()) {
    if (counts[word]! < minimum || !/[a-z0-9]/.test(form)) continue;
    nodeOf[word] = words.length;
    words.push(form);
  }
  const nodes = words.length;
  const edges = new Map<number, number>();
  for (let sentence = 0; sentence + 1 < corpus.sentenceStarts.length; sentence++) {
    let last = -1;
    for (let at = corpus.sentenceStarts[sentence]!; at < corpus.sentenceStarts[sentence + 1]!; at++) {
      const node = nodeOf[corpus.tokens[at]!]!;
      if (node >= 0 && last >= 0 && node !== last) {
        const key = Math.min(node, last) * nodes + Math.max(node, last);
        edges.set(key, (edges.get(key) ?? 0) + 1);
      }
      last = node;
    }
  }
  const keys = Float64Array.from(edges.keys()).sort();
  const { labels, classes } = classesOf(corpus, nodeOf, nodes);
  return {
    nodes,
    source: Int32Array.from(keys, (key) => Math.floor(key / nodes)),
    target: Int32Array.from(keys, (key) => key % nodes),
    weights: keys.map((key) => edges.get(key)!),
    words,
    labels,
    classes,
  };
}

/** Most frequent word class of each node: the tag without its suffixes (`nns-tl` is `nn`). */
function classesOf(
  corpus: BrownCorpus,
  nodeOf: Int32Array,
  nodes: number,
): { labels: Int32Array; classes: string[] } {
  const short = corpus.tags.map((tag) => /^[a-z]{2}/.exec(tag)?.[0] ?? "other");
  const classes = [...new Set(short)].sort();
  const classOf = short.map((name) => classes.indexOf(name));
  const counts = new Int32Array(nodes * classes.length);
  for (const [at, word] of corpus.tokens.entries()) {
    const node = nodeOf[word]!;
    if (node >= 0) counts[node * classes.length + classOf[corpus.tagOf[at]!]!]!++;
  }
  const labels = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const row = counts.subarray(node * classes.length, (node + 1) * classes.length);
    labels[node] = row.indexOf(row.reduce((most, count) => Math.max(most, count), 0));
  }
  const used = [...new Set(labels)].sort((a, b) => a - b);
  return {
    labels: labels.map((label) => used.indexOf(label)),
    classes: used.map((label) => classes[label]!),
  };
}

async function text(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}
