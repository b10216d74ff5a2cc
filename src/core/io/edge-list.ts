import { openFile, writeAtomically } from "#files";
import { InvalidInputError, requireInteger, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";
import { type ByteSource, byteChunks, gunzippedAtPace, knownLength } from "./byte-source.ts";
import { EdgeListParser } from "./edge-list-parser.ts";

/** A graph as its edges: edge k runs from node `source[k]` to node `target[k]`. */
export interface EdgeList {
  /** Number of nodes; nodes are 0 to nodes - 1. */
  readonly nodes: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
  /** Weight of each edge, finite and at least 0; absent when the file has no weights. */
  readonly weights?: Float64Array;
  /** The id of each node as the file writes it; absent when every node's id is its number. */
  readonly ids?: readonly string[];
  readonly report: EdgeListReport;
}

/** What was met while reading. */
export interface EdgeListReport {
  /** Bytes of text, after unpacking. */
  readonly bytes: number;
  readonly lines: number;
  readonly edges: number;
  readonly comments: number;
  readonly blankLines: number;
  /** Whether the first line was taken as column names. */
  readonly header: boolean;
  readonly selfLoops: number;
}

/** The form of an edge list's text; everything not said is detected. */
export interface EdgeListFormat {
  /** Default: tab, comma or semicolon, the first of them found in the first line, otherwise runs of spaces. */
  readonly delimiter?: "," | "\t" | ";" | " ";
  /** Whether the first line names columns. Default: detected from the first two lines. */
  readonly header?: boolean;
  /**
   * Columns to read, by name in the header or by position from 0. Default: those that the header calls
   * source, target and weight (or a usual synonym), otherwise the first two and, if there are three, the third.
   */
  readonly columns?: {
    readonly source: string | number;
    readonly target: string | number;
    readonly weight?: string | number;
  };
  /**
   * Number of nodes: ids must then be the numbers 0 to nodes - 1, and nodes without edges are kept. Default:
   * the nodes are those that occur.
   */
  readonly nodes?: number;
}

export interface EdgeListOptions extends EdgeListFormat, LongCallOptions {}

/**
 * Reads the text of an edge list: a line an edge, two ids and an optional weight, separated by spaces, tabs,
 * commas or semicolons. Lines that begin with `#` or `%` are comments. Gzipped input is unpacked.
 *
 * Ids that are all whole numbers are numbered by ascending value, other ids by first appearance. Progress is
 * in bytes of the source; its total is 0 for streams. O(edges + nodes) time; memory beyond the result is a
 * chunk of text and, for ids other than whole numbers, the distinct ids.
 *
 * @param name what the source is called in errors, default `"edges"`
 * @throws InvalidInputError naming the line: wrong number of fields, empty id, weight that is negative or not
 *   a finite number, id outside `nodes`; or when there is no edge at all.
 */
export async function parseEdgeList(
  source: ByteSource,
  options: EdgeListOptions = {},
  name = "edges",
): Promise<EdgeList> {
  requireEdgeListOptions(options);
  return parseChunks(byteChunks(source), knownLength(source), options, name);
}

/**
 * {@link parseEdgeList} of a file, read as a stream: the file may be larger than memory, its edges (8 bytes
 * each, 16 with weights) may not.
 */
export async function readEdgeList(path: string, options: EdgeListOptions = {}): Promise<EdgeList> {
  requireEdgeListOptions(options);
  const file = await openFile(path);
  return parseChunks(file.chunks, file.bytes, options, path);
}

/**
 * Writes an edge list as text with a header, ids where it has them. The file appears under its name only when
 * it is complete. Ids that contain the delimiter, quotes or line ends are quoted.
 */
export async function writeEdgeList(
  path: string,
  edges: Pick<EdgeList, "source" | "target" | "weights" | "ids">,
  options: { readonly delimiter?: "," | "\t" } & LongCallOptions = {},
): Promise<void> {
  requireKnownOptions("options", options, ["delimiter", ...longCallOptions]);
  const delimiter = requireOneOf("options.delimiter", options.delimiter ?? ",", [",", "\t"]);
  const { source, target, weights, ids } = edges;
  if (target.length !== source.length || (weights !== undefined && weights.length !== source.length))
    throw new InvalidInputError(
      "edges",
      `expected equally many sources, targets and weights, got ${source.length}, ${target.length}, ${weights?.length ?? source.length}`,
    );
  const id = (node: number): string => {
    const text = ids === undefined ? String(node) : ids[node];
    if (text === undefined) throw new InvalidInputError("edges.ids", `no id for node ${node}`);
    return quotable.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const pace = new Pace(options, source.length);
  await writeAtomically(path, async (file) => {
    await file.write(["source", "target", ...(weights ? ["weight"] : [])].join(delimiter));
    for (let start = 0; start < source.length; start += 8192) {
      let text = "";
      const end = Math.min(source.length, start + 8192);
      for (let edge = start; edge < end; edge++) {
        text += `\n${id(source[edge]!)}${delimiter}${id(target[edge]!)}`;
        if (weights) text += delimiter + weights[edge]!;
      }
      await file.write(text);
      if (pace.due()) await pace.rest(end);
    }
    await file.write("\n");
    pace.finish();
  });
}

/** Ids that would be read as something else when written bare. */
const quotable = /^[#%\s]|["\r\n]|\s$|^$/;

async function parseChunks(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  options: EdgeListOptions,
  name: string,
): Promise<EdgeList> {
  const pace = new Pace(options, total);
  const parser = new EdgeListParser(name, options);
  for await (const chunk of gunzippedAtPace(chunks, name, pace)) {
    parser.push(chunk);
  }
  const edges = parser.end();
  pace.finish();
  return edges;
}

function requireEdgeListOptions(options: EdgeListOptions): void {
  requireKnownOptions("options", options, ["delimiter", "header", "columns", "nodes", ...longCallOptions]);
  if (options.delimiter !== undefined)
    requireOneOf("options.delimiter", options.delimiter, [",", "\t", ";", " "]);
  if (options.header !== undefined && typeof options.header !== "boolean")
    throw new InvalidInputError("options.header", `expected true or false, got ${show(options.header)}`);
  if (options.nodes !== undefined) requireInteger("options.nodes", options.nodes, 1, 2147483647);
  if (options.columns !== undefined) {
    requireKnownOptions("options.columns", options.columns, ["source", "target", "weight"]);
    for (const role of ["source", "target", "weight"] as const) {
      const column = options.columns[role];
      if (typeof column === "string" || (column === undefined && role === "weight")) continue;
      requireInteger(`options.columns.${role}`, column, 0);
    }
  }
}
