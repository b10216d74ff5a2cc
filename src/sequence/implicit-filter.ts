import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { initLinear, type Linear, linear } from "../core/nn/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import { type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";

/** Parameters of {@link implicitFilter}: a small network from a position to a weight of each channel. */
export interface ImplicitFilter<T = TensorLike> {
  readonly layers: readonly Linear<T>[];
  /** Frequencies of the sines between the layers, [order]. */
  readonly frequency: T;
  readonly output: Linear<T>;
}

/** Values that a position is told by: itself, and a cosine and a sine of two frequencies. */
const features = 5;

/** Networks of three layers of `order` sines with frequencies 10. */
export function initImplicitFilter(stream: RandomStream, width: number, order = 64): ImplicitFilter<NdArray> {
  requireInteger("width", width, 1);
  requireInteger("order", order, 1);
  const frequency = zeros([order], "float32");
  frequency.data.fill(10);
  return {
    layers: [features, order, order].map((inputs, i) => initLinear(stream.split("layer", i), inputs, order)),
    frequency,
    output: initLinear(stream.split("output"), order, width, { bias: false }),
  };
}

/**
 * Convolution kernels [width, length] of a filter for sequences of at most `longest` steps, times exp(-t |d|) with decays
 * d spread evenly over the channels, from a hundredth at 1.5 times the longest to a hundredth at 0.3 times.
 *
 * Reference: Poli et al., "Hyena Hierarchy", ICML 2023, as Monarch Mixer uses it.
 */
export function implicitFilter(params: ImplicitFilter, length: number, longest: number): Tensor {
  requireInteger("longest", longest, 1);
  if (length > longest)
    throw new InvalidInputError(
      "length",
      `${length} steps are more than the ${longest} that the filter is made for`,
    );
  const like = toTensor(params.frequency);
  const width = toTensor(params.output.weight).shape[1]!;
  const positions = new Float64Array(length * features);
  const window = new Float64Array(length * width);
  for (let j = 0; j < length; j++) {
    const t = j / Math.max(1, longest - 1);
    const w = (2 * Math.PI * j) / longest;
    positions[j * features] = t;
    for (const [band, f] of [1e-4, 1].entries()) {
      positions[j * features + 1 + band] = Math.cos(f * w);
      positions[j * features + 3 + band] = -Math.sin(f * w);
    }
    for (let d = 0; d < width; d++) {
      const share = width === 1 ? 0 : d / (width - 1);
      const rate = (-Math.log(0.01) * (1 - share)) / 1.5 + (-Math.log(0.01) * share) / 0.3;
      window[j * width + d] = Math.exp(-t * rate);
    }
  }
  const constant = (data: Float64Array, cols: number): Tensor =>
    like.constant({ dtype: "float64", shape: [length, cols], data }, like.dtype);
  let z = constant(positions, features);
  for (const layer of params.layers) z = linear(layer, z).mul(like).sin();
  return linear(params.output, z).mul(constant(window, width)).swapAxes(0, 1);
}
