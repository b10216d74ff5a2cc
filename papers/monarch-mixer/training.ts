import type { NdArray } from "ockham/array";
import { defineTask } from "ockham/parallel";
import {
  fitTokenModel,
  type M2NetworkOptions,
  m2Network,
  type TokenNetwork,
  type TokenScore,
} from "ockham/sequence";
import { leavesOf } from "ockham/tensor";
import { type TransformerOptions, transformerNetwork } from "./transformer.ts";

/** One network to train on a text and to test on another. */
export interface TextTrial {
  readonly model: TextModel;
  readonly objective: "next" | "masked";
  readonly seed: number;
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly length: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** The mixer, a transformer of the same depth and width, one of the mixer's parameters, the mixer with dense blocks. */
export type TextModel = "m2" | "transformer" | "small transformer" | "dense m2";

export interface TextOutcome extends TokenScore {
  readonly parameters: number;
  readonly seconds: number;
  readonly losses: Float32Array;
}

function networkOf(trial: TextTrial): TokenNetwork<unknown> {
  const { model, vocabulary, width, layers, length: maxLength, seed } = trial;
  const causal = trial.objective === "next";
  const common = { vocabulary, width, layers, maxLength, causal, seed };
  switch (model) {
    case "m2":
      return m2Network(common) as TokenNetwork<unknown>;
    case "dense m2":
      return m2Network({ ...common, blocks: 1 }) as TokenNetwork<unknown>;
    case "transformer":
      return transformerNetwork(common) as TokenNetwork<unknown>;
    case "small transformer":
      return transformerNetwork({ ...common, hidden: hiddenOfEqualSize(common) }) as TokenNetwork<unknown>;
  }
}

/** The width of a transformer's feed-forward parts at which it has as many parameters as the mixer. */
function hiddenOfEqualSize(common: TransformerOptions & M2NetworkOptions): number {
  const [none, one] = [1, 2].map((hidden) => countOf(transformerNetwork({ ...common, hidden }).params));
  return Math.max(1, 1 + Math.round((countOf(m2Network(common).params) - none!) / (one! - none!)));
}

function countOf(params: unknown): number {
  return (leavesOf(params) as NdArray[]).reduce((sum, { data }) => sum + data.length, 0);
}

export const trainOnText = defineTask({
  name: "papers/monarch-mixer/train",
  module: import.meta.url,
  async run(trial: TextTrial, { signal, progress }): Promise<TextOutcome> {
    const started = performance.now();
    const { objective, steps, learningRate, seed, train, test } = trial;
    const network = networkOf(trial);
    const model = await fitTokenModel(network, train, {
      ...{ objective, steps, learningRate, seed, batchSize: 16, signal },
      onProgress: ({ done, total }) => progress(done, total),
    });
    const score = await model.evaluate(test, { signal });
    return {
      ...score,
      parameters: countOf(network.params),
      seconds: (performance.now() - started) / 1000,
      losses: model.losses,
    };
  },
});
