import { type CsvError, parse } from "#csv";
import { openFile } from "#files";
import { InvalidInputError, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { type ByteSource, byteChunks, gunzippedAtPace, knownLength } from "./byte-source.ts";

/** A table of columns by name. */
export interface Table {
  readonly rows: number;
  /** In the order of the file. */
  readonly names: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
}

/**
 * A column. It is of numbers when every value that is there is a decimal number; a missing value is then NaN,
 * and `missing` counts them. In a column of text a missing value is the empty string.
 */
export type Column =
  | { readonly kind: "number"; readonly values: Float64Array; readonly missing: number }
  | { readonly kind: "text"; readonly values: readonly string[]; readonly missing: number };

export interface TableOptions extends LongCallOptions {
  /** Default: whichever of comma, semicolon and tab occurs most often in the first line. */
  readonly delimiter?: "," | ";" | "\t";
  /** Names of the columns of a file that has no header; default: the first line names them. */
  readonly names?: readonly string[];
  /** Texts that stand for a missing value, besides the empty one; default `["NA"]`. */
  readonly missing?: readonly string[];
}

const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads a table of comma (semicolon, tab) separated values, quoted as in RFC 4180, gzipped or not, with a
 * header. Progress is in bytes. Memory: the text and its fields, so a table should fit several times over.
 *
 * @param name what the source is called in errors, default `"table"`
 * @throws InvalidInputError naming the line whose number of fields differs or whose quotes do not close; or
 *   for an empty table, a column without a name, or two of the same name
 */
export async function parseTable(
  source: ByteSource,
  options: TableOptions = {},
  name = "table",
): Promise<Table> {
  requireTableOptions(options);
  return tableOf(byteChunks(source), knownLength(source), options, name);
}

/** {@link parseTable} of a file. */
export async function readTable(path: string, options: TableOptions = {}): Promise<Table> {
  requireTableOptions(options);
  const file = await openFile(path);
  return tableOf(file.chunks, file.bytes, options, path);
}

async function tableOf(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: TableOptions,
  name: string,
): Promise<Table> {
  const pace = new Pace(options, total);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const chunk of gunzippedAtPace(chunks, name, pace)) {
      text += decoder.decode(chunk, { stream: true });
    }
    text += decoder.decode();
  } catch (cause) {
    if (cause instanceof TypeError) throw new InvalidInputError(name, "not valid UTF-8 text", { cause });
    throw cause;
  }
  const records = parseRecords(text, options, name);
  const names = options.names ?? records.shift();
  if (names === undefined || records.length === 0) throw new InvalidInputError(name, "no rows");
  if (names.length !== records[0]!.length)
    throw new InvalidInputError("options.names", `expected ${records[0]!.length} names, got ${names.length}`);
  const columns: Record<string, Column> = {};
  for (const [position, title] of names.entries()) {
    if (title === "") throw new InvalidInputError(name, `column ${position} has no name`);
    if (Object.hasOwn(columns, title))
      throw new InvalidInputError(name, `two columns are called ${show(title)}`);
    columns[title] = columnOf(records, position, options.missing ?? ["NA"]);
    if (pace.due()) await pace.rest(0);
  }
  pace.finish();
  return { rows: records.length, names, columns };
}

function parseRecords(text: string, options: TableOptions, name: string): string[][] {
  try {
    return parse(text, {
      bom: true,
      delimiter: options.delimiter ?? delimiterOf(text),
      skipEmptyLines: true,
      trim: true,
    });
  } catch (cause) {
    const { lines, message } = cause as CsvError;
    throw new InvalidInputError(lines === undefined ? name : `${name}, line ${lines}`, message, { cause });
  }
}

function delimiterOf(text: string): string {
  const line = text.slice(0, text.indexOf("\n") + 1 || text.length);
  const count = (delimiter: string): number => line.split(delimiter).length;
  return [",", ";", "\t"].reduce((best, next) => (count(next) > count(best) ? next : best));
}

function columnOf(
  records: readonly (readonly string[])[],
  position: number,
  absent: readonly string[],
): Column {
  let missing = 0;
  let numeric = true;
  for (const record of records) {
    const value = record[position]!;
    if (value === "" || absent.includes(value)) missing++;
    else if (numeric && !number.test(value)) numeric = false;
  }
  const isAbsent = (value: string): boolean => value === "" || absent.includes(value);
  if (!numeric || missing === records.length)
    return {
      kind: "text",
      values: records.map((record) => (isAbsent(record[position]!) ? "" : record[position]!)),
      missing,
    };
  const values = Float64Array.from(records, (record) =>
    isAbsent(record[position]!) ? Number.NaN : Number(record[position]),
  );
  return { kind: "number", values, missing };
}

function requireTableOptions(options: TableOptions): void {
  requireKnownOptions("options", options, ["delimiter", "names", "missing", ...longCallOptions]);
  if (options.delimiter !== undefined) requireOneOf("options.delimiter", options.delimiter, [",", ";", "\t"]);
  for (const key of ["names", "missing"] as const) {
    const list: unknown = options[key];
    if (list !== undefined && !(Array.isArray(list) && list.every((text) => typeof text === "string")))
      throw new InvalidInputError(`options.${key}`, `expected a list of texts, got ${show(list)}`);
  }
}
