import { type AsyncBuffer, parquetMetadataAsync, parquetRead } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { openRandomAccess, writeAtomically } from "#files";
import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireKnownOptions, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import type { EdgeList } from "./edge-list.ts";
import { EdgeListBuilder, largestId } from "./edge-list-builder.ts";

/** Vectors with the ids of what they stand for. */
export interface Embeddings {
  /** Row i belongs to ids[i]. */
  readonly vectors: NdArray<"float32">;
  readonly ids: readonly string[];
}

/** Rows a group: small enough that a reader gives way in between. */
const groupRows = 1 << 18;

/**
 * Reads edges from a Parquet file: columns source, target and, if there is one, weight; or the columns named
 * in `options.columns`. Ids may be whole numbers or text; nodes are numbered as by `parseEdgeList`. Progress
 * is in rows. Memory beyond the result: one row group.
 *
 * @param source path of a file, or the bytes of one
 * @throws InvalidInputError naming the row: missing id, weight that is negative or not finite
 */
export async function readParquetEdges(
  source: string | Uint8Array,
  options: {
    readonly columns?: { readonly source: string; readonly target: string; readonly weight?: string };
  } & LongCallOptions = {},
): Promise<EdgeList> {
  requireKnownOptions("options", options, ["columns", ...longCallOptions]);
  const parquet = await openParquet(source);
  try {
    const { source: from, target: to } = options.columns ?? { source: "source", target: "target" };
    const weight = options.columns
      ? options.columns.weight
      : parquet.columns.find((name) => name === "weight");
    const wanted = [from, to, ...(weight === undefined ? [] : [weight])];
    for (const column of wanted) parquet.requireColumn(column);
    const builder = new EdgeListBuilder();
    const pace = new Pace(options, parquet.rows);
    const encoder = new TextEncoder();
    for (const [start, end] of parquet.groups) {
      const columns = await parquet.read(wanted, start, end);
      const sources = columns[from]!;
      const targets = columns[to]!;
      const weights = weight === undefined ? undefined : columns[weight]!;
      for (let row = 0; row < end - start; row++) {
        const u = sources[row];
        const v = targets[row];
        if (!builder.labelled && isId(u) && isId(v)) builder.add(u, v);
        else
          builder.addText(
            encoder.encode(parquet.id(u, from, start + row)),
            encoder.encode(parquet.id(v, to, start + row)),
          );
        if (weights === undefined) continue;
        const value = Number(weights[row] ?? Number.NaN);
        if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
          throw new InvalidInputError(
            `${parquet.name}, row ${start + row}`,
            `expected a finite weight of at least 0, got ${show(weights[row])}`,
          );
        builder.addWeight(value);
      }
      await pace.rest(end);
    }
    if (builder.edges === 0) throw new InvalidInputError(parquet.name, "no edges");
    const { nodes, source: sources, target: targets, weights, ids, selfLoops } = builder.finish();
    pace.finish();
    return {
      nodes,
      source: sources,
      target: targets,
      ...(weight === undefined ? {} : { weights }),
      ...(ids === undefined ? {} : { ids }),
      report: {
        bytes: parquet.bytes,
        lines: parquet.rows,
        edges: parquet.rows,
        comments: 0,
        blankLines: 0,
        header: true,
        selfLoops,
      },
    };
  } finally {
    await parquet.close();
  }
}

/** Writes edges as Parquet, columns source, target and, if there are weights, weight. Ids, if any, as text. */
export async function writeParquetEdges(
  path: string,
  edges: Pick<EdgeList, "source" | "target" | "weights" | "ids">,
): Promise<void> {
  const { source, target, weights, ids } = edges;
  const end = (nodes: Int32Array) => (ids === undefined ? nodes : Array.from(nodes, (node) => ids[node]!));
  const type = ids === undefined ? "INT32" : "STRING";
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "source", data: end(source), type, nullable: false },
      { name: "target", data: end(target), type, nullable: false },
      ...(weights ? [{ name: "weight", data: weights, type: "DOUBLE" as const, nullable: false }] : []),
    ],
    rowGroupSize: groupRows,
    statistics: false,
    createdBy: "ockham",
  });
  await writeAtomically(path, (file) => file.write(new Uint8Array(buffer)));
}

/**
 * Reads vectors from a Parquet file: a column `id` (whole numbers or text) and a column `vector` of lists of
 * numbers, all equally long; or the columns named in `options.columns`. Values are rounded to float32.
 * Progress is in rows.
 */
export async function readEmbeddings(
  source: string | Uint8Array,
  options: { readonly columns?: { readonly id: string; readonly vector: string } } & LongCallOptions = {},
): Promise<Embeddings> {
  requireKnownOptions("options", options, ["columns", ...longCallOptions]);
  const { id, vector } = options.columns ?? { id: "id", vector: "vector" };
  const parquet = await openParquet(source);
  try {
    parquet.requireColumn(id);
    parquet.requireColumn(vector);
    const pace = new Pace(options, parquet.rows);
    const ids: string[] = [];
    let data = new Float32Array(0);
    let dimensions = 0;
    for (const [start, end] of parquet.groups) {
      const columns = await parquet.read([id, vector], start, end);
      for (let row = 0; row < end - start; row++) {
        const at = `${parquet.name}, row ${start + row}`;
        const values = columns[vector]![row] as ArrayLike<unknown> | null;
        if (start + row === 0) {
          dimensions = values?.length ?? 0;
          data = new Float32Array(parquet.rows * dimensions);
        }
        if (values?.length !== dimensions)
          throw new InvalidInputError(at, `expected ${dimensions} numbers as in row 0, got ${show(values)}`);
        for (let axis = 0; axis < dimensions; axis++) {
          const value = Number(values[axis] ?? Number.NaN);
          if (!Number.isFinite(value))
            throw new InvalidInputError(
              at,
              `element ${axis} is ${show(values[axis])}; expected a finite number`,
            );
          data[(start + row) * dimensions + axis] = value;
        }
        ids.push(parquet.id(columns[id]![row], id, start + row));
      }
      await pace.rest(end);
    }
    pace.finish();
    return { ids, vectors: { dtype: "float32", shape: [parquet.rows, dimensions], data } };
  } finally {
    await parquet.close();
  }
}

/** Writes vectors with their ids as Parquet: columns `id` (text) and `vector` (list of float32). */
export async function writeEmbeddings(
  path: string,
  embeddings: {
    readonly vectors: NdArray<"float32" | "float64">;
    /** Default: the row numbers. */
    readonly ids?: readonly string[];
  },
): Promise<void> {
  const { vectors } = embeddings;
  const [rows, dimensions] = vectors.shape as readonly [number, number];
  const ids = embeddings.ids ?? Array.from({ length: rows }, (_, row) => String(row));
  if (vectors.shape.length !== 2 || ids.length !== rows)
    throw new InvalidInputError(
      "embeddings",
      `expected vectors of shape [${ids.length}, any] for ${ids.length} ids, got [${vectors.shape.join(", ")}]`,
    );
  const lists = Array.from({ length: rows }, (_, row) =>
    Array.from(vectors.data.subarray(row * dimensions, (row + 1) * dimensions)),
  );
  const buffer = parquetWriteBuffer({
    schema: [
      { name: "root", num_children: 2 },
      { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      { name: "vector", converted_type: "LIST", repetition_type: "REQUIRED", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
    ],
    columnData: [
      { name: "id", data: ids as string[] },
      // Numbers of this kind do not compress: plain encoding is the fastest to read back.
      { name: "vector", data: lists, encoding: "PLAIN" },
    ],
    rowGroupSize: 1 << 14,
    statistics: false,
    createdBy: "ockham",
  });
  await writeAtomically(path, (file) => file.write(new Uint8Array(buffer)));
}

interface OpenParquet {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  /** Names of the top-level columns. */
  readonly columns: readonly string[];
  /** First row of each row group and the row behind its last. */
  readonly groups: readonly (readonly [number, number])[];
  read(columns: readonly string[], start: number, end: number): Promise<Record<string, ArrayLike<unknown>>>;
  requireColumn(column: string): void;
  /** Text of an id. */
  id(value: unknown, column: string, row: number): string;
  close(): Promise<void>;
}

async function openParquet(source: string | Uint8Array): Promise<OpenParquet> {
  const name = typeof source === "string" ? source : "parquet";
  const file =
    typeof source === "string"
      ? await openRandomAccess(source)
      : {
          bytes: source.length,
          read: async (start: number, end: number) => source.slice(start, end),
          close: async () => {},
        };
  const buffer: AsyncBuffer = {
    byteLength: file.bytes,
    slice: async (start, end = file.bytes) => (await file.read(start, end)).buffer,
  };
  const refusing = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (cause) {
      if (cause instanceof InvalidInputError) throw cause;
      throw new InvalidInputError(name, `not readable as Parquet: ${(cause as Error).message}`, { cause });
    }
  };
  try {
    const metadata = await refusing(() => parquetMetadataAsync(buffer));
    const groups: [number, number][] = [];
    let row = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      for (let start = row; start < row + rows; start += groupRows)
        groups.push([start, Math.min(start + groupRows, row + rows)]);
      row += rows;
    }
    const columns = topLevelColumns(metadata.schema);
    return {
      name,
      bytes: file.bytes,
      rows: row,
      columns,
      groups,
      requireColumn(column) {
        if (!columns.includes(column))
          throw new InvalidInputError(
            name,
            `no column ${show(column)}; there are ${columns.map(show).join(", ")}`,
          );
      },
      read: (wanted, start, end) =>
        refusing(async () => {
          const found: Record<string, unknown[] | ArrayLike<unknown>> = {};
          for (const column of wanted) {
            const parts = new Array<unknown>(end - start);
            let whole: ArrayLike<unknown> | undefined;
            await parquetRead({
              file: buffer,
              metadata,
              columns: [column],
              rowStart: start,
              rowEnd: end,
              onChunk: ({ columnData, rowStart, rowEnd }) => {
                if (rowStart === start && rowEnd === end) whole = columnData;
                else {
                  for (let at = Math.max(rowStart, start); at < Math.min(rowEnd, end); at++)
                    parts[at - start] = columnData[at - rowStart];
                }
              },
            });
            found[column] = whole ?? parts;
          }
          return found;
        }),
      id(value, column, at) {
        if (typeof value === "string" && value !== "") return value;
        if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
        throw new InvalidInputError(
          `${name}, row ${at}`,
          `expected an id (whole number or text) in column ${show(column)}, got ${show(value)}`,
        );
      },
      close: () => file.close(),
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** Names of the root's children in a schema that is laid out depth first. */
function topLevelColumns(schema: readonly { name: string; num_children?: number }[]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let child = 0; child < children; child++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= largestId;
}
