import { InvalidInputError, requireKnownOptions } from "../errors.ts";
import type { ConvGeometry } from "./primitives/convolution.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

export interface WindowOptions {
  /** Default 1 for convolutions, the window's size for pooling. */
  readonly stride?: PerAxis;
  /** Padding on both sides, `[before, after]` pairs for each axis, or `same` (stride 1); default 0. */
  readonly padding?: PerAxis | readonly (readonly [number, number])[] | "same";
  readonly dilation?: PerAxis;
}

export interface ConvOptions extends WindowOptions {
  readonly groups?: number;
  /** [K], added to every place. */
  readonly bias?: TensorLike;
}

const windowOptions = ["stride", "padding", "dilation"] as const;

function perAxis(argument: string, value: PerAxis, axes: number): readonly number[] {
  const list = typeof value === "number" ? Array.from({ length: axes }, () => value) : value;
  if (list.length !== axes || !list.every((entry) => Number.isInteger(entry) && entry >= 0))
    throw new InvalidInputError(argument, `expected a whole number for each of ${axes} axes, got [${list}]`);
  return list;
}

function geometryOf(options: WindowOptions, kernel: readonly number[], defaultStride: PerAxis): ConvGeometry {
  const axes = kernel.length;
  const strides = perAxis("options.stride", options.stride ?? defaultStride, axes);
  const dilations = perAxis("options.dilation", options.dilation ?? 1, axes);
  const padding = options.padding ?? 0;
  let low: readonly number[];
  let high: readonly number[];
  if (padding === "same") {
    const total = kernel.map((extent, i) => (extent - 1) * dilations[i]!);
    low = total.map((amount) => amount >> 1);
    high = total.map((amount, i) => amount - low[i]!);
  } else if (typeof padding !== "number" && typeof padding[0] === "object") {
    const pairs = padding as readonly (readonly [number, number])[];
    low = perAxis(
      "options.padding",
      pairs.map(([before]) => before),
      axes,
    );
    high = perAxis(
      "options.padding",
      pairs.map(([, after]) => after),
      axes,
    );
  } else {
    low = perAxis("options.padding", padding as PerAxis, axes);
    high = low;
  }
  if (strides.some((stride) => stride < 1) || dilations.some((dilation) => dilation < 1))
    throw new InvalidInputError(
      "options",
      `strides [${strides}] and dilations [${dilations}] must be positive`,
    );
  return { strides, dilations, low, high, groups: 1 };
}

function addBias(y: Tensor, bias: TensorLike | undefined): Tensor {
  if (bias === undefined) return y;
  return y.add(toTensor(bias).reshape([y.shape[1]!, ...y.shape.slice(2).map(() => 1)]));
}

/**
 * Convolution (correlation) of x [N, C, ...] with weights [K, C / groups, ...] over 1 to 3 spatial axes.
 * Depthwise: `groups` = C.
 */
export function conv(x: Tensor, weights: TensorLike, options: ConvOptions = {}): Tensor {
  requireKnownOptions("options", options, [...windowOptions, "groups", "bias"]);
  const w = toTensor(weights);
  const geometry = { ...geometryOf(options, w.shape.slice(2), 1), groups: options.groups ?? 1 };
  return addBias(x.conv(w, geometry), options.bias);
}

/**
 * The transpose of `conv`, which enlarges: x [N, K, ...] with weights [K, C / groups, ...] to [N, C, ...] of
 * extents (n - 1) stride - 2 padding + dilation (kernel - 1) + 1 + outputPadding.
 */
export function convTranspose(
  x: Tensor,
  weights: TensorLike,
  options: ConvOptions & { readonly outputPadding?: PerAxis } = {},
): Tensor {
  requireKnownOptions("options", options, [...windowOptions, "groups", "bias", "outputPadding"]);
  const w = toTensor(weights);
  const kernel = w.shape.slice(2);
  const geometry = { ...geometryOf(options, kernel, 1), groups: options.groups ?? 1 };
  const { strides, dilations, low, high } = geometry;
  const extra = perAxis("options.outputPadding", options.outputPadding ?? 0, kernel.length);
  const size = kernel.map(
    (extent, i) =>
      (x.shape[2 + i]! - 1) * strides[i]! - low[i]! - high[i]! + dilations[i]! * (extent - 1) + 1 + extra[i]!,
  );
  return addBias(x.convTransposed(w, size, geometry), options.bias);
}

/** Greatest element of each window of x [N, C, ...]; at ties the first gets the gradient. */
export function maxPool(x: Tensor, window: PerAxis, options: WindowOptions = {}): Tensor {
  requireKnownOptions("options", options, windowOptions);
  const kernel = perAxis("window", window, x.rank - 2);
  const { groups: _, ...geometry } = geometryOf(options, kernel, kernel);
  return x.maxPool({ ...geometry, kernel } as Parameters<Tensor["maxPool"]>[0]);
}

/** Mean of each window of x [N, C, ...]; padding counts as zeros. */
export function avgPool(x: Tensor, window: PerAxis, options: WindowOptions = {}): Tensor {
  requireKnownOptions("options", options, windowOptions);
  const kernel = perAxis("window", window, x.rank - 2);
  const { strides, dilations, low, high } = geometryOf(options, kernel, kernel);
  const padded = x.padAxes([0, 0, ...low], [0, 0, ...high]);
  const size = padded.shape.slice(2);
  const out = size.map(
    (extent, i) => Math.floor((extent - (kernel[i]! - 1) * dilations[i]! - 1) / strides[i]!) + 1,
  );
  if (out.some((extent) => extent < 1))
    refuse("avgPool", `windows [${kernel}] are larger than ${showType(x)} with its padding`);
  const tiled = kernel.every(
    (extent, i) => extent === strides[i] && dilations[i] === 1 && extent * out[i]! === size[i],
  );
  if (tiled) {
    const split = padded.reshape([
      ...x.shape.slice(0, 2),
      ...kernel.flatMap((extent, i) => [out[i]!, extent]),
    ]);
    return split.mean(kernel.map((_, i) => 3 + 2 * i));
  }
  // Axis by axis: the sum over a box is a sum of sums over its sides.
  let sums = padded;
  for (const [i, extent] of kernel.entries()) {
    const axis = 2 + i;
    const parts = Array.from({ length: extent }, (_, tap) =>
      sums.sliceAxes(
        sums.shape.map((_, own) => (own === axis ? tap * dilations[i]! : 0)),
        sums.shape.map((own, at) => (at === axis ? out[i]! : own)),
        sums.shape.map((_, own) => (own === axis ? strides[i]! : 1)),
      ),
    );
    sums = parts.reduce((a, b) => a.add(b));
  }
  return sums.mul(1 / kernel.reduce((a, b) => a * b, 1));
}

/** Rearranges channels into space: [N, C r², H, W] to [N, C, H r, W r]. */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  const [n, c, h, w] = imageShape("pixelShuffle", x);
  if (c % factor ** 2 !== 0)
    refuse("pixelShuffle", `the channels of ${showType(x)} are no multiple of ${factor}²`);
  const channels = c / factor ** 2;
  return x
    .reshape([n, channels, factor, factor, h, w])
    .transpose([0, 1, 4, 2, 5, 3])
    .reshape([n, channels, h * factor, w * factor]);
}

/** The inverse of `pixelShuffle`. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  const [n, c, h, w] = imageShape("pixelUnshuffle", x);
  if (h % factor !== 0 || w % factor !== 0)
    refuse("pixelUnshuffle", `height and width of ${showType(x)} are no multiples of ${factor}`);
  return x
    .reshape([n, c, h / factor, factor, w / factor, factor])
    .transpose([0, 1, 3, 5, 2, 4])
    .reshape([n, c * factor ** 2, h / factor, w / factor]);
}

function imageShape(operation: string, x: Tensor): readonly [number, number, number, number] {
  if (x.rank !== 4) refuse(operation, `expected images [N, C, H, W], got ${showType(x)}`);
  return x.shape as unknown as readonly [number, number, number, number];
}
