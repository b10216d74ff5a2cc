import type { CsrMatrix, NdArray } from "../core/array/index.ts";
import { requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { type Graph, requireGraph } from "./graph.ts";
import type { WalkBias } from "./random-walks.ts";
import { trainSkipGram } from "./skip-gram.ts";

export interface DeepWalkOptions extends LongCallOptions {
  /** Columns of the embedding; default 128. */
  readonly dim?: number;
  /** Walks from every vertex; default 80. */
  readonly walksPerNode?: number;
  /** Vertices of a walk; default 40. */
  readonly walkLength?: number;
  /** Largest distance of the two vertices of a pair within a walk; default 10. */
  readonly window?: number;
  /** Negative samples for each pair; default 5. */
  readonly negatives?: number;
  /** Passes over the walks; default 1. */
  readonly epochs?: number;
  /** First learning rate, which falls linearly to almost 0; default 0.025. */
  readonly learningRate?: number;
  /** Trains on several workers; the result is the same without. */
  readonly pool?: Pool;
}

export interface Node2VecOptions extends DeepWalkOptions {
  /** Return parameter; default 1. */
  readonly p?: number;
  /** In-out parameter; default 1. With p = q = 1 the walks are DeepWalk's. */
  readonly q?: number;
}

const deepWalkOptions = [
  ...longCallOptions,
  "dim",
  "walksPerNode",
  "walkLength",
  "window",
  "negatives",
  "epochs",
  "learningRate",
  "pool",
] as const;

/**
 * DeepWalk node embedding: a skip-gram model with negative sampling on uniform random walks, nodes x dim.
 * O(nodes walksPerNode walkLength window negatives dim): minutes where {@link fastRP} takes a second. Perozzi,
 * Al-Rfou and Skiena, "DeepWalk: Online learning of social representations", KDD 2014, with the loss of
 * word2vec in place of the hierarchical softmax.
 */
export async function deepWalk(
  graph: Graph | CsrMatrix,
  options: DeepWalkOptions = {},
): Promise<NdArray<"float32">> {
  requireKnownOptions("options", options, deepWalkOptions);
  return embed(graph, options, undefined);
}

/**
 * node2vec: {@link deepWalk} on walks that return with weight 1/p and leave the last vertex' neighbourhood with
 * weight 1/q. Grover and Leskovec, KDD 2016.
 */
export async function node2vec(
  graph: Graph | CsrMatrix,
  options: Node2VecOptions = {},
): Promise<NdArray<"float32">> {
  requireKnownOptions("options", options, [...deepWalkOptions, "p", "q"]);
  const { p = 1, q = 1, ...rest } = options;
  requireFinite("options.p", p, Number.MIN_VALUE);
  requireFinite("options.q", q, Number.MIN_VALUE);
  return embed(graph, rest, p === 1 && q === 1 ? undefined : { p, q });
}

function embed(
  graph: Graph | CsrMatrix,
  options: DeepWalkOptions,
  bias: WalkBias | undefined,
): Promise<NdArray<"float32">> {
  return trainSkipGram(requireGraph("graph", graph), {
    dim: requireInteger("options.dim", options.dim ?? 128, 1, 4096),
    walksPerNode: requireInteger("options.walksPerNode", options.walksPerNode ?? 80, 1, 100000),
    walkLength: requireInteger("options.walkLength", options.walkLength ?? 40, 2, 100000),
    window: requireInteger("options.window", options.window ?? 10, 1, 1000),
    negatives: requireInteger("options.negatives", options.negatives ?? 5, 1, 100),
    epochs: requireInteger("options.epochs", options.epochs ?? 1, 1, 1000),
    learningRate: requireFinite("options.learningRate", options.learningRate ?? 0.025, Number.MIN_VALUE),
    bias,
    pool: options.pool,
    call: options,
  });
}
