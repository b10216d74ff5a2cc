import type { NdArray } from "ockham/array";
import { type ConvolutionScheme, decomposeModel, type OnnxModel, trainTrp } from "ockham/compression";
import { crossEntropy, type Schedule, type Traced } from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { mapTree, type Tensor } from "ockham/tensor";
import {
  descent,
  exported,
  type Labelled,
  type SmallConvolutional,
  smallConvolutional,
} from "../fashion-networks.ts";

/** What is kept at low rank and split: all but the first convolution and the output. */
const factored = /^(conv2\.kernel|conv3\.kernel|full\.weight)$/;
export const layers = "params.*";
const skip = /^params\.(conv1\.kernel|output\.weight)$/;

export interface Recipe {
  readonly scheme: ConvolutionScheme;
  /** Part of the energy that projections keep; undefined: none are made. */
  readonly energy?: number;
  readonly nuclearWeight: number;
}

export interface Trained {
  readonly params: SmallConvolutional;
  readonly seconds: number;
  readonly projectionSeconds: number;
}

export interface Budget {
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the first step; a tenth after half of the steps, a hundredth after three quarters. */
  readonly learningRate: number;
}

/** Weights of variance 1 / (3 fan-in) from those of He, six times that, from which the rates here sometimes diverge. */
export function smaller<Params>(params: Params): Params {
  return mapTree(
    (leaf: NdArray) => ({
      ...leaf,
      data: Float32Array.from(leaf.data as Float32Array, (value) => value / Math.sqrt(6)),
    }),
    params,
  ) as Params;
}

/** Trains the convolutional network by a recipe; with neither projections nor nuclear norm it is plain training. */
export async function trained(
  data: Labelled,
  { scheme, energy, nuclearWeight }: Recipe,
  { epochs, batchSize, learningRate }: Budget,
  seed: number,
  call: ReturnType<Run["stage"]>,
): Promise<Trained> {
  const steps = epochs * Math.floor(data.y.data.length / batchSize);
  const started = performance.now();
  const { params, projectionSeconds } = await trainTrp({
    params: smaller(smallConvolutional.init(randomStream(seed, "trp"))),
    loss: (net: Traced<SmallConvolutional>, { x, y }: { x: Tensor; y: Tensor }) =>
      crossEntropy(smallConvolutional.forward(net, x), y),
    optimiser: descent(fallingTwice(learningRate, steps), 1e-4),
    data: data as { x: NdArray; y: NdArray } as never,
    ...{ batchSize, epochs, scheme, nuclearWeight, seed },
    ...(energy === undefined ? { project: false } : { energy }),
    layers: (path) => factored.test(path),
    ...call,
  });
  return { params, seconds: (performance.now() - started) / 1000, projectionSeconds };
}

function fallingTwice(rate: number, steps: number): Schedule {
  return (step) => {
    const late = step.greaterEqual(Math.floor(steps / 2)).where(0.1, 1);
    return late.mul(step.greaterEqual(Math.floor((3 * steps) / 4)).where(0.1, 1)).mul(rate);
  };
}

/** The network split in a scheme at a rank, or by a part of its energy. */
export function splitAt(
  params: SmallConvolutional,
  x: NdArray,
  scheme: ConvolutionScheme,
  rule: { readonly rank: number } | { readonly energy: number },
) {
  const model = exported(smallConvolutional, params, x);
  return decomposeModel(model, scheme, {
    layers,
    skip,
    rank: "rank" in rule ? { kind: "fixed", rank: rule.rank } : { kind: "energy", threshold: rule.energy },
  });
}

/** Weights of the layers that are split, before over after. */
export function fewerWeights({ report }: ReturnType<typeof splitAt>): number {
  const own = report.filter(({ skipped }) => skipped !== "filtered");
  const total = (i: 0 | 1) => own.reduce((sum, { params }) => sum + params[i], 0);
  return total(0) / total(1);
}

export const whole = (params: SmallConvolutional, x: NdArray): OnnxModel =>
  exported(smallConvolutional, params, x);
