import { type NdArray, ndArray } from "ockham/array";
import {
  applyFactors,
  asvdCompress,
  type CompressedModel,
  lordCompress,
  type OnnxModel,
  pruneMagnitude,
  svdCompress,
} from "ockham/compression";
import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { type Contender, contenderFigures, contenderTable, measured } from "../compression-summary.ts";
import {
  accuracyOf,
  cosineOver,
  exported,
  fashion,
  type Labelled,
  perceptron,
  trainClassifier,
} from "../fashion-networks.ts";

const ranks = [32, 16, 8, 4];
const epochs = 8;
const batchSize = 64;
const calibrated = 1000;

export interface ClothesOutcome {
  /** Test accuracy by method and rank, one number a seed; that of the dense network under rank 0. */
  accuracy(method: string, rank: number): readonly number[];
  readonly table: Table;
  readonly figures: readonly Figure[];
}

/** A perceptron for pictures of clothes, its two hidden layers factored by every method. */
export async function clothes(
  run: Run,
  widths: readonly number[],
  from: number,
  to: number,
): Promise<ClothesOutcome> {
  const form = widths[0] === 196 ? "pooled" : "flat";
  const network = perceptron(widths);
  const train = await fashion("train", 6000, form, run.stage("Fashion-MNIST", from, from));
  const test = await fashion("test", 2000, form, run.stage("Fashion-MNIST", from, from));
  const hidden = /^params\.[01]\.weight$/;
  const accuracies = new Map<string, number[]>();
  const note = (method: string, rank: number, value: number) => {
    const key = `${method} ${rank}`;
    accuracies.set(key, [...(accuracies.get(key) ?? []), value]);
  };
  const timed: Record<string, readonly [OnnxModel, OnnxModel]> = {};
  const one = first(train.x, 1);
  const many = first(train.x, 64);
  const at = (i: number, part: number) => from + ((to - from) * (i + part)) / (run.seeds.length + 1);
  for (const [i, seed] of run.seeds.entries()) {
    const params = await trainClassifier(
      network,
      network.init(randomStream(seed, "perceptron")),
      train,
      {
        epochs,
        batchSize,
        learningRate: cosineOver(0.05, train, epochs, batchSize),
        weightDecay: 5e-4,
        seed,
      },
      run.stage("training", at(i, 0), at(i, 0.5)),
    );
    const model = exported(network, params, first(train.x, calibrated));
    const judged = exported(network, params, test.x);
    const [single, batch] = [exported(network, params, one), exported(network, params, many)];
    note("dense", 0, await accuracyOf(judged, test));
    if (i === 0) timed["dense 0"] = [single, batch];
    const calibration = [{ x: drawn(train, calibrated, seed) }];
    for (const rank of ranks) {
      run.signal.throwIfAborted();
      const options = { layers: hidden, rank: { kind: "fixed", rank }, signal: run.signal } as const;
      const made: Record<string, CompressedModel> = {
        LoRD: await lordCompress(model, calibration, options),
        "truncated SVD": await svdCompress(model, options),
        "SVD weighed by inputs": await asvdCompress(model, calibration, options),
      };
      for (const [method, { replaced }] of Object.entries(made)) {
        note(method, rank, await accuracyOf(applyFactors(judged, replaced), test));
        if (i === 0)
          timed[`${method} ${rank}`] = [applyFactors(single, replaced), applyFactors(batch, replaced)];
      }
      const report = new Map(made.LoRD!.report.map(({ name, params }) => [name, params] as const));
      const prune = (other: OnnxModel) =>
        pruneMagnitude(other, {
          layers: hidden,
          keep: (name) => {
            const [before, after] = report.get(name)!;
            return after / before;
          },
        });
      note("pruned by magnitude", rank, await accuracyOf(prune(judged), test));
      if (i === 0) timed[`pruned by magnitude ${rank}`] = [prune(single), prune(batch)];
    }
  }
  const facts = await measured(
    timed,
    [{ x: one }, { x: many }],
    run.stage("timing", at(run.seeds.length, 0), to),
  );
  const contenders = Object.entries(facts).map(([key, own]): Contender => {
    const cut = key.lastIndexOf(" ");
    const rank = key.slice(cut + 1);
    const metric = accuracies.get(key)!;
    return { method: key.slice(0, cut), setting: rank === "0" ? "" : `rank ${rank}`, metric, ...own };
  });
  const id = `clothes-${widths.join("-")}`;
  const title = `Perceptron ${widths.join("-")} on Fashion-MNIST, hidden layers factored`;
  return {
    accuracy: (method, rank) => accuracies.get(`${method} ${rank}`)!,
    table: contenderTable(id, title, "accuracy", 64, contenders),
    figures: contenderFigures(id, title, "accuracy", 64, contenders),
  };
}

function first({ shape, data }: NdArray<"float32">, count: number): NdArray<"float32"> {
  const width = data.length / shape[0]!;
  return ndArray("float32", [count, ...shape.slice(1)], data.slice(0, count * width));
}

/** Some of the images, drawn anew for each seed. */
function drawn({ x }: Labelled, count: number, seed: number): NdArray<"float32"> {
  const rows = x.shape[0]!;
  const width = x.data.length / rows;
  const order = randomStream(seed, "calibration").permutation(rows);
  const data = new Float32Array(count * width);
  for (let i = 0; i < count; i++)
    data.set(x.data.subarray(order[i]! * width, (order[i]! + 1) * width), i * width);
  return ndArray("float32", [count, width], data);
}
