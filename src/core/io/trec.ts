import { openFile, writeAtomically } from "#files";
import { InvalidInputError, requireKnownOptions, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { type ByteSource, byteChunks, knownLength } from "./byte-source.ts";
import { lineBlocks } from "./text-lines.ts";

/** A document that was found for a query, and how well it is thought to fit. */
export interface Retrieved {
  readonly document: string;
  readonly score: number;
}

/** Of every query what was found, best first. */
export type TrecRun = ReadonlyMap<string, readonly Retrieved[]>;

/** Of every query the judged documents with their grades: above 0 relevant, 0 not, below 0 not judged after all. */
export type Judgements = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Reads a run as `trec_eval` does: `query Q0 document rank score tag` a line, parted by blanks. Documents are put in
 * order of falling score, of equal scores the document whose name comes later first; the rank is not looked at. Lines of
 * a query need not be neighbours, blank lines are passed over. Gzipped input is unpacked; progress is in bytes.
 *
 * @param name what the source is called in errors, default `"run"`
 * @throws InvalidInputError naming the line: a wrong number of fields, a score that is no finite number, a document that
 *   the query has already; or when there is no line at all.
 */
export async function parseTrecRun(
  source: ByteSource,
  options: LongCallOptions = {},
  name = "run",
): Promise<TrecRun> {
  requireKnownOptions("options", options, longCallOptions);
  return runOf(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseTrecRun} of a file, read as a stream. */
export async function readTrecRun(path: string, options: LongCallOptions = {}): Promise<TrecRun> {
  requireKnownOptions("options", options, longCallOptions);
  const file = await openFile(path);
  return runOf(file.chunks, file.bytes, options, path);
}

/**
 * Reads relevance judgements as `trec_eval` does: `query iteration document grade` a line, parted by blanks, the
 * iteration not looked at; also the tables of BEIR, a heading `query-id corpus-id score` and three fields a line.
 *
 * @param name what the source is called in errors, default `"qrels"`
 * @throws InvalidInputError naming the line: a wrong number of fields, a grade that is no whole number, a document that
 *   the query has already; or when there is no line at all.
 */
export async function parseQrels(
  source: ByteSource,
  options: LongCallOptions = {},
  name = "qrels",
): Promise<Judgements> {
  requireKnownOptions("options", options, longCallOptions);
  return judgementsOf(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseQrels} of a file, read as a stream. */
export async function readQrels(path: string, options: LongCallOptions = {}): Promise<Judgements> {
  requireKnownOptions("options", options, longCallOptions);
  const file = await openFile(path);
  return judgementsOf(file.chunks, file.bytes, options, path);
}

async function runOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): Promise<TrecRun> {
  const scores = new PairTable(name);
  for await (const { fields, line } of fieldsOf(chunks, total, options, name)) {
    if (fields.length !== 6)
      refuse(name, line, `expected query, Q0, document, rank, score and tag, got ${fields.length} fields`);
    const score = numberOf(fields[4]!);
    if (!Number.isFinite(score))
      refuse(name, line, `expected a finite number as score, got ${show(fields[4])}`);
    scores.add(fields[0]!, fields[2]!, score, line);
  }
  return new Map(
    Array.from(scores.queries(), ([query, documents]) => [
      query,
      Array.from(documents, ([document, score]) => ({ document, score })).sort(
        (a, b) => b.score - a.score || (a.document < b.document ? 1 : -1),
      ),
    ]),
  );
}

async function judgementsOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): Promise<Judgements> {
  const grades = new PairTable(name);
  let columns = 4;
  for await (const { fields, line } of fieldsOf(chunks, total, options, name)) {
    if (line === 1 && fields.join(" ") === "query-id corpus-id score") {
      columns = 3;
      continue;
    }
    if (fields.length !== columns)
      refuse(
        name,
        line,
        `expected query, ${columns === 4 ? "iteration, " : ""}document and grade, got ${fields.length} fields`,
      );
    const grade = numberOf(fields[columns - 1]!);
    if (!Number.isSafeInteger(grade))
      refuse(name, line, `expected a whole number as grade, got ${show(fields[columns - 1])}`);
    grades.add(fields[0]!, fields[columns - 2]!, grade, line);
  }
  return grades.queries();
}

/** The fields of every line that is not blank. */
async function* fieldsOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LongCallOptions,
  name: string,
): AsyncGenerator<{ readonly fields: readonly string[]; readonly line: number }, void, undefined> {
  let line = 0;
  for await (const lines of lineBlocks(chunks, total, options, name))
    for (const text of lines) {
      line++;
      const fields = text.split(/[ \t\r]+/).filter((field) => field !== "");
      if (fields.length > 0) yield { fields, line };
    }
}

/** Numbers by query and document. */
class PairTable {
  readonly #name: string;
  readonly #queries = new Map<string, Map<string, number>>();

  constructor(name: string) {
    this.#name = name;
  }

  add(query: string, document: string, value: number, line: number): void {
    let documents = this.#queries.get(query);
    if (documents === undefined) {
      documents = new Map();
      this.#queries.set(query, documents);
    }
    if (documents.has(document))
      refuse(this.#name, line, `query ${show(query)} has the document ${show(document)} already`);
    documents.set(document, value);
  }

  queries(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    if (this.#queries.size === 0) throw new InvalidInputError(this.#name, "holds no line");
    return this.#queries;
  }
}

/** NaN for what is no decimal number; `Number` would also take "", "0x10" and "Infinity". */
function numberOf(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

function refuse(name: string, line: number, problem: string): never {
  throw new InvalidInputError(`${name}, line ${line}`, problem);
}

/**
 * Writes a run in the form that {@link parseTrecRun} reads, ranks from 1 in the order given. The file appears under its
 * name only when it is complete.
 *
 * @param tag the last field of every line, the name of the method; default "ockham"
 * @throws InvalidInputError for a name that is empty or holds a blank, a score that is not finite, or a document that a
 *   query has twice
 */
export async function writeTrecRun(path: string, run: TrecRun, tag = "ockham"): Promise<void> {
  requireName("tag", tag);
  await writeLines(path, linesOfRun(run, tag));
}

/** Writes judgements in the form that {@link parseQrels} reads. */
export async function writeQrels(path: string, judgements: Judgements): Promise<void> {
  await writeLines(path, linesOfJudgements(judgements));
}

function* linesOfRun(run: TrecRun, tag: string): Generator<string> {
  for (const [query, documents] of run) {
    requireName("run: a query", query);
    const seen = new Set<string>();
    for (const [i, { document, score }] of documents.entries()) {
      requireName(`run, query ${query}: a document`, document);
      if (!Number.isFinite(score))
        throw new InvalidInputError(
          `run, query ${query}, document ${document}`,
          `expected a finite score, got ${score}`,
        );
      if (seen.has(document))
        throw new InvalidInputError(`run, query ${query}`, `holds the document ${document} twice`);
      seen.add(document);
      yield `${query} Q0 ${document} ${i + 1} ${score} ${tag}\n`;
    }
  }
}

function* linesOfJudgements(judgements: Judgements): Generator<string> {
  for (const [query, documents] of judgements) {
    requireName("judgements: a query", query);
    for (const [document, grade] of documents) {
      requireName(`judgements, query ${query}: a document`, document);
      if (!Number.isSafeInteger(grade))
        throw new InvalidInputError(
          `judgements, query ${query}, document ${document}`,
          `expected a whole number as grade, got ${grade}`,
        );
      yield `${query} 0 ${document} ${grade}\n`;
    }
  }
}

function requireName(argument: string, name: string): void {
  if (typeof name !== "string" || name === "" || /\s/.test(name))
    throw new InvalidInputError(argument, `expected a name without blanks, got ${show(name)}`);
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  await writeAtomically(path, async (file) => {
    let text = "";
    for (const line of lines) {
      text += line;
      if (text.length < 1 << 18) continue;
      await file.write(text);
      text = "";
    }
    await file.write(text);
  });
}
