import type { NdArray } from "../core/array/index.ts";
import { requireInteger } from "../core/errors.ts";
import {
  type Convolution,
  convolution,
  initConvolution,
  initEmbedding,
  initLinear,
  initNorm,
  initResidualBlock,
  type Linear,
  linear,
  type Norm,
  normalInitialiser,
  type ResidualBlock,
  residualBlock,
} from "../core/nn/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import { avgPool, concat, groupNorm, resize, silu, Tensor, type TensorLike } from "../core/tensor/index.ts";

/** Parameters of {@link imageDenoiser}. */
export interface ImageDenoiser<T = TensorLike> {
  /** A vector for each class, and one more for no class. */
  readonly classes: T;
  readonly timeIn: Linear<T>;
  readonly timeOut: Linear<T>;
  readonly input: Convolution<T>;
  readonly down: readonly [ResidualBlock<T>, ResidualBlock<T>, ResidualBlock<T>];
  readonly middle: ResidualBlock<T>;
  readonly up: readonly [ResidualBlock<T>, ResidualBlock<T>, ResidualBlock<T>];
  readonly outputNorm: Norm<T>;
  readonly output: Convolution<T>;
}

const frequencies = 32;
const width = 128;

/**
 * Parameters of a small U-Net for images with one or more channels: 32, 64 and 64 channels at full, half and quarter
 * resolution (about 0.6 million numbers), told the time and, if there are any, one of `classes` classes.
 */
export function initImageDenoiser(
  stream: RandomStream,
  channels: number,
  classes: number,
): ImageDenoiser<NdArray> {
  requireInteger("channels", channels, 1);
  requireInteger("classes", classes, 0);
  const block = (name: string, inputs: number, outputs: number) =>
    initResidualBlock(stream.split(name), inputs, outputs, { embedding: width });
  const output = initConvolution(stream.split("output"), 32, channels, [3, 3]);
  output.kernel.data.fill(0 as never);
  return {
    // As large as what the time is turned into, or classes are hardly heard in a short training.
    classes: initEmbedding(stream.split("classes"), classes + 1, width, normalInitialiser(1)),
    timeIn: initLinear(stream.split("time-in"), 2 * frequencies, width),
    timeOut: initLinear(stream.split("time-out"), width, width),
    input: initConvolution(stream.split("input"), channels, 32, [3, 3]),
    down: [block("down-0", 32, 32), block("down-1", 32, 64), block("down-2", 64, 64)],
    middle: block("middle", 64, 64),
    up: [block("up-2", 128, 64), block("up-1", 128, 64), block("up-0", 96, 32)],
    outputNorm: initNorm(32),
    output,
  };
}

/**
 * Noise predicted in images x [N, C, H, W], H and W multiples of 4, at times t in [0, 1], [N], and classes [N] of
 * int64, the last one for no class. Ho et al. 2020 in small.
 */
export function imageDenoiser(params: ImageDenoiser, x: Tensor, time: Tensor, classes: Tensor): Tensor {
  const [n, , height, wide] = x.shape as [number, number, number, number];
  const rates = x.constant({
    dtype: "float32",
    shape: [1, frequencies],
    data: Float32Array.from({ length: frequencies }, (_, i) => 1000 * 1e4 ** (-i / (frequencies - 1))),
  });
  const angles = time.reshape([n, 1]).mul(rates);
  const timed = linear(params.timeOut, silu(linear(params.timeIn, concat([angles.sin(), angles.cos()], 1))));
  const table = params.classes instanceof Tensor ? params.classes : x.constant(params.classes as NdArray);
  const embedding = timed.add(table.gather(classes));
  const block = (own: ResidualBlock, input: Tensor): Tensor => residualBlock(own, input, { embedding });
  const half = (input: Tensor): Tensor => avgPool(input, 2, { stride: 2 });
  const double = (input: Tensor, of: Tensor): Tensor =>
    concat([resize(input, of.shape.slice(2), { method: "nearest" }), of], 1);

  const full = block(params.down[0], convolution(params.input, x, { padding: 1 }));
  const middle = block(params.down[1], half(full));
  const low = block(params.down[2], half(middle));
  let y = concat([block(params.middle, low), low], 1);
  y = double(block(params.up[0], y), middle);
  y = double(block(params.up[1], y), full);
  y = block(params.up[2], y);
  return convolution(params.output, silu(groupNorm(y, 8, params.outputNorm)), { padding: 1 }).reshape([
    n,
    -1,
    height,
    wide,
  ]);
}
