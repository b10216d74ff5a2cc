import { type NdArray, zeros } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { initLinear, initNorm, type Linear, linear, type Norm } from "../core/nn/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import { gelu, layerNorm, type Tensor, type TensorLike, toTensor } from "../core/tensor/index.ts";
import { type BlockDiagonal, initBlockDiagonal, toBlocks } from "./block-diagonal.ts";
import { type ImplicitFilter, implicitFilter, initImplicitFilter } from "./implicit-filter.ts";
import { monarchConvolution } from "./monarch-convolution.ts";

export interface M2Options {
  /** Longest sequence that filters are made for. */
  readonly maxLength: number;
  /** Looks backwards only; default true. */
  readonly causal?: boolean;
  /** Width of the networks that make the filters; default 64. */
  readonly filterOrder?: number;
  /** Adds a convolution of the input itself; default for what is not causal. */
  readonly residualConvolution?: boolean;
  /** Diagonal blocks of the layers that mix features; default 4. */
  readonly blocks?: number;
}

/** A long convolution with an implicit kernel, one backwards where wanted, and a share of the input, [width]. */
export interface LongFilter<T = TensorLike> {
  readonly forward: ImplicitFilter<T>;
  readonly backward?: ImplicitFilter<T>;
  readonly skip: T;
}

/** Parameters of {@link monarchSequenceMixer}. */
export interface MonarchSequenceMixer<T = TensorLike> {
  /** [width, 3 width]: two gates and the values. */
  readonly input: Linear<T>;
  /** Convolutions of three steps, [3, 3 width]. */
  readonly short: T;
  readonly filter: LongFilter<T>;
  readonly residual?: LongFilter<T>;
  readonly output: Linear<T>;
}

/** Parameters of {@link m2Block}. */
export interface M2Block<T = TensorLike> {
  readonly mixerNorm: Norm<T>;
  readonly mixer: MonarchSequenceMixer<T>;
  readonly featureNorm: Norm<T>;
  /** Block-diagonal [width] to [8 width] and [4 width] to [width]. */
  readonly expand: BlockDiagonal<T>;
  readonly contract: BlockDiagonal<T>;
}

function initLongFilter(
  stream: RandomStream,
  width: number,
  causal: boolean,
  order: number,
): LongFilter<NdArray> {
  const skip = zeros([width], "float32");
  stream.split("skip").fillNormal(skip.data);
  return {
    forward: initImplicitFilter(stream.split("forward"), width, order),
    ...(causal ? {} : { backward: initImplicitFilter(stream.split("backward"), width, order) }),
    skip,
  };
}

export function initMonarchSequenceMixer(
  stream: RandomStream,
  width: number,
  options: M2Options,
): MonarchSequenceMixer<NdArray> {
  const causal = options.causal ?? true;
  const order = options.filterOrder ?? 64;
  const short = zeros([3, 3 * width], "float32");
  const bound = 1 / Math.sqrt(3);
  stream.split("short").fillUniform(short.data, -bound, bound);
  return {
    input: initLinear(stream.split("input"), width, 3 * width),
    short,
    filter: initLongFilter(stream.split("filter"), width, causal, order),
    ...((options.residualConvolution ?? !causal)
      ? { residual: initLongFilter(stream.split("residual"), width, causal, order) }
      : {}),
    output: initLinear(stream.split("output"), width, width),
  };
}

/** A pre-norm block: the sequence mixer, then a gated network of block-diagonal layers. */
export function initM2Block(stream: RandomStream, width: number, options: M2Options): M2Block<NdArray> {
  const blocks = options.blocks ?? 4;
  return {
    mixerNorm: initNorm(width),
    mixer: initMonarchSequenceMixer(stream.split("mixer"), width, options),
    featureNorm: initNorm(width),
    expand: initBlockDiagonal(stream.split("expand"), width, 8 * width, blocks),
    contract: initBlockDiagonal(stream.split("contract"), 4 * width, width, blocks),
  };
}

/**
 * Mixes u [n, length, width] along the sequence: gates around a long convolution whose kernel a small network makes, by
 * Monarch products. Causal unless the parameters hold filters that run backwards.
 */
export function monarchSequenceMixer(
  params: MonarchSequenceMixer,
  u: Tensor,
  options: Pick<M2Options, "maxLength">,
): Tensor {
  if (u.rank !== 3 || u.shape[2] !== toTensor(params.filter.skip).size)
    throw new InvalidInputError(
      "u",
      `expected [n, length, ${toTensor(params.filter.skip).size}], got [${u.shape}]`,
    );
  const causal = params.filter.backward === undefined;
  const [first, second, values] = shortConvolution(params.short, linear(params.input, u), causal).split(
    3,
    -1,
  ) as [Tensor, Tensor, Tensor];
  const mixed = longFilter(params.filter, values.mul(first), options.maxLength).mul(second);
  const y =
    params.residual === undefined ? mixed : mixed.add(longFilter(params.residual, u, options.maxLength));
  return linear(params.output, y);
}

function longFilter({ forward, backward, skip }: LongFilter, x: Tensor, longest: number): Tensor {
  const length = x.shape[1]!;
  return monarchConvolution(x.swapAxes(1, 2), implicitFilter(forward, length, longest), {
    ...(backward === undefined ? {} : { reverse: implicitFilter(backward, length, longest) }),
    skip: toTensor(skip),
  }).swapAxes(1, 2);
}

/** Each channel with its own three weights: of this step and the two before, or of the two beside it. */
function shortConvolution(weights: TensorLike, x: Tensor, causal: boolean): Tensor {
  const [w0, w1, w2] = toTensor(weights).split(3, 0) as [Tensor, Tensor, Tensor];
  const length = x.shape[1]!;
  const late = (steps: number): Tensor =>
    steps > 0
      ? x
          .pad([
            [0, 0],
            [steps, 0],
            [0, 0],
          ])
          .sliceAxis(1, 0, length)
      : x
          .pad([
            [0, 0],
            [0, -steps],
            [0, 0],
          ])
          .sliceAxis(1, -steps, length - steps);
  return x
    .mul(w0)
    .add(late(1).mul(w1))
    .add(late(causal ? 2 : -1).mul(w2));
}

/** A block of u [n, length, width], to the same shape. */
export function m2Block(params: M2Block, u: Tensor, options: Pick<M2Options, "maxLength">): Tensor {
  const middle = u.add(monarchSequenceMixer(params.mixer, layerNorm(u, params.mixerNorm), options));
  return middle.add(featureMixer(params, layerNorm(middle, params.featureNorm)));
}

/**
 * Block-diagonal layers with a gate between them; the features are dealt out anew, so that blocks meet: each second block
 * takes a whole run of every first one, since runs move faster than single numbers.
 */
export function featureMixer({ expand, contract }: M2Block, x: Tensor): Tensor {
  const count = toTensor(expand).shape[0]!;
  const [gates, values] = toBlocks(x, count).matmul(expand).split(2, -1) as [Tensor, Tensor];
  const hidden = gelu(gates).mul(values);
  const [blocks, rows, own] = hidden.shape as [number, number, number];
  const dealt =
    own % blocks === 0
      ? hidden
          .reshape([blocks, rows, blocks, own / blocks])
          .transpose([2, 1, 0, 3])
          .reshape([blocks, rows, own])
      : hidden;
  return dealt.matmul(contract).transpose([1, 0, 2]).reshape(x.shape);
}
