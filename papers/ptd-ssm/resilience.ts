import type { NdArray } from "ockham/array";
import { loadMnist } from "ockham/data";
import type { Figure, Run, Table } from "ockham/paper";
import { listOps, oneHotSequences, sequentialImages } from "ockham/sequence";
import { type Labelled, type Trial, type TrialOutcome, trainAndTest } from "./training.ts";

export interface Resilience {
  /** Largest difference of the mean clean accuracies of S4D and S4-PTD, in points. */
  readonly spread: number;
  /** Points lost under the tone of amplitude 0.1, a value a seed. */
  readonly lostByPtd: number[];
  readonly lostByS4d: number[];
  readonly tables: Table[];
  readonly figures: Figure[];
}

/** Amplitudes of the tone at the input of every layer. */
const amplitudes = [0.03, 0.1, 0.3];

/** Place of the amplitude that the claims are about. */
const stated = 1;

const models = [
  { name: "S4-PTD", layer: "s4", init: "ptd" },
  { name: "S4D-LegS", layer: "s4", init: "s4d-legs" },
  { name: "S4, random E", layer: "s4", init: "ginibre" },
  { name: "S4D-Lin", layer: "s4", init: "s4d-lin" },
  { name: "S5-PTD", layer: "s5", init: "ptd" },
  { name: "S5", layer: "s5", init: "s4d-legs" },
  // Recurrent units know no step length that a tone could be told by.
  { name: "GRU", layer: "gru", init: "ptd" },
] as const;

/** The models of the claims are trained on every seed, the others on the first. */
const ofEverySeed = 3;

/** Fewer leave the models at guessing: for 300 steps and more they learn nothing. */
const listEpochs = 16;

/** Trains every model on handwritten digits read pixel by pixel, and hears how they answer to a tone. */
export async function resilience(run: Run, from: number, to: number): Promise<Resilience> {
  const digits = {
    train: await digitSequences(run, "train", 10_000),
    test: await digitSequences(run, "test", 2000),
  };
  const lists = listSequences(run.seed);
  const trials: Trial[] = [
    ...models.flatMap(({ name, layer, init }, k) =>
      (k < ofEverySeed ? run.seeds : [run.seed]).map((seed) => ({
        ...{ name, layer, init, seed, epochs: 6, amplitudes },
        ...digits,
      })),
    ),
    ...models.slice(0, 2).map(({ name, layer, init }) => ({
      ...{ name, layer, init, seed: run.seed, epochs: listEpochs, amplitudes: [] },
      ...lists,
    })),
  ];
  let finished = 0;
  const outcomes = await Promise.all(
    trials.map(async (trial) => {
      const outcome = await run.pool.run(trainAndTest, trial, { signal: run.signal });
      finished++;
      run.progress(from + ((to - from) * finished) / trials.length, 1, "training");
      return outcome;
    }),
  );
  const known = outcomes.slice(0, -2);
  const of = (name: string): TrialOutcome[] => known.filter((_, i) => trials[i]!.name === name);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const lost = (name: string): number[] => of(name).map(({ clean, noisy }) => clean - noisy[stated]!);
  const clean = (name: string): number => mean(of(name).map((outcome) => outcome.clean));
  const compared = models.slice(0, ofEverySeed).map(({ name }) => clean(name));
  return {
    spread: Math.max(...compared) - Math.min(...compared),
    lostByPtd: lost("S4-PTD"),
    lostByS4d: lost("S4D-LegS"),
    tables: [digitTable(trials.slice(0, -2), known), listTable(trials.slice(-2), outcomes.slice(-2), lists)],
    figures: [
      {
        id: "resilience",
        title: "Digits read pixel by pixel, with a tone at 325.4 in every layer",
        x: { label: "largest height of the tone" },
        y: { label: "accuracy", unit: "%" },
        series: models.flatMap(({ name, layer }) => {
          if (layer === "gru") return [];
          const at = (k: number) => of(name).map((outcome) => [outcome.clean, ...outcome.noisy][k]!);
          const places = [0, ...amplitudes.keys()].map((_, k) => k);
          const line = { name, mark: "line" as const, x: [0, ...amplitudes] };
          const [low, high] = [Math.min, Math.max].map((of) => places.map((k) => of(...at(k))));
          return [{ ...line, y: places.map((k) => mean(at(k))), low: low!, high: high! }];
        }),
      },
    ],
  };
}

/** The first images of a part of MNIST in 14 x 14 pixels. */
async function digitSequences(run: Run, part: "train" | "test", count: number): Promise<Labelled> {
  const { images, labels } = await loadMnist({ part, signal: run.signal });
  const first: NdArray<"uint8"> = {
    dtype: "uint8",
    shape: [count, 28, 28],
    data: images.data.subarray(0, count * 784),
  };
  return { x: sequentialImages(first, { pool: 2 }), labels: Int32Array.from(labels.data.subarray(0, count)) };
}

/** Nested lists of 50 to 200 tokens. */
function listSequences(seed: number): { train: Labelled; test: Labelled } {
  const part = (count: number, own: number): Labelled => {
    const { tokens, labels, vocabulary } = listOps({ count, seed: own });
    return { x: oneHotSequences(tokens, vocabulary), labels };
  };
  return { train: part(4000, 2 * seed), test: part(1000, 2 * seed + 1) };
}

function digitTable(trials: readonly Trial[], outcomes: readonly TrialOutcome[]): Table {
  return {
    id: "sequential-digits",
    title:
      "Accuracy on 2000 handwritten digits of 196 pixels, by the height of a tone at 325.4 in every layer",
    columns: [
      ...[{ name: "model" }, { name: "seed" }, { name: "parameters", digits: 6 }],
      { name: "clean", unit: "%" },
      ...amplitudes.map((amplitude) => ({ name: `tone ${amplitude}`, unit: "%" })),
      { name: "training", unit: "s", digits: 3 },
    ],
    rows: trials.map(({ name, seed }, i) => {
      const { parameters, clean, noisy, seconds } = outcomes[i]!;
      const heard = amplitudes.map((_, k) => noisy[k] ?? null);
      return [name, seed, parameters, clean, ...heard, seconds];
    }),
  };
}

function listTable(
  trials: readonly Trial[],
  outcomes: readonly TrialOutcome[],
  { train, test }: { readonly train: Labelled; readonly test: Labelled },
): Table {
  return {
    id: "list-operations",
    title: `Accuracy on 1000 nested lists of 50 to 200 tokens after ${listEpochs} passes over 4000 (ten classes)`,
    columns: [{ name: "model" }, { name: "accuracy", unit: "%" }, { name: "training", unit: "s", digits: 3 }],
    rows: [
      ...trials.map(({ name }, i) => [name, outcomes[i]!.clean, outcomes[i]!.seconds]),
      ["commonest class of the outermost operator", byFirstToken(train, test), null],
    ],
  };
}

/** Percentage that is right when each sequence is put in the class that is commonest among those that start alike. */
function byFirstToken(train: Labelled, test: Labelled): number {
  const [, length, tokens] = train.x.shape as [number, number, number];
  const first = ({ x }: Labelled, i: number): number =>
    (x.data as Float32Array).subarray(i * length * tokens, (i * length + 1) * tokens).indexOf(1);
  const counts = Array.from({ length: tokens }, () => new Float64Array(10));
  for (const [i, label] of train.labels.entries()) counts[first(train, i)]![label]!++;
  const commonest = counts.map((own) => own.indexOf(Math.max(...own)));
  const right = test.labels.reduce((sum, label, i) => sum + Number(commonest[first(test, i)] === label), 0);
  return (100 * right) / test.labels.length;
}
