import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { CsrMatrix, NdArray } from "../array/index.ts";
import { InvalidInputError, requireOneOf } from "../errors.ts";
import { parseEdgeList, readBytes, readEdgeList, readMat, unzip } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { bundled } from "./bundle.ts";
import { fetchDataset } from "./fetch-dataset.ts";

/** A graph as edges between nodes 0 to nodes - 1. */
export interface GraphData {
  readonly nodes: number;
  readonly source: Int32Array;
  readonly target: Int32Array;
}

/** An undirected graph, each edge once, whose nodes carry any number of labels. */
export interface MultiLabelGraph extends GraphData {
  /** nodes x number of labels, entry 1 where a node has a label. */
  readonly labels: CsrMatrix;
}

export const multiLabelGraphs = ["blogcatalog", "ppi", "wikipedia-pos", "dblp"] as const;

/**
 * Loads one of the graphs that node embeddings are measured on: BlogCatalog (10,312 nodes, 39 labels), PPI
 * (3,890, 50), Wikipedia with parts of speech (4,777, 40), DBLP (51,264, 60). Each undirected edge is listed
 * once; self loops are kept.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadMultiLabelGraph(
  name: (typeof multiLabelGraphs)[number],
  options: LongCallOptions = {},
): Promise<MultiLabelGraph> {
  requireOneOf("name", name, multiLabelGraphs);
  const { files } = await fetchDataset(name, options);
  const [path] = Object.values(files) as [string];
  if (name === "blogcatalog") {
    const { network, group } = (await readMat(path)).variables as { network: CsrMatrix; group: CsrMatrix };
    const { source, target } = upperTriangle(network);
    return { nodes: network.rows, source, target, labels: group };
  }
  const members = Object.entries(unzip(await readBytes(path), undefined, path));
  const member = (ending: string): Uint8Array => members.find(([file]) => file.endsWith(ending))![1];
  const { source, target, ids } = await parseEdgeList(member(".ungraph"), {}, path);
  // Line k lists the nodes with label k. Nodes are numbered from 0 without gaps, with or without labels.
  const lines = new TextDecoder().decode(member(".cmty")).trim().split("\n");
  const groups = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const nodeOf = (row: number): number => (ids === undefined ? row : Number(ids[row]));
  const nodes =
    1 +
    Math.max(largest(source, nodeOf), largest(target, nodeOf), ...groups.map((group) => Math.max(...group)));
  return {
    nodes,
    source: source.map(nodeOf),
    target: target.map(nodeOf),
    labels: transposedIndicator(groups, nodes),
  };
}

/** A citation graph with one class a node. */
export interface CitationGraph extends GraphData {
  readonly classes: number;
  /** Class of each node; -1 for the few that have none. */
  readonly labels: Int32Array;
  /** nodes x words, 1 where the paper has the word. */
  readonly features: CsrMatrix;
  /** Public split: rows for training, validation and test, ascending. */
  readonly split: { readonly train: Int32Array; readonly validation: Int32Array; readonly test: Int32Array };
}

/**
 * Loads Cora (2,708 papers, 5,278 undirected edges, 1,433 words, 7 classes) or Citeseer (3,327, 4,552, 3,703,
 * 6) with the public split of Yang et al. 2016. Each undirected edge is listed once.
 *
 * @throws DatasetUnavailableError when the set can be had nowhere
 */
export async function loadCitationGraph(
  name: "cora" | "citeseer",
  options: LongCallOptions = {},
): Promise<CitationGraph> {
  requireOneOf("name", name, ["cora", "citeseer"]);
  const { files } = await fetchDataset(`${name}-text`, options);
  const [path] = Object.values(files) as [string];
  const members = unzip(await readBytes(path), undefined, path);
  const rows = new TextDecoder()
    .decode(members[`${name}.nodes.tsv`])
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => line.split("\t"));
  const { source, target } = await parseEdgeList(members[`${name}.edges.tsv`]!, { nodes: rows.length }, path);
  const labels = Int32Array.from(rows, (row) => Number(row[1]));
  const words = rows.map((row) => (row[3] === "" ? [] : row[3]!.split(" ").map(Number)));
  const indptr = new Int32Array(rows.length + 1);
  for (const [row, list] of words.entries()) indptr[row + 1] = indptr[row]! + list.length;
  const indices = Int32Array.from(words.flat());
  const part = (name: string): Int32Array =>
    Int32Array.from(rows.flatMap((row, node) => (row[2] === name ? [node] : [])));
  return {
    nodes: rows.length,
    source,
    target,
    classes: 1 + labels.reduce((most, label) => Math.max(most, label), 0),
    labels,
    features: {
      rows: rows.length,
      cols: name === "cora" ? 1433 : 3703,
      indptr,
      indices,
      data: new Float64Array(indices.length).fill(1),
    },
    split: { train: part("train"), validation: part("val"), test: part("test") },
  };
}

/**
 * Loads the cnr-2000 web graph: 325,557 pages, 3,216,152 links, ordered by source, then target. The first
 * call converts the text; later ones read the converted arrays.
 */
export async function loadCnr2000(options: LongCallOptions = {}): Promise<GraphData> {
  const { folder, files } = await fetchDataset("cnr-2000", options);
  const { arrays } = await bundled(join(folder, "derived", "arcs-1.bundle"), async () => {
    const sources: Int32Array[] = [];
    const targets: Int32Array[] = [];
    let page = 0;
    for (const line of await gunzipLines(Object.values(files)[0]!)) {
      const successors = line === "" ? new Int32Array(0) : Int32Array.from(line.split(" "), Number);
      sources.push(new Int32Array(successors.length).fill(page++));
      targets.push(successors);
    }
    const arcs = (parts: readonly Int32Array[]): NdArray => {
      const data = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        data.set(part, offset);
        offset += part.length;
      }
      return { dtype: "int32", shape: [data.length], data };
    };
    const pages = { dtype: "int32", shape: [1], data: Int32Array.of(page) } as const;
    return { arrays: { pages, source: arcs(sources), target: arcs(targets) }, texts: {} };
  });
  return {
    nodes: Number(arrays.pages!.data[0]),
    source: arrays.source!.data as Int32Array,
    target: arrays.target!.data as Int32Array,
  };
}

export const snapGraphs = ["email-eu-core", "ego-facebook", "ca-grqc"] as const;

/** A graph of the SNAP collection. */
export interface SnapGraph extends GraphData {
  readonly directed: boolean;
  /** Department of each person, in email-eu-core only. */
  readonly labels?: Int32Array;
}

/**
 * Loads a graph of the SNAP collection: email-Eu-core (1,005 people, 25,571 directed edges, 42 departments),
 * ego-Facebook (4,039, 88,234 undirected), ca-GrQc (5,242, 28,980 lines, both directions of each edge).
 */
export async function loadSnapGraph(
  name: (typeof snapGraphs)[number],
  options: LongCallOptions = {},
): Promise<SnapGraph> {
  requireOneOf("name", name, snapGraphs);
  const { files } = await fetchDataset(name, options);
  const [edges, departments] = Object.values(files) as [string, string | undefined];
  const { nodes, source, target } = await readEdgeList(edges);
  const graph = { nodes, source, target, directed: name === "email-eu-core" };
  if (departments === undefined) return graph;
  const labels = new Int32Array(nodes).fill(-1);
  for (const line of await gunzipLines(departments)) {
    const [node, department] = line.split(" ").map(Number) as [number, number];
    labels[node] = department;
  }
  return { ...graph, labels };
}

async function gunzipLines(path: string): Promise<string[]> {
  return gunzipSync(await readBytes(path))
    .toString("latin1")
    .replace(/\n$/, "")
    .split("\n");
}

function largest(values: Int32Array, of: (value: number) => number): number {
  return values.reduce((most, value) => Math.max(most, of(value)), -1);
}

/** The entries of a symmetric matrix on and above the diagonal, as edges. */
function upperTriangle(matrix: CsrMatrix): { source: Int32Array; target: Int32Array } {
  const source: number[] = [];
  const target: number[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    for (let k = matrix.indptr[row]!; k < matrix.indptr[row + 1]!; k++) {
      if (matrix.indices[k]! < row) continue;
      source.push(row);
      target.push(matrix.indices[k]!);
    }
  }
  return { source: Int32Array.from(source), target: Int32Array.from(target) };
}

/** nodes x groups, 1 where groups[column] names the row. */
function transposedIndicator(groups: readonly (readonly number[])[], nodes: number): CsrMatrix {
  const rows: number[][] = Array.from({ length: nodes }, () => []);
  for (const [column, members] of groups.entries()) {
    for (const node of new Set(members)) {
      if (rows[node] === undefined)
        throw new InvalidInputError("labels", `label ${column} names node ${node}`);
      rows[node].push(column);
    }
  }
  const indptr = new Int32Array(nodes + 1);
  for (const [row, list] of rows.entries()) indptr[row + 1] = indptr[row]! + list.length;
  const indices = Int32Array.from(rows.flat());
  return {
    rows: nodes,
    cols: groups.length,
    indptr,
    indices,
    data: new Float64Array(indices.length).fill(1),
  };
}
