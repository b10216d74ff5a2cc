import type { LongCallOptions } from "ockham";
import { type Graph, graphFromAdjacency, graphFromEdges } from "ockham/graph";
import { readEdgeList, readParquetEdges, readSparseMatrix } from "ockham/io";

/**
 * Reads a graph of the user's: an edge list in text or Parquet, or an adjacency matrix in Matrix Market form,
 * which must be symmetric unless the graph is directed.
 */
export async function readGraph(path: string, directed: boolean, call: LongCallOptions): Promise<Graph> {
  if (/\.mtx(\.gz)?$/i.test(path))
    return graphFromAdjacency(await readSparseMatrix(path, call), { directed });
  const read = /\.parquet$/i.test(path) ? readParquetEdges : readEdgeList;
  const { nodes, source, target, weights, ids } = await read(path, call);
  return graphFromEdges(
    { sources: source, targets: target, ...(weights && { weights }) },
    { nodes, directed, ...(ids && { ids }) },
  );
}
