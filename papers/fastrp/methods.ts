import type { LongCallOptions } from "ockham";
import { type FastRPOptions, fastRP, type RandNEOptions, randNE, tuneFastRP } from "ockham/graph";
import { type F1Scores, f1Scores, fitLogisticRegression } from "ockham/learn";
import { randomStream } from "ockham/random";
import { rowSums, scaleRows } from "ockham/sparse";
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

/** FastRP with a searched setting, which is returned for use elsewhere. */
export async function tunedFastRP(
  trial: Trial,
  call: LongCallOptions,
): Promise<Outcome & { setting: FastRPOptions }> {
  const { graph } = trial.source;
  const { pool, seed } = trial;
  const { best: setting } = await tuneFastRP(graph, trial.visible, {
    ...call,
    trials,
    dim: searchDim,
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
  const settings = [0, -0.25, -0.5, -0.75, -1].flatMap((beta) =>
    ([3, "sqrt"] as const).map((sparsity) => ({ beta, sparsity, weights: [1] })),
  );
  const embed = (setting: FastRPOptions, dim: number) =>
    fastRP(trial.source.graph, { ...setting, dim, seed, pool, signal });
  const setting = await best(trial, settings, (candidate) => embed(candidate, searchDim));
  return embedAndJudge(trial, () => embed(setting, finalDim));
}

/**
 * RandNE with searched orders and weights: 4 to 8 orders, each weighing r times the one before with r
 * log-uniform from 1/100 to 100; columns standardised, which helps it.
 */
export async function tunedRandNE(trial: Trial, input: "adjacency" | "transition"): Promise<Outcome> {
  const { seed, pool, signal } = trial;
  const random = randomStream(seed, "rand-ne-search", input);
  const settings = Array.from({ length: trials }, (): RandNEOptions => {
    const ratio = 10 ** (4 * random.uniform() - 2);
    const orders = 4 + random.integer(5);
    // The largest weight is 1, so that no power overflows.
    const weights = Array.from({ length: orders + 1 }, (_, k) => ratio ** (ratio > 1 ? k - orders : k));
    return { weights, input };
  });
  const embed = async (setting: RandNEOptions, dim: number): Promise<Embedding> =>
    standardized(await randNE(trial.source.graph, { ...setting, dim, seed, pool, signal }));
  const setting = await best(trial, settings, (candidate) => embed(candidate, searchDim));
  return embedAndJudge(trial, () => embed(setting, finalDim));
}

/** No embedding: the rows of the transition matrix as sparse features of the same classifier. */
export async function adjacencyRows({ source, split }: Trial): Promise<Outcome> {
  const { adjacency } = source.graph;
  const walk = scaleRows(
    adjacency,
    rowSums(adjacency).map((sum) => (sum > 0 ? 1 / sum : 0)),
  );
  const rows = (vertices: Int32Array) => {
    const counts = Array.from(vertices, (vertex) => walk.indptr[vertex + 1]! - walk.indptr[vertex]!);
    const indptr = new Int32Array(vertices.length + 1);
    for (const [i, count] of counts.entries()) indptr[i + 1] = indptr[i]! + count;
    const places = Array.from(
      vertices,
      (vertex) => [walk.indptr[vertex]!, walk.indptr[vertex + 1]!] as const,
    );
    return {
      rows: vertices.length,
      cols: walk.cols,
      indptr,
      indices: Int32Array.from(places.flatMap(([first, end]) => [...walk.indices.subarray(first, end)])),
      data: Float64Array.from(places.flatMap(([first, end]) => [...walk.data.subarray(first, end)])),
    };
  };
  const labelsOf = (vertices: Int32Array) => vertices.map((vertex) => source.labels[vertex]!);
  const model = await fitLogisticRegression(rows(split.train), labelsOf(split.train));
  return { ...f1Scores(labelsOf(split.test), model.predict(rows(split.test))), seconds: 0 };
}

export async function embedAndJudge(trial: Trial, embed: () => Promise<Embedding>): Promise<Outcome> {
  const started = performance.now();
  const embedding = await embed();
  const seconds = (performance.now() - started) / 1000;
  return { ...(await judge(embedding, trial.source.labels, trial.split, trial.pool, trial.signal)), seconds };
}
