import { rm } from "node:fs/promises";
import { InvalidInputError, type LongCallOptions } from "ockham";
import type { NdArray } from "ockham/array";
import {
  type FileWriter,
  formatNpy,
  readBytes,
  readEmbeddings,
  readNpy,
  readTable,
  writeAtomically,
  writeEmbeddings,
} from "ockham/io";
import { Pace } from "../../core/progress.ts";

/** One vector a row, for the vertices named by `ids`, or numbered from 0 without. */
export interface Embedding {
  readonly vectors: NdArray<"float32" | "float64">;
  readonly ids?: readonly string[];
}

interface Format {
  write(path: string, embedding: Embedding, call: LongCallOptions): Promise<void>;
  read(path: string, call: LongCallOptions): Promise<Embedding>;
}

const formats: Readonly<Record<string, Format>> = {
  ".npy": { write: writeNpyWithIds, read: readNpyWithIds },
  ".csv": { write: writeCsv, read: readCsv },
  ".parquet": {
    write: (path, { vectors, ids }) =>
      writeEmbeddings(path, { vectors: vectors as NdArray<"float32">, ...(ids && { ids }) }),
    read: (path, { signal, onProgress }) =>
      readEmbeddings(path, { ...(signal && { signal }), ...(onProgress && { onProgress }) }),
  },
};

/** The form of embedding that a file name's ending asks for; refuses endings that have none. */
export function embeddingFormat(argument: string, path: string): Format {
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase() ?? "";
  const format = formats[ending];
  if (format === undefined)
    throw new InvalidInputError(
      argument,
      `expected a file name that ends in ${Object.keys(formats).join(", ")}, got "${path}"`,
    );
  return format;
}

/** Where the ids of an `.npy` file's rows are: the format itself has no place for them. */
function idsPath(path: string): string {
  return `${path.slice(0, -".npy".length)}.ids.txt`;
}

async function writeNpyWithIds(path: string, { vectors, ids }: Embedding): Promise<void> {
  const bytes = formatNpy(vectors);
  await writeAtomically(path, (file) => file.write(bytes));
  // Names from an earlier run would be taken for those of these rows.
  if (ids === undefined) await rm(idsPath(path), { force: true });
  else await writeAtomically(idsPath(path), (file) => file.write(`${ids.join("\n")}\n`));
}

async function readNpyWithIds(path: string): Promise<Embedding> {
  const array = await readNpy(path);
  if (array.shape.length !== 2 || (array.dtype !== "float32" && array.dtype !== "float64"))
    throw new InvalidInputError(
      path,
      `expected a matrix of float32 or float64, got ${array.dtype} of shape [${array.shape.join(", ")}]`,
    );
  const vectors = array as NdArray<"float32" | "float64">;
  const ids = await idsBeside(path);
  if (ids === undefined) return { vectors };
  if (ids.length !== vectors.shape[0])
    throw new InvalidInputError(idsPath(path), `expected ${vectors.shape[0]} ids, got ${ids.length}`);
  return { vectors, ids };
}

async function idsBeside(path: string): Promise<string[] | undefined> {
  try {
    const text = new TextDecoder().decode(await readBytes(idsPath(path)));
    return text.replace(/\n$/, "").split("\n");
  } catch (error) {
    // Without the file, rows are numbered.
    if (error instanceof InvalidInputError) return undefined;
    throw error;
  }
}

async function writeCsv(path: string, embedding: Embedding, call: LongCallOptions): Promise<void> {
  await writeAtomically(path, (file) => writeRows(file, embedding, call));
}

async function writeRows(
  file: FileWriter,
  { vectors, ids }: Embedding,
  call: LongCallOptions,
): Promise<void> {
  const [rows, columns] = vectors.shape as [number, number];
  const text = vectors.dtype === "float32" ? float32Text : String;
  const pace = new Pace(call, rows);
  await file.write(`id,${Array.from({ length: columns }, (_, column) => `d${column}`).join(",")}\n`);
  for (let row = 0; row < rows; row++) {
    const values = vectors.data.subarray(row * columns, (row + 1) * columns);
    await file.write(`${csvField(ids?.[row] ?? String(row))},${Array.from(values, text).join(",")}\n`);
    if (pace.due()) await pace.rest(row + 1);
  }
  pace.finish();
}

/** Fewest digits that read back as the same float32: at most 9. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** A field of a table of comma-separated values, quoted where it must be. */
export function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

async function readCsv(path: string, call: LongCallOptions): Promise<Embedding> {
  const { rows, names, columns } = await readTable(path, call);
  if (names.length < 2)
    throw new InvalidInputError(
      path,
      `expected an id and at least one number a line, got ${names.length} columns`,
    );
  const width = names.length - 1;
  const data = new Float64Array(rows * width);
  for (const [axis, name] of names.slice(1).entries()) {
    const column = columns[name]!;
    if (column.kind !== "number" || column.missing > 0)
      throw new InvalidInputError(path, `column ${name} holds values that are no numbers`);
    for (let row = 0; row < rows; row++) data[row * width + axis] = column.values[row]!;
  }
  return {
    vectors: { dtype: "float64", shape: [rows, width], data },
    ids: Array.from(columns[names[0]!]!.values as ArrayLike<number | string>, String),
  };
}
