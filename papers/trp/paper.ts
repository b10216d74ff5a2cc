import { type NdArray, ndArray } from "ockham/array";
import { compareLatency, decomposeModel, type OnnxModel } from "ockham/compression";
import { convolution, initConvolution } from "ockham/nn";
import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { factsOf } from "../catalogue.ts";
import { type Contender, contenderFigures, contenderTable, mean, measured } from "../compression-summary.ts";
import {
  accuracyOf,
  cosineOver,
  exported,
  fashion,
  type Labelled,
  trainClassifier,
} from "../fashion-networks.ts";
import {
  type Budget,
  fewerWeights,
  type Recipe,
  smaller,
  splitAt,
  type Trained,
  trained,
  whole,
} from "./networks.ts";
import { splitNetwork } from "./split-network.ts";

const plain: Recipe = { scheme: "channel", nuclearWeight: 0 };
const nuclear = 3e-4;
const pruned = (energy: number, scheme: Recipe["scheme"] = "channel", nuclearWeight = nuclear): Recipe => ({
  ...{ scheme, energy, nuclearWeight },
});

/** By name; those of the full run only are left out of the quick one. */
const recipes: Readonly<Record<string, { readonly recipe: Recipe; readonly quick?: true }>> = {
  "plain training": { recipe: plain, quick: true },
  "nuclear norm alone": { recipe: { scheme: "channel", nuclearWeight: nuclear } },
  "TRP, energy 0.98": { recipe: pruned(0.98) },
  "TRP, energy 0.95": { recipe: pruned(0.95), quick: true },
  "TRP, energy 0.90": { recipe: pruned(0.9) },
  "TRP, energy 0.95, no nuclear norm": { recipe: pruned(0.95, "channel", 0) },
  "plain training, spatial": { recipe: { ...plain, scheme: "spatial" } },
  "TRP, energy 0.95, spatial": { recipe: pruned(0.95, "spatial") },
};
const ranks = [16, 8, 4];

export const paper = definePaper({
  ...factsOf("trp"),
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "quick-rank-8",
      says: "3000 pictures, 3 epochs: accuracy at rank 8 without fine-tuning, TRP at energy 0.95 above plain training",
      paper: "no fine-tuning is needed",
      bar: { quick: { atLeast: 0.03 } },
      unit: "",
    },
    {
      id: "98-whole",
      says: "Energy 0.98: accuracy of the whole network above that of plain training",
      paper: "ResNet-20 on CIFAR-10: 90.50 beside 91.74",
      bar: { full: { atLeast: -0.005 } },
      unit: "",
    },
    {
      id: "98-loss",
      says: "Energy 0.98: accuracy that splitting at energy 0.95 takes away",
      paper: "practically none",
      bar: { full: { atMost: 0.005 } },
      unit: "",
    },
    {
      id: "98-weights",
      says: "Energy 0.98, split at energy 0.95: times fewer weights, over those of plain training",
      paper: "2.17x fewer operations",
      bar: { full: { atLeast: 2 } },
      unit: "x",
    },
    {
      id: "98-rank-16",
      says: "Energy 0.98 at rank 16: accuracy above that of plain training",
      paper: "better than decomposing after training",
      bar: { full: { atLeast: 0.01 } },
      unit: "",
    },
    {
      id: "95-rank-8",
      says: "Energy 0.95 at rank 8: accuracy above that of plain training",
      paper: "better than decomposing after training",
      bar: { full: { atLeast: 0.03 } },
      unit: "",
    },
    {
      id: "95-rank-8-loss",
      says: "Energy 0.95: accuracy that splitting at rank 8 takes away",
      paper: "practically none",
      bar: { full: { atMost: 0.007 } },
      unit: "",
    },
    {
      id: "90-rank-4",
      says: "Energy 0.90 at rank 4: accuracy above that of plain training",
      paper: "better than decomposing after training",
      bar: { full: { atLeast: 0.1 } },
      unit: "",
    },
    {
      id: "retrained",
      says: "Energy 0.95 at rank 8: accuracy below plain training split and trained for 4 more epochs",
      paper: "no fine-tuning is needed",
      bar: { full: { atMost: 0.01 } },
      unit: "",
    },
    {
      id: "latency",
      says: "Measured time of a convolution of 128 channels, 14 x 14, at rank 24, over that of the dense one, batch 64",
      paper: "2.17x fewer operations",
      bar: { full: { atMost: 0.75 } },
      unit: "x",
    },
    {
      id: "projection-time",
      says: "Part of the training time that projections take, every 20 steps",
      paper: "small beside the training",
      bar: { atMost: 0.15 },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const budget: Budget = { epochs: full ? 4 : 3, batchSize: 128, learningRate: 0.05 };
    const train = await fashion("train", full ? 10_000 : 3000, "images", run.stage("Fashion-MNIST", 0, 0));
    const test = await fashion("test", 2000, "images", run.stage("Fashion-MNIST", 0, 0));
    const chosen = Object.entries(recipes).filter(([, { quick }]) => full || quick);
    const runs = new Map<string, Trained[]>();
    const accuracies = new Map<string, number[]>();
    const note = (value: number, ...key: readonly (string | number)[]) => {
      const text = key.join("|");
      accuracies.set(text, [...(accuracies.get(text) ?? []), value]);
    };
    const of = (...key: readonly (string | number)[]) => accuracies.get(key.join("|"))!;
    let done = 0;
    const parts = run.seeds.length * chosen.length;
    for (const seed of run.seeds)
      for (const [name, { recipe }] of chosen) {
        const one = await trained(
          train,
          recipe,
          budget,
          seed,
          run.stage(name, (0.8 * done) / parts, (0.8 * (done + 1)) / parts),
        );
        done++;
        runs.set(name, [...(runs.get(name) ?? []), one]);
        note(await accuracyOf(whole(one.params, test.x), test), name, "whole");
        for (const rank of ranks)
          note(
            await accuracyOf(splitAt(one.params, test.x, recipe.scheme, { rank }).model, test),
            name,
            rank,
          );
        const byEnergy = splitAt(one.params, test.x, recipe.scheme, { energy: 0.95 });
        note(await accuracyOf(byEnergy.model, test), name, "energy");
        note(fewerWeights(byEnergy), name, "weights");
        if (full && name === "plain training") {
          const network = splitNetwork(8);
          note(await trainedSplit(run, network.from(one.params), 0.005, train, test, seed), "retrained", 8);
          const fresh = smaller(network.init(randomStream(seed, "trp", "split")));
          note(await trainedSplit(run, fresh, 0.05, train, test, seed), "from scratch", 8);
        }
      }
    const all = [...runs.values()].flat();
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    const gap = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]!);
    const withProjections = chosen
      .filter(([, { recipe }]) => recipe.energy !== undefined)
      .flatMap(([name]) => runs.get(name)!);
    const claims: Record<string, Measurement> = {
      "projection-time":
        sum(withProjections.map((one) => one.projectionSeconds)) /
        sum(withProjections.map((one) => one.seconds)),
    };
    const contenders = await contendersOf(run, runs, accuracies, test);
    const title = `Convolutional network on Fashion-MNIST, split without fine-tuning, ${all.length} trainings`;
    const tables: Table[] = [
      contenderTable("splits", title, "accuracy", 64, contenders),
      energyTable(
        chosen.map(([name]) => name),
        of,
      ),
    ];
    const figures: Figure[] = contenderFigures("splits", title, "accuracy", 64, contenders);
    const base = "plain training";
    if (!full) {
      claims["quick-rank-8"] = gap(of("TRP, energy 0.95", 8), of(base, 8));
      return { claims, tables, figures };
    }
    const [e98, e95, e90] = ["TRP, energy 0.98", "TRP, energy 0.95", "TRP, energy 0.90"] as const;
    claims["98-whole"] = gap(of(e98, "whole"), of(base, "whole"));
    claims["98-loss"] = gap(of(e98, "whole"), of(e98, "energy"));
    claims["98-weights"] = mean(of(e98, "weights")) / mean(of(base, "weights"));
    claims["98-rank-16"] = gap(of(e98, 16), of(base, 16));
    claims["95-rank-8"] = gap(of(e95, 8), of(base, 8));
    claims["95-rank-8-loss"] = gap(of(e95, "whole"), of(e95, 8));
    claims["90-rank-4"] = gap(of(e90, 4), of(base, 4));
    claims.retrained = gap(of("retrained", 8), of(e95, 8));
    claims.latency = await wideConvolution(run);
    return { claims, tables, figures };
  },
});

/** The split network of rank 8 trained for four epochs from given parameters. */
async function trainedSplit(
  run: Run,
  start: ReturnType<ReturnType<typeof splitNetwork>["from"]>,
  rate: number,
  train: Labelled,
  test: Labelled,
  seed: number,
): Promise<number> {
  const network = splitNetwork(8);
  const settings = {
    ...{ epochs: 4, batchSize: 128, weightDecay: 1e-4, seed },
    learningRate: cosineOver(rate, train, 4, 128),
    // Pairs of layers with nothing between them diverge from some starts at rate 0.05 without a limit.
    longestGradient: 2,
  };
  const tuned = await trainClassifier(network, start, train, settings, { signal: run.signal });
  return accuracyOf(exported(network, tuned, test.x), test);
}

/** The networks of the first seed at every rank, with the accuracies of all. */
async function contendersOf(
  run: Run,
  runs: ReadonlyMap<string, readonly Trained[]>,
  accuracies: ReadonlyMap<string, readonly number[]>,
  test: Labelled,
): Promise<Contender[]> {
  const [one, many] = [1, 64].map((count) =>
    ndArray("float32", [count, 1, 28, 28], test.x.data.slice(0, count * 784)),
  ) as [NdArray<"float32">, NdArray<"float32">];
  const models: Record<string, readonly [OnnxModel, OnnxModel]> = {};
  for (const [name, [first]] of runs) {
    const { params } = first!;
    models[`${name}|whole`] = [whole(params, one), whole(params, many)];
    for (const rank of ranks) {
      const at = (x: NdArray) => splitAt(params, x, recipes[name]!.recipe.scheme, { rank }).model;
      models[`${name}|${rank}`] = [at(one), at(many)];
    }
  }
  const facts = await measured(models, [{ x: one }, { x: many }], run.stage("timing", 0.9, 1), 60);
  const found = Object.entries(facts).map(([key, own]): Contender => {
    const [method, setting] = key.split("|") as [string, string];
    const text = setting === "whole" ? "" : `rank ${setting}`;
    return { method, setting: text, metric: accuracies.get(key)!, ...own };
  });
  const size = facts["plain training|8"]!;
  for (const [key, method] of [
    ["retrained|8", "plain training, split, 4 more epochs"],
    ["from scratch|8", "split network trained from scratch"],
  ] as const) {
    const metric = accuracies.get(key);
    if (metric !== undefined) found.push({ method, setting: "rank 8", metric, ...size });
  }
  return found;
}

function energyTable(
  names: readonly string[],
  of: (...key: (string | number)[]) => readonly number[],
): Table {
  return {
    id: "energy",
    title: "Split at energy 0.95",
    columns: [
      { name: "training" },
      { name: "accuracy, whole", digits: 4 },
      { name: "accuracy, split", digits: 4 },
      { name: "times fewer weights", digits: 3 },
    ],
    rows: names.map((name) => [
      name,
      mean(of(name, "whole")),
      mean(of(name, "energy")),
      mean(of(name, "weights")),
    ]),
  };
}

/** Time of a wide convolution split by channels over that of the dense one. */
async function wideConvolution(run: Run): Promise<number> {
  const stream = randomStream(run.seed, "wide convolution");
  const layer = initConvolution(stream, 128, 128, [3, 3]);
  const x = ndArray(
    "float32",
    [64, 128, 14, 14],
    stream.split("x").fillNormal(new Float32Array(64 * 128 * 196)),
  );
  const dense = exported(
    { init: () => layer, forward: (own, input: Tensor) => convolution(own, input, { padding: 1 }) },
    layer,
    x,
  );
  const { model } = decomposeModel(dense, "channel", { rank: { kind: "fixed", rank: 24 } });
  const { full, split } = await compareLatency(
    { full: dense, split: model },
    { x },
    { runs: 40, warmUp: 5, signal: run.signal },
  );
  return split.p50 / full.p50;
}
