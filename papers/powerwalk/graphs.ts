import type { LongCallOptions } from "ockham";
import { type Graph, graphFromEdges } from "ockham/graph";
import { randomStream } from "ockham/random";

/** WordNet, pointers as arcs: 117,791 synsets, 362,191 arcs, 1,005 dangling vertices. */
export async function wordNet(call: LongCallOptions): Promise<Graph> {
  const { loadWordNet } = await import("ockham/data");
  const { nodes, source, target } = await loadWordNet(call);
  return graphFromEdges({ sources: source, targets: target }, { nodes, directed: true });
}

/** Pages of the cnr-2000 crawl, links as arcs. */
export async function webGraph(call: LongCallOptions): Promise<Graph> {
  const { loadCnr2000 } = await import("ockham/data");
  const { nodes, source, target } = await loadCnr2000(call);
  return graphFromEdges({ sources: source, targets: target }, { nodes, directed: true });
}

/** Distinct vertices with outgoing arcs, drawn uniformly. */
export function drawSources(graph: Graph, count: number, seed: number): Int32Array {
  const { indptr } = graph.adjacency;
  const joined: number[] = [];
  for (let u = 0; u < graph.nodes; u++) if (indptr[u + 1]! > indptr[u]!) joined.push(u);
  return randomStream(seed, "sources")
    .subset(joined.length, count)
    .map((i) => joined[i]!);
}

/** Vertices that walks from the sources can reach in at most that many steps. */
export function withinHops(graph: Graph, sources: Int32Array, hops: number): Int32Array {
  const { indptr, indices } = graph.adjacency;
  const reached = new Set(sources);
  let front: number[] = [...sources];
  for (let hop = 0; hop < hops; hop++) {
    const next: number[] = [];
    for (const u of front)
      for (let k = indptr[u]!; k < indptr[u + 1]!; k++) {
        const v = indices[k]!;
        if (reached.has(v)) continue;
        reached.add(v);
        next.push(v);
      }
    front = next;
  }
  return Int32Array.from(reached).sort();
}
