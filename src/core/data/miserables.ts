import { readBytes } from "../io/index.ts";
import type { LongCallOptions } from "../progress.ts";
import { fetchDataset } from "./fetch-dataset.ts";
import type { GraphData } from "./labelled-graphs.ts";

/** Characters of Les Miserables; an edge for two who appear in the same chapter. */
export interface Miserables extends GraphData {
  /** Number of chapters that the two share. */
  readonly weights: Float64Array;
  readonly names: readonly string[];
  /** Group of each character, as the set has it. */
  readonly groups: Int32Array;
}

/** Loads the co-appearance graph of Les Miserables (Knuth 1993): 77 characters, 254 weighted undirected edges. */
export async function loadMiserables(options: LongCallOptions = {}): Promise<Miserables> {
  const { files } = await fetchDataset("vega-graphs", options);
  const { nodes, links } = JSON.parse(
    new TextDecoder().decode(await readBytes(files["data/miserables.json"]!)),
  ) as {
    nodes: { name: string; group: number }[];
    links: { source: number; target: number; value: number }[];
  };
  return {
    nodes: nodes.length,
    source: Int32Array.from(links, (link) => link.source),
    target: Int32Array.from(links, (link) => link.target),
    weights: Float64Array.from(links, (link) => link.value),
    names: nodes.map((node) => node.name),
    groups: Int32Array.from(nodes, (node) => node.group),
  };
}
