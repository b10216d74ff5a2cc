import { InvalidInputError, requireInteger, show } from "../core/errors.ts";

/**
 * The graph of a linear structural equation model: `u -> v` says that u enters the equation of v, `u <-> v`
 * that the errors of u and v are correlated. Directed cycles are allowed, edges from a vertex to itself not.
 */
export interface MixedGraph {
  /** Number of vertices, at most 20: sets of them are bit masks. */
  readonly n: number;
  /** Name of each vertex; default "1", "2", ... */
  readonly labels?: readonly string[];
  readonly directed: readonly (readonly [from: number, to: number])[];
  readonly bidirected: readonly (readonly [number, number])[];
}

const largestGraph = 20;

/** Refuses a graph with vertices out of range, repeated or self edges; names the edge. */
export function requireMixedGraph(graph: MixedGraph): MixedGraph {
  if (typeof graph !== "object" || graph === null)
    throw new InvalidInputError("graph", `expected a mixed graph, got ${show(graph)}`);
  requireInteger("graph.n", graph.n, 1, largestGraph);
  if (graph.labels !== undefined) {
    if (graph.labels.length !== graph.n || new Set(graph.labels).size !== graph.n)
      throw new InvalidInputError("graph.labels", `expected ${graph.n} different names`);
  }
  for (const kind of ["directed", "bidirected"] as const) {
    if (!Array.isArray(graph[kind])) throw new InvalidInputError(`graph.${kind}`, "expected a list of edges");
    const seen = new Set<number>();
    for (const [i, [from, to]] of graph[kind].entries()) {
      const argument = `graph.${kind}[${i}]`;
      requireInteger(argument, from, 0, graph.n - 1);
      requireInteger(argument, to, 0, graph.n - 1);
      const edge = edgeText(graph, kind, from, to);
      if (from === to) throw new InvalidInputError(argument, `${edge} is an edge from a vertex to itself`);
      const ordered = kind === "directed" || from < to;
      const code = ordered ? from * graph.n + to : to * graph.n + from;
      if (seen.has(code)) throw new InvalidInputError(argument, `${edge} occurs twice`);
      seen.add(code);
    }
  }
  return graph;
}

/** The name of a vertex. */
export function vertexLabel(graph: MixedGraph, vertex: number): string {
  return graph.labels?.[vertex] ?? String(vertex + 1);
}

function edgeText(graph: MixedGraph, kind: "directed" | "bidirected", from: number, to: number): string {
  return `${vertexLabel(graph, from)} ${kind === "directed" ? "->" : "<->"} ${vertexLabel(graph, to)}`;
}

/**
 * Whether any two vertices are joined by one edge at most, of whatever kind: no 2-cycle, and no bow (`u -> v`
 * together with `u <-> v`). The covariances of a simple graph determine its parameters up to finitely many
 * choices.
 */
export function isSimple(graph: MixedGraph): boolean {
  requireMixedGraph(graph);
  const edges = [...graph.directed, ...graph.bidirected];
  const joined = new Set(edges.map(([a, b]) => Math.min(a, b) * graph.n + Math.max(a, b)));
  return joined.size === edges.length;
}

/**
 * Reads a graph from text, one edge a line: `a -> b`, `b <- a` or `a <-> b`; a line with a name alone is a
 * vertex, `#` begins a comment. Vertices are numbered in the order in which they occur.
 *
 * @throws InvalidInputError naming the line
 */
export function parseMixedGraph(text: string): MixedGraph {
  const labels: string[] = [];
  const vertex = (name: string): number => {
    const index = labels.indexOf(name);
    return index >= 0 ? index : labels.push(name) - 1;
  };
  const directed: [number, number][] = [];
  const bidirected: [number, number][] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const statement = line.replace(/#.*/, "").trim();
    if (statement === "") continue;
    const edge = /^([^\s<>-]+)\s*(<->|->|<-)\s*([^\s<>-]+)$/.exec(statement);
    if (edge === null && !/^[^\s<>-]+$/.test(statement))
      throw new InvalidInputError(
        `line ${i + 1}`,
        `expected "a -> b", "a <-> b" or a name, got ${show(statement)}`,
      );
    if (edge === null) {
      vertex(statement);
      continue;
    }
    const [a, b] = [vertex(edge[1]!), vertex(edge[3]!)];
    if (edge[2] === "<->") bidirected.push([a, b]);
    else directed.push(edge[2] === "->" ? [a, b] : [b, a]);
  }
  if (labels.length === 0) throw new InvalidInputError("text", "no edges and no vertices");
  return requireMixedGraph({ n: labels.length, labels, directed, bidirected });
}

/** Names of pairs: "12" for the vertices 1 and 2, "_age_income" where a name has several characters. */
function pairNames(graph: MixedGraph): (a: number, b: number) => string {
  const names = Array.from({ length: graph.n }, (_, v) => vertexLabel(graph, v));
  return names.every((name) => name.length === 1)
    ? (a, b) => `${names[a]}${names[b]}`
    : (a, b) => `_${names[a]}_${names[b]}`;
}

/** Names of the parameters: a coefficient l for each directed edge, then variances and covariances w of the errors. */
export function parameterNames(graph: MixedGraph): string[] {
  const pair = pairNames(graph);
  return [
    ...graph.directed.map(([from, to]) => `l${pair(from, to)}`),
    ...Array.from({ length: graph.n }, (_, v) => `w${pair(v, v)}`),
    ...graph.bidirected.map(([a, b]) => `w${pair(a, b)}`),
  ];
}

/** The pairs i <= j of vertices, row by row: the order of the covariances. */
export function covariancePairs(n: number): [number, number][] {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n - i }, (_, k): [number, number] => [i, i + k]),
  ).flat();
}

/** Names of the covariances s, in the order of {@link covariancePairs}. */
export function covarianceNames(graph: MixedGraph): string[] {
  const pair = pairNames(graph);
  return covariancePairs(graph.n).map(([i, j]) => `s${pair(i, j)}`);
}
