import { openFile, writeAtomically } from "#files";
import type { CsrMatrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { requireCsr } from "../sparse/index.ts";
import { type ByteSource, byteChunks, gunzippedAtPace, knownLength } from "./byte-source.ts";
import { LibsvmParser } from "./libsvm-parser.ts";

/** Rows of sparse features, each with a label. */
export interface LabelledRows {
  /** One row an item. */
  readonly features: CsrMatrix;
  /** One label a row, as the file has it: a class or a target of regression. */
  readonly labels: Float64Array;
  /** The query of each row, in files for ranking that have `qid:`. */
  readonly queries?: Int32Array;
}

export interface LibsvmOptions extends LongCallOptions {
  /** Whether indices count from 0. Default "auto": they do when index 0 occurs, and count from 1 otherwise. */
  readonly zeroBased?: boolean | "auto";
  /** Number of columns; default the largest that occurs. A test set needs that of its training set. */
  readonly columns?: number;
}

/**
 * Reads the text form of LIBSVM and SVMlight: `label index:value index:value ... # comment`, a line an item, with an
 * optional `qid:number` after the label. Columns are counted from 0 in the result. Gzipped input is unpacked;
 * progress is in bytes of the source. O(entries).
 *
 * @param name what the source is called in errors, default `"rows"`
 * @throws InvalidInputError naming the line: a label or value that is no finite number, a malformed pair, indices
 *   that do not ascend, an index outside `columns`; or when there is no row at all.
 */
export async function parseLibsvm(
  source: ByteSource,
  options: LibsvmOptions = {},
  name = "rows",
): Promise<LabelledRows> {
  requireLibsvmOptions(options);
  return parseChunks(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseLibsvm} of a file, read as a stream. */
export async function readLibsvm(path: string, options: LibsvmOptions = {}): Promise<LabelledRows> {
  requireLibsvmOptions(options);
  const file = await openFile(path);
  return parseChunks(file.chunks, file.bytes, options, path);
}

function requireLibsvmOptions(options: LibsvmOptions): void {
  requireKnownOptions("options", options, ["zeroBased", "columns", ...longCallOptions]);
  if (
    options.zeroBased !== undefined &&
    options.zeroBased !== "auto" &&
    typeof options.zeroBased !== "boolean"
  )
    throw new InvalidInputError(
      "options.zeroBased",
      `expected true, false or "auto", got ${show(options.zeroBased)}`,
    );
  if (options.columns !== undefined) requireInteger("options.columns", options.columns, 1, 2147483647);
}

async function parseChunks(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: LibsvmOptions,
  name: string,
): Promise<LabelledRows> {
  const pace = new Pace(options, total);
  const parser = new LibsvmParser(name, options.zeroBased ?? "auto", options.columns);
  for await (const chunk of gunzippedAtPace(chunks, name, pace)) parser.push(chunk);
  const rows = parser.end();
  pace.finish();
  return rows;
}

/**
 * Writes rows in the text form of LIBSVM, indices from 1, zeros left out. Numbers have as many digits as it takes to
 * read the same bits again. The file appears under its name only when it is complete.
 */
export async function writeLibsvm(
  path: string,
  rows: LabelledRows,
  options: LongCallOptions = {},
): Promise<void> {
  requireKnownOptions("options", options, longCallOptions);
  const { features, labels, queries } = rows;
  const { indptr, indices, data, rows: count } = requireCsr("rows.features", features);
  for (const [name, column] of [["labels", labels] as const, ["queries", queries] as const])
    if (column !== undefined && column.length !== count)
      throw new InvalidInputError(
        `rows.${name}`,
        `expected ${count} values, one a row, got ${column.length}`,
      );
  const notFinite = labels.findIndex((label) => !Number.isFinite(label));
  if (notFinite >= 0)
    throw new InvalidInputError(
      "rows.labels",
      `label ${notFinite} is ${labels[notFinite]}; expected finite values`,
    );
  const pace = new Pace(options, count);
  await writeAtomically(path, async (file) => {
    let text = "";
    for (let row = 0; row < count; row++) {
      text += labels[row]!;
      if (queries !== undefined) text += ` qid:${queries[row]!}`;
      for (let k = indptr[row]!; k < indptr[row + 1]!; k++)
        if (data[k] !== 0) text += ` ${indices[k]! + 1}:${data[k]!}`;
      text += "\n";
      if (text.length < 1 << 16) continue;
      await file.write(text);
      text = "";
      if (pace.due()) await pace.rest(row + 1);
    }
    await file.write(text);
    pace.finish();
  });
}
