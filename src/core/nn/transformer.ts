import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../errors.ts";
import type { RandomStream } from "../random/index.ts";
import {
  type AttentionOptions,
  attention,
  foldIn,
  gelu,
  layerNorm,
  type Tensor,
  type TensorLike,
} from "../tensor/index.ts";
import { type Initialiser, normalInitialiser } from "./initialisers.ts";
import { dropout, initLinear, initNorm, type Linear, linear, type Norm } from "./layers.ts";
import { rotaryPositions } from "./rotary.ts";

/** Parameters of {@link multiHeadAttention}: projections [width, 3 width] and [width, width]. */
export interface MultiHeadAttention<T = TensorLike> {
  readonly queryKeyValue: Linear<T>;
  readonly output: Linear<T>;
}

export function initMultiHeadAttention(
  stream: RandomStream,
  width: number,
  weight = normalInitialiser(0.02),
): MultiHeadAttention<NdArray> {
  return {
    queryKeyValue: initLinear(stream.split("queryKeyValue"), width, 3 * width, { weight }),
    output: initLinear(stream.split("output"), width, width, { weight }),
  };
}

export interface MultiHeadAttentionOptions extends AttentionOptions {
  /** Tells queries and keys their positions by {@link rotaryPositions}; default false. */
  readonly rotary?: boolean;
}

/** Self-attention with `heads` heads over x [N, T, width]. Vaswani et al., 2017, section 3.2. */
export function multiHeadAttention(
  params: MultiHeadAttention,
  x: Tensor,
  heads: number,
  options: MultiHeadAttentionOptions = {},
): Tensor {
  const { rotary = false, ...attentionOptions } = options;
  const [batch, length, width] = x.shape as [number, number, number];
  if (width % requireInteger("heads", heads, 1) !== 0)
    throw new InvalidInputError("heads", `a width of ${width} does not split into ${heads} heads`);
  const [q, k, v] = linear(params.queryKeyValue, x)
    .split(3, -1)
    .map((part) => part.reshape([batch, length, heads, width / heads]).transpose([0, 2, 1, 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const placed = (part: Tensor): Tensor => (rotary ? rotaryPositions(part) : part);
  const mixed = attention(placed(q), placed(k), v, attentionOptions)
    .transpose([0, 2, 1, 3])
    .reshape([batch, length, width]);
  return linear(params.output, mixed);
}

/** Parameters of {@link transformerBlock}. */
export interface TransformerBlock<T = TensorLike> {
  readonly attentionNorm: Norm<T>;
  readonly attention: MultiHeadAttention<T>;
  readonly feedForwardNorm: Norm<T>;
  readonly expand: Linear<T>;
  readonly contract: Linear<T>;
}

export interface TransformerBlockOptions extends MultiHeadAttentionOptions {
  readonly heads: number;
  /** Probability of dropping an element of each branch while training; default 0. */
  readonly dropout?: number;
  /** Key of the dropout; without it nothing is dropped. */
  readonly key?: Tensor;
}

export interface InitTransformerBlockOptions {
  /** Width between the two layers of the feed-forward part; default 4 width. */
  readonly hidden?: number;
  /** Of all matrices; default normal with deviation 0.02, which suits widths of 500 and more. */
  readonly weight?: Initialiser;
}

export function initTransformerBlock(
  stream: RandomStream,
  width: number,
  options: InitTransformerBlockOptions = {},
): TransformerBlock<NdArray> {
  requireKnownOptions("options", options, ["hidden", "weight"]);
  const { hidden = 4 * width, weight = normalInitialiser(0.02) } = options;
  return {
    attentionNorm: initNorm(width),
    attention: initMultiHeadAttention(stream.split("attention"), width, weight),
    feedForwardNorm: initNorm(width),
    expand: initLinear(stream.split("expand"), width, hidden, { weight }),
    contract: initLinear(stream.split("contract"), hidden, width, { weight }),
  };
}

/** A block with normalisation before each branch: x [N, T, width] to the same shape. */
export function transformerBlock(
  params: TransformerBlock,
  x: Tensor,
  options: TransformerBlockOptions,
): Tensor {
  const { heads, dropout: rate = 0, key, ...attentionOptions } = options;
  const drop = (branch: Tensor, place: number) => dropout(branch, rate, key && foldIn(key, place));
  const attended = multiHeadAttention(
    params.attention,
    layerNorm(x, params.attentionNorm),
    heads,
    attentionOptions,
  );
  const middle = x.add(drop(attended, 0));
  const hidden = gelu(linear(params.expand, layerNorm(middle, params.feedForwardNorm)));
  return middle.add(drop(linear(params.contract, hidden), 1));
}
