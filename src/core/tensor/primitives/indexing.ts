import { type GraphBuilder, onnxTypeOf } from "../graph-builder.ts";
import { definePrimitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { isFloat, refuse, sameShape, showShape, showType, type Type } from "../type.ts";

/**
 * ONNX Runtime's accumulating ScatterND loses updates when two threads meet in one row. Calls of at most
 * this many elements run on one thread; larger sums are chained from such calls.
 */
const safeScatterElements = 60_000;
/** Longest chain before sorting the rows is cheaper. */
const longestChain = 300;

function requireIndices(operation: string, type: Type): void {
  if (type.dtype !== "int64" && type.dtype !== "int32")
    refuse(operation, `expected indices of int64 or int32, got ${showType(type)}`);
}

function requireSummable(operation: string, type: Type): void {
  if (type.dtype === "bool" || type.dtype === "float16")
    refuse(operation, `expected numbers to compute with, got ${showType(type)}; cast it first`);
}

const product = (extents: readonly number[]): number => extents.reduce((a, b) => a * b, 1);

/** Slices along an axis at the given indices, whose axes take the axis' place. */
export const gather = definePrimitive<{ readonly axis: number }>({
  name: "gather",
  infer: ([x, indices], { axis }) => {
    requireIndices("gather", indices!);
    return [
      {
        dtype: x!.dtype,
        shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)],
      },
    ];
  },
  vjp: ([g], [x, indices], _, { axis }) => {
    if (g === undefined || !isFloat(x!.dtype)) return [undefined, undefined];
    const count = indices!.shape.length;
    const own = g.shape.map((_, i) => i);
    const front = own.slice(axis, axis + count);
    const rows = g.transpose([...front, ...own.slice(0, axis), ...own.slice(axis + count)]);
    const sums = indices!.scatterRows(rows, x!.shape[axis]!);
    const back = x!.shape.map((_, i) => (i === axis ? 0 : i < axis ? i + 1 : i));
    return [sums.transpose(back), undefined];
  },
  batch: ([x, indices], [xBatched, indicesBatched], { axis }, size) => {
    if (!indicesBatched) return [x!.gather(indices!, axis + 1)];
    if (!xBatched) {
      const y = x!.gather(indices!, axis);
      const own = y.shape.map((_, i) => i);
      return [y.transpose([axis, ...own.slice(0, axis), ...own.slice(axis + 1)])];
    }
    // Both: rows of all batch elements in one table, indices counted on from each element's first row.
    const own = x!.shape.map((_, i) => i);
    const moved = x!.transpose([0, axis + 1, ...own.slice(1, axis + 1), ...own.slice(axis + 2)]);
    const extent = x!.shape[axis + 1]!;
    const rest = moved.shape.slice(2);
    const y = moved.reshape([size * extent, ...rest]).gather(offsetRows(indices!, extent), 0);
    const count = indices!.shape.length - 1;
    const place = y.shape.map((_, i) => i);
    const before = place.slice(1 + count, 1 + count + axis);
    return [y.transpose([0, ...before, ...place.slice(1, 1 + count), ...place.slice(1 + count + axis)])];
  },
  lower: (graph, inputs, { attributes: { axis } }) => graph.op("Gather", inputs, { axis }),
});

/** Indices of batch element b, on axis 0, moved into b's part of a table of `extent` rows each. */
function offsetRows(indices: Tensor, extent: number): Tensor {
  const size = indices.shape[0]!;
  const starts = indices.iota(size, indices.dtype).mul(extent);
  const own = indices.less(0).where(indices.add(extent), indices);
  return own.add(starts.reshape([size, ...indices.shape.slice(1).map(() => 1)]));
}

/** Sums rows into a table: row `indices[i]` of the result is the sum of the updates i that name it. */
export const scatterRows = definePrimitive<{ readonly rows: number }>({
  name: "scatterAdd",
  infer: ([indices, updates], { rows }) => {
    requireIndices("scatterAdd", indices!);
    requireSummable("scatterAdd", updates!);
    const count = indices!.shape.length;
    if (!sameShape(updates!.shape.slice(0, count), indices!.shape))
      refuse(
        "scatterAdd",
        `updates ${showType(updates!)} must begin with the shape of indices ${showType(indices!)}`,
      );
    return [{ dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(count)] }];
  },
  vjp: ([g], [indices]) => [undefined, g?.gather(indices!, 0)],
  batch: ([indices, updates], [indicesBatched, updatesBatched], { rows }, size) => {
    if (!indicesBatched) {
      const count = indices!.shape.length;
      const own = updates!.shape.map((_, i) => i);
      const moved = updates!.transpose([...own.slice(1, count + 1), 0, ...own.slice(count + 1)]);
      return [indices!.scatterRows(moved, rows).swapAxes(0, 1)];
    }
    const whole = updatesBatched ? updates! : updates!.broadcastTo([size, ...updates!.shape]);
    const sums = offsetRows(indices!, rows).scatterRows(whole, size * rows);
    return [sums.reshape([size, rows, ...sums.shape.slice(1)])];
  },
  expand: ([indices, updates], { rows }) => {
    const count = product(indices!.shape);
    const width = product(updates!.shape.slice(indices!.shape.length));
    const shape = [rows, ...updates!.shape.slice(indices!.shape.length)];
    if (count === 0 || width === 0) return [updates!.full(shape, 0)];
    if (indices!.shape.length > 1)
      return [
        indices!
          .reshape([count])
          .scatterRows(updates!.reshape([count, width]), rows)
          .reshape(shape),
      ];
    const table = updates!.reshape([count, width]);
    if (width > safeScatterElements) {
      const parts: Tensor[] = [];
      for (let from = 0; from < width; from += safeScatterElements)
        parts.push(
          indices!.scatterRows(table.sliceAxis(1, from, Math.min(width, from + safeScatterElements)), rows),
        );
      return [parts[0]!.concat(parts.slice(1), 1).reshape(shape)];
    }
    if (Math.ceil(count / Math.floor(safeScatterElements / width)) <= longestChain) return undefined;
    return [sortedSums(indices!, table, rows).reshape(shape)];
  },
  lower: (graph, [indices, updates], { inputs, outputs }) => {
    const [count] = inputs[0]!.shape as [number];
    const { dtype, shape } = outputs[0]!;
    const width = product(shape.slice(1));
    const rows = shape[0]!;
    const ids = graph.op("Reshape", [
      graph.op("Cast", [indices!], { to: onnxTypeOf.int64 }),
      graph.ints([count, 1]),
    ]);
    const table = graph.op("Reshape", [updates!, graph.ints([count, width])]);
    const step = Math.floor(safeScatterElements / width);
    let sums = graph.zeros(dtype, [rows, width]);
    for (let from = 0; from < count; from += step) {
      const to = Math.min(count, from + step);
      sums = graph.op(
        "ScatterND",
        [sums, rowsOf(graph, ids, from, to, count), rowsOf(graph, table, from, to, count)],
        { reduction: "add" },
      );
    }
    return graph.op("Reshape", [sums, graph.ints(shape)], { allowzero: 1 });
  },
});

function rowsOf(graph: GraphBuilder, table: string, from: number, to: number, count: number): string {
  if (from === 0 && to === count) return table;
  return graph.op("Slice", [table, graph.ints([from]), graph.ints([to]), graph.ints([0])]);
}

/**
 * Sums by sorting the rows and taking differences of a running sum; in double precision, because a running
 * sum cancels. Exact on any number of threads.
 */
function sortedSums(indices: Tensor, table: Tensor, rows: number): Tensor {
  const count = indices.shape[0]!;
  const [, order] = indices.topK(count, { axis: 0, largest: false });
  const running = table.gather(order!, 0).cast("float64").cumsum(0);
  const before = running.padAxes([1, 0], [0, 0]);
  const own = indices.less(0).where(indices.add(rows), indices);
  const sizes = own.scatterAlong(indices.onesLike().cast("float64"), [rows], 0);
  const ends = sizes.cumsum(0).cast("int64");
  const starts = sizes.cumsum(0, { exclusive: true }).cast("int64");
  return before.gather(ends, 0).sub(before.gather(starts, 0)).cast(table.dtype);
}

/** Elements at the given indices along an axis; the other indices are the element's own. */
export const takeAlong = definePrimitive<{ readonly axis: number }>({
  name: "takeAlong",
  infer: ([x, indices], { axis }) => {
    requireIndices("takeAlong", indices!);
    requireAlong("takeAlong", indices!, x!, x!.shape, axis);
    return [{ dtype: x!.dtype, shape: indices!.shape }];
  },
  vjp: ([g], [x, indices], _, { axis }) => [g && indices!.scatterAlong(g, x!.shape, axis), undefined],
  batch: ([x, indices], [xBatched, indicesBatched], { axis }, size) => {
    const whole = xBatched ? x! : x!.broadcastTo([size, ...x!.shape]);
    const every = indicesBatched ? indices! : indices!.broadcastTo([size, ...indices!.shape]);
    return [whole.takeAlong(every, axis + 1)];
  },
  lower: (graph, inputs, { attributes: { axis } }) => graph.op("GatherElements", inputs, { axis }),
});

/** The transpose of `takeAlong`: updates are summed at their indices along an axis of a tensor of zeros. */
export const scatterAlong = definePrimitive<{ readonly shape: readonly number[]; readonly axis: number }>({
  name: "scatterAlong",
  infer: ([indices, updates], { shape, axis }) => {
    requireIndices("scatterAlong", indices!);
    requireSummable("scatterAlong", updates!);
    if (!sameShape(indices!.shape, updates!.shape))
      refuse(
        "scatterAlong",
        `indices ${showType(indices!)} and updates ${showType(updates!)} differ in shape`,
      );
    requireAlong("scatterAlong", indices!, updates!, shape, axis);
    return [{ dtype: updates!.dtype, shape }];
  },
  vjp: ([g], [indices], _, { axis }) => [undefined, g?.takeAlong(indices!, axis)],
  batch: ([indices, updates], [indicesBatched, updatesBatched], { shape, axis }, size) => {
    const every = indicesBatched ? indices! : indices!.broadcastTo([size, ...indices!.shape]);
    const whole = updatesBatched ? updates! : updates!.broadcastTo([size, ...updates!.shape]);
    return [every.scatterAlong(whole, [size, ...shape], axis + 1)];
  },
  lower: (graph, [indices, updates], { outputs, attributes: { shape, axis } }) => {
    const { dtype } = outputs[0]!;
    return graph.op("ScatterElements", [graph.zeros(dtype, shape), indices!, updates!], {
      axis,
      reduction: "add",
    });
  },
});

function requireAlong(
  operation: string,
  indices: Type,
  x: Type,
  shape: readonly number[],
  axis: number,
): void {
  const fits =
    indices.shape.length === shape.length &&
    indices.shape.every((extent, i) => i === axis || extent === shape[i]);
  if (!fits)
    refuse(
      operation,
      `indices ${showType(indices)} must match ${x.dtype}${showShape(shape)} on every axis but ${axis}`,
    );
}
