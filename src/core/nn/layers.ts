import { type NdArray, zeros } from "../array/index.ts";
import { requireFinite, requireInteger } from "../errors.ts";
import type { RandomStream } from "../random/index.ts";
import { type ConvOptions, conv, randomUniform, type Tensor, type TensorLike } from "../tensor/index.ts";
import { glorotUniform, heNormal, type Initialiser, normalInitialiser } from "./initialisers.ts";

/**
 * Layers are pairs of functions: `initX(stream, sizes)` draws a tree of parameters (NdArrays), `x(params, ...)`
 * computes with that tree inside a traced function, where its leaves are tensors. Trees hold nothing but
 * parameters; sizes are read from their shapes.
 */

/** Parameters of {@link linear}: weight [in, out], bias [out]. */
export interface Linear<T = TensorLike> {
  readonly weight: T;
  readonly bias?: T;
}

export interface InitOptions {
  /** How the weight is drawn; each layer has a default of its own. */
  readonly weight?: Initialiser;
  /** Default true. */
  readonly bias?: boolean;
}

function filled(shape: readonly number[], value: number): NdArray {
  const array = zeros(shape, "float32");
  array.data.fill(value);
  return array;
}

/** Weight Glorot uniform, bias zero. */
export function initLinear(
  stream: RandomStream,
  inputs: number,
  outputs: number,
  options: InitOptions = {},
): Linear<NdArray> {
  requireInteger("inputs", inputs, 1);
  requireInteger("outputs", outputs, 1);
  const weight = (options.weight ?? glorotUniform)(stream.split("weight"), [inputs, outputs]);
  return options.bias === false ? { weight } : { weight, bias: filled([outputs], 0) };
}

/** `x W + b` over the last axis: [..., in] to [..., out]. */
export function linear(params: Linear, x: Tensor): Tensor {
  const product = x.matmul(params.weight);
  return params.bias === undefined ? product : product.add(params.bias);
}

/** Parameters of {@link convolution}: kernel [out, in / groups, ...window], bias [out]. */
export interface Convolution<T = TensorLike> {
  readonly kernel: T;
  readonly bias?: T;
}

/** Kernel He normal, bias zero. `window` has one extent an axis: [3, 3] for images. */
export function initConvolution(
  stream: RandomStream,
  inputs: number,
  outputs: number,
  window: readonly number[],
  options: InitOptions & { readonly groups?: number } = {},
): Convolution<NdArray> {
  const groups = requireInteger("options.groups", options.groups ?? 1, 1);
  const shape = [
    requireInteger("outputs", outputs, 1),
    requireInteger("inputs", inputs, 1) / groups,
    ...window,
  ];
  const kernel = (options.weight ?? heNormal)(stream.split("kernel"), shape);
  return options.bias === false ? { kernel } : { kernel, bias: filled([outputs], 0) };
}

/** Convolution of x [N, C, ...]; options as those of `conv`. */
export function convolution(params: Convolution, x: Tensor, options: Omit<ConvOptions, "bias"> = {}): Tensor {
  return conv(x, params.kernel, params.bias === undefined ? options : { ...options, bias: params.bias });
}

/** A table of vectors [count, width], normal with deviation 0.02. */
export function initEmbedding(
  stream: RandomStream,
  count: number,
  width: number,
  weight: Initialiser = normalInitialiser(0.02),
): NdArray {
  return weight(stream, [requireInteger("count", count, 1), requireInteger("width", width, 1)]);
}

/** Rows of a table by index: indices [...] to [..., width]. The gradient adds up repeated rows exactly. */
export function embedding(table: Tensor, indices: Tensor): Tensor {
  return table.gather(indices);
}

/** Parameters of a normalisation: scale and shift of each channel, [width] each. */
export interface Norm<T = TensorLike> {
  readonly scale: T;
  readonly bias?: T;
}

/** Scale one, bias zero (or none, as root-mean-square normalisation has it). */
export function initNorm(width: number, options: { readonly bias?: boolean } = {}): Norm<NdArray> {
  requireInteger("width", width, 1);
  const scale = filled([width], 1);
  return options.bias === false ? { scale } : { scale, bias: filled([width], 0) };
}

/**
 * Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate), so that the mean
 * stays. `key` is an int32[2] tensor, as `fit` hands to the loss; derive one a place with `foldIn`. Without a
 * key (evaluation) x is returned as it is.
 */
export function dropout(x: Tensor, rate: number, key: Tensor | undefined): Tensor {
  requireFinite("rate", rate, 0, 1);
  if (key === undefined || rate === 0) return x;
  if (rate === 1) return x.zerosLike();
  return randomUniform(key, x.shape)
    .greaterEqual(rate)
    .where(x.mul(1 / (1 - rate)), 0);
}
