import type { LongCallOptions } from "ockham";
import type { CsrMatrix, NdArray } from "ockham/array";
import { type FastRPOptions, fastRP, type Graph, randNE, tuneFastRP } from "ockham/graph";
import { type F1Scores, f1Scores, fitLogisticRegression } from "ockham/learn";
import { randomStream } from "ockham/random";
import { multiplyDense, rowSums, scaleRows, selectRows } from "ockham/sparse";
import { best, type Embedding, judge, standardized, type Trial } from "./evaluate.ts";

/** How a method did on one division of the vertices. */
export interface Outcome extends F1Scores {
  /** Time of the final embedding alone: neither search nor classifier. */
  readonly seconds: number;
}

/** Dimension of every final embedding, and of those tried while searching. */
export const finalDim = 128;
const searchDim = 64;
const trials = 20;

/** FastRP with a searched setting of up to `maxHops` hops, which is returned for use elsewhere. */
export async function tunedFastRP(
  trial: Trial,
  maxHops: number,
  call: LongCallOptions,
): Promise<Outcome & { setting: FastRPOptions }> {
  const { graph } = trial.source;
  const { pool, seed } = trial;
  const { best: setting } = await tuneFastRP(graph, trial.visible, {
    ...call,
    trials,
    dim: searchDim,
    maxHops,
    seed,
    pool,
  });
  const outcome = await embedAndJudge(trial, () =>
    fastRP(graph, { ...setting, dim: finalDim, seed, pool, signal: trial.signal }),
  );
  return { ...outcome, setting };
}

/** FastRP as it comes, without a search. */
export function defaultFastRP(trial: Trial): Promise<Outcome> {
  const { seed, pool, signal } = trial;
  return embedAndJudge(trial, () => fastRP(trial.source.graph, { dim: finalDim, seed, pool, signal }));
}

/** The first hop alone, with the best exponent and density. */
export async function oneHop(trial: Trial): Promise<Outcome> {
  const { seed, pool, signal } = trial;
  const settings = [0, -0.25, -0.5, -0.75, -1].map((beta) => ({ beta, sparsity: 3, weights: [1] }));
  const embed = (setting: FastRPOptions, dim: number) =>
    fastRP(trial.source.graph, { ...setting, dim, seed, pool, signal });
  const setting = await best(trial, settings, (candidate) => embed(candidate, searchDim));
  return embedAndJudge(trial, () => embed(setting, finalDim));
}

/** What the authors of RandNE use for classification: orders 0 to 3, scaled to a largest weight of 1. */
const randNEWeights = [1e-5, 1e-3, 1e-1, 1];
const mostOrders = 8;

/**
 * RandNE with searched orders and weights: the setting of its authors and others of 2 to 8 orders, each weighing
 * r times the one before with r log-uniform from 1/10 to 100. Columns are standardised, which helps it much.
 */
export async function tunedRandNE(trial: Trial, input: "adjacency" | "transition"): Promise<Outcome> {
  const { seed, pool, signal } = trial;
  const { graph } = trial.source;
  const random = randomStream(seed, "rand-ne-search", input);
  const settings = Array.from({ length: trials }, (_, k) => {
    if (k === 0) return randNEWeights;
    // Stratified in the ratio, as the search of FastRP is in its exponent.
    const ratio = 10 ** ((3 * (k - random.uniform())) / (trials - 1) - 1);
    const orders = 2 + random.integer(mostOrders - 1);
    return Array.from({ length: orders + 1 }, (_, order) => ratio ** (ratio > 1 ? order - orders : order));
  });
  // Other weights mix the same powers anew: each is computed once.
  const matrix = input === "adjacency" ? graph.adjacency : transition(graph);
  const start = { weights: [1], dim: searchDim, seed, dtype: "float32", signal } as const;
  const powers = [(await randNE(graph, start)) as NdArray<"float32">];
  while (powers.length <= mostOrders) powers.push(multiplyDense(matrix, powers.at(-1)!));
  const mixed = async (weights: readonly number[]): Promise<Embedding> => {
    const data = new Float64Array(powers[0]!.data.length);
    for (const [order, weight] of weights.entries()) {
      const power = powers[order]!.data;
      for (let k = 0; k < data.length; k++) data[k]! += weight * power[k]!;
    }
    return standardized({ dtype: "float64", shape: powers[0]!.shape, data });
  };
  const weights = await best(trial, settings, mixed);
  return embedAndJudge(trial, async () =>
    standardized(await randNE(graph, { weights, input, dim: finalDim, seed, pool, signal })),
  );
}

/** No embedding: the rows of the transition matrix as sparse features of the same classifier. */
export async function adjacencyRows({ source, split }: Trial): Promise<Outcome> {
  const walk = transition(source.graph);
  const labelsOf = (vertices: Int32Array) => vertices.map((vertex) => source.labels[vertex]!);
  const model = await fitLogisticRegression(selectRows(walk, split.train), labelsOf(split.train));
  return { ...f1Scores(labelsOf(split.test), model.predict(selectRows(walk, split.test))), seconds: 0 };
}

function transition({ adjacency }: Graph): CsrMatrix {
  return scaleRows(
    adjacency,
    rowSums(adjacency).map((sum) => (sum > 0 ? 1 / sum : 0)),
  );
}

/** Times an embedding and judges it. */
export async function embedAndJudge(trial: Trial, embed: () => Promise<Embedding>): Promise<Outcome> {
  const started = performance.now();
  const embedding = await embed();
  const seconds = (performance.now() - started) / 1000;
  return { ...(await judge(embedding, trial.source.labels, trial.split, trial.pool, trial.signal)), seconds };
}
