import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireOneOf } from "../core/errors.ts";
import { csrFromTriplets, rowCounts, withoutZeros } from "../core/sparse/index.ts";
import { edgesOf, type Graph, requireGraph } from "./graph.ts";

/** Where a walk goes from a vertex without outgoing weight. */
export const danglingPolicies = ["return-to-source", "absorb", "self-loop", "uniform"] as const;
export type DanglingPolicy = (typeof danglingPolicies)[number];

export interface PprOptions {
  /** Probability c of going back to the source before every step, between 0 and 1; default 0.15. */
  readonly teleport?: number;
  /**
   * What a walk does at a vertex without outgoing weight: start again at the source (default), end, so that
   * scores sum to less than 1, stay there, or go on at a vertex drawn uniformly.
   */
  readonly dangling?: DanglingPolicy;
}

/** Entries of a vector that are not zero, by ascending index. */
export interface SparseVector {
  readonly size: number;
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** The parameters of a personalised PageRank, checked and complete. */
export interface PprRule {
  readonly teleport: number;
  readonly dangling: DanglingPolicy;
}

export const pprOptions = ["teleport", "dangling"] as const;

export function pprRule(options: PprOptions): PprRule {
  const teleport = requireFinite("options.teleport", options.teleport ?? 0.15);
  if (teleport <= 0 || teleport >= 1)
    throw new InvalidInputError(
      "options.teleport",
      `expected a probability between 0 and 1, got ${teleport}`,
    );
  const dangling = requireOneOf("options.dangling", options.dangling ?? "return-to-source", danglingPolicies);
  return { teleport, dangling };
}

export function requireSources(argument: string, sources: ArrayLike<number>, nodes: number): Int32Array {
  if (sources.length === 0) throw new InvalidInputError(argument, "expected at least one vertex");
  return Int32Array.from(sources, (source, i) => requireInteger(`${argument}[${i}]`, source, 0, nodes - 1));
}

/**
 * Arcs that walks may take: those of positive weight. A row without any is a dangling vertex. `probabilities`
 * is left out where every arc of a row is equally likely.
 */
export interface Transitions {
  readonly nodes: number;
  readonly indptr: Int32Array;
  readonly indices: Int32Array;
  readonly probabilities: Float64Array | undefined;
}

/** O(edges). */
export function transitionsOf(graph: Graph): Transitions {
  const { nodes } = graph;
  if (!graph.weighted) {
    const { indptr, indices } = graph.adjacency;
    return { nodes, indptr, indices, probabilities: undefined };
  }
  const { indptr, indices, data } = withoutZeros(graph.adjacency) as CsrMatrix;
  const probabilities = new Float64Array(data.length);
  for (let u = 0; u < nodes; u++) {
    let sum = 0;
    for (let k = indptr[u]!; k < indptr[u + 1]!; k++) sum += data[k]!;
    for (let k = indptr[u]!; k < indptr[u + 1]!; k++) probabilities[k] = data[k]! / sum;
  }
  return { nodes, indptr, indices, probabilities };
}

/** The graph that walks run on: arcs of weight 0 left out; under "self-loop", dangling vertices lead to themselves. */
export function walkableGraph(input: Graph, dangling: DanglingPolicy): Graph {
  const graph = requireGraph("graph", input);
  const adjacency = graph.weighted ? (withoutZeros(graph.adjacency) as CsrMatrix) : graph.adjacency;
  if (dangling !== "self-loop") return { ...graph, adjacency };
  const counts = rowCounts(adjacency);
  const loops: number[] = [];
  for (let u = 0; u < graph.nodes; u++) if (counts[u] === 0) loops.push(u);
  if (loops.length === 0) return { ...graph, adjacency };
  const { sources, targets, weights } = edgesOf({ ...graph, adjacency, directed: true });
  const looped = csrFromTriplets(
    graph.nodes,
    graph.nodes,
    Int32Array.from([...sources, ...loops]),
    Int32Array.from([...targets, ...loops]),
    Float64Array.from([...weights, ...loops.map(() => 1)]),
  );
  return { ...graph, adjacency: looped };
}

/**
 * One step of `width` flows side by side, vertex by vertex: the mass at every vertex is multiplied by 1 - c and
 * divided among its successors. Mass at dangling vertices leaves. O(edges width).
 */
export function pushFlows(
  transitions: Transitions,
  flow: Float64Array,
  width: 1 | 4,
  teleport: number,
  next: Float64Array,
): void {
  const { nodes, indptr, indices, probabilities } = transitions;
  next.fill(0);
  for (let u = 0; u < nodes; u++) {
    const first = indptr[u]!;
    const last = indptr[u + 1]!;
    const even = (1 - teleport) / (last - first);
    if (width === 1) {
      const mass = flow[u]!;
      if (mass === 0) continue;
      for (let k = first; k < last; k++)
        next[indices[k]!]! +=
          mass * (probabilities === undefined ? even : (1 - teleport) * probabilities[k]!);
      continue;
    }
    const mass0 = flow[4 * u]!;
    const mass1 = flow[4 * u + 1]!;
    const mass2 = flow[4 * u + 2]!;
    const mass3 = flow[4 * u + 3]!;
    if (mass0 + mass1 + mass2 + mass3 === 0) continue;
    for (let k = first; k < last; k++) {
      const share = probabilities === undefined ? even : (1 - teleport) * probabilities[k]!;
      const to = 4 * indices[k]!;
      next[to]! += share * mass0;
      next[to + 1]! += share * mass1;
      next[to + 2]! += share * mass2;
      next[to + 3]! += share * mass3;
    }
  }
}
