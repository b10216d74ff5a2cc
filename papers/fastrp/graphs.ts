import type { LongCallOptions } from "ockham";
import { degrees, type Graph, graphFromEdges, subgraph } from "ockham/graph";

/** A graph with one class a vertex. */
export interface ClassGraph {
  readonly name: string;
  readonly graph: Graph;
  readonly labels: Int32Array;
}

/** WordNet's verb synsets, joined by any pointer in either direction; classes are lexicographer files. */
export async function verbGraph(call: LongCallOptions): Promise<ClassGraph> {
  const { loadWordNet } = await import("ockham/data");
  const verbs = await loadWordNet({ ...call, partsOfSpeech: ["verb"] });
  const graph = graphFromEdges({ sources: verbs.source, targets: verbs.target }, { nodes: verbs.nodes });
  return withoutIsolated("WordNet verbs", graph, verbs.labels);
}

/** All synsets of WordNet, isolated ones included. */
export async function wordNetGraph(call: LongCallOptions): Promise<ClassGraph> {
  const { loadWordNet } = await import("ockham/data");
  const { nodes, source, target, labels } = await loadWordNet(call);
  return { name: "WordNet", graph: graphFromEdges({ sources: source, targets: target }, { nodes }), labels };
}

/** Words of the Brown corpus next to each other in a sentence, at least 30 times each; classes are word classes. */
export async function brownGraph(call: LongCallOptions): Promise<ClassGraph> {
  const { loadBrownWordGraph } = await import("ockham/data");
  const { nodes, source, target, weights, labels } = await loadBrownWordGraph({ ...call, minimumCount: 30 });
  const graph = graphFromEdges({ sources: source, targets: target, weights }, { nodes });
  return withoutIsolated("Brown words", graph, labels);
}

function withoutIsolated(name: string, graph: Graph, labels: Int32Array): ClassGraph {
  const joined = [...degrees(graph).entries()].flatMap(([vertex, degree]) => (degree > 0 ? [vertex] : []));
  const part = subgraph(graph, joined);
  return { name, graph: part.graph, labels: part.vertices.map((vertex) => labels[vertex]!) };
}
