import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { InvalidInputError, type LongCallOptions } from "ockham";
import { readBytes } from "ockham/io";
import { buildTextIndex, type Passage, type Vocabulary, writeTextIndex } from "ockham/retrieval";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { type ThreadOptions, withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";

export interface IndexOptions extends ThreadOptions {
  readonly out: string;
  readonly ext: string;
  readonly vectors?: string;
  readonly json?: true;
}

/** Words of a passage at most; a longer paragraph is cut. */
const mostWords = 80;
/** From so many words on, the first hundred are taken for words without meaning. */
const largeVocabulary = 10_000;

export async function indexTexts(folder: string, options: IndexOptions, context: CliContext): Promise<void> {
  const started = performance.now();
  const display = progressDisplay(context, "index");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const files = await textFiles(folder, options.ext.split(","));
    const vocabulary = await vocabularyOf(options.vectors, stageOf(call, "word vectors", 0, 0.4, 1));
    const passages: Passage[] = [];
    for (const file of files) {
      context.signal.throwIfAborted();
      passages.push(...passagesOf(file, new TextDecoder().decode(await readBytes(join(folder, file)))));
    }
    const index = await withPool(options, (pool) =>
      buildTextIndex(passages, vocabulary, { ...stageOf(call, "encoding", 0.4, 0.95, 1), pool }),
    );
    await writeTextIndex(options.out, index);
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    const { skipped } = index;
    if (skipped > 0)
      printLine(context.stderr, `${folder}: ${skipped} passages have no known word and are left out`);
    const facts = {
      files: files.length,
      passages: index.passages.length,
      skipped,
      seconds,
      out: options.out,
    };
    if (options.json) printJson(context, facts);
    else
      printLine(
        context.stdout,
        `${facts.passages} passages of ${facts.files} files in ${seconds} s: ${options.out}`,
      );
  } finally {
    display.stop();
  }
}

/** Paths from the folder, in order, of files with one of the endings. */
async function textFiles(folder: string, endings: readonly string[]): Promise<string[]> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new InvalidInputError(folder, "is no folder");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const wanted = new Set(endings.map((ending) => ending.trim().replace(/^\./, "").toLowerCase()));
  const files = entries
    .filter((entry) => entry.isFile() && wanted.has(entry.name.split(".").at(-1)!.toLowerCase()))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  if (files.length === 0)
    throw new InvalidInputError(folder, `has no file that ends in ${[...wanted].join(", ")}`);
  return files;
}

/** Paragraphs, parted by empty lines; long ones in parts that end at lines where they can. */
function passagesOf(file: string, text: string): Passage[] {
  const passages: Passage[] = [];
  let lines: string[] = [];
  let first = 1;
  let words = 0;
  const close = (): void => {
    const joined = lines.join(" ").replace(/\s+/g, " ").trim();
    const all = joined.split(" ");
    for (let start = 0; joined !== "" && start < all.length; start += mostWords)
      passages.push({ file, line: first, text: all.slice(start, start + mostWords).join(" ") });
    lines = [];
    words = 0;
  };
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    const count = line.trim() === "" ? 0 : line.trim().split(/\s+/).length;
    if (count === 0 || words + count > mostWords) close();
    if (count === 0) continue;
    if (lines.length === 0) first = number + 1;
    lines.push(line);
    words += count;
  }
  close();
  return passages;
}

async function vocabularyOf(path: string | undefined, call: LongCallOptions): Promise<Vocabulary> {
  if (path === undefined) {
    const { loadWordVectors } = await import("ockham/data");
    return { ...(await loadWordVectors(call)), skip: 100 };
  }
  const lines = new TextDecoder()
    .decode(await readBytes(path))
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
  // Some programs write the number of words and the dimension first.
  if (/^\d+ \d+$/.test(lines[0]!)) lines.shift();
  const words: string[] = [];
  let data = new Float32Array(0);
  let dimension = 0;
  for (const [i, line] of lines.entries()) {
    const [word, ...numbers] = line.trim().split(" ");
    if (i === 0) {
      dimension = numbers.length;
      data = new Float32Array(lines.length * dimension);
    }
    if (
      numbers.length !== dimension ||
      dimension === 0 ||
      !numbers.every((text) => Number.isFinite(Number(text)))
    )
      throw new InvalidInputError(
        `${path}, line ${i + 1}`,
        `expected a word and ${dimension || "its"} numbers`,
      );
    words.push(word!);
    data.set(numbers.map(Number), i * dimension);
  }
  return {
    words,
    vectors: { dtype: "float32", shape: [words.length, dimension], data },
    skip: words.length >= largeVocabulary ? 100 : 0,
  };
}
