import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { axesOf, refuse, showType } from "./type.ts";

/** Scale and shift of a normalisation; each may be left out. */
export interface Affine {
  readonly scale?: TensorLike;
  readonly bias?: TensorLike;
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
}

function affine(y: Tensor, { scale, bias }: Affine): Tensor {
  const scaled = scale === undefined ? y : y.mul(scale);
  return bias === undefined ? scaled : scaled.add(bias);
}

/**
 * Normalises over the last `axes` axes (default 1) to mean 0 and variance 1, then scales and shifts by
 * parameters of the shape of those axes.
 */
export function layerNorm(x: Tensor, options: Affine & { readonly axes?: number } = {}): Tensor {
  const { axes = 1, epsilon = 1e-5 } = options;
  if (!Number.isInteger(axes) || axes < 1 || axes > x.rank)
    refuse("layerNorm", `axes = ${axes} does not fit ${showType(x)}`);
  return affine(x.normalize(axes, epsilon)[0]!, options);
}

/** Divides by the root mean square over the last axis, then scales. */
export function rmsNorm(x: Tensor, options: Affine = {}): Tensor {
  const { epsilon = 1e-5 } = options;
  const inverse = x.mul(x).mean(-1, true).add(epsilon).rsqrt();
  return affine(x.mul(inverse), options);
}

/** Normalises each sample [C, ...] of x [N, C, ...] over groups of channels; scale and bias are [C]. */
export function groupNorm(x: Tensor, groups: number, options: Affine = {}): Tensor {
  const { epsilon = 1e-5 } = options;
  const [n, c] = x.shape as [number, number];
  if (x.rank < 2 || !Number.isInteger(groups) || groups < 1 || c % groups !== 0)
    refuse("groupNorm", `${showType(x)} does not split into ${groups} groups of channels`);
  const y = x
    .reshape([n * groups, -1])
    .normalize(1, epsilon)[0]!
    .reshape(x.shape);
  return affine(y, perChannel(x, options));
}

/** Group normalisation with one channel a group. */
export function instanceNorm(x: Tensor, options: Affine = {}): Tensor {
  return groupNorm(x, x.shape[1] ?? 1, options);
}

/** Running statistics of a batch normalisation, [C] each. */
export interface BatchStatistics<T = Tensor> {
  readonly mean: T;
  readonly variance: T;
}

/**
 * Normalises x [N, C, ...] channel by channel. While training by the batch's own statistics, which are
 * returned for the caller to average (the variance with the n - 1 divisor, as is usual for running
 * averages); otherwise by the given ones.
 */
export function batchNorm(
  x: Tensor,
  options: Affine & { readonly statistics?: BatchStatistics<TensorLike> } = {},
): { readonly y: Tensor; readonly statistics: BatchStatistics } {
  const { epsilon = 1e-5, statistics } = options;
  if (x.rank < 2) refuse("batchNorm", `expected [N, C, ...], got ${showType(x)}`);
  const over = axesOf("batchNorm", undefined, x.rank).filter((axis) => axis !== 1);
  const count = x.size / x.shape[1]!;
  const shape = [x.shape[1]!, ...over.slice(1).map(() => 1)];
  const fixed = statistics && {
    mean: toTensor(statistics.mean),
    variance: toTensor(statistics.variance),
  };
  const mean = fixed?.mean.reshape(shape) ?? x.mean(over, true).reshape(shape);
  const centred = x.sub(mean);
  const variance = fixed?.variance.reshape(shape) ?? centred.mul(centred).mean(over, true).reshape(shape);
  const own = perChannel(x, options);
  const factor = variance.add(epsilon).rsqrt();
  const y = affine(centred.mul(own.scale === undefined ? factor : factor.mul(own.scale)), {
    ...(own.bias === undefined ? {} : { bias: own.bias }),
  });
  return {
    y,
    statistics: fixed ?? {
      mean: mean.flatten().stopGradient(),
      variance: variance
        .flatten()
        .mul(count / Math.max(1, count - 1))
        .stopGradient(),
    },
  };
}

/** Parameters [C] shaped to multiply [N, C, ...]. */
function perChannel(x: Tensor, { scale, bias }: Affine): Affine {
  const shape = [x.shape[1]!, ...x.shape.slice(2).map(() => 1)];
  return {
    ...(scale === undefined ? {} : { scale: toTensor(scale).reshape(shape) }),
    ...(bias === undefined ? {} : { bias: toTensor(bias).reshape(shape) }),
  };
}
