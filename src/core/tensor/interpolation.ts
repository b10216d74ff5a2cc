import { requireKnownOptions, requireOneOf } from "../errors.ts";
import { type Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

export interface ResizeOptions {
  /** Default `bilinear`. */
  readonly method?: "nearest" | "bilinear" | "bicubic";
  /**
   * Where output places lie in the input: `half-pixel` (default) keeps the outer edges together,
   * `align-corners` the centres of the corner pixels, `asymmetric` the first pixels.
   */
  readonly coordinates?: "half-pixel" | "align-corners" | "asymmetric";
  /** Coefficient of Keys' cubic; default -0.75, as in PyTorch (-0.5 in Pillow and MATLAB). */
  readonly cubic?: number;
  /** Widens the kernel when shrinking; default false. */
  readonly antialias?: boolean;
}

/**
 * Resizes the last axes of x to the given extents, one matrix product for each axis: exact gradients, any
 * scale. Beyond the edge the nearest pixel counts (with `antialias` the weights are renormalised instead).
 */
export function resize(x: Tensor, size: readonly number[], options: ResizeOptions = {}): Tensor {
  requireKnownOptions("options", options, ["method", "coordinates", "cubic", "antialias"]);
  if (size.length > x.rank) refuse("resize", `${size.length} extents for ${showType(x)}`);
  let y = x;
  for (const [i, extent] of size.entries()) {
    const axis = x.rank - size.length + i;
    if (!Number.isInteger(extent) || extent < 1) refuse("resize", `extent ${extent} for axis ${axis}`);
    if (x.shape[axis] !== extent) y = resizeAxis(y, axis, extent, options);
  }
  return y;
}

function resizeAxis(x: Tensor, axis: number, out: number, options: ResizeOptions): Tensor {
  const { cubic = -0.75, antialias = false } = options;
  const method = requireOneOf("options.method", options.method ?? "bilinear", [
    "nearest",
    "bilinear",
    "bicubic",
  ]);
  const coordinates = requireOneOf("options.coordinates", options.coordinates ?? "half-pixel", [
    "half-pixel",
    "align-corners",
    "asymmetric",
  ]);
  const n = x.shape[axis]!;
  const scale = out / n;
  const place = (o: number): number => {
    if (coordinates === "align-corners") return out === 1 ? 0 : (o * (n - 1)) / (out - 1);
    return coordinates === "asymmetric" ? o / scale : (o + 0.5) / scale - 0.5;
  };
  if (method === "nearest") {
    // Half-way places go down, as in ONNX's round_prefer_floor.
    const rows = Int32Array.from({ length: out }, (_, o) =>
      Math.min(
        n - 1,
        Math.max(0, coordinates === "asymmetric" ? Math.floor(place(o)) : Math.ceil(place(o) - 0.5)),
      ),
    );
    return x.gather({ dtype: "int32", shape: [out], data: rows }, axis);
  }
  const kernel =
    method === "bilinear" ? (t: number) => Math.max(0, 1 - Math.abs(t)) : (t: number) => keys(t, cubic);
  const shrink = antialias ? Math.max(1, 1 / scale) : 1;
  const reach = (method === "bilinear" ? 1 : 2) * shrink;
  const matrix = new Float64Array(n * out);
  for (let o = 0; o < out; o++) {
    const centre = place(o);
    let total = 0;
    for (let tap = Math.ceil(centre - reach); tap <= Math.floor(centre + reach); tap++) {
      if (antialias && (tap < 0 || tap >= n)) continue;
      const weight = kernel((tap - centre) / shrink);
      matrix[Math.min(n - 1, Math.max(0, tap)) * out + o]! += weight;
      total += weight;
    }
    for (let i = 0; i < n; i++) matrix[i * out + o]! /= total;
  }
  const weights = x.constant({ dtype: "float64", shape: [n, out], data: matrix }, x.dtype);
  if (axis === x.rank - 1) return x.matmul(weights);
  if (axis === x.rank - 2) return weights.transpose().matmul(x);
  return x.moveAxis(axis, -1).matmul(weights).moveAxis(-1, axis);
}

/** Keys' cubic convolution kernel. */
function keys(t: number, a: number): number {
  const d = Math.abs(t);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((d - 5) * d + 8) * d * a - 4 * a : 0;
}

export interface SampleOptions {
  /** Default `bilinear`; `nearest` has no gradient in the coordinates. */
  readonly method?: "nearest" | "bilinear" | "bicubic";
  /** What lies outside: zeros (default), the nearest pixel, or the mirrored image. */
  readonly outside?: "zeros" | "border" | "reflection";
  /** Whether -1 and 1 are the centres (true) or the outer edges (false, default) of the corner pixels. */
  readonly alignCorners?: boolean;
}

/**
 * Images x [N, C, H, W] at the points of `grid` [N, ..., 2], given as (x, y) from -1 to 1 across the
 * image: [N, C, ...]. Differentiable in the image and, but for `nearest`, in the points.
 */
export function gridSample(x: Tensor, grid: TensorLike, options: SampleOptions = {}): Tensor {
  requireKnownOptions("options", options, ["method", "outside", "alignCorners"]);
  const points = toTensor(grid, x);
  if (x.rank !== 4 || points.shape.at(-1) !== 2 || points.shape[0] !== x.shape[0])
    refuse(
      "gridSample",
      `images ${showType(x)} and points ${showType(points)} do not fit [N, C, H, W] and [N, ..., 2]`,
    );
  const [n, c, height, width] = x.shape as unknown as [number, number, number, number];
  const { alignCorners = false } = options;
  const flat = points.reshape([n, -1, 2]);
  const pixels = (axis: number, extent: number) => {
    const own = flat.sliceAxis(-1, axis, axis + 1).squeeze(-1);
    return alignCorners
      ? own.add(1).mul((extent - 1) / 2)
      : own
          .add(1)
          .mul(extent / 2)
          .sub(0.5);
  };
  const values = sampleAt(x, pixels(1, height), pixels(0, width), options);
  return values.reshape([n, c, ...points.shape.slice(1, -1)]);
}

/**
 * Images x [N, C, H, W] at rows and columns [N, P] in pixels (0 is the centre of the first): [N, C, P].
 * The gathering and its gradient work on rows of all channels.
 */
export function sampleAt(x: Tensor, rows: Tensor, cols: Tensor, options: SampleOptions = {}): Tensor {
  const { alignCorners = false } = options;
  const method = requireOneOf("options.method", options.method ?? "bilinear", [
    "nearest",
    "bilinear",
    "bicubic",
  ]);
  const outside = requireOneOf("options.outside", options.outside ?? "zeros", [
    "zeros",
    "border",
    "reflection",
  ]);
  const [n, c, height, width] = x.shape as unknown as [number, number, number, number];
  const table = x.transpose([0, 2, 3, 1]).reshape([n * height * width, c]);
  const firsts = x
    .iota(n, "int64")
    .mul(height * width)
    .expandDims(1);
  const inside = (place: Tensor, extent: number): Tensor => {
    if (outside === "border") return place.clamp(0, extent - 1);
    return outside === "zeros" ? place : reflect(place, extent, alignCorners).clamp(0, extent - 1);
  };
  const row = method === "bicubic" ? rows : inside(rows, height);
  const col = method === "bicubic" ? cols : inside(cols, width);
  const at = (i: Tensor, j: Tensor): Tensor => {
    const ri = method === "bicubic" ? inside(i, height) : i;
    const cj = method === "bicubic" ? inside(j, width) : j;
    const clampedRow = ri.clamp(0, height - 1).cast("int64");
    const clampedCol = cj.clamp(0, width - 1).cast("int64");
    const value = table.gather(clampedRow.mul(width).add(clampedCol).add(firsts));
    if (outside !== "zeros") return value;
    const valid = ri
      .greaterEqual(0)
      .and(ri.lessEqual(height - 1))
      .and(cj.greaterEqual(0))
      .and(cj.lessEqual(width - 1));
    return value.mul(valid.cast(x.dtype).expandDims(-1));
  };
  let sum: Tensor;
  if (method === "nearest") {
    sum = at(row.stopGradient().round(), col.stopGradient().round());
  } else {
    const top = row.stopGradient().floor();
    const left = col.stopGradient().floor();
    const down = row.sub(top);
    const right = col.sub(left);
    const taps = method === "bilinear" ? [0, 1] : [-1, 0, 1, 2];
    const weight = (offset: Tensor, tap: number): Tensor => {
      if (method === "bilinear") return tap === 0 ? offset.neg().add(1) : offset;
      const d = tap <= 0 ? offset.sub(tap) : offset.neg().add(tap);
      const a = -0.75;
      if (tap === 0 || tap === 1)
        return d
          .mul(a + 2)
          .sub(a + 3)
          .mul(d)
          .mul(d)
          .add(1);
      return d.sub(5).mul(d).add(8).mul(d).sub(4).mul(a);
    };
    const parts = taps.flatMap((i) =>
      taps.map((j) => at(top.add(i), left.add(j)).mul(weight(down, i).mul(weight(right, j)).expandDims(-1))),
    );
    sum = parts.reduce((a, b) => a.add(b));
  }
  return sum.transpose([0, 2, 1]);
}

/** Mirrors places at the edges of the first and last pixel (or at their centres). */
function reflect(place: Tensor, extent: number, alignCorners: boolean): Tensor {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? extent - 1 : extent;
  if (span === 0) return place.zerosLike();
  const phase = place.sub(low).remainder(2 * span);
  return phase
    .sub(span)
    .abs()
    .neg()
    .add(span + low);
}
