import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { submatrix, transpose } from "../core/sparse/index.ts";
import { type Graph, graphOf } from "./graph.ts";

/** A part of a graph; `vertices[i]` is the number in the whole graph of vertex i of the part. */
export interface GraphPart {
  readonly graph: Graph;
  readonly vertices: Int32Array;
}

/** The graph induced by the given distinct vertices, which are renumbered in the order given. O(edges). */
export function subgraph(graph: Graph, vertices: ArrayLike<number>): GraphPart {
  const chosen = Int32Array.from(vertices);
  const taken = new Uint8Array(graph.nodes);
  for (let i = 0; i < chosen.length; i++) {
    const vertex = requireInteger(`vertices[${i}]`, vertices[i], 0, graph.nodes - 1);
    if (taken[vertex] === 1) throw new InvalidInputError(`vertices[${i}]`, `vertex ${vertex} is repeated`);
    taken[vertex] = 1;
  }
  const adjacency = submatrix(graph.adjacency, chosen, chosen);
  const ids = graph.ids === undefined ? undefined : Array.from(chosen, (vertex) => graph.ids![vertex]!);
  const part = graphOf(adjacency, graph.directed, ids, { droppedSelfLoops: 0, mergedDuplicates: 0 });
  return { graph: part, vertices: chosen };
}

/** The same graph with vertex `order[i]` renumbered to i; `order` is a permutation. O(edges). */
export function permute(graph: Graph, order: ArrayLike<number>): Graph {
  if (order.length !== graph.nodes)
    throw new InvalidInputError(
      "order",
      `expected a permutation of ${graph.nodes} vertices, got ${order.length}`,
    );
  return subgraph(graph, order).graph;
}

/**
 * The largest connected component, directions ignored; of several equally large ones that with the lowest
 * vertex. Vertices keep their order. O(edges).
 */
export function largestComponent(graph: Graph): GraphPart {
  const component = components(graph);
  const sizes = new Int32Array(graph.nodes);
  for (const label of component) sizes[label]!++;
  let best = 0;
  for (let label = 1; label < sizes.length; label++) if (sizes[label]! > sizes[best]!) best = label;
  const vertices: number[] = [];
  for (let vertex = 0; vertex < graph.nodes; vertex++) if (component[vertex] === best) vertices.push(vertex);
  return subgraph(graph, vertices);
}

/** Number of the connected component of every vertex, directions ignored, in order of the lowest vertex. */
export function components(graph: Graph): Int32Array {
  const forward = graph.adjacency;
  const backward = graph.directed ? transpose(forward) : undefined;
  const label = new Int32Array(graph.nodes).fill(-1);
  const stack = new Int32Array(graph.nodes);
  let found = 0;
  for (let start = 0; start < graph.nodes; start++) {
    if (label[start] !== -1) continue;
    let height = 1;
    stack[0] = start;
    label[start] = found;
    while (height > 0) {
      const vertex = stack[--height]!;
      for (const matrix of backward === undefined ? [forward] : [forward, backward]) {
        for (let k = matrix.indptr[vertex]!; k < matrix.indptr[vertex + 1]!; k++) {
          const next = matrix.indices[k]!;
          if (label[next] !== -1) continue;
          label[next] = found;
          stack[height++] = next;
        }
      }
    }
    found++;
  }
  return label;
}
