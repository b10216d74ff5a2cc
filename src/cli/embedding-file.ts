import { InvalidInputError, type LongCallOptions } from "ockham";
import type { NdArray } from "ockham/array";
import { type FileWriter, formatNpy, writeAtomically } from "ockham/io";
import { Pace } from "../core/progress.ts";

/** One vector a row, for the vertices named by `ids`, or numbered from 0 without. */
export interface Embedding {
  readonly vectors: NdArray<"float32" | "float64">;
  readonly ids?: readonly string[] | undefined;
}

type Writer = (path: string, embedding: Embedding, options: LongCallOptions) => Promise<void>;

const writers: Readonly<Record<string, Writer>> = { ".npy": writeNpyWithIds, ".csv": writeCsv };

/** The writer that a file name's ending asks for; refuses endings that have none. */
export function embeddingWriter(argument: string, path: string): Writer {
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "";
  const writer = writers[ending];
  if (writer === undefined)
    throw new InvalidInputError(
      argument,
      `expected a file name that ends in ${Object.keys(writers).join(" or ")}, got "${path}"`,
    );
  return writer;
}

/** Where the ids of an `.npy` file's rows are: the format itself has no place for them. */
export function idsPath(path: string): string {
  return `${path.slice(0, -".npy".length)}.ids.txt`;
}

async function writeNpyWithIds(path: string, { vectors, ids }: Embedding): Promise<void> {
  const bytes = formatNpy(vectors);
  await writeAtomically(path, (file) => file.write(bytes));
  if (ids !== undefined) await writeAtomically(idsPath(path), (file) => file.write(`${ids.join("\n")}\n`));
}

async function writeCsv(path: string, embedding: Embedding, options: LongCallOptions): Promise<void> {
  await writeAtomically(path, (file) => writeRows(file, embedding, options));
}

async function writeRows(
  file: FileWriter,
  { vectors, ids }: Embedding,
  options: LongCallOptions,
): Promise<void> {
  const [rows, columns] = vectors.shape as [number, number];
  const pace = new Pace(options, rows);
  await file.write(`id,${Array.from({ length: columns }, (_, column) => `d${column}`).join(",")}\n`);
  for (let row = 0; row < rows; row++) {
    const values = vectors.data.subarray(row * columns, (row + 1) * columns);
    await file.write(`${csvField(ids?.[row] ?? String(row))},${Array.from(values, shortest).join(",")}\n`);
    if (pace.due()) await pace.rest(row + 1);
  }
  pace.finish();

  function shortest(value: number): string {
    return vectors.dtype === "float32" ? float32Text(value) : String(value);
  }
}

/** Fewest digits that read back as the same float32: at most 9. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
