import { sizeOf } from "../../../array/index.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, type OperatorTable, places, widened } from "../call.ts";
import { normalAxis } from "../shapes.ts";

/** Rows of flat indices into the leading axes of a tensor, from index tuples on the last axis. */
function flatIndices(call: Call, indices: Tensor, shape: readonly number[]): Tensor {
  const depth = indices.shape.at(-1) ?? call.fail("indices have no axes");
  const outer = indices.shape.slice(0, -1);
  let flat: Tensor | undefined;
  for (let k = 0; k < depth; k++) {
    const part = indices.sliceAxis(outer.length, k, k + 1).reshape(outer);
    const own = part.less(0).where(part.add(shape[k]!), part);
    flat = flat === undefined ? own : flat.mul(shape[k]!).add(own);
  }
  return flat ?? call.fail("indices of length 0");
}

function gatherND(call: Call): Tensor {
  const data = call.x(0);
  const indices = call.x(1).cast("int64");
  const batch = call.attributes.int("batch_dims", 0);
  const depth = indices.shape.at(-1)!;
  const shared = data.shape.slice(0, batch);
  const count = sizeOf(shared);
  const indexed = data.shape.slice(batch, batch + depth);
  const rest = data.shape.slice(batch + depth);
  const outer = indices.shape.slice(batch, -1);
  let flat = flatIndices(call, indices.reshape([count, ...outer, depth]), indexed);
  if (batch > 0) {
    const base = places(count).mul(sizeOf(indexed));
    flat = flat.add(base.reshape([count, ...outer.map(() => 1)]));
  }
  const rows = data.reshape([count * sizeOf(indexed), ...rest]);
  return rows.gather(flat.reshape([count * sizeOf(outer)]), 0).reshape([...shared, ...outer, ...rest]);
}

/**
 * Writes updates into rows of a table. Without a reduction a row named twice keeps one of its updates (ONNX
 * leaves open which; here it is the last in order of sorting).
 */
function scatterRows(call: Call, table: Tensor, rows: Tensor, updates: Tensor, reduction: string): Tensor {
  const count = table.shape[0]!;
  const own = rows.less(0).where(rows.add(count), rows);
  switch (reduction) {
    case "add":
      return widened([table, updates], (t, u) => t.add(own.scatterRows(u, count)));
    case "none":
    case "": {
      const updateCount = rows.shape[0]!;
      if (updateCount === 0) return table;
      // The last update of each row: the greatest position that names it, found by sorting row * n + place.
      const key = own.mul(updateCount).add(places(updateCount));
      const [sorted, order] = key.topK(updateCount, { axis: 0, largest: false });
      const row = sorted.div(updateCount);
      const next = row.sliceAxis(0, 1, updateCount).concat([row.full([1], -1)], 0);
      const last = row.equal(next).not();
      const mask = last.cast("float32");
      const written = row.scatterRows(mask.reshape([updateCount, 1]), count).greater(0);
      const ranks = last.where(order, order.zerosLike()).cast("float64");
      const source = row.scatterRows(ranks.mul(mask.cast("float64")).reshape([updateCount, 1]), count);
      const picked = updates.gather(source.reshape([count]).cast("int64"), 0);
      const flat = table.shape.slice(1).map(() => 1);
      return widened([picked, table], (a, b) => written.reshape([count, ...flat]).where(a, b));
    }
    default:
      return combined(table, own, updates, reduction, call);
  }
}

/** Reductions other than sums: one round for each update of the row that has most, found while tracing. */
function combined(table: Tensor, rows: Tensor, updates: Tensor, reduction: string, call: Call): Tensor {
  const updateCount = rows.shape[0]!;
  call.unrolled(updateCount, `updates with reduction ${reduction}`);
  const combine: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
    mul: (a, b) => a.mul(b),
    max: (a, b) => a.maximum(b),
    min: (a, b) => a.minimum(b),
  };
  const apply = combine[reduction] ?? call.fail(`unknown reduction ${reduction}`);
  const flat = table.shape.slice(1).map(() => 1);
  const ids = places(table.shape[0]!);
  return widened([table, updates], (start, values) => {
    let result = start;
    for (let i = 0; i < updateCount; i++) {
      const hit = ids.equal(rows.sliceAxis(0, i, i + 1)).reshape([table.shape[0]!, ...flat]);
      result = hit.where(apply(result, values.sliceAxis(0, i, i + 1)), result);
    }
    return result;
  });
}

function scatterND(call: Call): Tensor {
  const data = call.x(0);
  const indices = call.x(1).cast("int64");
  const depth = indices.shape.at(-1)!;
  const indexed = data.shape.slice(0, depth);
  const rest = data.shape.slice(depth);
  const count = sizeOf(indices.shape.slice(0, -1));
  const flat = flatIndices(call, indices, indexed).reshape([count]);
  const table = data.reshape([sizeOf(indexed), ...rest]);
  const updates = call.x(2).reshape([count, ...rest]);
  return scatterRows(call, table, flat, updates, call.attributes.text("reduction", "none")).reshape(
    data.shape,
  );
}

function scatterElements(call: Call): Tensor {
  const data = call.x(0);
  const rank = data.shape.length;
  const axis = call.axis(rank, 0);
  const raw = call.x(1).cast("int64");
  const indices = raw.less(0).where(raw.add(data.shape[axis]!), raw);
  // The flat place of every update: its own index on every axis but one.
  let flat: Tensor | undefined;
  for (let i = 0; i < rank; i++) {
    const own =
      i === axis
        ? indices
        : places(indices.shape[i]!).reshape(
            indices.shape.map((_, other) => (other === i ? indices.shape[i]! : 1)),
          );
    flat = flat === undefined ? own : flat.mul(data.shape[i]!).add(own);
  }
  const count = sizeOf(indices.shape);
  const flatPlaces = (flat ?? call.fail("expected at least one axis"))
    .broadcastTo(indices.shape)
    .reshape([count]);
  const table = data.reshape([sizeOf(data.shape), 1]);
  const updates = call.x(2).reshape([count, 1]);
  return scatterRows(call, table, flatPlaces, updates, call.attributes.text("reduction", "none")).reshape(
    data.shape,
  );
}

function oneHot(call: Call): Tensor {
  const indices = call.x(0);
  const depth = call.number(1);
  const values = call.x(2);
  const rank = indices.shape.length + 1;
  const axis = normalAxis("OneHot", call.attributes.int("axis", -1), rank);
  const shape = Array.from({ length: rank }, (_, i) => (i === axis ? depth : 1));
  const whole = indices.cast("int64").expandDims(axis);
  const own = whole.less(0).where(whole.add(depth), whole);
  const hot = own.equal(places(depth).reshape(shape));
  return widened([values], (pair) =>
    hot.where(pair.sliceAxis(0, 1, 2).reshape([]), pair.sliceAxis(0, 0, 1).reshape([])),
  );
}

function reverseSequence(call: Call): Tensor {
  const x = call.x(0);
  const time = call.attributes.int("time_axis", 0);
  const batch = call.attributes.int("batch_axis", 1);
  const steps = x.shape[time]!;
  const place = places(steps).reshape(x.shape.map((extent, axis) => (axis === time ? extent : 1)));
  const lengths = call
    .x(1)
    .cast("int64")
    .reshape(x.shape.map((extent, axis) => (axis === batch ? extent : 1)));
  const source = place.less(lengths).where(lengths.sub(1).sub(place), place);
  return x.takeAlong(source.broadcastTo(x.shape), time);
}

export const indexing: OperatorTable = {
  Gather: (call) => {
    const x = call.x(0);
    return x.gather(call.x(1), call.axis(x.shape.length, 0));
  },
  GatherElements: (call) => {
    const x = call.x(0);
    const axis = call.axis(x.shape.length, 0);
    const indices = call.x(1);
    const within = x.shape.every((extent, i) => i === axis || extent === indices.shape[i]);
    const part = within
      ? x
      : x.sliceAxes(
          x.shape.map(() => 0),
          x.shape.map((extent, i) => (i === axis ? extent : indices.shape[i]!)),
          x.shape.map(() => 1),
        );
    return part.takeAlong(indices, axis);
  },
  GatherND: gatherND,
  Scatter: scatterElements,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  OneHot: { run: oneHot, fixed: [1] },
  ReverseSequence: reverseSequence,
};
