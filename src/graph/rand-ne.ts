import type { CsrMatrix, NdArray } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { qr } from "../core/linalg/index.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { rowSums } from "../core/sparse/index.ts";
import {
  type Block,
  finished,
  inPrecision,
  newBlock,
  type Precision,
  shared,
  transitionMatrix,
} from "./block.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { mixRows } from "./merge-hops.ts";
import { propagate } from "./propagate.ts";

export interface RandNEOptions extends LongCallOptions {
  /** Columns of the embedding; default 128. */
  readonly dim?: number;
  /** Weights of the orders 0 (the projection itself), 1, 2, ...; default [1, 100, 10000, 100000]. */
  readonly weights?: readonly number[];
  /** Make the columns of the projection orthonormal; default true. */
  readonly orthogonalize?: boolean;
  /** Powers of the adjacency (default) or of the transition matrix D^-1 A. */
  readonly input?: "adjacency" | "transition";
  /** Precision of products and result; default "float32". */
  readonly dtype?: Precision;
  /** Divides the rows of every product among workers; the result is the same without. */
  readonly pool?: Pool;
}

/**
 * RandNE node embedding: with U_0 a random normal projection with orthonormal columns and U_k = A U_(k-1),
 * the weighted sum of U_0 .. U_q; nodes x dim. O(orders edges dim + nodes dim^2). Zhang, Cui, Li, Wang and Zhu,
 * "Billion-scale network embedding with iterative random projection", ICDM 2018.
 */
export async function randNE(
  graph: Graph | CsrMatrix,
  options: RandNEOptions = {},
): Promise<NdArray<Precision>> {
  requireKnownOptions("options", options, [
    ...longCallOptions,
    "dim",
    "weights",
    "orthogonalize",
    "input",
    "dtype",
    "pool",
  ]);
  options.signal?.throwIfAborted();
  const { nodes, adjacency } = requireGraph("graph", graph);
  if (nodes === 0) throw new InvalidInputError("graph", "has no vertices");
  if (adjacency.indices.length === 0) throw new InvalidInputError("graph", "has no edges");
  const dim = requireInteger("options.dim", options.dim ?? 128, 1, 1 << 20);
  const weights = options.weights ?? [1, 100, 10000, 100000];
  if (!Array.isArray(weights) || weights.length === 0 || weights.length > 65)
    throw new InvalidInputError(
      "options.weights",
      `expected 1 to 65 weights, one an order, got ${show(weights)}`,
    );
  for (const [order, weight] of weights.entries()) requireFinite(`options.weights[${order}]`, weight);
  const input = requireOneOf("options.input", options.input ?? "adjacency", ["adjacency", "transition"]);
  const dtype = requireOneOf("options.dtype", options.dtype ?? "float32", ["float32", "float64"]);
  const orthogonalize = options.orthogonalize ?? true;
  if (orthogonalize && dim > nodes)
    throw new InvalidInputError(
      "options.dim",
      `expected at most the ${nodes} vertices to be orthogonal, got ${dim}`,
    );

  const { pool } = options;
  const sharing = pool !== undefined;
  let block = newBlock(nodes * dim, dtype, sharing);
  block.set(projectionOf(nodes, dim, orthogonalize, options.seed ?? 0));
  const walk =
    input === "transition"
      ? transitionMatrix(adjacency, rowSums(adjacency), dtype)
      : inPrecision(adjacency, dtype);
  const matrix = sharing ? shared(walk) : walk;
  const mixture = newBlock(nodes * dim, dtype, sharing);
  mixRows(block, mixture, weights[0]!, false, dim, 0, nodes);
  let out: Block = newBlock(nodes * dim, dtype, sharing);
  for (let order = 1; order < weights.length; order++) {
    await propagate(
      { matrix, block, out, mixture, weight: weights[order]!, normalize: false, width: dim },
      stageOf(options, `order ${order}`, order - 1, order, weights.length - 1),
      pool,
    );
    [block, out] = [out, block];
  }
  return finished(mixture, [nodes, dim], dtype);
}

/** Normals of variance 1 / dim, one stream a row; or an orthonormal basis of their span. */
function projectionOf(
  nodes: number,
  dim: number,
  orthogonalize: boolean,
  seed: number | bigint,
): Float64Array {
  const data = new Float64Array(nodes * dim);
  const random = randomStream(seed, "rand-ne");
  for (let u = 0; u < nodes; u++)
    random.split(u).fillNormal(data.subarray(u * dim, (u + 1) * dim), 0, 1 / Math.sqrt(dim));
  return orthogonalize ? qr({ dtype: "float64", shape: [nodes, dim], data }).q.data : data;
}
