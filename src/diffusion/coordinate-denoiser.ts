import type { NdArray } from "../core/array/index.ts";
import { requireInteger } from "../core/errors.ts";
import { initEmbedding, initLinear, type Linear, linear } from "../core/nn/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import { concat, silu, Tensor, type TensorLike } from "../core/tensor/index.ts";

/** Parameters of {@link coordinateDenoiser}. */
export interface CoordinateDenoiser<T = TensorLike> {
  /** Fixed random frequencies of lambda / 4, [1, 16]; no gradient reaches them. */
  readonly frequencies: T;
  /** A vector for each class, and one more for no class. */
  readonly classes: T;
  readonly input: Linear<T>;
  readonly hidden: readonly [Linear<T>, Linear<T>];
  readonly output: Linear<T>;
}

const features = 16;
const classWidth = 32;
const width = 256;

/** Parameters of a residual network for vectors of `dim` coordinates, told the noise level and one of `classes`. */
export function initCoordinateDenoiser(
  stream: RandomStream,
  dim: number,
  classes: number,
): CoordinateDenoiser<NdArray> {
  requireInteger("dim", dim, 1);
  requireInteger("classes", classes, 0);
  const told = 2 * features + classWidth;
  const output = initLinear(stream.split("output"), width + told, dim);
  output.weight.data.fill(0 as never);
  return {
    frequencies: {
      dtype: "float32",
      shape: [1, features],
      data: stream.split("frequencies").fillNormal(new Float32Array(features), 0, 2 * Math.PI),
    },
    classes: initEmbedding(stream.split("classes"), classes + 1, classWidth),
    input: initLinear(stream.split("input"), dim + told, width),
    hidden: [
      initLinear(stream.split("hidden", 0), width + told, width),
      initLinear(stream.split("hidden", 1), width + told, width),
    ],
    output,
  };
}

/**
 * Noise predicted in x [N, d] of half log signal-to-noise ratio lambda [N] and classes [N] of int64, the last one for no
 * class: three hidden layers of 256, each told the level and class, around the preconditioning of Karras et al. 2022
 * for data of deviation 1.
 */
export function coordinateDenoiser(
  params: CoordinateDenoiser,
  x: Tensor,
  lambda: Tensor,
  classes: Tensor,
): Tensor {
  const n = x.shape[0]!;
  const tensor = (value: TensorLike): Tensor =>
    value instanceof Tensor ? value : x.constant(value as NdArray);
  const column = lambda.reshape([n, 1]);
  const angles = column.mul(0.25).mul(tensor(params.frequencies).stopGradient());
  const told = concat([angles.sin(), angles.cos(), tensor(params.classes).gather(classes)], 1);
  // x = alpha (D + s z) with s = e^-lambda, for a variance-preserving alpha = (1 + s^2)^-1/2.
  const s = column.neg().exp();
  const level = s.square().add(1);
  const alpha = level.rsqrt();
  const y = x.div(alpha);
  const layer = (own: Linear, input: Tensor): Tensor => linear(own, concat([input, told], 1));
  let h = silu(layer(params.input, y.mul(level.rsqrt())));
  for (const own of params.hidden) h = h.add(silu(layer(own, h)));
  // D = y / (1 + s^2) + s / sqrt(1 + s^2) F, and the noise (y - D) / s.
  const data = y.div(level).add(s.mul(level.rsqrt()).mul(layer(params.output, h)));
  return y.sub(data).div(s);
}
