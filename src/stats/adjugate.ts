import { monomialWidth, type Polynomial } from "../core/exact/index.ts";
import { type MixedGraph, parameterNames, requireMixedGraph } from "./mixed-graph.ts";
import { lowestVertex, outgoingEdges, simpleCycles, type Walk } from "./one-connections.ts";

/**
 * Signed sums of sets of edges, which stand for products of their coefficients: the first words, which hold the edges,
 * of packed monomials in the parameters.
 */
export interface EdgeSets {
  /** `edgeWords(graph)` words for every set. */
  readonly words: number[];
  readonly signs: number[];
}

export function edgeWords({ directed }: MixedGraph): number {
  return (directed.length + 3) >> 2;
}

function edgeUnit(edge: number): number {
  return 1 << (8 * (edge & 3));
}

/** det(I - Lambda) and adj(I - Lambda) as sums of sets of edges. */
export interface ConnectionSums {
  readonly determinant: EdgeSets;
  /** Entries (i, 0) .. (i, n - 1), computed when first asked for. */
  row(i: number): readonly EdgeSets[];
}

/**
 * The one-connection sums, without listing every one-connection: the signed sum over cycle covers of a vertex
 * set S is kept for each S that occurs,
 *
 *   cover(S) = cover(S - v) - sum over cycles C in S through v of w(C) cover(S - C),  v the lowest vertex of S,
 *
 * and adj_ij is the sum over paths P from i to j of w(P) cover(V - P). Different sets of a path and cycles have
 * different edges, so that nothing needs to be gathered. Cost O(2^n cycles) at most, and that of the result.
 */
export function connectionSums(graph: MixedGraph): ConnectionSums {
  const { n } = graph;
  const width = edgeWords(graph);
  const everything = 2 ** n - 1;
  const through = Array.from({ length: n }, (): Walk[] => []);
  for (const cycle of simpleCycles(graph)) through[lowestVertex(cycle.mask)]!.push(cycle);
  const covers = new Map<number, EdgeSets>([[0, { words: Array<number>(width).fill(0), signs: [1] }]]);
  const cover = (set: number): EdgeSets => {
    const known = covers.get(set);
    if (known !== undefined) return known;
    const v = lowestVertex(set);
    let sum = cover(set & ~(1 << v));
    let own = false;
    for (const { mask, edges } of through[v]!) {
      if (mask & ~set) continue;
      if (!own) sum = { words: sum.words.slice(), signs: sum.signs.slice() };
      own = true;
      const words = Array<number>(width).fill(0);
      for (const edge of edges) words[edge >> 2]! += edgeUnit(edge);
      append(sum, words, -1, cover(set & ~mask));
    }
    covers.set(set, sum);
    return sum;
  };

  const outgoing = outgoingEdges(graph);
  /** Entries of a row by one depth-first search: every path from i leads to its last vertex. */
  const rowFrom = (i: number): EdgeSets[] => {
    const row = Array.from({ length: n }, (): EdgeSets => ({ words: [], signs: [] }));
    const words = Array<number>(width).fill(0);
    const visit = (vertex: number, mask: number): void => {
      append(row[vertex]!, words, 1, cover(everything & ~mask));
      for (const { edge, to } of outgoing[vertex]!) {
        if (mask & (1 << to)) continue;
        words[edge >> 2]! += edgeUnit(edge);
        visit(to, mask | (1 << to));
        words[edge >> 2]! -= edgeUnit(edge);
      }
    };
    visit(i, 1 << i);
    return row;
  };
  const rows: EdgeSets[][] = [];
  return {
    determinant: cover(everything),
    row: (i) => {
      rows[i] ??= rowFrom(i);
      return rows[i];
    },
  };
}

/** Appends sign times one set times the others. */
function append(to: EdgeSets, set: readonly number[], sign: number, sets: EdgeSets): void {
  const width = set.length;
  for (let e = 0; e < sets.signs.length; e++) {
    for (let w = 0; w < width; w++) to.words.push((set[w]! + sets.words[e * width + w]!) | 0);
    to.signs.push(sign * sets.signs[e]!);
  }
}

/** det(I - Lambda) and the entries of adj(I - Lambda), each computed when first asked for. */
export interface Adjugate {
  readonly determinant: Polynomial;
  entry(i: number, j: number): Polynomial;
}

/** Determinant and adjugate of I - Lambda by the one-connection rule. Cost O(2^n cycles) at most, and that of the result. */
export function adjugate(graph: MixedGraph): Adjugate {
  requireMixedGraph(graph);
  const { determinant, row } = connectionSums(graph);
  return {
    determinant: edgeSetsPolynomial(graph, determinant),
    entry: (i, j) => edgeSetsPolynomial(graph, row(i)[j]!),
  };
}

/** Sets of edges as a polynomial in the parameters of the graph. */
export function edgeSetsPolynomial(graph: MixedGraph, { words, signs }: EdgeSets): Polynomial {
  const variables = parameterNames(graph);
  const from = edgeWords(graph);
  const to = monomialWidth(variables);
  const monomials = new Int32Array(signs.length * to);
  for (let e = 0; e < signs.length; e++)
    for (let w = 0; w < from; w++) monomials[e * to + w] = words[e * from + w]!;
  return { variables, monomials, coefficients: signs };
}
