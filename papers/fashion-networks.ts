import { type NdArray, ndArray } from "ockham/array";
import { formatOnnxModel, type OnnxModel, parseOnnxModel } from "ockham/compression";
import { type ImageSet, loadFashionMnist } from "ockham/data";
import {
  addDecayedWeights,
  type Convolution,
  chain,
  clipByGlobalNorm,
  convolution,
  cosineSchedule,
  crossEntropy,
  fit,
  heNormal,
  initConvolution,
  initLinear,
  type Linear,
  linear,
  type Schedule,
  scaleByLearningRate,
  scaleByMomentum,
  type Traced,
} from "ockham/nn";
import type { Run } from "ockham/paper";
import type { RandomStream } from "ockham/random";
import { maxPool, openOnnx, type Tensor, toOnnx } from "ockham/tensor";

/** Images as a network takes them, and their classes. */
export interface Labelled {
  /** [n, pixels], or [n, 1, height, width]. */
  readonly x: NdArray<"float32">;
  /** [n]. */
  readonly y: NdArray<"int64">;
}

const [mean, deviation] = [0.286, 0.353];

/** The first images of a part of Fashion-MNIST, standardised; `pooled` to 14 x 14 by the means of 2 x 2 pixels. */
export async function fashion(
  part: "train" | "test",
  count: number,
  form: "pooled" | "flat" | "images",
  call: ReturnType<Run["stage"]>,
): Promise<Labelled> {
  const { images, labels }: ImageSet = await loadFashionMnist({ part, ...call });
  const side = form === "pooled" ? 14 : 28;
  const data = new Float32Array(count * side * side);
  const pixel = (image: number, y: number, x: number) => images.data[(image * 28 + y) * 28 + x]!;
  for (let i = 0, p = 0; i < count; i++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++, p++) {
        const value =
          form === "pooled"
            ? (pixel(i, 2 * y, 2 * x) +
                pixel(i, 2 * y, 2 * x + 1) +
                pixel(i, 2 * y + 1, 2 * x) +
                pixel(i, 2 * y + 1, 2 * x + 1)) /
              4
            : pixel(i, y, x);
        data[p] = (value / 255 - mean) / deviation;
      }
  return {
    x: ndArray("float32", form === "images" ? [count, 1, side, side] : [count, side * side], data),
    y: ndArray("int64", [count], BigInt64Array.from(labels.data.subarray(0, count), BigInt)),
  };
}

/** A network as a function of its parameters. */
export interface Network<P> {
  init(stream: RandomStream): P;
  forward(params: Traced<P>, x: Tensor): Tensor;
}

/** A perceptron with rectified hidden layers of the given widths, He initialised. */
export function perceptron(widths: readonly number[]): Network<readonly Linear<NdArray>[]> {
  return {
    init: (stream) =>
      widths.slice(1).map((out, i) => initLinear(stream.split(i), widths[i]!, out, { weight: heNormal })),
    forward(params, x) {
      let value = x;
      for (const [i, layer] of params.entries()) {
        value = linear(layer, value);
        if (i < params.length - 1) value = value.relu();
      }
      return value;
    },
  };
}

export interface SmallConvolutional<T = NdArray> {
  readonly conv1: Convolution<T>;
  readonly conv2: Convolution<T>;
  readonly conv3: Convolution<T>;
  readonly full: Linear<T>;
  readonly output: Linear<T>;
}

/** Three convolutions and two linear layers, 115,114 parameters, for images [n, 1, 28, 28]. */
export const smallConvolutional: Network<SmallConvolutional> = {
  init: (stream) => ({
    conv1: initConvolution(stream.split("conv1"), 1, 16, [3, 3]),
    conv2: initConvolution(stream.split("conv2"), 16, 32, [3, 3]),
    conv3: initConvolution(stream.split("conv3"), 32, 32, [3, 3]),
    full: initLinear(stream.split("full"), 1568, 64, { weight: heNormal }),
    output: initLinear(stream.split("output"), 64, 10, { weight: heNormal }),
  }),
  forward(params, x) {
    const one = convolution(params.conv1, x, { stride: 2, padding: 1 }).relu();
    const two = maxPool(convolution(params.conv2, one, { padding: 1 }).relu(), 2, { stride: 2 });
    const three = convolution(params.conv3, two, { padding: 1 }).relu();
    const full = linear(params.full, three.reshape([three.shape[0]!, 1568])).relu();
    return linear(params.output, full);
  },
};

export interface TrainingOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: Schedule;
  readonly weightDecay: number;
  /** Default 0.9. */
  readonly momentum?: number;
  /** Norm to which longer gradients are shortened; default: gradients are taken as they are. */
  readonly longestGradient?: number;
  readonly seed: number;
}

/** Stochastic gradient descent with momentum; the decay is added to the gradient. */
export function descent(learningRate: Schedule, weightDecay: number, momentum = 0.9) {
  return chain(addDecayedWeights(weightDecay), scaleByMomentum(momentum), scaleByLearningRate(learningRate));
}

/** Trains a classifier from given parameters. */
export async function trainClassifier<P>(
  network: Network<P>,
  params: P,
  data: Labelled,
  { epochs, batchSize, learningRate, weightDecay, momentum, longestGradient, seed }: TrainingOptions,
  call: Partial<ReturnType<Run["stage"]>>,
): Promise<P> {
  const steps = descent(learningRate, weightDecay, momentum);
  const result = await fit({
    params,
    data: data as { x: NdArray; y: NdArray },
    loss: (traced, { x, y }) => crossEntropy(network.forward(traced, x), y),
    optimiser: longestGradient === undefined ? steps : chain(clipByGlobalNorm(longestGradient), steps),
    ...{ batchSize, epochs, seed },
    ...call,
  });
  return result.params;
}

/** The cosine schedule over whole epochs of a set. */
export function cosineOver(rate: number, data: Labelled, epochs: number, batchSize: number): Schedule {
  return cosineSchedule(rate, 0, epochs * Math.floor(data.y.data.length / batchSize));
}

/** The network as an ONNX model for inputs of the shape of `x`, its parameters as initializers named by path. */
export function exported<P>(network: Network<P>, params: P, x: NdArray): OnnxModel {
  const forward = (params: Traced<P>, x: Tensor) => network.forward(params, x);
  return parseOnnxModel(
    toOnnx(forward as never, [params, x] as never, { inputs: ["params", "x"], stored: ["params"] }),
  );
}

/** Share of images that a model exported for all of them takes for what they are, in plain ONNX Runtime. */
export async function accuracyOf(model: OnnxModel, { x, y }: Labelled): Promise<number> {
  const session = await openOnnx(formatOnnxModel(model), { threads: 2 });
  try {
    const { output } = await session.run({ x });
    const scores = output!.data as Float32Array;
    let hits = 0;
    for (const [i, label] of y.data.entries()) {
      const row = scores.subarray(i * 10, (i + 1) * 10);
      if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === Number(label)) hits++;
    }
    return hits / y.data.length;
  } finally {
    await session.release();
  }
}
