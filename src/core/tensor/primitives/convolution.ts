import { definePrimitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { isFloat, refuse, sameShape, showShape, showType, type Type } from "../type.ts";

/** How windows lie over an input, one entry for each of its 1 to 3 spatial axes. */
export interface WindowGeometry extends Readonly<Record<string, unknown>> {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after. */
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface ConvGeometry extends WindowGeometry {
  readonly groups: number;
}

export interface PoolGeometry extends WindowGeometry {
  readonly kernel: readonly number[];
}

/** Most elements of the unfolded input of one weight-gradient product; larger batches are split. */
const unfoldedElements = 1 << 25;

function outputExtents(size: readonly number[], kernel: readonly number[], g: WindowGeometry): number[] {
  return size.map((extent, i) => {
    const span = (kernel[i]! - 1) * g.dilations[i]! + 1;
    return Math.floor((extent + g.low[i]! + g.high[i]! - span) / g.strides[i]!) + 1;
  });
}

function requireFloats(operation: string, a: Type, b: Type): void {
  if (a.dtype !== b.dtype || !isFloat(a.dtype) || a.dtype === "float16" || a.shape.length !== b.shape.length)
    refuse(operation, `expected two floats of one type and rank, got ${showType(a)} and ${showType(b)}`);
}

/** x [N, C, ...] with weights [K, C / groups, ...] to [N, K, ...] (correlation, as everywhere in nets). */
export const conv = definePrimitive<ConvGeometry>({
  name: "conv",
  infer: ([x, w], geometry) => {
    requireFloats("conv", x!, w!);
    const { groups, strides } = geometry;
    const [n, c, ...size] = x!.shape as [number, number, ...number[]];
    const [k, perGroup, ...kernel] = w!.shape as [number, number, ...number[]];
    if (size.length < 1 || size.length > 3 || strides.length !== size.length)
      refuse("conv", `expected 1 to 3 spatial axes, got ${showType(x!)} and strides ${showShape(strides)}`);
    if (perGroup * groups !== c || k % groups !== 0)
      refuse("conv", `input ${showType(x!)} does not fit weights ${showType(w!)} in ${groups} groups`);
    const out = outputExtents(size, kernel, geometry);
    if (out.some((extent) => extent < 1))
      refuse("conv", `weights ${showType(w!)} are larger than the padded input ${showType(x!)}`);
    return [{ dtype: x!.dtype, shape: [n, k, ...out] }];
  },
  vjp: ([g], [x, w], _, geometry) => {
    if (g === undefined) return [undefined, undefined];
    return [
      g.convTransposed(w!, x!.shape.slice(2), geometry),
      x!.convWeights(g, w!.shape.slice(2), geometry),
    ];
  },
  batch: ([x, w], [xBatched, wBatched], geometry, size) => {
    if (!wBatched) {
      const y = x!.reshape([size * x!.shape[1]!, ...x!.shape.slice(2)]).conv(w!, geometry);
      return [y.reshape([size, x!.shape[1]!, ...y.shape.slice(1)])];
    }
    // One convolution with the batch as groups of channels.
    const every = xBatched ? x! : x!.broadcastTo([size, ...x!.shape]);
    const [, n, c, ...extents] = every.shape as [number, number, number, ...number[]];
    const [, k, perGroup, ...kernel] = w!.shape as [number, number, number, ...number[]];
    const y = every
      .swapAxes(0, 1)
      .reshape([n, size * c, ...extents])
      .conv(w!.reshape([size * k, perGroup, ...kernel]), { ...geometry, groups: geometry.groups * size });
    return [y.reshape([n, size, k, ...y.shape.slice(2)]).swapAxes(0, 1)];
  },
  // No kernel in double precision: unfold and multiply.
  expand: ([x, w], geometry) => {
    if (x!.dtype !== "float64") return undefined;
    const { groups } = geometry;
    const [k, perGroup, ...kernel] = w!.shape as [number, number, ...number[]];
    const out = outputExtents(x!.shape.slice(2), kernel, geometry);
    const columns = unfold(x!, kernel, out, geometry);
    const last = kernel.length - 1;
    // Rows of `columns` run over [kernel of the last axis, channel, kernel of the others].
    const order = [0, 1, 3 + last, 2, ...kernel.slice(0, last).map((_, i) => 3 + i)];
    const rows = w!
      .reshape([groups, k / groups, perGroup, ...kernel])
      .transpose(order)
      .reshape([groups, k / groups, -1]);
    return [rows.matmul(columns).reshape([x!.shape[0]!, k, ...out])];
  },
  lower: (graph, inputs, { inputs: [, w], attributes: geometry }) =>
    graph.op("Conv", inputs, {
      kernel_shape: w!.shape.slice(2),
      strides: geometry.strides,
      dilations: geometry.dilations,
      pads: [...geometry.low, ...geometry.high],
      group: geometry.groups,
    }),
});

/**
 * All patches of x as columns: [N, groups, k_last * C/groups * k_others, outputs]. Shifts along the last
 * axis are crops joined as channels, those along the others one gather of rows each: the fastest of the
 * forms tried. Memory: the number of kernel elements times that of x.
 */
function unfold(
  x: Tensor,
  kernel: readonly number[],
  out: readonly number[],
  geometry: ConvGeometry,
): Tensor {
  const { strides, dilations, low, high, groups } = geometry;
  const [n, c, ...size] = x.shape as [number, number, ...number[]];
  const last = size.length - 1;
  const perGroup = c / groups;
  const grouped = x.reshape([n * groups, perGroup, ...size]);
  const stride = strides[last]!;
  const reach = (out[last]! - 1) * stride + 1;
  const shifts = Array.from({ length: kernel[last]! }, (_, j) => {
    const start = j * dilations[last]! - low[last]!;
    const before = [0, 0, ...low.slice(0, last), -start];
    const after = [0, 0, ...high.slice(0, last), start + reach - size[last]!];
    const window = grouped.padAxes(before, after);
    if (stride === 1) return window;
    const zeros = window.shape.map(() => 0);
    const sizes = window.shape.map((extent, axis) => (axis === 2 + last ? out[last]! : extent));
    return window.sliceAxes(
      zeros,
      sizes,
      zeros.map((_, axis) => (axis === 2 + last ? stride : 1)),
    );
  });
  let columns = shifts[0]!.concat(shifts.slice(1), 1);
  // From the last of the other axes to the first, so that kernel axes come to stand in order.
  for (let i = last - 1; i >= 0; i--) {
    if (kernel[i] === 1 && strides[i] === 1) {
      columns = columns.expandDims(2 + i);
      continue;
    }
    const rows = new Int32Array(kernel[i]! * out[i]!);
    for (let tap = 0; tap < kernel[i]!; tap++)
      for (let o = 0; o < out[i]!; o++) rows[tap * out[i]! + o] = tap * dilations[i]! + o * strides[i]!;
    columns = columns.gather(x.constant({ dtype: "int32", shape: [kernel[i]!, out[i]!], data: rows }), 2 + i);
  }
  // Now [N * groups, channels, k_0, o_0, k_1, o_1, ..., o_last]: kernel axes before places.
  const others = Array.from({ length: last }, (_, i) => i);
  const order = [0, 1, ...others.map((i) => 2 + 2 * i), ...others.map((i) => 3 + 2 * i), 2 + 2 * last];
  const places = out.reduce((a, b) => a * b, 1);
  return columns.transpose(order).reshape([n, groups, -1, places]);
}

/** Transpose of `conv` in its input: y [N, K, ...] and weights [K, C / groups, ...] to [N, C, ...size]. */
export const convTransposed = definePrimitive<ConvGeometry & { readonly size: readonly number[] }>({
  name: "convTransposed",
  infer: ([y, w], geometry) => {
    requireFloats("convTransposed", y!, w!);
    const { groups, size } = geometry;
    const kernel = w!.shape.slice(2);
    const out = outputExtents(size, kernel, geometry);
    if (y!.shape[1] !== w!.shape[0] || !sameShape(out, y!.shape.slice(2)) || w!.shape[0]! % groups !== 0)
      refuse(
        "convTransposed",
        `input ${showType(y!)} and weights ${showType(w!)} do not give spatial extents ${showShape(size)}`,
      );
    return [{ dtype: y!.dtype, shape: [y!.shape[0]!, w!.shape[1]! * groups, ...size] }];
  },
  vjp: ([g], [y, w], _, { size: _size, ...geometry }) => {
    if (g === undefined) return [undefined, undefined];
    return [g.conv(w!, geometry), g.convWeights(y!, w!.shape.slice(2), geometry)];
  },
  batch: ([y, w], [, wBatched], { size: extents, ...geometry }, size) => {
    if (!wBatched) {
      const flat = y!.reshape([size * y!.shape[1]!, ...y!.shape.slice(2)]);
      const x = flat.convTransposed(w!, extents, geometry);
      return [x.reshape([size, y!.shape[1]!, ...x.shape.slice(1)])];
    }
    const every = y!.shape.length === w!.shape.length ? y! : y!.broadcastTo([size, ...y!.shape]);
    const [, n, k, ...places] = every.shape as [number, number, number, ...number[]];
    const [, , perGroup, ...kernel] = w!.shape as [number, number, number, ...number[]];
    const x = every
      .swapAxes(0, 1)
      .reshape([n, size * k, ...places])
      .convTransposed(w!.reshape([size * k, perGroup, ...kernel]), extents, {
        ...geometry,
        groups: geometry.groups * size,
      });
    return [x.reshape([n, size, -1, ...extents]).swapAxes(0, 1)];
  },
  // At stride 1 a convolution with the kernel turned round, which is the faster kernel but for few channels.
  expand: ([y, w], { size, ...geometry }) => {
    const { strides, dilations, low, groups } = geometry;
    const [k, perGroup, ...kernel] = w!.shape as [number, number, ...number[]];
    const wide = y!.dtype === "float64";
    const strided = strides.some((stride) => stride > 1);
    const before = kernel.map((extent, i) => (extent - 1) * dilations[i]! - low[i]!);
    if (!wide && (strided || (perGroup * groups < 4 && groups === 1) || before.some((amount) => amount < 0)))
      return undefined;
    let spread = y!;
    for (const [i, stride] of strides.entries()) if (stride > 1) spread = spread.dilate(2 + i, stride);
    const turned = w!
      .reshape([groups, k / groups, perGroup, ...kernel])
      .swapAxes(1, 2)
      .reshape([groups * perGroup, k / groups, ...kernel])
      .flip(kernel.map((_, i) => 2 + i));
    const after = size.map(
      (extent, i) => extent - spread.shape[2 + i]! - before[i]! + (kernel[i]! - 1) * dilations[i]!,
    );
    const unit = strides.map(() => 1);
    if ([...before, ...after].every((amount) => amount >= 0))
      return [spread.conv(turned, { strides: unit, dilations, low: before, high: after, groups })];
    const padded = spread.padAxes([0, 0, ...before], [0, 0, ...after]);
    const none = strides.map(() => 0);
    return [padded.conv(turned, { strides: unit, dilations, low: none, high: none, groups })];
  },
  lower: (graph, inputs, { inputs: [y, w], attributes: geometry }) => {
    const { size, strides, dilations, low, high, groups } = geometry;
    const kernel = w!.shape.slice(2);
    const extra = size.map((extent, i) => {
      const whole = (y!.shape[2 + i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1;
      return extent + low[i]! + high[i]! - whole;
    });
    return graph.op("ConvTranspose", inputs, {
      kernel_shape: kernel,
      strides,
      dilations,
      pads: [...low, ...high],
      output_padding: extra,
      group: groups,
    });
  },
});

/** Derivative of `conv` in its weights: x [N, C, ...] and y [N, K, ...] to [K, C / groups, ...kernel]. */
export const convWeights = definePrimitive<ConvGeometry & { readonly kernel: readonly number[] }>({
  name: "convWeights",
  infer: ([x, y], { kernel, groups }) => {
    requireFloats("convWeights", x!, y!);
    return [{ dtype: x!.dtype, shape: [y!.shape[1]!, x!.shape[1]! / groups, ...kernel] }];
  },
  vjp: ([g], [x, y], _, { kernel: _kernel, ...geometry }) => {
    if (g === undefined) return [undefined, undefined];
    return [y!.convTransposed(g, x!.shape.slice(2), geometry), x!.conv(g, geometry)];
  },
  batch: ([x, y], [xBatched, yBatched], { kernel, ...geometry }, size) => {
    const merge = (t: Tensor, batched: boolean | undefined) => {
      const every = batched ? t : t.broadcastTo([size, ...t.shape]);
      const [, n, c, ...extents] = every.shape as [number, number, number, ...number[]];
      return every.swapAxes(0, 1).reshape([n, size * c, ...extents]);
    };
    const dw = merge(x!, xBatched).convWeights(merge(y!, yBatched), kernel, {
      ...geometry,
      groups: geometry.groups * size,
    });
    return [dw.reshape([size, -1, ...dw.shape.slice(1)])];
  },
  // Patches of x times y^T, a product for each sample, summed: measured fastest.
  expand: ([x, y], { kernel, ...geometry }) => {
    const { groups } = geometry;
    const [n, c] = x!.shape as [number, number];
    const [, k, ...out] = y!.shape as [number, number, ...number[]];
    const perGroup = c / groups;
    const taps = kernel.reduce((a, b) => a * b, 1);
    const places = out.reduce((a, b) => a * b, 1);
    const samples = Math.max(1, Math.floor(unfoldedElements / (c * taps * places)));
    const parts: Tensor[] = [];
    for (let from = 0; from < n; from += samples) {
      const to = Math.min(n, from + samples);
      const columns = unfold(x!.sliceAxis(0, from, to), kernel, out, geometry);
      const grads = y!.sliceAxis(0, from, to).reshape([to - from, groups, k / groups, places]);
      parts.push(columns.matmul(grads.swapAxes(-1, -2)).sum([0]));
    }
    const last = kernel.length - 1;
    const others = kernel.slice(0, last);
    // [groups, k_last, C/groups, k_others..., K/groups] -> [groups, K/groups, C/groups, k_others..., k_last]
    const order = [0, 3 + last, 2, ...others.map((_, i) => 3 + i), 1];
    return [
      parts
        .reduce((a, b) => a.add(b))
        .reshape([groups, kernel[last]!, perGroup, ...others, k / groups])
        .transpose(order)
        .reshape([k, perGroup, ...kernel]),
    ];
  },
});

/** Greatest element of every window; windows may overlap and reach into padding, which never wins. */
export const maxPool = definePrimitive<PoolGeometry>({
  name: "maxPool",
  infer: ([x], { kernel, ...geometry }) => {
    const size = x!.shape.slice(2);
    if (!isFloat(x!.dtype) || x!.dtype === "float16" || size.length !== kernel.length)
      refuse("maxPool", `expected floats with ${kernel.length} spatial axes, got ${showType(x!)}`);
    const out = outputExtents(size, kernel, geometry);
    if (out.some((extent) => extent < 1))
      refuse("maxPool", `windows ${showShape(kernel)} are larger than ${showType(x!)} with its padding`);
    return [{ dtype: x!.dtype, shape: [...x!.shape.slice(0, 2), ...out] }];
  },
  // The gradient goes to the first greatest element of each window.
  vjp: ([g], [x], [y], { kernel, strides, dilations, low, high }) => {
    if (g === undefined) return [undefined];
    const tiled = kernel.every((extent, i) => extent === strides[i] && dilations[i] === 1 && low[i] === 0);
    if (tiled) return [routeToTiles(g, x!, y!, kernel)];
    const padded = x!.padAxes([0, 0, ...low], [0, 0, ...high], Number.NEGATIVE_INFINITY);
    const sizes = y!.shape;
    const taps = kernel.reduce((a, b) => a * b, 1);
    let free: Tensor | undefined;
    let dx: Tensor | undefined;
    for (let tap = 0; tap < taps; tap++) {
      let rest = tap;
      const starts = sizes.map(() => 0);
      for (let i = kernel.length - 1; i >= 0; i--) {
        starts[2 + i] = (rest % kernel[i]!) * dilations[i]!;
        rest = Math.floor(rest / kernel[i]!);
      }
      const greatest = padded.sliceAxes(starts, sizes, [1, 1, ...strides]).equal(y!);
      const wins: Tensor = free === undefined ? greatest : greatest.and(free);
      if (tap + 1 < taps) free = free === undefined ? greatest.not() : free.and(greatest.not());
      let part = wins.cast(g.dtype).mul(g);
      for (const [i, stride] of strides.entries()) if (stride > 1) part = part.dilate(2 + i, stride);
      const placed = part.padAxes(
        starts,
        padded.shape.map((extent, axis) => extent - starts[axis]! - part.shape[axis]!),
      );
      dx = dx === undefined ? placed : dx.add(placed);
    }
    const crop = (amounts: readonly number[]) => [0, 0, ...amounts.map((amount) => -amount)];
    return [dx?.padAxes(crop(low), crop(high))];
  },
  batch: ([x], _, attributes, size) => {
    const y = x!.reshape([size * x!.shape[1]!, ...x!.shape.slice(2)]).maxPool(attributes);
    return [y.reshape([size, x!.shape[1]!, ...y.shape.slice(1)])];
  },
  lower: (graph, inputs, { attributes: { kernel, strides, dilations, low, high } }) =>
    graph.op("MaxPool", inputs, {
      kernel_shape: kernel,
      strides,
      dilations,
      pads: [...low, ...high],
    }),
});

/** Longest stretch of an axis that is spread by one product with a matrix of zeros and ones. */
const spreadWidth = 16;

/**
 * Cotangents of windows that tile the input, each at the first greatest element of its window. Greatest
 * elements are ranked by their place in the window, and the ranking is pooled again. What belongs to a
 * window is repeated over it: along the last axis by a product with a matrix of zeros and ones, along the
 * others by broadcasting. Interleaving strided parts took three times as long, pooling with indices twice.
 */
function routeToTiles(g: Tensor, x: Tensor, y: Tensor, kernel: readonly number[]): Tensor {
  const [n, c, ...out] = g.shape as [number, number, ...number[]];
  const last = kernel.length - 1;
  const taps = kernel[last]!;
  let block = Math.min(out[last]!, spreadWidth);
  while (out[last]! % block !== 0) block--;
  const spread = new Float64Array(block * block * taps);
  for (let o = 0; o < block; o++) spread.fill(1, (o * block + o) * taps, (o * block + o + 1) * taps);
  const repeat = x.constant({ dtype: "float64", shape: [block, block * taps], data: spread }, x.dtype);
  const width = out[last]! * taps;
  const between = (extents: readonly number[]) =>
    out.slice(0, last).flatMap((extent, i) => [extent, extents[i]!]);
  const repeated = (t: Tensor) =>
    t
      .reshape([-1, block])
      .matmul(repeat)
      .reshape([n, c, ...between(kernel.map(() => 1)), width]);

  const size = x.shape.slice(2);
  const none = x.shape.map(() => 0);
  const excess = size.map((extent, i) => extent - out[i]! * kernel[i]!);
  const tiles = x.padAxes(none, [0, 0, ...excess.map((amount) => -amount)]);
  // Ranks descend in the order of places, which repeats with every window.
  const count = kernel.reduce((a, b) => a * b, 1);
  const rows = count / taps;
  const ranks = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < width; i++) ranks[row * width + i] = count - (row * taps + (i % taps));
  const rankShape = [...kernel.slice(0, last).flatMap((extent) => [1, extent]), width];
  const rank = x.constant({ dtype: "float64", shape: rankShape, data: ranks }, x.dtype);
  const ranked = tiles
    .reshape([n, c, ...between(kernel), width])
    .equal(repeated(y))
    .cast(x.dtype)
    .mul(rank);
  const zeros = kernel.map(() => 0);
  const first = ranked
    .reshape(tiles.shape)
    .maxPool({ kernel, strides: kernel, dilations: kernel.map(() => 1), low: zeros, high: zeros });
  const dx = ranked.equal(repeated(first)).cast(x.dtype).mul(repeated(g)).reshape(tiles.shape);
  return dx.padAxes(none, [0, 0, ...excess]);
}
