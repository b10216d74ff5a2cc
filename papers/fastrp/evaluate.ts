import type { NdArray } from "ockham/array";
import { type F1Scores, f1Scores, fitLogisticRegression, type Split, stratifiedSplit } from "ockham/learn";
import { defineTask, type Pool } from "ockham/parallel";
import { randomStream } from "ockham/random";
import type { ClassGraph } from "./graphs.ts";

export type Embedding = NdArray<"float32" | "float64">;

interface Judgement {
  readonly train: NdArray<"float32">;
  readonly trainLabels: Int32Array;
  readonly test: NdArray<"float32">;
  readonly testLabels: Int32Array;
  readonly gradientTolerance: number;
}

const judgeTask = defineTask({
  name: "papers/fastrp/judge",
  module: import.meta.url,
  run: async ({ train, trainLabels, test, testLabels, gradientTolerance }: Judgement) =>
    f1Scores(
      testLabels,
      (await fitLogisticRegression(train, trainLabels, { gradientTolerance })).predict(test),
    ),
});

/** F1 on the test vertices of a logistic regression (L2, C = 1) on the training vertices. */
export function judge(
  embedding: Embedding,
  labels: Int32Array,
  { train, test }: Split,
  pool: Pool,
  signal: AbortSignal,
  gradientTolerance = 1e-5,
): Promise<F1Scores> {
  const input = {
    gradientTolerance,
    train: rowsOf(embedding, train),
    trainLabels: train.map((vertex) => labels[vertex]!),
    test: rowsOf(embedding, test),
    testLabels: test.map((vertex) => labels[vertex]!),
  };
  return pool.run(judgeTask, input, { signal });
}

/** Rows of an embedding, in single precision. */
export function rowsOf({ data, shape }: Embedding, vertices: Int32Array): NdArray<"float32"> {
  const [, dim] = shape as [number, number];
  const rows = new Float32Array(vertices.length * dim);
  for (const [i, vertex] of vertices.entries())
    rows.set(data.subarray(vertex * dim, (vertex + 1) * dim), i * dim);
  return { dtype: "float32", shape: [vertices.length, dim], data: rows };
}

/** Columns with mean 0 and deviation 1: what FastRP does itself, done for the methods that do not. */
export function standardized({ data, shape }: Embedding): NdArray<"float32"> {
  const [rows, dim] = shape as [number, number];
  const mean = new Float64Array(dim);
  const variance = new Float64Array(dim);
  for (let i = 0; i < rows; i++) for (let k = 0; k < dim; k++) mean[k]! += data[i * dim + k]! / rows;
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < dim; k++) variance[k]! += (data[i * dim + k]! - mean[k]!) ** 2 / rows;
  const scale = variance.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 0));
  const result = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < dim; k++) result[i * dim + k] = (data[i * dim + k]! - mean[k]!) * scale[k]!;
  return { dtype: "float32", shape: [rows, dim], data: result };
}

/** Enough to rank settings; `tuneFastRP` ranks its own by the same. */
const searchTolerance = 1e-3;

/**
 * One division of a graph's vertices: the classifier that counts is trained on `train` and judged on `test`.
 * Settings are chosen by halves of `train` and as many validation vertices, whose classes alone `visible` has.
 */
export interface Trial {
  readonly source: ClassGraph;
  readonly split: Split;
  /** Classes of training and validation vertices, -1 elsewhere. */
  readonly visible: Int32Array;
  readonly seed: number;
  readonly pool: Pool;
  readonly signal: AbortSignal;
}

export function trialOf(
  source: ClassGraph,
  trainFraction: number,
  seed: number,
  pool: Pool,
  signal: AbortSignal,
): Trial {
  const { labels } = source;
  const { train, test: others } = stratifiedSplit(labels, trainFraction, { seed });
  const rest = stratifiedSplit(
    others.map((vertex) => labels[vertex]!),
    trainFraction / (1 - trainFraction),
    { seed },
  );
  const visible = new Int32Array(labels.length).fill(-1);
  for (const vertex of [...train, ...rest.train.map((i) => others[i]!)]) visible[vertex] = labels[vertex]!;
  const test = rest.test.map((i) => others[i]!);
  return { source, split: { train, test }, visible, seed, pool, signal };
}

/**
 * The best of several settings by mean macro F1 on one half of the visible vertices with a classifier trained on
 * the other, for two random halvings, as `tuneFastRP` judges its own.
 */
export async function best<Setting>(
  trial: Trial,
  settings: readonly Setting[],
  embed: (setting: Setting) => Promise<Embedding>,
): Promise<Setting> {
  const { visible, seed, pool, signal } = trial;
  const splits = [0, 1].map((k) =>
    stratifiedSplit(visible, 0.5, { seed: randomStream(seed, "validation", k).uint32() }),
  );
  const pending: Promise<number>[] = [];
  for (const setting of settings) {
    const embedding = await embed(setting);
    const scores = splits.map((split) => judge(embedding, visible, split, pool, signal, searchTolerance));
    pending.push(Promise.all(scores).then((both) => both.reduce((sum, score) => sum + score.macro, 0)));
  }
  const macro = await Promise.all(pending);
  return settings[macro.indexOf(Math.max(...macro))]!;
}
