import { sizeOf } from "../../../array/index.ts";
import { gridSample, type SampleOptions } from "../../interpolation.ts";
import type { Tensor } from "../../tensor.ts";
import { isFloat } from "../../type.ts";
import { type Call, entries, floating, Known, type OperatorTable, places } from "../call.ts";
import { arrayFrom, knownInts, numbersOf } from "../known.ts";
import { normalAxes } from "../shapes.ts";

/** Weight of each source place (column) in each place of the result (row), or the source alone. */
type AxisMap =
  | { readonly sources: number[] }
  | { readonly matrix: Float64Array; readonly outside: boolean[] };

interface AxisResize {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** The part of the axis that is shown, in multiples of its length. */
  readonly roi: readonly [number, number];
}

/** Where a place of the result lies on the axis of the input. */
function sourcePlace(
  call: Call,
  mode: string,
  place: number,
  { input, output, scale, roi }: AxisResize,
): number {
  const resized = scale * input;
  switch (mode) {
    case "half_pixel":
      return (place + 0.5) / scale - 0.5;
    case "half_pixel_symmetric": {
      const centre = input / 2;
      return centre * (1 - output / resized) + (place + 0.5) / scale - 0.5;
    }
    case "pytorch_half_pixel":
      return output > 1 ? (place + 0.5) / scale - 0.5 : -0.5;
    case "align_corners":
      return resized === 1 ? 0 : (place * (input - 1)) / (resized - 1);
    case "asymmetric":
      return place / scale;
    case "tf_half_pixel_for_nn":
      return (place + 0.5) / scale;
    case "tf_crop_and_resize": {
      const [start, end] = roi;
      if (output <= 1) return 0.5 * (start + end) * (input - 1);
      return start * (input - 1) + (place * (end - start) * (input - 1)) / (output - 1);
    }
    default:
      return call.fail(`unknown coordinate_transformation_mode ${mode}`);
  }
}

function nearest(call: Call, mode: string, at: number): number {
  switch (mode) {
    case "round_prefer_floor":
      return Math.ceil(at - 0.5);
    case "round_prefer_ceil":
      return Math.floor(at + 0.5);
    case "floor":
      return Math.floor(at);
    case "ceil":
      return Math.ceil(at);
    default:
      return call.fail(`unknown nearest_mode ${mode}`);
  }
}

/** Interpolation kernels by the distance from the sampled place. */
const tent = (x: number): number => Math.max(0, 1 - Math.abs(x));
function keys(a: number): (x: number) => number {
  return (x) => {
    const d = Math.abs(x);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
  };
}

function axisMap(call: Call, mode: string, transformation: string, axis: AxisResize): AxisMap {
  const { attributes } = call;
  const { input, output, scale } = axis;
  entries(output * (mode === "nearest" ? 1 : input));
  const at = Array.from({ length: output }, (_, place) => sourcePlace(call, transformation, place, axis));
  const outside = at.map((x) => transformation === "tf_crop_and_resize" && (x < 0 || x > input - 1));
  const clamped = (place: number) => Math.min(input - 1, Math.max(0, place));
  if (mode === "nearest") {
    const rounding = attributes.text("nearest_mode", call.version < 11 ? "floor" : "round_prefer_floor");
    const sources = at.map((x) => clamped(nearest(call, rounding, x)));
    if (!outside.includes(true)) return { sources };
    const matrix = new Float64Array(entries(output * input));
    for (const [row, source] of sources.entries()) matrix[row * input + source] = 1;
    return { matrix, outside };
  }
  const cubic = mode === "cubic";
  if (!cubic && mode !== "linear") call.fail(`unknown mode ${mode}`);
  const kernel = cubic ? keys(attributes.float("cubic_coeff_a", -0.75)) : tent;
  const stretch = attributes.int("antialias", 0) !== 0 && scale < 1 ? scale : 1;
  const radius = (cubic ? 2 : 1) / stretch;
  const exclude = attributes.int("exclude_outside", 0) !== 0;
  const matrix = new Float64Array(output * input);
  for (let row = 0; row < output; row++) {
    const x = at[row]!;
    const weights: [number, number][] = [];
    for (let place = Math.ceil(x - radius); place <= Math.floor(x + radius); place++) {
      if (exclude && (place < 0 || place >= input)) continue;
      weights.push([clamped(place), kernel((place - x) * stretch)]);
    }
    const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
    const normal = stretch < 1 || exclude ? total : 1;
    for (const [place, weight] of weights) matrix[row * input + place]! += weight / normal;
  }
  return { matrix, outside };
}

/** Every axis is resized on its own: by a gather of places, or by a product with a matrix of weights. */
function resizeAxes(
  call: Call,
  axes: readonly (AxisResize & { readonly axis: number })[],
  mode: string,
): Tensor {
  const input = call.x(0);
  const transformation = call.attributes.text(
    "coordinate_transformation_mode",
    call.version < 11 ? "asymmetric" : "half_pixel",
  );
  let x = input;
  const gone: { axis: number; outside: boolean[] }[] = [];
  for (const { axis, ...resize } of axes) {
    if (resize.input === resize.output && resize.scale === 1 && transformation !== "tf_crop_and_resize")
      continue;
    const map = axisMap(call, mode, transformation, resize);
    if ("sources" in map) {
      x = x.gather(new Known(knownInts(map.sources)).tensor, axis);
      continue;
    }
    if (!isFloat(x.dtype) || x.dtype === "float16") x = x.cast("float32");
    const weights = new Known(arrayFrom("float64", [resize.output, resize.input], map.matrix)).tensor;
    const last = x.shape.length - 1;
    // Products on the last axis from the right, on the axis before it from the left.
    if (axis === last) x = x.matmul(weights.cast(x.dtype).transpose());
    else if (axis === last - 1) x = weights.cast(x.dtype).matmul(x);
    else x = x.moveAxis(axis, last).matmul(weights.cast(x.dtype).transpose()).moveAxis(last, axis);
    if (map.outside.includes(true)) gone.push({ axis, outside: map.outside });
  }
  for (const { axis, outside } of gone) {
    const mask = new Known(arrayFrom("bool", [outside.length], outside.map(Number))).tensor;
    const shape = x.shape.map((extent, own) => (own === axis ? extent : 1));
    x = mask.reshape(shape).where(x.full([], call.attributes.float("extrapolation_value", 0)), x);
  }
  if (x.dtype !== input.dtype && !isFloat(input.dtype)) {
    const [low, high] = input.dtype === "int8" ? [-128, 127] : [0, 255];
    if (input.dtype === "int8" || input.dtype === "uint8") x = x.clamp(low, high);
  }
  return x.cast(input.dtype);
}

function resize(call: Call): Tensor {
  const { shape } = call.x(0);
  const rank = shape.length;
  const old = call.version < 11;
  const given = call.attributes.ints("axes") ?? [];
  const axes = given.length > 0 ? normalAxes("Resize", given, rank) : shape.map((_, axis) => axis);
  const list = (index: number) => {
    const values = call.has(index) ? Array.from(numbersOf(call.known(index))) : [];
    return values.length > 0 ? values : undefined;
  };
  const roi = old ? undefined : list(1);
  const scales = list(old ? 1 : 2);
  let sizes = old ? undefined : list(3);
  if ((scales ?? sizes)?.length !== axes.length)
    call.fail(`expected scales or sizes for ${axes.length} axes`);
  const policy = call.attributes.text("keep_aspect_ratio_policy", "stretch");
  let common: number | undefined;
  if (sizes !== undefined && scales === undefined && policy !== "stretch") {
    const factors = axes.map((axis, i) => sizes![i]! / shape[axis]!);
    common = policy === "not_larger" ? Math.min(...factors) : Math.max(...factors);
    sizes = axes.map((axis) => Math.floor(common! * shape[axis]! + 0.5));
  }
  return resizeAxes(
    call,
    axes.map((axis, i) => {
      const input = shape[axis]!;
      // Stored as single precision: 3.4999998 rows must not become 3 where 3.5 were meant.
      const output = scales ? Math.floor(input * scales[i]! + 1e-6) : sizes![i]!;
      return {
        axis,
        input,
        output,
        scale: scales?.[i] ?? common ?? output / input,
        roi: [roi?.[i] ?? 0, roi?.[axes.length + i] ?? 1],
      };
    }),
    call.attributes.text("mode", "nearest"),
  );
}

function upsample(call: Call): Tensor {
  const { shape } = call.x(0);
  const scales = call.has(1) ? Array.from(numbersOf(call.known(1))) : call.attributes.floats("scales");
  if (scales?.length !== shape.length) return call.fail(`expected scales for ${shape.length} axes`);
  return resizeAxes(
    call,
    shape.map((input, axis) => ({
      axis,
      input,
      output: Math.floor(input * scales[axis]! + 1e-6),
      scale: scales[axis]!,
      roi: [0, 1] as const,
    })),
    call.attributes.text("mode", "nearest"),
  );
}

const methods: Readonly<Record<string, SampleOptions["method"]>> = {
  nearest: "nearest",
  linear: "bilinear",
  bilinear: "bilinear",
  cubic: "bicubic",
  bicubic: "bicubic",
};

function sampleGrid(call: Call): Tensor {
  const x = floating(call.x(0));
  const grid = call.x(1).cast(x.dtype);
  const { attributes } = call;
  const method = methods[attributes.text("mode", "linear")] ?? call.fail("unknown mode");
  const outside = attributes.text("padding_mode", "zeros") as NonNullable<SampleOptions["outside"]>;
  const alignCorners = attributes.int("align_corners", 0) !== 0;
  const sampled =
    x.shape.length === 4
      ? gridSample(x, grid, { method, outside, alignCorners })
      : sampleVolume(call, x, grid, { method, outside, alignCorners });
  return sampled.cast(call.x(0).dtype);
}

/** Volumes [N, C, D, H, W] at points [N, ..., 3] given as (x, y, z) from -1 to 1: [N, C, ...]. */
function sampleVolume(call: Call, x: Tensor, grid: Tensor, options: Required<SampleOptions>): Tensor {
  const { method, outside, alignCorners } = options;
  const size = call.spatial(x);
  if (size.length !== 3 || method === "bicubic" || outside === "reflection")
    return call.fail(
      `${method} samples with ${outside} outside are supported in 4 axes only, got ${x.shape.length}`,
    );
  const [n, c] = x.shape as [number, number];
  const out = grid.shape.slice(1, -1);
  const axes = size.map((extent, i) => {
    const unit = grid
      .sliceAxis(-1, 2 - i, 3 - i)
      .reshape([n, ...out])
      .add(1);
    const raw = alignCorners ? unit.mul((extent - 1) / 2) : unit.mul(extent / 2).sub(0.5);
    const at = outside === "border" ? raw.clamp(0, extent - 1) : raw;
    const tap = (where: Tensor, weight: Tensor) => ({
      place: where.clamp(0, extent - 1).cast("int64"),
      weight: weight.mul(
        where
          .greaterEqual(0)
          .and(where.lessEqual(extent - 1))
          .cast(x.dtype),
      ),
    });
    if (method === "nearest") return [tap(at.round(), at.onesLike())];
    const floor = at.stopGradient().floor();
    const rest = at.sub(floor);
    return [tap(floor, rest.neg().add(1)), tap(floor.add(1), rest)];
  });
  const rows = x
    .reshape([n, c, sizeOf(size)])
    .transpose([0, 2, 1])
    .reshape([n * sizeOf(size), c]);
  const firsts = places(n)
    .mul(sizeOf(size))
    .reshape([n, ...out.map(() => 1)]);
  const parts = axes[0]!.flatMap((deep) =>
    axes[1]!.flatMap((high) =>
      axes[2]!.map((wide) => {
        const flat = deep.place.mul(size[1]!).add(high.place).mul(size[2]!).add(wide.place);
        const weight = deep.weight.mul(high.weight).mul(wide.weight);
        return rows.gather(flat.add(firsts), 0).mul(weight.expandDims(-1));
      }),
    ),
  );
  return parts.reduce((a, b) => a.add(b)).moveAxis(-1, 1);
}

/** Coordinates of the places of an output under affine maps [N, D, D + 1], in [-1, 1]. */
function affineGrid(call: Call): Tensor {
  const theta = floating(call.x(0));
  const [n, , ...size] = call.ints(1);
  const corners = call.attributes.int("align_corners", 0) !== 0;
  const count = sizeOf(size);
  const columns = size.length + 1;
  const values = new Float64Array(entries(count * columns));
  for (let place = 0; place < count; place++) {
    for (let i = 0; i < size.length; i++) {
      const axis = size.length - 1 - i;
      const extent = size[axis]!;
      const at = Math.floor(place / sizeOf(size.slice(axis + 1))) % extent;
      values[place * columns + i] = corners
        ? extent === 1
          ? -1
          : -1 + (2 * at) / (extent - 1)
        : (2 * at + 1) / extent - 1;
    }
    values[place * columns + size.length] = 1;
  }
  const base = new Known(arrayFrom("float64", [count, columns], values)).tensor.cast(theta.dtype);
  return base
    .matmul(theta.swapAxes(-1, -2))
    .reshape([n!, ...size, size.length])
    .cast(call.x(0).dtype);
}

export const sampling: OperatorTable = {
  Resize: { run: resize, fixed: [1, 2, 3] },
  Upsample: { run: upsample, fixed: [1] },
  GridSample: sampleGrid,
  AffineGrid: { run: affineGrid, fixed: [1] },
};
