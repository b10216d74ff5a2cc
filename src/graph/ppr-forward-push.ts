import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { pprRule, type SparseVector, transitionsOf } from "./personalized-pagerank.ts";

export interface PprForwardPushOptions {
  /** Probability of going back to the source; default 0.15. */
  readonly teleport?: number;
  /** Stops when every residual is below this times the vertex' number of arcs (at least 1); above 0. */
  readonly epsilon: number;
}

/**
 * Forward push: settles mass at the vertices that hold much of it and pushes the rest on. At the end the
 * discounted visits of the source are estimate + sum_w residual(w) q_w; nothing is scaled, and mass at dangling
 * vertices ends. O(1 / (epsilon c)), independent of the graph, besides O(nodes) to begin. Andersen, Chung and
 * Lang, "Local graph partitioning using PageRank vectors", FOCS 2006, on directed graphs.
 */
export function pprForwardPush(
  graph: Graph | CsrMatrix,
  source: number,
  options: PprForwardPushOptions,
): { readonly estimate: SparseVector; readonly residual: SparseVector } {
  requireKnownOptions("options", options, ["teleport", "epsilon"]);
  const checked = requireGraph("graph", graph);
  const { nodes } = checked;
  requireInteger("source", source, 0, nodes - 1);
  const { teleport } = pprRule(options.teleport === undefined ? {} : { teleport: options.teleport });
  const { epsilon } = options;
  if (!(epsilon > 0 && epsilon < 1))
    throw new InvalidInputError("options.epsilon", `expected a number between 0 and 1, got ${epsilon}`);
  const { indptr, indices, probabilities } = transitionsOf(checked);
  const estimate = new Float64Array(nodes);
  const residual = new Float64Array(nodes);
  const waits = new Uint8Array(nodes);
  // A ring: every vertex waits at most once.
  const queue = new Int32Array(nodes);
  let head = 0;
  let waiting = 0;
  const add = (vertex: number): void => {
    const bound = epsilon * Math.max(1, indptr[vertex + 1]! - indptr[vertex]!);
    if (waits[vertex] === 1 || residual[vertex]! < bound) return;
    waits[vertex] = 1;
    queue[(head + waiting++) % nodes] = vertex;
  };
  residual[source] = 1;
  add(source);
  while (waiting > 0) {
    const u = queue[head]!;
    head = (head + 1) % nodes;
    waiting--;
    waits[u] = 0;
    const mass = residual[u]!;
    residual[u] = 0;
    estimate[u]! += teleport * mass;
    const first = indptr[u]!;
    const last = indptr[u + 1]!;
    for (let k = first; k < last; k++) {
      const share = probabilities === undefined ? 1 / (last - first) : probabilities[k]!;
      residual[indices[k]!]! += (1 - teleport) * share * mass;
      add(indices[k]!);
    }
  }
  return { estimate: sparse(estimate), residual: sparse(residual) };
}

function sparse(values: Float64Array): SparseVector {
  const indices = Int32Array.from(values.keys()).filter((v) => values[v] !== 0);
  return { size: values.length, indices, values: Float64Array.from(indices, (v) => values[v]!) };
}
