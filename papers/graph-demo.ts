import { forceCenter, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { InvalidInputError } from "ockham";
import type { DemoContext, GivenFile, GraphView } from "ockham/demo";
import { edgesOf, type Graph, graphFromEdges, subgraph } from "ockham/graph";
import { parseEdgeList } from "ockham/io";

/** A graph to show methods on: characters of Les Misérables, or the reader's own. */
export interface DemoGraph {
  readonly graph: Graph;
  readonly names: readonly string[];
  /** Group of each vertex, where the data have groups. */
  readonly groups?: readonly number[];
}

/** Edges of a reader's file that a page takes in seconds. */
const mostEdges = 200_000;
/** Vertices that can be told apart when drawn. */
const mostDrawn = 150;

/** The control that takes a graph of the reader's own. */
export const graphFile = {
  kind: "file",
  label: "Your own graph",
  says: "An edge list: two ids a line, as CSV, TSV or with spaces.",
  accept: [".csv", ".tsv", ".txt", ".edges"],
  maxBytes: 5_000_000,
} as const;

export async function demoGraph(file: GivenFile | undefined, context: DemoContext): Promise<DemoGraph> {
  if (file !== undefined) return ownGraph(file, context);
  const text = new TextDecoder().decode(await context.asset("miserables.json"));
  const { names, groups, source, target, weights } = JSON.parse(text) as {
    names: string[];
    groups: number[];
    source: number[];
    target: number[];
    weights: number[];
  };
  return {
    graph: graphFromEdges({ sources: source, targets: target, weights }, { nodes: names.length }),
    names,
    groups,
  };
}

async function ownGraph({ name, bytes }: GivenFile, { signal }: DemoContext): Promise<DemoGraph> {
  const { nodes, source, target, weights, ids } = await parseEdgeList(bytes, { signal }, name);
  if (source.length > mostEdges)
    throw new InvalidInputError(
      name,
      `has ${source.length} edges; a page takes up to ${mostEdges}, the command line any number`,
    );
  if (nodes < 8) throw new InvalidInputError(name, `has ${nodes} vertices; expected at least 8`);
  return {
    graph: graphFromEdges({ sources: source, targets: target, ...(weights && { weights }) }, { nodes }),
    names: ids ?? Array.from({ length: nodes }, (_, v) => String(v)),
  };
}

/** The vertex of that name; names the nearest spelling where there is none. */
export function vertexNamed({ names }: DemoGraph, name: string): number {
  const wanted = name.trim().toLowerCase();
  const exact = names.findIndex((each) => each.toLowerCase() === wanted);
  const found = exact >= 0 ? exact : names.findIndex((each) => each.toLowerCase().startsWith(wanted));
  if (found >= 0) return found;
  throw new InvalidInputError(
    "vertex",
    `no vertex is called "${name}"; some that are: ${names.slice(0, 6).join(", ")}`,
  );
}

/** Draws the graph, or the part of it with the largest values: a picture of it for values of all vertices. */
export function graphDrawing(
  { graph, names }: DemoGraph,
  importance: ArrayLike<number>,
): (title: string, colour: GraphView["colour"], marked: readonly number[]) => GraphView {
  const chosen = Array.from({ length: graph.nodes }, (_, v) => v)
    .toSorted((a, b) => importance[b]! - importance[a]! || a - b)
    .slice(0, mostDrawn)
    .toSorted((a, b) => a - b);
  const part = chosen.length < graph.nodes ? subgraph(graph, chosen).graph : graph;
  const { sources, targets } = edgesOf(part);
  const { x, y } = layout(part.nodes, sources, targets);
  return (title, { values, ...colour }, marked) => ({
    kind: "graph",
    title: chosen.length < graph.nodes ? `${title} (the ${chosen.length} largest)` : title,
    x,
    y,
    source: sources,
    target: targets,
    labels: chosen.map((v) => names[v]!),
    colour: { ...colour, values: chosen.map((v) => values[v]!) },
    marked: marked.flatMap((v) => (chosen.includes(v) ? [chosen.indexOf(v)] : [])),
  });
}

/** Positions within [0, 1] by a simulation of springs and charges, the same every time. */
function layout(
  nodes: number,
  sources: ArrayLike<number>,
  targets: ArrayLike<number>,
): { x: Float64Array; y: Float64Array } {
  const bodies = Array.from({ length: nodes }, () => ({ x: Number.NaN, y: Number.NaN }));
  const links = Array.from({ length: sources.length }, (_, e) => ({
    source: sources[e]!,
    target: targets[e]!,
  }));
  forceSimulation(bodies)
    .force("link", forceLink(links).distance(30))
    .force("charge", forceManyBody().strength(-70))
    .force("centre", forceCenter())
    .force("x", forceX().strength(0.06))
    .force("y", forceY().strength(0.06))
    .stop()
    .tick(250);
  return { x: scaled(bodies.map(({ x }) => x)), y: scaled(bodies.map(({ y }) => y)) };
}

function scaled(values: readonly number[]): Float64Array {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return Float64Array.from(values, (value) => (high > low ? (value - low) / (high - low) : 0.5));
}
