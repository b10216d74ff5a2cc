import { sizeOf } from "../../array/index.ts";
import { definePrimitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { broadcastShapes, refuse, sameShape, showShape, showType } from "../type.ts";

/** The same elements in another shape. */
export const reshape = definePrimitive<{ readonly shape: readonly number[] }>({
  name: "reshape",
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x!.shape))
      refuse(
        "reshape",
        `${showType(x!)} has ${sizeOf(x!.shape)} elements, ${showShape(shape)} ${sizeOf(shape)}`,
      );
    return [{ dtype: x!.dtype, shape }];
  },
  simplify: ([x], { shape }) => {
    if (sameShape(x!.shape, shape)) return x;
    return x!.node.primitive.name === "reshape" ? x!.node.inputs[0]!.reshape(shape) : undefined;
  },
  vjp: ([g], [x]) => [g?.reshape(x!.shape)],
  batch: ([x], _, { shape }, size) => [x!.reshape([size, ...shape])],
  lower: (graph, [x], { attributes: { shape } }) =>
    graph.op("Reshape", [x!, graph.ints(shape)], { allowzero: 1 }),
});

/** Axes in another order: axis i of the result is axis `order[i]` of the input. */
export const transpose = definePrimitive<{ readonly order: readonly number[] }>({
  name: "transpose",
  infer: ([x], { order }) => {
    if (
      !sameShape(
        [...order].sort((a, b) => a - b),
        x!.shape.map((_, axis) => axis),
      )
    )
      refuse("transpose", `${showShape(order)} is no order of the axes of ${showType(x!)}`);
    return [{ dtype: x!.dtype, shape: order.map((axis) => x!.shape[axis]!) }];
  },
  simplify: ([x], { order }) => {
    if (order.every((axis, i) => axis === i)) return x;
    if (x!.node.primitive.name !== "transpose") return undefined;
    const inner = x!.node.attributes.order as readonly number[];
    return x!.node.inputs[0]!.transpose(order.map((axis) => inner[axis]!));
  },
  vjp: ([g], _, __, { order }) => [g?.transpose(order.map((_, axis) => order.indexOf(axis)))],
  batch: ([x], _, { order }) => [x!.transpose([0, ...order.map((axis) => axis + 1)])],
  lower: (graph, [x], { attributes: { order } }) => graph.op("Transpose", [x!], { perm: order }),
});

/** Stretches axes of extent 1, and adds axes on the left. */
export const broadcast = definePrimitive<{ readonly shape: readonly number[] }>({
  name: "broadcast",
  infer: ([x], { shape }) => {
    const fits =
      x!.shape.length <= shape.length &&
      x!.shape.every((extent, i) => extent === 1 || extent === shape[shape.length - x!.shape.length + i]);
    if (!fits) refuse("broadcastTo", `${showType(x!)} does not broadcast to ${showShape(shape)}`);
    return [{ dtype: x!.dtype, shape }];
  },
  simplify: ([x], { shape }) => {
    if (sameShape(x!.shape, shape)) return x;
    return x!.node.primitive.name === "broadcast" ? x!.node.inputs[0]!.broadcastTo(shape) : undefined;
  },
  vjp: ([g], [x]) => [g?.sumTo(x!.shape)],
  batch: ([x], _, { shape }, size) => {
    const missing = shape.length - (x!.shape.length - 1);
    const aligned = [size, ...Array.from({ length: missing }, () => 1), ...x!.shape.slice(1)];
    return [x!.reshape(aligned).broadcastTo([size, ...shape])];
  },
  lower: (graph, [x], { attributes: { shape } }) => graph.op("Expand", [x!, graph.ints(shape)]),
});

/** Joins tensors along an axis. */
export const concat = definePrimitive<{ readonly axis: number }>({
  name: "concat",
  infer: (inputs, { axis }) => {
    const first = inputs[0]!;
    let extent = 0;
    for (const x of inputs) {
      const fits =
        x.dtype === first.dtype &&
        x.shape.length === first.shape.length &&
        x.shape.every((own, i) => i === axis || own === first.shape[i]);
      if (!fits) refuse("concat", `${showType(first)} and ${showType(x)} do not join along axis ${axis}`);
      extent += x.shape[axis]!;
    }
    return [{ dtype: first.dtype, shape: first.shape.map((own, i) => (i === axis ? extent : own)) }];
  },
  simplify: (inputs) => (inputs.length === 1 ? inputs[0] : undefined),
  vjp: ([g], inputs, _, { axis }) => {
    let start = 0;
    return inputs.map((x) => {
      const from = start;
      start += x.shape[axis]!;
      return g?.sliceAxis(axis, from, start);
    });
  },
  batch: (inputs, batched, { axis }, size) => {
    const whole = inputs.map((x, i) => (batched[i] ? x : x.broadcastTo([size, ...x.shape])));
    return [whole[0]!.concat(whole.slice(1), axis + 1)];
  },
  lower: (graph, inputs, { attributes: { axis } }) => graph.op("Concat", inputs, { axis }),
});

/** Cuts an axis into parts of the given extents; the gradient is one `concat`. */
export const split = definePrimitive<{ readonly axis: number; readonly sizes: readonly number[] }>({
  name: "split",
  infer: ([x], { axis, sizes }) => {
    if (sizes.reduce((a, b) => a + b, 0) !== x!.shape[axis])
      refuse("split", `axis ${axis} of ${showType(x!)} does not split into ${showShape(sizes)}`);
    return sizes.map((size) => ({
      dtype: x!.dtype,
      shape: x!.shape.map((extent, i) => (i === axis ? size : extent)),
    }));
  },
  simplify: ([x], { sizes }) => (sizes.length === 1 ? x : undefined),
  vjp: (cotangents, _, outputs, { axis }) => {
    const [first, ...rest] = cotangents.map((g, i) => g ?? outputs[i]!.zerosLike());
    return [first!.concat(rest, axis)];
  },
  batch: ([x], _, { axis, sizes }) => x!.split(sizes, axis + 1),
  lower: (graph, [x], { attributes: { axis, sizes } }) =>
    graph.ops("Split", [x!, graph.ints(sizes)], { axis }, sizes.length),
});

/** Part of a tensor: `start + step * i` for i below `size` on each axis; steps are positive. */
export const slice = definePrimitive<{
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}>({
  name: "slice",
  infer: ([x], { sizes }) => [{ dtype: x!.dtype, shape: sizes }],
  simplify: ([x], { sizes }) => (sameShape(x!.shape, sizes) ? x : undefined),
  vjp: ([g], [x], _, { starts, sizes, steps }) => {
    if (g === undefined) return [undefined];
    let spread = g;
    for (const [axis, step] of steps.entries()) if (step > 1) spread = spread.dilate(axis, step);
    const lengths = sizes.map((size, axis) => (size === 0 ? 0 : (size - 1) * steps[axis]! + 1));
    return [
      spread.padAxes(
        starts,
        x!.shape.map((extent, axis) => extent - starts[axis]! - lengths[axis]!),
      ),
    ];
  },
  batch: ([x], _, { starts, sizes, steps }, size) => [
    x!.sliceAxes([0, ...starts], [size, ...sizes], [1, ...steps]),
  ],
  lower: (graph, [x], { inputs, attributes: { starts, sizes, steps } }) => {
    const cut = sizes.flatMap((size, axis) => (size === inputs[0]!.shape[axis] ? [] : [axis]));
    const pick = (values: readonly number[]) => graph.ints(cut.map((axis) => values[axis]!));
    const ends = starts.map((start, axis) => start + (sizes[axis]! - 1) * steps[axis]! + 1);
    return graph.op("Slice", [x!, pick(starts), pick(ends), graph.ints(cut), pick(steps)]);
  },
});

/** A constant around a tensor; a negative amount crops. */
export const pad = definePrimitive<{
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** As text where JSON has no number (infinities). */
  readonly value: number | string;
}>({
  name: "pad",
  infer: ([x], { low, high }) => {
    const shape = x!.shape.map((extent, axis) => extent + low[axis]! + high[axis]!);
    if (shape.some((extent) => extent < 0))
      refuse("pad", `cropping ${showType(x!)} by ${showShape(low)} and ${showShape(high)} leaves nothing`);
    return [{ dtype: x!.dtype, shape }];
  },
  simplify: ([x], { low, high }) => ([...low, ...high].every((amount) => amount === 0) ? x : undefined),
  vjp: ([g], _, __, { low, high }) => [
    g?.padAxes(
      low.map((amount) => -amount),
      high.map((amount) => -amount),
    ),
  ],
  batch: ([x], _, { low, high, value }) => [x!.padAxes([0, ...low], [0, ...high], Number(value))],
  lower: (graph, [x], { inputs, attributes: { low, high, value } }) =>
    graph.op("Pad", [x!, graph.ints([...low, ...high]), graph.scalar(inputs[0]!.dtype, Number(value))]),
});

/** `step - 1` zeros after every element of an axis but the last. */
export const dilate = definePrimitive<{ readonly axis: number; readonly step: number }>({
  name: "dilate",
  infer: ([x], { axis, step }) => [
    {
      dtype: x!.dtype,
      shape: x!.shape.map((extent, i) => (i === axis && extent > 0 ? (extent - 1) * step + 1 : extent)),
    },
  ],
  vjp: ([g], [x], _, { axis, step }) => [
    g?.sliceAxes(
      g.shape.map(() => 0),
      x!.shape,
      g.shape.map((_, i) => (i === axis ? step : 1)),
    ),
  ],
  batch: ([x], _, { axis, step }) => [x!.dilate(axis + 1, step)],
  expand: ([x], { axis, step }) => {
    const shape = x!.shape;
    const none = Array.from({ length: shape.length + 1 }, () => 0);
    const apart = x!
      .reshape([...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)])
      .padAxes(
        none,
        none.map((_, i) => (i === axis + 1 ? step - 1 : 0)),
      )
      .reshape(shape.map((extent, i) => (i === axis ? extent * step : extent)));
    return [apart.sliceAxis(axis, 0, Math.max(0, (shape[axis]! - 1) * step + 1))];
  },
});

/** Elements of the given axes in reverse order. */
export const flip = definePrimitive<{ readonly axes: readonly number[] }>({
  name: "flip",
  infer: ([x]) => [x!],
  simplify: ([x], { axes }) => (axes.every((axis) => x!.shape[axis]! <= 1) ? x : undefined),
  vjp: ([g], _, __, { axes }) => [g?.flip(axes)],
  batch: ([x], _, { axes }) => [x!.flip(axes.map((axis) => axis + 1))],
  lower: (graph, [x], { attributes: { axes } }) => {
    const all = (value: number) => graph.ints(axes.map(() => value));
    return graph.op("Slice", [x!, all(-1), all(Number.MIN_SAFE_INTEGER), graph.ints(axes), all(-1)]);
  },
});

/** Reduces a cotangent to the shape of an operand that was broadcast. */
export function sumToShape(g: Tensor, shape: readonly number[]): Tensor {
  if (sameShape(g.shape, shape)) return g;
  broadcastShapes("sumTo", g.shape, shape);
  const missing = g.shape.length - shape.length;
  const axes = g.shape.flatMap((extent, axis) =>
    axis < missing || (shape[axis - missing] === 1 && extent !== 1) ? [axis] : [],
  );
  return g.sum(axes).reshape(shape);
}
