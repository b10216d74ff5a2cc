import { requireInteger } from "../core/errors.ts";
import { monomialPolynomial, type Polynomial } from "../core/exact/index.ts";
import { type MixedGraph, parameterNames, requireMixedGraph } from "./mixed-graph.ts";

/** Vertex-disjoint directed cycles, of two vertices or more; every other vertex rests on its loop. */
export interface CycleCover {
  readonly cycles: readonly (readonly number[])[];
  /** -1 to the number of cycles. */
  readonly sign: 1 | -1;
  /** Product of the coefficients on them, without the sign. */
  readonly monomial: Polynomial;
}

/** A directed path together with a {@link CycleCover} of the vertices off it. */
export interface OneConnection extends CycleCover {
  /** From i to j; the vertex alone where i = j. */
  readonly path: readonly number[];
}

/** A path or a cycle. */
export interface Walk {
  readonly vertices: readonly number[];
  /** Bit mask of the vertices. */
  readonly mask: number;
  /** Indices into `graph.directed`. */
  readonly edges: readonly number[];
}

/**
 * The one-connections from i to j: spanning subgraphs in which i and j lie on a directed path and everything
 * else on disjoint cycles, loops included. Their signed monomials add up to the entry (i, j) of
 * adj(I - Lambda) (Coates). Without directed cycles they are the directed paths.
 */
export function* oneConnections(graph: MixedGraph, i: number, j: number): Generator<OneConnection> {
  requireMixedGraph(graph);
  requireInteger("i", i, 0, graph.n - 1);
  requireInteger("j", j, 0, graph.n - 1);
  const variables = parameterNames(graph);
  const cycles = simpleCycles(graph);
  for (const path of simplePaths(graph, i, j)) {
    for (const chosen of disjointSets(cycles, path.mask))
      yield { path: path.vertices, ...coverOf(variables, chosen, path.edges) };
  }
}

/** All sets of disjoint cycles; their signed monomials add up to det(I - Lambda). The first is the empty set. */
export function* cycleCovers(graph: MixedGraph): Generator<CycleCover> {
  requireMixedGraph(graph);
  const variables = parameterNames(graph);
  for (const chosen of disjointSets(simpleCycles(graph), 0)) yield coverOf(variables, chosen, []);
}

function coverOf(
  variables: readonly string[],
  cycles: readonly Walk[],
  edges: readonly number[],
): CycleCover {
  return {
    cycles: cycles.map(({ vertices }) => vertices),
    sign: cycles.length % 2 === 0 ? 1 : -1,
    monomial: monomialPolynomial(variables, [...edges, ...cycles.flatMap((cycle) => cycle.edges)]),
  };
}

/** The simple directed paths from i to j, by depth-first search. */
function* simplePaths(graph: MixedGraph, i: number, j: number): Generator<Walk> {
  const outgoing = outgoingEdges(graph);
  const reaching = verticesReaching(graph, j);
  function* extend(walk: Walk): Generator<Walk> {
    const last = walk.vertices.at(-1)!;
    if (last === j) {
      yield walk;
      return;
    }
    for (const { edge, to } of outgoing[last]!) {
      if ((walk.mask | ~reaching) & (1 << to)) continue;
      yield* extend(extended(walk, edge, to));
    }
  }
  if (reaching & (1 << i)) yield* extend({ vertices: [i], mask: 1 << i, edges: [] });
}

/** The simple directed cycles, each from its lowest vertex, by depth-first search over higher vertices. */
export function simpleCycles(graph: MixedGraph): Walk[] {
  const outgoing = outgoingEdges(graph);
  const cycles: Walk[] = [];
  for (let root = 0; root < graph.n; root++) {
    const reaching = verticesReaching(graph, root, root);
    const extend = (walk: Walk): void => {
      for (const { edge, to } of outgoing[walk.vertices.at(-1)!]!) {
        if (to === root) cycles.push({ ...walk, edges: [...walk.edges, edge] });
        else if (to > root && !((walk.mask | ~reaching) & (1 << to))) extend(extended(walk, edge, to));
      }
    };
    extend({ vertices: [root], mask: 1 << root, edges: [] });
  }
  return cycles;
}

/** All sets of disjoint cycles that avoid a set of vertices. */
function* disjointSets(cycles: readonly Walk[], avoided: number, from = 0): Generator<readonly Walk[]> {
  yield [];
  for (let c = from; c < cycles.length; c++) {
    const cycle = cycles[c]!;
    if (cycle.mask & avoided) continue;
    for (const rest of disjointSets(cycles, avoided | cycle.mask, c + 1)) yield [cycle, ...rest];
  }
}

function extended(walk: Walk, edge: number, to: number): Walk {
  return {
    vertices: [...walk.vertices, to],
    mask: walk.mask | (1 << to),
    edges: [...walk.edges, edge],
  };
}

export function outgoingEdges(graph: MixedGraph): { edge: number; to: number }[][] {
  const outgoing = Array.from({ length: graph.n }, (): { edge: number; to: number }[] => []);
  for (const [edge, [from, to]] of graph.directed.entries()) outgoing[from]!.push({ edge, to });
  return outgoing;
}

/** Mask of the vertices from which a vertex is reached over vertices not below `lowest`. */
function verticesReaching(graph: MixedGraph, vertex: number, lowest = 0): number {
  let reaching = 1 << vertex;
  for (let before = 0; before !== reaching; ) {
    before = reaching;
    for (const [from, to] of graph.directed)
      if (from >= lowest && reaching & (1 << to)) reaching |= 1 << from;
  }
  return reaching;
}

export function lowestVertex(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
