import { sizeOf } from "../../../array/index.ts";
import type { Tensor } from "../../tensor.ts";
import { isFloat } from "../../type.ts";
import { type Call, entries, floating, Known, type OperatorTable, places, widened } from "../call.ts";
import { arrayFrom } from "../known.ts";
import { shown } from "../shapes.ts";

/** Windows sliding over the spatial axes: of convolutions and pools alike. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Places of the window on each axis. */
  readonly out: readonly number[];
}

function windowsOf(call: Call, size: readonly number[], kernel: readonly number[]): Windows {
  const { attributes } = call;
  const ones = size.map(() => 1);
  const strides = attributes.ints("strides") ?? [];
  const dilations = attributes.ints("dilations") ?? [];
  const pads = attributes.ints("pads") ?? [];
  const own = {
    strides: strides.length > 0 ? strides : ones,
    dilations: dilations.length > 0 ? dilations : ones,
    low: size.map((_, i) => pads[i] ?? 0),
    high: size.map((_, i) => pads[size.length + i] ?? 0),
  };
  if (
    kernel.length !== size.length ||
    own.strides.length !== size.length ||
    own.dilations.length !== size.length
  )
    call.fail(`kernel, strides or dilations do not fit ${size.length} spatial axes`);
  requirePositive(call, kernel, own.strides, own.dilations);
  const span = kernel.map((extent, i) => (extent - 1) * own.dilations[i]! + 1);
  const auto = attributes.text("auto_pad", "NOTSET");
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    for (const [i, extent] of size.entries()) {
      const stride = own.strides[i]!;
      const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + span[i]! - extent);
      const less = Math.floor(total / 2);
      own.low[i] = auto === "SAME_UPPER" ? less : total - less;
      own.high[i] = total - own.low[i]!;
    }
  } else if (auto === "VALID") {
    own.low.fill(0);
    own.high.fill(0);
  }
  const ceil = attributes.int("ceil_mode", 0) !== 0;
  const out = size.map((extent, i) => {
    const steps = (extent + own.low[i]! + own.high[i]! - span[i]!) / own.strides[i]!;
    if (!ceil) return Math.floor(steps) + 1;
    const places = Math.ceil(steps) + 1;
    // The last window must start inside the input or its padding in front.
    return (places - 1) * own.strides[i]! >= extent + own.low[i]! ? places - 1 : places;
  });
  if (out.some((places) => places < 1)) call.fail(`windows ${shown(kernel)} are larger than ${shown(size)}`);
  return { ...own, kernel, out };
}

function requirePositive(call: Call, ...lists: readonly (readonly number[])[]): void {
  for (const list of lists)
    if (!list.every((value) => value >= 1))
      call.fail(`sizes and steps of windows must be at least 1, got ${shown(list)}`);
}

/** Padding at the end that makes the windows fit exactly, beyond the declared one in ceil mode. */
function reach(windows: Windows, size: readonly number[]): number[] {
  return size.map((extent, i) => {
    const last =
      (windows.out[i]! - 1) * windows.strides[i]! + (windows.kernel[i]! - 1) * windows.dilations[i]! + 1;
    return last - extent - windows.low[i]!;
  });
}

/** Sum over the windows, one axis after another. */
function windowSums(call: Call, x: Tensor, windows: Windows): Tensor {
  const size = x.shape.slice(2);
  const ends = reach(windows, size);
  let result = x.padAxes([0, 0, ...windows.low], [0, 0, ...ends]);
  for (const [i, taps] of windows.kernel.entries()) {
    call.unrolled(taps, "places of a window");
    const axis = 2 + i;
    const base = result;
    const sizes = base.shape.map((extent, own) => (own === axis ? windows.out[i]! : extent));
    const steps = base.shape.map((_, own) => (own === axis ? windows.strides[i]! : 1));
    let sum: Tensor | undefined;
    for (let tap = 0; tap < taps; tap++) {
      const starts = base.shape.map((_, own) => (own === axis ? tap * windows.dilations[i]! : 0));
      const part = base.sliceAxes(starts, sizes, steps);
      sum = sum === undefined ? part : sum.add(part);
    }
    result = sum!;
  }
  return result;
}

/**
 * Sums over windows divided by the number of places that count: all within the padding that was asked for, or
 * those within the input. That number is a product of one for each axis.
 */
function dividedByCounts(sums: Tensor, windows: Windows, size: readonly number[], padding: boolean): Tensor {
  let result = sums;
  let common = 1;
  for (const [i, extent] of size.entries()) {
    const counts = new Float64Array(entries(windows.out[i]!));
    for (let place = 0; place < counts.length; place++)
      for (let tap = 0; tap < windows.kernel[i]!; tap++) {
        const at = place * windows.strides[i]! - windows.low[i]! + tap * windows.dilations[i]!;
        if (padding ? at < extent + windows.high[i]! : at >= 0 && at < extent) counts[place]!++;
      }
    if (counts.every((count) => count === counts[0])) {
      common *= counts[0]!;
      continue;
    }
    const shape = [counts.length, ...size.slice(i + 1).map(() => 1)];
    result = result.div(new Known(arrayFrom("float64", shape, counts)).tensor.cast(sums.dtype));
  }
  return result.div(common);
}

function averagePool(call: Call): Tensor {
  return widened([call.x(0)], (x) => {
    const size = call.spatial(x);
    const windows = windowsOf(call, size, kernelOf(call));
    const include = call.attributes.int("count_include_pad", 0) !== 0;
    return dividedByCounts(windowSums(call, x, windows), windows, size, include);
  });
}

function kernelOf(call: Call): number[] {
  return call.attributes.ints("kernel_shape") ?? call.fail("kernel_shape is missing");
}

function lpPool(call: Call): Tensor {
  const p = call.attributes.int("p", 2);
  return widened([call.x(0)], (x) => {
    const windows = windowsOf(call, call.spatial(x), kernelOf(call));
    return windowSums(call, x.abs().pow(p), windows).pow(1 / p);
  });
}

function maxPool(call: Call): readonly Tensor[] {
  const input = call.x(0);
  const x = isFloat(input.dtype) && input.dtype !== "float16" ? input : input.cast("float32");
  const size = call.spatial(x);
  const windows = windowsOf(call, size, kernelOf(call));
  const { kernel, strides, dilations, low } = windows;
  const high = reach(windows, size).map((amount) => Math.max(0, amount));
  const wide = kernel.some((extent, i) => low[i]! >= extent || high[i]! >= extent);
  const zeros = size.map(() => 0);
  const source = wide ? x.padAxes([0, 0, ...low], [0, 0, ...high], Number.NEGATIVE_INFINITY) : x;
  const geometry = { kernel, strides, dilations, low: wide ? zeros : low, high: wide ? zeros : high };
  const values = source.maxPool(geometry).cast(input.dtype);
  return call.wants(1) ? [values, maxPoolIndices(call, x, windows, high)] : [values];
}

/** Flat places in the input of the greatest elements; in the first of the windows' elements at ties. */
function maxPoolIndices(call: Call, x: Tensor, windows: Windows, high: readonly number[]): Tensor {
  const { kernel, strides, dilations, low, out } = windows;
  const size = x.shape.slice(2);
  const padded = x.padAxes([0, 0, ...low], [0, 0, ...high], Number.NEGATIVE_INFINITY);
  const taps = call.unrolled(sizeOf(kernel), "places of a window");
  const sizes = [...x.shape.slice(0, 2), ...out];
  const parts: Tensor[] = [];
  const offsets: number[] = [];
  const columnMajor = call.attributes.int("storage_order", 0) !== 0;
  const weights = size.map((_, i) => (columnMajor ? sizeOf(size.slice(0, i)) : sizeOf(size.slice(i + 1))));
  for (let tap = 0; tap < taps; tap++) {
    const offset = kernel.map((_, i) => Math.floor(tap / sizeOf(kernel.slice(i + 1))) % kernel[i]!);
    const starts = [0, 0, ...offset.map((place, i) => place * dilations[i]!)];
    parts.push(padded.sliceAxes(starts, sizes, [1, 1, ...strides]).expandDims(0));
    offsets.push(offset.reduce((sum, place, i) => sum + place * dilations[i]! * weights[i]!, 0));
  }
  const winner = parts[0]!.concat(parts.slice(1), 0).argmax(0);
  const shift = new Known(arrayFrom("int64", [taps], offsets)).tensor.gather(winner, 0);
  // Where the windows start, as flat places (negative in the padding).
  const corners = Array.from({ length: entries(sizeOf(out)) }, (_, place) =>
    out.reduce((sum, _extent, i) => {
      const at = Math.floor(place / sizeOf(out.slice(i + 1))) % out[i]!;
      return sum + (at * strides[i]! - low[i]!) * weights[i]!;
    }, 0),
  );
  const planes = x.shape[0]! * x.shape[1]!;
  const plane = places(planes)
    .mul(sizeOf(size))
    .reshape([x.shape[0]!, x.shape[1]!, ...out.map(() => 1)]);
  return shift.add(new Known(arrayFrom("int64", out, corners)).tensor).add(plane);
}

function maxUnpool(call: Call): Tensor {
  const x = call.x(0);
  const size = call.spatial(x);
  const kernel = kernelOf(call);
  const strides = call.attributes.ints("strides") ?? size.map(() => 1);
  requirePositive(call, kernel, strides);
  const pads = call.attributes.ints("pads") ?? [];
  const inferred = size.map(
    (extent, i) => (extent - 1) * strides[i]! + kernel[i]! - (pads[i] ?? 0) - (pads[size.length + i] ?? 0),
  );
  const shape = call.optionalInts(2) ?? [...x.shape.slice(0, 2), ...inferred];
  // Places count in the tensor before padding; a larger result keeps each plane's rows in its corner.
  const planes = x.shape[0]! * x.shape[1]!;
  const from = sizeOf(inferred);
  const into = sizeOf(shape.slice(2));
  const flat = call
    .x(1)
    .cast("int64")
    .reshape([planes, sizeOf(size)]);
  const within = flat.remainder(from);
  let place = within;
  if (into !== from) {
    let rest = within;
    place = within.zerosLike();
    for (let i = size.length - 1; i >= 0; i--) {
      place = place.add(rest.remainder(inferred[i]!).mul(sizeOf(shape.slice(3 + i))));
      rest = rest.div(inferred[i]!);
    }
  }
  const all = place.add(places(planes).mul(into).reshape([planes, 1]));
  return all
    .reshape([sizeOf(x.shape)])
    .scatterRows(x.reshape([sizeOf(x.shape), 1]), sizeOf(shape))
    .reshape(shape);
}

function conv(call: Call, x: Tensor, w: Tensor, bias: Tensor | undefined): Tensor {
  const size = call.spatial(x);
  const { strides, dilations, low, high } = windowsOf(call, size, w.shape.slice(2));
  const groups = call.attributes.int("group", 1);
  const y = x.conv(w, { strides, dilations, low, high, groups });
  return bias === undefined ? y : y.add(bias.reshape([bias.shape[0]!, ...size.map(() => 1)]));
}

function convTranspose(call: Call): Tensor {
  const bias = call.optional(2);
  return widened([call.x(0), call.x(1), ...(bias ? [bias] : [])], (x, w, b) => {
    const { attributes } = call;
    const size = call.spatial(x);
    const kernel = w!.shape.slice(2);
    const list = (name: string, fallback: number) => {
      const given = attributes.ints(name) ?? [];
      return given.length > 0 ? given : size.map(() => fallback);
    };
    const strides = list("strides", 1);
    const dilations = list("dilations", 1);
    requirePositive(call, kernel, strides, dilations);
    const extra = list("output_padding", 0);
    const pads = attributes.ints("pads") ?? [];
    const low = size.map((_, i) => pads[i] ?? 0);
    const high = size.map((_, i) => pads[size.length + i] ?? 0);
    const auto = attributes.text("auto_pad", "NOTSET");
    const same = auto === "SAME_UPPER" || auto === "SAME_LOWER";
    const given = attributes.ints("output_shape") ?? [];
    const wanted =
      given.length > 0
        ? given.slice(-size.length)
        : same
          ? size.map((extent, i) => extent * strides[i]!)
          : undefined;
    const whole = size.map(
      (extent, i) => (extent - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 + extra[i]!,
    );
    if (wanted !== undefined) {
      for (const [i, extent] of wanted.entries()) {
        const total = Math.max(0, whole[i]! - extent);
        const half = Math.floor(total / 2);
        low[i] = auto === "SAME_UPPER" ? half : total - half;
        high[i] = total - low[i]!;
      }
    }
    const out = wanted ?? whole.map((extent, i) => extent - low[i]! - high[i]!);
    const groups = attributes.int("group", 1);
    const y = x!.convTransposed(w!, out, { strides, dilations, low, high, groups });
    return b === undefined ? y : y.add(b.reshape([b.shape[0]!, ...size.map(() => 1)]));
  });
}

/** Sums of columns at their places in the image: the transpose of cutting out patches. */
function colToIm(call: Call): Tensor {
  const x = floating(call.x(0));
  const image = call.ints(1);
  const kernel = call.ints(2);
  const windows = windowsOf(call, image, kernel);
  const { strides, dilations, low, high, out } = windows;
  const taps = call.unrolled(sizeOf(kernel), "places of a block");
  const [n, rows] = x.shape as [number, number];
  const channels = rows / taps;
  if (!Number.isInteger(channels) || x.shape[2] !== sizeOf(out))
    call.fail(`columns ${shown(x.shape)} do not fit image ${shown(image)} and blocks ${shown(kernel)}`);
  const columns = x.reshape([n, channels, taps, ...out]);
  let sum: Tensor | undefined;
  for (let tap = 0; tap < taps; tap++) {
    const place = kernel.map((_, i) => Math.floor(tap / sizeOf(kernel.slice(i + 1))) % kernel[i]!);
    let part = columns.sliceAxis(2, tap, tap + 1).reshape([n, channels, ...out]);
    for (const [i, stride] of strides.entries()) if (stride > 1) part = part.dilate(2 + i, stride);
    const before = place.map((at, i) => at * dilations[i]!);
    const after = image.map((extent, i) => extent + low[i]! + high[i]! - before[i]! - part.shape[2 + i]!);
    const spread = part.padAxes([0, 0, ...before], [0, 0, ...after]);
    sum = sum === undefined ? spread : sum.add(spread);
  }
  const crop = (amounts: readonly number[]) => [0, 0, ...amounts.map((amount) => -amount)];
  return sum!.padAxes(crop(low), crop(high)).cast(call.x(0).dtype);
}

function lrn(call: Call): Tensor {
  const size = call.unrolled(call.attributes.int("size", 1), "channels of a window");
  requirePositive(call, [size]);
  const alpha = call.attributes.float("alpha", 1e-4);
  const beta = call.attributes.float("beta", 0.75);
  const bias = call.attributes.float("bias", 1);
  return widened([call.x(0)], (x) => {
    const before = Math.floor((size - 1) / 2);
    const pads = (amount: number) => x.shape.map((_, axis) => (axis === 1 ? amount : 0));
    const squares = x.mul(x).padAxes(pads(before), pads(size - 1 - before));
    let sum: Tensor | undefined;
    for (let i = 0; i < size; i++) {
      const part = squares.sliceAxis(1, i, i + x.shape[1]!);
      sum = sum === undefined ? part : sum.add(part);
    }
    return x.div(
      sum!
        .mul(alpha / size)
        .add(bias)
        .pow(beta),
    );
  });
}

const spatialAxes = (x: Tensor): number[] => x.shape.slice(2).map((_, i) => 2 + i);

/** Whole numbers as floats of the precision in which their products add up exactly. */
function shifted(x: Tensor, zero: Tensor | undefined, axis: number): Tensor {
  const value = x.cast("float32");
  if (zero === undefined) return value;
  const offset = zero.cast("float32");
  if (offset.shape.length === 0 || sizeOf(offset.shape) === 1) return value.sub(offset.reshape([]));
  return value.sub(offset.reshape(x.shape.map((extent, own) => (own === axis ? extent : 1))));
}

export const windows: OperatorTable = {
  Conv: (call) => {
    const bias = call.optional(2);
    return widened([call.x(0), call.x(1), ...(bias ? [bias] : [])], (x, w, b) => conv(call, x!, w!, b));
  },
  ConvTranspose: convTranspose,
  ConvInteger: (call) =>
    conv(call, shifted(call.x(0), call.optional(2), 1), shifted(call.x(1), call.optional(3), 0), undefined)
      .round()
      .cast("int32"),
  QLinearConv: (call) => {
    const x = shifted(call.x(0), call.x(2), 1);
    const w = shifted(call.x(3), call.x(5), 0);
    const size = call.spatial(x);
    const perChannel = (t: Tensor) =>
      sizeOf(t.shape) === 1 ? t.reshape([]) : t.reshape([t.shape[0]!, ...size.map(() => 1)]);
    const bias = call.optional(8)?.cast("float32");
    const sums = conv(call, x, w, bias);
    const scale = perChannel(call.x(4)).mul(call.x(1).reshape([])).div(call.x(6).reshape([]));
    const zero = call.x(7);
    const [low, high] = zero.dtype === "int8" ? [-128, 127] : [0, 255];
    return sums.mul(scale).round().add(zero.cast("float32").reshape([])).clamp(low, high).cast(zero.dtype);
  },
  AveragePool: averagePool,
  LpPool: lpPool,
  MaxPool: maxPool,
  MaxUnpool: { run: maxUnpool, fixed: [2] },
  GlobalAveragePool: (call) => widened([call.x(0)], (x) => x.mean(spatialAxes(x), true)),
  GlobalMaxPool: (call) => widened([call.x(0)], (x) => x.max(spatialAxes(x), true)),
  GlobalLpPool: (call) => {
    const p = call.attributes.int("p", 2);
    return widened([call.x(0)], (x) =>
      x
        .abs()
        .pow(p)
        .sum(spatialAxes(x), true)
        .pow(1 / p),
    );
  },
  Col2Im: { run: colToIm, fixed: [1, 2] },
  LRN: lrn,
};
