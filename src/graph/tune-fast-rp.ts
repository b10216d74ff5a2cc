import type { CsrMatrix, NdArray } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { f1Scores, fitLogisticRegression, type Split, stratifiedSplit } from "../core/learn/index.ts";
import { defineTask, type Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import type { Precision } from "./block.ts";
import { type FastRPOptions, fitFastRP } from "./fast-rp.ts";
import { type Graph, requireGraph } from "./graph.ts";
import { mapParts } from "./map-parts.ts";

export interface TuneFastRPOptions extends LongCallOptions {
  /** Settings tried; default 20. */
  readonly trials?: number;
  /** Columns of the embeddings while searching; default 64. */
  readonly dim?: number;
  /** Largest number of hops tried, at least 5; default 8. */
  readonly maxHops?: number;
  /** Share of the labelled vertices that a classifier is trained on; the others judge it. Default 0.5. */
  readonly trainFraction?: number;
  /** Random divisions of the labelled vertices that a setting is judged on, by the mean; default 2. */
  readonly splits?: number;
  readonly pool?: Pool;
}

/** A setting and how well a classifier did with it on the vertices that it was not trained on. */
export interface FastRPTrial {
  readonly options: Required<Pick<FastRPOptions, "weights" | "beta" | "sparsity">>;
  readonly macroF1: number;
  readonly microF1: number;
}

export interface TunedFastRP {
  /** The setting of the best macro F1; pass it to `fastRP` with the dimension wanted. */
  readonly best: FastRPTrial["options"];
  readonly trials: readonly FastRPTrial[];
}

/** Settings that share one projection: other weights cost no product. */
const trialsPerProjection = 2;
/** Enough to rank settings; the final classifier is the caller's. */
const searchTolerance = 1e-3;

/**
 * Searches the degree exponent, the density of the projection, the number of hops and the growth of their
 * weights of {@link fastRP} for the best macro F1 of a logistic regression. `labels[u]` is the class of vertex
 * u, negative where it is unknown or held out: such vertices take no part.
 *
 * beta is uniform on [-1, 0] (stratified), s is 3 or sqrt(nodes), hops are `maxHops` or uniform from half of it on, and the weights are
 * 0, 1, .., w in geometric progression with w log-uniform on [1, 64], which for four hops without the second
 * is the search that the authors use.
 */
export async function tuneFastRP(
  graph: Graph | CsrMatrix,
  labels: ArrayLike<number>,
  options: TuneFastRPOptions = {},
): Promise<TunedFastRP> {
  requireKnownOptions("options", options, [
    ...longCallOptions,
    "trials",
    "dim",
    "maxHops",
    "trainFraction",
    "splits",
    "pool",
  ]);
  const checked = requireGraph("graph", graph);
  const { nodes } = checked;
  if (labels.length !== nodes)
    throw new InvalidInputError("labels", `expected ${nodes} labels, one a vertex, got ${labels.length}`);
  const trials = requireInteger("options.trials", options.trials ?? 20, 1, 10000);
  const dim = requireInteger("options.dim", options.dim ?? 64, 1, 1 << 20);
  const maxHops = requireInteger("options.maxHops", options.maxHops ?? 8, 5, 64);
  const trainFraction = requireFinite("options.trainFraction", options.trainFraction ?? 0.5, 0, 1);
  const { seed = 0, pool, signal } = options;
  const count = requireInteger("options.splits", options.splits ?? 2, 1, 1000);
  const root = randomStream(seed, "tune-fast-rp");
  const splits = Array.from({ length: count }, (_, k) =>
    stratifiedSplit(labels, trainFraction, { seed: root.split("split", k).uint32() }),
  );

  const results: FastRPTrial[] = [];
  const projections = Math.ceil(trials / trialsPerProjection);
  for (let p = 0; p < projections; p++) {
    const random = root.split("projection", p);
    // One beta in each of equal parts of [-1, 0], which leaves no large gap; the first setting has every hop.
    const beta = -(p + random.uniform()) / projections;
    const sparsity = random.uniform() < 0.5 ? 3 : "sqrt";
    const fewest = Math.ceil(maxHops / 2);
    const settings = Array.from(
      { length: Math.min(trialsPerProjection, trials - results.length) },
      (_, k) => ({
        weights: growingWeights(
          k === 0 ? maxHops : fewest + random.integer(maxHops - fewest + 1),
          64 ** random.uniform(),
        ),
        beta,
        sparsity,
      }),
    ) satisfies FastRPTrial["options"][];
    const longest = Math.max(...settings.map(({ weights }) => weights.length));
    const model = await fitFastRP(checked, {
      ...{ dim, seed, beta, sparsity },
      weights: new Array<number>(longest).fill(1),
      ...(pool === undefined ? {} : { pool }),
      ...(signal === undefined ? {} : { signal }),
    });
    const inputs = settings.flatMap(({ weights }) => {
      const embedding = model.merge(weights);
      return splits.map((split) => judgement(embedding, labels, split));
    });
    const scores = await mapParts(
      judgeTask,
      inputs,
      stageOf(options, "search", results.length, results.length + settings.length, trials),
      pool,
    );
    for (const [i, setting] of settings.entries()) {
      const own = scores.slice(i * count, (i + 1) * count);
      const mean = (key: "macro" | "micro"): number =>
        own.reduce((sum, score) => sum + score[key], 0) / count;
      results.push({ options: setting, macroF1: mean("macro"), microF1: mean("micro") });
    }
  }
  const best = results.reduce((winner, trial) => (trial.macroF1 > winner.macroF1 ? trial : winner));
  return { best: best.options, trials: results };
}

/** 0, then a geometric progression from 1 to `last`. */
function growingWeights(hops: number, last: number): number[] {
  return [0, ...Array.from({ length: hops - 1 }, (_, k) => last ** (k / (hops - 2)))];
}

interface Judgement {
  readonly train: NdArray<Precision>;
  readonly trainLabels: Int32Array;
  readonly test: NdArray<Precision>;
  readonly testLabels: Int32Array;
}

const judgeTask = defineTask({
  name: "graph/judge-embedding",
  module: import.meta.url,
  run: async ({ train, trainLabels, test, testLabels }: Judgement) =>
    f1Scores(
      testLabels,
      (await fitLogisticRegression(train, trainLabels, { gradientTolerance: searchTolerance })).predict(test),
    ),
});

function judgement(embedding: NdArray<Precision>, labels: ArrayLike<number>, split: Split): Judgement {
  const rows = (vertices: Int32Array): NdArray<Precision> => {
    const [, dim] = embedding.shape as [number, number];
    const data = new Float32Array(vertices.length * dim);
    for (const [i, u] of vertices.entries())
      data.set(embedding.data.subarray(u * dim, (u + 1) * dim), i * dim);
    return { dtype: "float32", shape: [vertices.length, dim], data };
  };
  return {
    train: rows(split.train),
    trainLabels: split.train.map((u) => labels[u]!),
    test: rows(split.test),
    testLabels: split.test.map((u) => labels[u]!),
  };
}
