import type { LongCallOptions } from "ockham";
import { type Graph, graphFromEdges } from "ockham/graph";
import { readEdgeList, readParquetEdges } from "ockham/io";

/** Reads a graph of the user's: an edge list in text or Parquet. */
export async function readGraph(path: string, directed: boolean, call: LongCallOptions): Promise<Graph> {
  const read = /\.parquet$/i.test(path) ? readParquetEdges : readEdgeList;
  const { nodes, source, target, weights, ids } = await read(path, call);
  return graphFromEdges(
    { sources: source, targets: target, ...(weights && { weights }) },
    { nodes, directed, ...(ids && { ids }) },
  );
}
