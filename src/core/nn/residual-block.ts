import type { NdArray } from "../array/index.ts";
import { InvalidInputError, requireInteger } from "../errors.ts";
import type { RandomStream } from "../random/index.ts";
import { groupNorm, silu, type Tensor, type TensorLike } from "../tensor/index.ts";
import {
  type Convolution,
  convolution,
  initConvolution,
  initLinear,
  initNorm,
  type Linear,
  linear,
  type Norm,
} from "./layers.ts";

/** Parameters of {@link residualBlock}; `shortcut` where the number of channels changes. */
export interface ResidualBlock<T = TensorLike> {
  readonly firstNorm: Norm<T>;
  readonly first: Convolution<T>;
  readonly secondNorm: Norm<T>;
  readonly second: Convolution<T>;
  readonly embedding?: Linear<T>;
  readonly shortcut?: Convolution<T>;
}

/**
 * Two 3 x 3 convolutions around an identity, each after group normalisation and SiLU; the residual branch
 * starts at zero. `embedding` is the width of a vector (a time, a class) that is added between the two.
 */
export function initResidualBlock(
  stream: RandomStream,
  inputs: number,
  outputs: number,
  options: { readonly embedding?: number } = {},
): ResidualBlock<NdArray> {
  const second = initConvolution(stream.split("second"), outputs, outputs, [3, 3]);
  second.kernel.data.fill(0 as never);
  return {
    firstNorm: initNorm(inputs),
    first: initConvolution(stream.split("first"), inputs, outputs, [3, 3]),
    secondNorm: initNorm(outputs),
    second,
    ...(options.embedding === undefined
      ? {}
      : { embedding: initLinear(stream.split("embedding"), options.embedding, outputs) }),
    ...(inputs === outputs
      ? {}
      : { shortcut: initConvolution(stream.split("shortcut"), inputs, outputs, [1, 1]) }),
  };
}

/** x [N, C, H, W] (and a vector [N, embedding]) to [N, K, H, W]. He et al., 2016, with normalisation first. */
export function residualBlock(
  params: ResidualBlock,
  x: Tensor,
  options: { readonly groups?: number; readonly embedding?: Tensor } = {},
): Tensor {
  const groups = requireInteger("options.groups", options.groups ?? 8, 1);
  if ((params.embedding === undefined) !== (options.embedding === undefined))
    throw new InvalidInputError(
      "options.embedding",
      "expected exactly where the block has an embedding layer",
    );
  let y = convolution(params.first, silu(groupNorm(x, groups, params.firstNorm)), { padding: 1 });
  if (params.embedding !== undefined && options.embedding !== undefined)
    y = y.add(linear(params.embedding, silu(options.embedding)).reshape([x.shape[0]!, -1, 1, 1]));
  y = convolution(params.second, silu(groupNorm(y, groups, params.secondNorm)), { padding: 1 });
  return (params.shortcut === undefined ? x : convolution(params.shortcut, x)).add(y);
}
