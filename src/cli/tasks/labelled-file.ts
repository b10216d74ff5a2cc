import { InvalidInputError } from "ockham";
import { type CsrMatrix, ndArray } from "ockham/array";
import { readIdx, readLibsvm, readTable } from "ockham/io";
import { csrFromDense } from "ockham/sparse";

/** Samples in rows, each with a label or a value to predict. */
export interface LabelledFile {
  readonly x: CsrMatrix;
  readonly y: Float64Array;
  /** One name a column. */
  readonly names: readonly string[];
}

export interface LabelledFileOptions {
  /** Column of a table that holds the labels; default the last. */
  readonly label?: string;
  /** File with the labels of idx images. */
  readonly labels?: string;
}

/** Reads LIBSVM text, a table (.csv, .tsv) or idx images (with a file of labels), any of them gzipped. */
export async function readLabelled(
  path: string,
  { label, labels }: LabelledFileOptions,
  signal: AbortSignal,
): Promise<LabelledFile> {
  if (/\.[ct]sv(\.gz)?$/i.test(path)) return tableRows(path, label, signal);
  if (labels !== undefined) return imageRows(path, labels);
  const { features, labels: y } = await readLibsvm(path, { signal });
  return { x: features, y, names: numbered(features.cols, 1) };
}

async function tableRows(
  path: string,
  label: string | undefined,
  signal: AbortSignal,
): Promise<LabelledFile> {
  const table = await readTable(path, { signal });
  const target = label ?? table.names.at(-1)!;
  if (!table.names.includes(target))
    throw new InvalidInputError("options.label", `${path} has no column ${JSON.stringify(target)}`);
  const column = (name: string): Float64Array => {
    const found = table.columns[name]!;
    if (found.kind !== "number" || found.missing > 0)
      throw new InvalidInputError(`${path}, column ${name}`, "expected numbers, none missing");
    return found.values;
  };
  const names = table.names.filter((name) => name !== target);
  if (names.length === 0) throw new InvalidInputError(path, "has no column beside that of the labels");
  const data = new Float64Array(table.rows * names.length);
  for (const [j, name] of names.entries())
    for (const [i, value] of column(name).entries()) data[i * names.length + j] = value;
  return { x: csrFromDense(ndArray("float64", [table.rows, names.length], data)), y: column(target), names };
}

/** Bytes become numbers from 0 to 1. */
async function imageRows(path: string, labelPath: string): Promise<LabelledFile> {
  const images = await readIdx(path);
  const y = await readIdx(labelPath);
  const rows = images.shape[0] ?? 0;
  if (y.shape.length !== 1 || y.shape[0] !== rows)
    throw new InvalidInputError(labelPath, `expected ${rows} labels, got shape [${y.shape.join(", ")}]`);
  const scale = images.dtype === "uint8" ? 255 : 1;
  const cols = rows === 0 ? 0 : images.data.length / rows;
  const data = Float64Array.from(images.data as Uint8Array, (value) => Number(value) / scale);
  return {
    x: csrFromDense(ndArray("float64", [rows, cols], data)),
    y: Float64Array.from(y.data as Uint8Array, Number),
    names: numbered(cols, 0),
  };
}

function numbered(count: number, first: number): string[] {
  return Array.from({ length: count }, (_, j) => String(j + first));
}
