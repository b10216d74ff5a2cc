import { join } from "node:path";
import { InvalidInputError, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { readBytes } from "../io/index.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { type Bundle, bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";

export const partsOfSpeech = ["noun", "verb", "adj", "adv"] as const;
export type PartOfSpeech = (typeof partsOfSpeech)[number];

/**
 * Lexicographer files, by number: the semantic field that the makers of WordNet filed a synset under. They
 * serve as node classes.
 */
export const lexicographerFiles = [
  "adj.all",
  "adj.pert",
  "adv.all",
  "noun.Tops",
  "noun.act",
  "noun.animal",
  "noun.artifact",
  "noun.attribute",
  "noun.body",
  "noun.cognition",
  "noun.communication",
  "noun.event",
  "noun.feeling",
  "noun.food",
  "noun.group",
  "noun.location",
  "noun.motive",
  "noun.object",
  "noun.person",
  "noun.phenomenon",
  "noun.plant",
  "noun.possession",
  "noun.process",
  "noun.quantity",
  "noun.relation",
  "noun.shape",
  "noun.state",
  "noun.substance",
  "noun.time",
  "verb.body",
  "verb.change",
  "verb.cognition",
  "verb.communication",
  "verb.competition",
  "verb.consumption",
  "verb.contact",
  "verb.creation",
  "verb.emotion",
  "verb.motion",
  "verb.perception",
  "verb.possession",
  "verb.social",
  "verb.stative",
  "verb.weather",
  "adj.ppl",
] as const;

/** WordNet as a directed graph: nodes are synsets, arcs the relations between them. */
export interface WordNet {
  readonly nodes: number;
  /** Arc k runs from `source[k]` to `target[k]`. Distinct, no self loops, ordered by source, then target. */
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Class of each node: a position in {@link lexicographerFiles}. */
  readonly labels: Int32Array;
  /** Part of speech of each node: a position in {@link partsOfSpeech}. */
  readonly partOfSpeech: Uint8Array;
  /** First word of each synset, underscores for spaces. */
  readonly words: readonly string[];
  /** Definition and examples of each synset. */
  readonly glosses: readonly string[];
}

export interface WordNetOptions extends LongCallOptions {
  /** Synsets to keep, with the arcs between them; default all. */
  readonly partsOfSpeech?: readonly PartOfSpeech[];
}

/**
 * Loads WordNet 3.1 (117,791 synsets, 362,191 arcs when whole). Nodes are numbered in the order noun, verb,
 * adj, adv and within each as in its file. All pointers count alike: hypernyms, antonyms, derivations,
 * domains and the others, those between words as arcs between their synsets. The first call converts the
 * text (a second or so); later ones read the converted arrays.
 *
 * Reference: Miller 1995, WordNet: a lexical database for English.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadWordNet(options: WordNetOptions = {}): Promise<WordNet> {
  requireKnownOptions("options", options, ["partsOfSpeech", ...longCallOptions]);
  const { partsOfSpeech: wanted, ...call } = options;
  if (wanted !== undefined) {
    if (!Array.isArray(wanted) || wanted.length === 0)
      throw new InvalidInputError(
        "options.partsOfSpeech",
        `expected some of ${partsOfSpeech.join(", ")}, got ${show(wanted)}`,
      );
    for (const part of wanted) requireOneOf("options.partsOfSpeech", part, partsOfSpeech);
  }
  const { folder } = await fetchDataset("wordnet", call);
  const { arrays, texts } = await bundled(join(folder, "derived", "graph-1.bundle"), async () => {
    const files = await Promise.all(
      partsOfSpeech.map((part) => readBytes(join(folder, "dict", `data.${part}`))),
    );
    return parseWordNet(files);
  });
  const whole: WordNet = {
    nodes: texts.words!.length,
    source: arrays.source!.data as Int32Array,
    target: arrays.target!.data as Int32Array,
    labels: arrays.labels!.data as Int32Array,
    partOfSpeech: arrays.partOfSpeech!.data as Uint8Array,
    words: texts.words!,
    glosses: texts.glosses!,
  };
  return wanted === undefined ? whole : restrict(whole, wanted);
}

/** Parses the four data files (wndb(5WN)), in the order of {@link partsOfSpeech}. */
function parseWordNet(files: readonly Uint8Array[]): Bundle {
  const letters = "nvar";
  const numbers = files.map(() => new Map<string, number>());
  const records: { fields: string[]; at: number; part: number }[] = [];
  const words: string[] = [];
  const glosses: string[] = [];
  for (const [part, bytes] of files.entries()) {
    for (const line of new TextDecoder().decode(bytes).split("\n")) {
      // The licence at the top is indented by two spaces.
      if (line === "" || line.startsWith("  ")) continue;
      const bar = line.indexOf("|");
      const fields = line.slice(0, bar).split(" ");
      // offset, file, type, words (hexadecimal count, then word and sense each), pointers (decimal count, ...)
      const at = 4 + 2 * Number.parseInt(fields[3]!, 16);
      numbers[part]!.set(fields[0]!, records.length);
      records.push({ fields, at, part });
      words.push(fields[4]!);
      glosses.push(line.slice(bar + 1).trim());
    }
  }
  const source: number[] = [];
  const target: number[] = [];
  for (const [node, { fields, at }] of records.entries()) {
    const targets = new Set<number>();
    const pointers = Number(fields[at]);
    for (let pointer = 0; pointer < pointers; pointer++) {
      const base = at + 1 + 4 * pointer;
      const part = letters.indexOf(fields[base + 2]!);
      const other = numbers[part]!.get(fields[base + 1]!);
      if (other === undefined)
        throw new InvalidInputError(
          "wordnet",
          `synset ${fields[0]} points to nothing at ${fields[base + 1]}`,
        );
      if (other !== node) targets.add(other);
    }
    for (const other of [...targets].sort((a, b) => a - b)) {
      source.push(node);
      target.push(other);
    }
  }
  const vector = <T extends Int32Array | Uint8Array>(dtype: "int32" | "uint8", data: T) => ({
    dtype,
    shape: [data.length],
    data,
  });
  return {
    arrays: {
      source: vector("int32", Int32Array.from(source)),
      target: vector("int32", Int32Array.from(target)),
      labels: vector(
        "int32",
        Int32Array.from(records, ({ fields }) => Number(fields[1])),
      ),
      partOfSpeech: vector(
        "uint8",
        Uint8Array.from(records, ({ part }) => part),
      ),
    },
    texts: { words, glosses },
  };
}

function restrict(whole: WordNet, wanted: readonly PartOfSpeech[]): WordNet {
  const keep = partsOfSpeech.map((part) => wanted.includes(part));
  const numbers = new Int32Array(whole.nodes).fill(-1);
  let nodes = 0;
  for (let node = 0; node < whole.nodes; node++) {
    if (keep[whole.partOfSpeech[node]!]) numbers[node] = nodes++;
  }
  const inside = (_: unknown, arc: number): boolean =>
    numbers[whole.source[arc]!]! >= 0 && numbers[whole.target[arc]!]! >= 0;
  const kept = (_: unknown, node: number): boolean => numbers[node]! >= 0;
  return {
    nodes,
    source: whole.source.filter(inside).map((node) => numbers[node]!),
    target: whole.target.filter(inside).map((node) => numbers[node]!),
    labels: whole.labels.filter(kept),
    partOfSpeech: whole.partOfSpeech.filter(kept),
    words: whole.words.filter(kept),
    glosses: whole.glosses.filter(kept),
  };
}
