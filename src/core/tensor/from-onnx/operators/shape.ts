import { sizeOf } from "../../../array/index.ts";
import { Tensor } from "../../tensor.ts";
import {
  type Call,
  entries,
  Known,
  type Operator,
  type OperatorTable,
  type Value,
  widened,
} from "../call.ts";
import { arrayFrom, knownInts, numbersOf } from "../known.ts";
import {
  broadcast,
  flattened,
  normalAxes,
  reshapeTarget,
  shown,
  slicePlan,
  splitSizes,
  squeezed,
  unsqueezed,
} from "../shapes.ts";

function shapeOf(value: Value, call: Call): readonly number[] {
  if (value instanceof Tensor) return value.shape;
  return value instanceof Known ? value.array.shape : call.fail("expected a tensor, got a sequence");
}

function slice(call: Call): Tensor {
  const x = call.x(0);
  const { starts, sizes, steps } = slicePlan(
    x.shape,
    call.ints(1, "starts"),
    call.ints(2, "ends"),
    call.optionalInts(3, "axes"),
    call.optionalInts(4),
  );
  // Backwards: turn the part around that the slice runs through.
  const turned = steps.flatMap((step, axis) => (step < 0 ? [axis] : []));
  const low = starts.map((start, axis) =>
    steps[axis]! < 0 ? start + steps[axis]! * Math.max(0, sizes[axis]! - 1) : start,
  );
  const part = x.sliceAxes(
    low.map((start, axis) => (sizes[axis] === 0 ? 0 : start)),
    sizes,
    steps.map(Math.abs),
  );
  return turned.length === 0 ? part : part.flip(turned);
}

/** Source index of every place of a padded axis: whole patterns repeat as often as needed. */
function padSources(extent: number, low: number, high: number, mode: string): number[] {
  return Array.from({ length: entries(extent + low + high) }, (_, place) => {
    const at = place - low;
    if (mode === "edge") return Math.min(extent - 1, Math.max(0, at));
    if (mode === "wrap") return ((at % extent) + extent) % extent;
    const period = Math.max(1, 2 * (extent - 1));
    const within = ((at % period) + period) % period;
    return within < extent ? within : period - within;
  });
}

function pad(call: Call): Tensor {
  const x = call.x(0);
  const rank = x.shape.length;
  const given = call.ints(1, "pads");
  const axes = call.has(3) ? normalAxes("Pad", call.ints(3), rank) : x.shape.map((_, axis) => axis);
  if (given.length !== 2 * axes.length)
    call.fail(`${given.length} pads for ${axes.length} axes; expected two for each`);
  const low = x.shape.map(() => 0);
  const high = x.shape.map(() => 0);
  for (const [i, axis] of axes.entries()) {
    low[axis] = given[i]!;
    high[axis] = given[axes.length + i]!;
  }
  const mode = call.attributes.text("mode", "constant");
  if (mode === "constant") {
    const value = call.has(2) ? call.value(2) : undefined;
    if (value !== undefined && !(value instanceof Known))
      return widened([x, call.x(2)], (y, fill) => {
        const inside = y.onesLike().padAxes(low, high).greater(0);
        return inside.where(y.padAxes(low, high), fill.reshape([]));
      });
    return widened([x], (y) =>
      y.padAxes(low, high, value ? numbersOf(value.array)[0]! : call.attributes.float("value", 0)),
    );
  }
  if (!["edge", "reflect", "wrap"].includes(mode)) call.fail(`unknown mode ${mode}`);
  let result = x;
  for (const axis of axes) {
    if (low[axis] === 0 && high[axis] === 0) continue;
    const sources = padSources(x.shape[axis]!, low[axis]!, high[axis]!, mode);
    result = result.gather(new Known(knownInts(sources)).tensor, axis);
  }
  return result;
}

function split(call: Call): Value[] {
  const x = call.x(0);
  const axis = call.axis(x.shape.length, 0);
  const sizes = splitSizes(x.shape[axis]!, call.optionalInts(1, "split"), call.outputs.length);
  let start = 0;
  return sizes.map((size) => {
    const from = start;
    start += size;
    return x.sliceAxis(axis, from, start);
  });
}

function depthToSpace(call: Call): Tensor {
  const x = call.x(0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const block = call.attributes.int("blocksize", 1);
  const depth = c / (block * block);
  if (call.attributes.text("mode", "DCR") === "CRD")
    return x
      .reshape([n, depth, block, block, h, w])
      .transpose([0, 1, 4, 2, 5, 3])
      .reshape([n, depth, h * block, w * block]);
  return x
    .reshape([n, block, block, depth, h, w])
    .transpose([0, 3, 4, 1, 5, 2])
    .reshape([n, depth, h * block, w * block]);
}

function spaceToDepth(call: Call): Tensor {
  const x = call.x(0);
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const block = call.attributes.int("blocksize", 1);
  return x
    .reshape([n, c, h / block, block, w / block, block])
    .transpose([0, 3, 5, 1, 2, 4])
    .reshape([n, c * block * block, h / block, w / block]);
}

function trilu(call: Call): Tensor {
  const x = call.x(0);
  const [rows, cols] = x.shape.slice(-2) as [number, number];
  const upper = call.attributes.int("upper", 1) !== 0;
  const diagonal = call.optionalNumber(1) ?? 0;
  const mask = new Float64Array(entries(rows * cols));
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) mask[i * cols + j] = Number(upper ? j - i >= diagonal : j - i <= diagonal);
  if (mask.length === 0) return x;
  const kept = new Known(arrayFrom("bool", [rows, cols], mask)).tensor;
  return widened([x], (y) => kept.where(y, y.zerosLike()));
}

/** The middle of each given axis, or the axis in the middle of zeros. */
function centerCropPad(call: Call): Tensor {
  let x = call.x(0);
  const sizes = call.ints(1);
  const axes = normalAxes(
    call.operator,
    call.attributes.ints("axes") ?? x.shape.map((_, axis) => axis),
    x.shape.length,
  );
  for (const [i, axis] of axes.entries()) {
    const difference = sizes[i]! - x.shape[axis]!;
    if (difference < 0) {
      const start = Math.floor(-difference / 2);
      x = x.sliceAxis(axis, start, start + sizes[i]!);
    } else if (difference > 0) {
      const low = x.shape.map((_, own) => (own === axis ? Math.floor(difference / 2) : 0));
      const high = x.shape.map((_, own) => (own === axis ? difference - Math.floor(difference / 2) : 0));
      x = widened([x], (y) => y.padAxes(low, high));
    }
  }
  return x;
}

/** Refuses operators whose result has a shape that depends on the values of its input. */
const dynamicShape: Operator = (call) =>
  call.fail("the shape of its result depends on values that are not known while tracing");

function constant(call: Call): Value {
  const { attributes } = call;
  const value = attributes.array("value");
  if (value !== undefined) return new Known(value);
  const number = attributes.optionalFloat("value_float");
  if (number !== undefined) return new Known(arrayFrom("float32", [], [number]));
  const whole = attributes.optionalInt("value_int");
  if (whole !== undefined) return new Known(arrayFrom("int64", [], [whole]));
  const list = attributes.floats("value_floats") ?? [];
  if (list.length > 0) return new Known(arrayFrom("float32", [list.length], list));
  const wholes = attributes.ints("value_ints") ?? [];
  if (wholes.length > 0) return new Known(knownInts(wholes));
  return call.fail("its value is text or sparse, which is not supported");
}

export const shapes: OperatorTable = {
  Constant: constant,
  Shape: (call) => {
    const shape = shapeOf(call.value(0), call);
    const end = call.attributes.optionalInt("end");
    return new Known(knownInts(shape.slice(call.attributes.int("start", 0), end)));
  },
  Size: (call) => new Known(arrayFrom("int64", [], [sizeOf(shapeOf(call.value(0), call))])),
  Reshape: {
    run: (call) => {
      const x = call.x(0);
      const target = call.ints(1, "shape");
      return x.reshape(reshapeTarget(x.shape, target, call.attributes.int("allowzero", 0) !== 0));
    },
    fixed: [1],
  },
  Squeeze: {
    run: (call) => call.x(0).reshape(squeezed(call.x(0).shape, call.optionalInts(1, "axes"))),
    fixed: [1],
  },
  Unsqueeze: {
    run: (call) => call.x(0).reshape(unsqueezed(call.x(0).shape, call.ints(1, "axes"))),
    fixed: [1],
  },
  Flatten: (call) => call.x(0).reshape(flattened(call.x(0).shape, call.attributes.int("axis", 1))),
  Transpose: (call) => {
    const { shape } = call.x(0);
    return call
      .x(0)
      .transpose(call.attributes.ints("perm") ?? shape.map((_, axis) => shape.length - 1 - axis));
  },
  Concat: (call) => {
    const [first, ...rest] = call.all() as [Tensor, ...Tensor[]];
    return first.concat(rest, call.axis(first.shape.length, 1));
  },
  Split: { run: split, fixed: [1] },
  Slice: { run: slice, fixed: [1, 2, 3, 4] },
  Pad: { run: pad, fixed: [1, 3] },
  Expand: {
    run: (call) => call.x(0).broadcastTo(broadcast("Expand", call.x(0).shape, call.ints(1))),
    fixed: [1],
  },
  Tile: {
    run: (call) => {
      const x = call.x(0);
      const repeats = call.ints(1);
      if (repeats.length !== x.shape.length)
        call.fail(`${repeats.length} repeats for shape ${shown(x.shape)}`);
      // Each axis behind a new one of its repeats.
      const apart = x.shape.flatMap((extent) => [1, extent]);
      const wide = x.shape.flatMap((extent, axis) => [repeats[axis]!, extent]);
      return x
        .reshape(apart)
        .broadcastTo(wide)
        .reshape(x.shape.map((extent, axis) => extent * repeats[axis]!));
    },
    fixed: [1],
  },
  ConstantOfShape: {
    run: (call) => {
      const value = call.attributes.array("value") ?? arrayFrom("float32", [1], [0]);
      return new Known({ ...value, shape: [] } as typeof value).tensor.broadcastTo(call.ints(0));
    },
    fixed: [0],
  },
  Range: { run: dynamicShape, fixed: [0, 1, 2] },
  EyeLike: (call) => {
    const { shape, dtype } = call.x(0);
    const [rows, cols] = shape as [number, number];
    const k = call.attributes.int("k", 0);
    const values = new Float64Array(entries(rows * cols));
    for (let i = 0; i < rows; i++) if (i + k >= 0 && i + k < cols) values[i * cols + i + k] = 1;
    const type = call.attributes.get("dtype") === undefined ? dtype : call.attributes.dtype("dtype");
    return new Known(arrayFrom(type, [rows, cols], values));
  },
  Trilu: { run: trilu, fixed: [1] },
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CenterCropPad: { run: centerCropPad, fixed: [1] },
  Cast: (call) => call.x(0).cast(call.attributes.dtype("to")),
  CastLike: (call) => {
    const value = call.value(0);
    const { dtype } = call.x(1);
    if (!(value instanceof Known) || dtype === "float16" || value.array.dtype === "float16")
      return call.x(0).cast(dtype);
    return new Known(arrayFrom(dtype, value.array.shape, numbersOf(value.array)));
  },
  // Masks are random only when training with a ratio above zero; both are whole-model settings.
  Dropout: {
    run: (call) => {
      const x = call.x(0);
      const training = call.version >= 12 && call.has(2) && call.optionalNumber(2) !== 0;
      if (training && (call.optionalNumber(1) ?? 0.5) !== 0)
        call.fail("random masks are not supported; set training_mode to false");
      return [x, x.zerosLike().equal(0)];
    },
    fixed: [1, 2],
  },
  NonZero: { run: dynamicShape, fixed: [0] },
  Compress: { run: dynamicShape, fixed: [0, 1] },
  Unique: dynamicShape,
  NonMaxSuppression: dynamicShape,
};
