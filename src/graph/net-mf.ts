import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { eigh, matmul, qr } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { degrees, type Graph, requireGraph } from "./graph.ts";

export interface NetMFOptions extends LongCallOptions {
  /** Columns of the embedding; default 128. */
  readonly rank?: number;
  /** Longest walk that counts, DeepWalk's window; default 10. */
  readonly window?: number;
  /** Negative samples of the skip-gram model that is factorised; default 1. */
  readonly negatives?: number;
}

const mostNodes = 5000;
/** Sweeps of the subspace iteration; the matrix' singular values fall slowly. */
const sweeps = 6;

/**
 * NetMF node embedding: the matrix that DeepWalk factorises in the limit,
 * `log max(1, vol / (b T) sum_(r=1..T) P^r D^-1)`, is formed and factorised by a truncated singular value
 * decomposition; nodes x rank, columns by falling singular value. Undirected graphs of at most 5,000 vertices:
 * memory for three nodes x nodes matrices, O(T edges nodes + nodes^2 rank). Qiu et al., WSDM 2018.
 */
export async function netMF(graph: Graph, options: NetMFOptions = {}): Promise<Matrix> {
  requireKnownOptions("options", options, [...longCallOptions, "rank", "window", "negatives"]);
  const { nodes, directed, adjacency } = requireGraph("graph", graph);
  if (directed) throw new InvalidInputError("graph", "expected an undirected graph; see undirected()");
  if (nodes > mostNodes)
    throw new InvalidInputError("graph", `has ${nodes} vertices; at most ${mostNodes} fit a dense matrix`);
  if (adjacency.indices.length === 0) throw new InvalidInputError("graph", "has no edges");
  const rank = requireInteger("options.rank", options.rank ?? Math.min(128, nodes), 1, nodes);
  const window = requireInteger("options.window", options.window ?? 10, 1, 1000);
  const negatives = requireInteger("options.negatives", options.negatives ?? 1, 1, 1000);
  const pace = new Pace(options, window + sweeps);

  const target = await logMatrix(graph, window, negatives, pace);
  const width = Math.min(nodes, rank + 16);
  const start = randomStream(options.seed ?? 0, "net-mf").fillNormal(new Float64Array(nodes * width));
  let basis = qr({ dtype: "float64", shape: [nodes, width], data: start }).q;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    basis = qr(matmul(target, basis)).q;
    await pace.rest(window + sweep + 1, "factorization");
  }
  // The matrix is symmetric: its singular vectors in the subspace are eigenvectors of the small projection.
  const projected = symmetrized(matmul(basis, matmul(target, basis), { transposeA: true }));
  const { values, vectors } = eigh(projected);
  const ritz = matmul(basis, vectors);
  const order = Array.from(values.keys()).sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
  const data = new Float64Array(nodes * rank);
  for (let u = 0; u < nodes; u++) {
    for (let k = 0; k < rank; k++)
      data[u * rank + k] = ritz.data[u * width + order[k]!]! * Math.sqrt(Math.abs(values[order[k]!]!));
  }
  pace.finish();
  return { dtype: "float64", shape: [nodes, rank], data };
}

/** The matrix that is factorised. Powers are taken one sparse product after another. */
async function logMatrix(graph: Graph, window: number, negatives: number, pace: Pace): Promise<Matrix> {
  const { nodes, adjacency } = graph;
  const { indptr, indices, data } = adjacency;
  const sums = degrees(graph);
  const volume = sums.reduce((total, sum) => total + sum, 0);
  let power = new Float64Array(nodes * nodes);
  for (let u = 0; u < nodes; u++) power[u * nodes + u] = sums[u]! > 0 ? 1 / sums[u]! : 0;
  let next = new Float64Array(nodes * nodes);
  const total = new Float64Array(nodes * nodes);
  for (let r = 1; r <= window; r++) {
    next.fill(0);
    for (let u = 0; u < nodes; u++) {
      const row = next.subarray(u * nodes, (u + 1) * nodes);
      for (let k = indptr[u]!; k < indptr[u + 1]!; k++) {
        const step = data[k]! / sums[u]!;
        const source = power.subarray(indices[k]! * nodes, (indices[k]! + 1) * nodes);
        for (let v = 0; v < nodes; v++) row[v]! += step * source[v]!;
      }
      if (pace.due()) await pace.rest(r - 1 + u / nodes, "powers");
    }
    [power, next] = [next, power];
    for (let k = 0; k < total.length; k++) total[k]! += power[k]!;
  }
  const scale = volume / (negatives * window);
  for (let k = 0; k < total.length; k++) total[k] = Math.log(Math.max(1, scale * total[k]!));
  return { dtype: "float64", shape: [nodes, nodes], data: total };
}

function symmetrized(matrix: Matrix): Matrix {
  const [size] = matrix.shape as [number, number];
  const data = matrix.data.slice();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (data[i * size + j]! + data[j * size + i]!) / 2;
      data[i * size + j] = mean;
      data[j * size + i] = mean;
    }
  }
  return { ...matrix, data };
}
