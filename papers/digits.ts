import type { Matrix, NdArray } from "ockham/array";
import { cacheFolder, loadMnist } from "ockham/data";
import type { GaussianMixture } from "ockham/diffusion";
import { momentsOf } from "ockham/diffusion";
import { fitPca, type Pca } from "ockham/learn";
import { eigh } from "ockham/linalg";
import {
  adam,
  type Convolution,
  convolution,
  crossEntropy,
  fit,
  initConvolution,
  initLinear,
  type Linear,
  linear,
  linearSchedule,
  loadCheckpoint,
  saveCheckpoint,
  type Traced,
} from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { compile, maxPool, type Tensor } from "ockham/tensor";

/** Handwritten digits in few coordinates, which several papers share. */
export interface Digits {
  /** Coordinates in 32 principal components over their common deviation, [20000, 32]. */
  readonly coordinates: Matrix;
  readonly labels: Uint8Array;
  /** Rows of pixels, -1 to 1, of coordinates. */
  pixels(coordinates: Matrix): Matrix;
}

const count = 20_000;
const components = 32;

/** The first 20,000 training images of MNIST, pixels / 127.5 - 1. */
export async function principalDigits(call: ReturnType<Run["stage"]>): Promise<Digits> {
  const { images, labels } = await loadMnist(call);
  const size = 784;
  const raw: Matrix = {
    dtype: "float64",
    shape: [count, size],
    data: Float64Array.from(images.data.subarray(0, count * size), (value) => value / 127.5 - 1),
  };
  const pca: Pca = fitPca(raw, { components });
  const projected = pca.transform(raw);
  const deviation = Math.sqrt(pca.variances.reduce((sum, value) => sum + value, 0) / components);
  return {
    coordinates: { ...projected, data: projected.data.map((value) => value / deviation) },
    labels: labels.data.subarray(0, count),
    pixels: (coordinates) =>
      pca.inverse({ ...coordinates, data: coordinates.data.map((value) => value * deviation) }),
  };
}

/** One normal distribution a digit, with its sample covariance + 1e-3 I, weighed by how often the digit occurs. */
export function digitMixture({ coordinates, labels }: Digits): GaussianMixture {
  const d = components;
  const weights = new Float64Array(10);
  const means = new Float64Array(10 * d);
  const variances = new Float64Array(10 * d);
  const eigenvectors = new Float64Array(10 * d * d);
  for (let digit = 0; digit < 10; digit++) {
    const own = rowsWhere(coordinates, labels, digit);
    const { mean, covariance } = momentsOf(own);
    const { values, vectors } = eigh(covariance);
    weights[digit] = own.shape[0]! / count;
    means.set(mean, digit * d);
    variances.set(
      values.map((value) => value + 1e-3),
      digit * d,
    );
    eigenvectors.set(vectors.data, digit * d * d);
  }
  return {
    weights,
    means: { dtype: "float64", shape: [10, d], data: means },
    variances: { dtype: "float64", shape: [10, d], data: variances },
    eigenvectors: { dtype: "float64", shape: [10, d, d], data: eigenvectors },
  };
}

/** The rows of one digit. */
export function rowsWhere({ data, shape }: Matrix, labels: Uint8Array, digit: number): Matrix {
  const d = shape[1]!;
  const rows = Array.from(labels.keys()).filter((i) => labels[i] === digit);
  const out = new Float64Array(rows.length * d);
  for (const [i, row] of rows.entries()) out.set(data.subarray(row * d, (row + 1) * d), i * d);
  return { dtype: "float64", shape: [rows.length, d], data: out };
}

interface Network<T = NdArray> {
  readonly first: Convolution<T>;
  readonly second: Convolution<T>;
  readonly features: Linear<T>;
  readonly output: Linear<T>;
}

/** 128 features of images [n, 1, 28, 28] and the scores of the digits. */
function forward(net: Traced<Network>, images: Tensor): { features: Tensor; scores: Tensor } {
  const one = maxPool(convolution(net.first, images, { padding: 1 }).relu(), 2, { stride: 2 });
  const two = maxPool(convolution(net.second, one, { padding: 1 }).relu(), 2, { stride: 2 });
  const features = linear(net.features, two.reshape([two.shape[0]!, -1])).relu();
  return { features, scores: linear(net.output, features) };
}

/** A convolutional network that tells digits apart. */
export interface DigitClassifier {
  /** Share of the 10,000 test images that it takes for what they are. */
  readonly accuracy: number;
  /** 128 features of each image, and the digit it is taken for. Rows of 784 pixels, -1 to 1. */
  judge(pixels: Matrix): Promise<{ features: Matrix; digits: Uint8Array }>;
  dispose(): Promise<void>;
}

const batch = 128;

/** The classifier, trained on first use in a minute or two and kept in the cache folder: the same for every paper. */
export async function digitClassifier(call: ReturnType<Run["stage"]>): Promise<DigitClassifier> {
  const stream = randomStream(0, "digit-classifier");
  const initial: Network = {
    first: initConvolution(stream.split("first"), 1, 16, [3, 3]),
    second: initConvolution(stream.split("second"), 16, 32, [3, 3]),
    features: initLinear(stream.split("features"), 32 * 49, 128),
    output: initLinear(stream.split("output"), 128, 10),
  };
  const path = `${cacheFolder()}/networks/digit-classifier-1.safetensors`;
  const { mkdirSync } = await import("node:fs");
  mkdirSync(`${cacheFolder()}/networks`, { recursive: true });
  let params = (await loadCheckpoint(path, initial))?.tree;
  if (params === undefined) {
    const { images, labels } = await loadMnist({ part: "train" });
    const steps = 940;
    const result = await fit({
      params: initial,
      loss: (net, { x, y }) => crossEntropy(forward(net, x).scores, y),
      optimiser: adam({ learningRate: linearSchedule(1e-3, 1e-4, steps) }),
      data: {
        x: imagesOf(images.data),
        y: { dtype: "int64", shape: [60_000], data: BigInt64Array.from(labels.data, BigInt) } as NdArray,
      },
      batchSize: batch,
      steps,
      ...call,
    });
    params = result.params;
    await saveCheckpoint(path, params, {});
  }
  const trained = params;
  const run = compile(forward as (net: unknown, images: Tensor) => { features: Tensor; scores: Tensor });
  const judge: DigitClassifier["judge"] = async (pixels) => {
    const n = pixels.shape[0]!;
    const features = new Float64Array(n * 128);
    const digits = new Uint8Array(n);
    for (let start = 0; start < n; start += batch) {
      // The last batch is filled up, so that one graph serves all.
      const images = new Float32Array(batch * 784);
      images.set(pixels.data.subarray(start * 784, (start + batch) * 784));
      const out = await run(trained as never, { dtype: "float32", shape: [batch, 1, 28, 28], data: images });
      const rows = Math.min(batch, n - start);
      features.set((out.features.data as Float32Array).subarray(0, rows * 128), start * 128);
      for (let i = 0; i < rows; i++) {
        const scores = (out.scores.data as Float32Array).subarray(i * 10, (i + 1) * 10);
        digits[start + i] = scores.indexOf(Math.max(...scores));
      }
    }
    return { features: { dtype: "float64", shape: [n, 128], data: features }, digits };
  };
  const test = await loadMnist({ part: "test" });
  const { digits } = await judge({
    dtype: "float64",
    shape: [10_000, 784],
    data: Float64Array.from(test.images.data, (value) => value / 127.5 - 1),
  });
  const right = digits.filter((digit, i) => digit === test.labels.data[i]).length;
  return { accuracy: right / digits.length, judge, dispose: () => run.dispose() };
}

/** Grey values as images [n, 1, 28, 28] from -1 to 1. */
export function imagesOf(grey: Uint8Array): NdArray<"float32"> {
  return {
    dtype: "float32",
    shape: [grey.length / 784, 1, 28, 28],
    data: Float32Array.from(grey, (value) => value / 127.5 - 1),
  };
}
