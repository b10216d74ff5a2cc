import { InvalidInputError, type LongCallOptions } from "ockham";
import { type Graph, graphFromAdjacency, graphFromEdges } from "ockham/graph";
import { readEdgeList, readParquetEdges, readSparseMatrix } from "ockham/io";

/**
 * Reads a graph of the user's: an edge list in text or Parquet, or an adjacency matrix in Matrix Market form,
 * which must be symmetric unless the graph is directed.
 */
export async function readGraph(path: string, directed: boolean, call: LongCallOptions): Promise<Graph> {
  const graph = await readAnyGraph(path, directed, call);
  const { droppedSelfLoops } = graph.report;
  if (graph.adjacency.indices.length === 0)
    throw new InvalidInputError(
      path,
      `no edges${droppedSelfLoops > 0 ? `: found only self-loops, ${droppedSelfLoops} of them` : ""}`,
    );
  return graph;
}

async function readAnyGraph(path: string, directed: boolean, call: LongCallOptions): Promise<Graph> {
  if (/\.mtx(\.gz)?$/i.test(path)) {
    const adjacency = await readSparseMatrix(path, call);
    if (adjacency.rows !== adjacency.cols)
      throw new InvalidInputError(
        path,
        `expected an adjacency matrix, which is square, got one of ${adjacency.rows} x ${adjacency.cols}`,
      );
    return graphFromAdjacency(adjacency, { directed });
  }
  const read = /\.parquet$/i.test(path) ? readParquetEdges : readEdgeList;
  const { nodes, source, target, weights, ids } = await read(path, call);
  return graphFromEdges(
    { sources: source, targets: target, ...(weights && { weights }) },
    { nodes, directed, ...(ids && { ids }) },
  );
}
