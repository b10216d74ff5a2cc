import type { NdArray } from "ockham/array";
import { defineTask } from "ockham/parallel";
import { fitSsmClassifier, type StateInit } from "ockham/sequence";
import { leavesOf } from "ockham/tensor";
import { trainGru } from "./gru.ts";

/** One network to train and to test, with and without a tone in its layers. */
export interface Trial {
  readonly name: string;
  /** A state-space layer, or the gated recurrent units that they are compared with. */
  readonly layer: "s4" | "s5" | "gru";
  readonly init: StateInit;
  readonly seed: number;
  readonly epochs: number;
  readonly train: Labelled;
  readonly test: Labelled;
  /** Frequencies are of the fastest mode of S4D at order 32; amplitudes of the tones. */
  readonly amplitudes: readonly number[];
}

export interface Labelled {
  readonly x: NdArray;
  readonly labels: Int32Array;
}

export interface TrialOutcome {
  /** Shares of the test sequences classified rightly, in percent: clean, then for each amplitude, where there are steps. */
  readonly clean: number;
  readonly noisy: readonly number[];
  readonly seconds: number;
  readonly parameters: number;
}

const omega = 325.4263155;

/** Two layers of 32 channels whose steps reach from 0.001 to 0.1, for 196 steps or 200. */
export const trainAndTest = defineTask({
  name: "papers/ptd-ssm/train",
  module: import.meta.url,
  async run(trial: Trial, { signal, progress }): Promise<TrialOutcome> {
    const started = performance.now();
    const { layer, init, seed, epochs, train, test } = trial;
    if (layer === "gru") {
      const { params, accuracy } = await trainGru(train, test, {
        ...{ seed, epochs, batchSize: 50, signal },
        onProgress: ({ done, total }) => progress(done, total),
      });
      const seconds = (performance.now() - started) / 1000;
      return { clean: 100 * accuracy, noisy: [], seconds, parameters: countOf(params) };
    }
    const model = await fitSsmClassifier(train.x, train.labels, {
      ...{ layer, init, seed, epochs, width: 32, layers: 2, stateSize: 32, batchSize: 50 },
      signal,
      onProgress: ({ done, total }) => progress(0.95 * done, total),
    });
    const noisy: number[] = [];
    for (const amplitude of trial.amplitudes)
      noisy.push(
        100 * (await model.accuracy(test.x, test.labels, { inputNoise: { omega, amplitude }, seed, signal })),
      );
    const clean = 100 * (await model.accuracy(test.x, test.labels, { signal }));
    return { clean, noisy, seconds: (performance.now() - started) / 1000, parameters: countOf(model.params) };
  },
});

function countOf(params: unknown): number {
  return (leavesOf(params) as NdArray[]).reduce((sum, { data }) => sum + data.length, 0);
}
