import { arrayOf, type DType, type NdArray, sizeOf } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import type { NodeAttributes } from "./attributes.ts";
import {
  broadcast,
  flattened,
  normalAxes,
  normalAxis,
  reshapeTarget,
  slicePlan,
  splitSizes,
  squeezed,
  unsqueezed,
} from "./shapes.ts";

/**
 * Operators on arrays that are known while a model is traced: what exporters write to compute shapes, axes
 * and indices. Numbers are computed in double precision and stored in the element type of the result.
 */

/** Largest arrays, in elements, that are computed while tracing. */
export const largestKnown = 1 << 16;

/** Thrown where a result would be larger than `largestResult` elements: the tensor form serves then. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}
const largestResult = 1 << 20;

function sizeWithin(shape: readonly number[]): number {
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new InvalidInputError("shape", `extents must be whole numbers >= 0, got [${shape.join(", ")}]`);
  const size = sizeOf(shape);
  if (!(size <= largestResult)) throw new TooLarge();
  return size;
}

interface KnownCall {
  readonly operator: string;
  readonly inputs: readonly (NdArray | undefined)[];
  readonly attributes: NodeAttributes;
  readonly version: number;
  readonly outputs: number;
}

type KnownOperator = (call: KnownCall) => NdArray | readonly NdArray[];

/** The elements as numbers; 64-bit integers are rounded to doubles. */
export function numbersOf(array: NdArray): Float64Array {
  if (array.dtype === "float16")
    return Float64Array.from(array.data as Uint16Array, (bits) => {
      const exponent = (bits >> 10) & 31;
      const mantissa = bits & 1023;
      const sign = bits & 0x8000 ? -1 : 1;
      if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
    });
  return Float64Array.from(array.data as ArrayLike<number | bigint>, Number);
}

/** An array of the given element type from numbers; whole types truncate and saturate at 64 bits. */
export function arrayFrom(dtype: DType, shape: readonly number[], values: ArrayLike<number>): NdArray {
  const size = sizeOf(shape);
  let data: NdArray["data"];
  if (dtype === "int64" || dtype === "uint64") {
    const wide = new arrayOf[dtype](size);
    const [low, high] = dtype === "int64" ? [-(2 ** 63), 2 ** 63] : [0, 2 ** 64];
    for (let i = 0; i < size; i++) {
      const value = Math.trunc(values[i]!);
      if (value >= high) wide[i] = BigInt(high) - 1n;
      else wide[i] = BigInt(value <= low || Number.isNaN(value) ? low : value);
    }
    data = wide;
  } else if (dtype === "float16") {
    throw new InvalidInputError("float16", "no arithmetic on half-precision arrays while tracing");
  } else {
    const narrow = new arrayOf[dtype](size);
    for (let i = 0; i < size; i++) narrow[i] = dtype === "bool" ? Number(values[i] !== 0) : values[i]!;
    data = narrow;
  }
  return { dtype, shape, data } as NdArray;
}

export function knownInts(values: readonly number[]): NdArray {
  return arrayFrom("int64", [values.length], values);
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** A new array whose element at each index comes from position `offset + index . strides` of another. */
function viewed(array: NdArray, shape: readonly number[], strides: readonly number[], offset = 0): NdArray {
  const size = sizeWithin(shape);
  const data = new arrayOf[array.dtype](size) as { [index: number]: number | bigint };
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    data[to] = array.data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype: array.dtype, shape, data } as unknown as NdArray;
}

function expanded(array: NdArray, shape: readonly number[]): NdArray {
  const own = stridesOf(array.shape);
  const missing = shape.length - array.shape.length;
  return viewed(
    array,
    shape,
    shape.map((_, axis) => (axis < missing || array.shape[axis - missing] === 1 ? 0 : own[axis - missing]!)),
  );
}

function reshaped(array: NdArray, shape: readonly number[]): NdArray {
  return { ...array, shape } as NdArray;
}

function joined(arrays: readonly NdArray[], axis: number): NdArray {
  const first = arrays[0]!;
  const shape = first.shape.map((extent, i) =>
    i === axis ? arrays.reduce((sum, array) => sum + array.shape[axis]!, 0) : extent,
  );
  const data = new arrayOf[first.dtype](sizeWithin(shape)) as unknown as Float32Array;
  if (data.length === 0) return { dtype: first.dtype, shape, data } as unknown as NdArray;
  const outer = sizeOf(shape.slice(0, axis));
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const array of arrays) {
      const length = array.data.length / outer;
      data.set((array.data as Float32Array).subarray(row * length, (row + 1) * length), at);
      at += length;
    }
  }
  return { dtype: first.dtype, shape, data } as unknown as NdArray;
}

function gathered(array: NdArray, indices: NdArray, axis: number): NdArray {
  const extent = array.shape[axis]!;
  const outer = sizeOf(array.shape.slice(0, axis));
  const inner = sizeOf(array.shape.slice(axis + 1));
  const shape = [...array.shape.slice(0, axis), ...indices.shape, ...array.shape.slice(axis + 1)];
  const data = new arrayOf[array.dtype](sizeWithin(shape)) as unknown as Float32Array;
  if (data.length === 0) return { dtype: array.dtype, shape, data } as unknown as NdArray;
  const picks = numbersOf(indices);
  let at = 0;
  for (let row = 0; row < outer; row++)
    for (const pick of picks) {
      const index = pick < 0 ? pick + extent : pick;
      if (!(index >= 0 && index < extent))
        throw new InvalidInputError("Gather", `index ${pick} on an axis of extent ${extent}`);
      const from = (row * extent + index) * inner;
      data.set((array.data as Float32Array).subarray(from, from + inner), at);
      at += inner;
    }
  return { dtype: array.dtype, shape, data } as unknown as NdArray;
}

function unary(compute: (x: number) => number, dtype?: DType): KnownOperator {
  return ({ inputs: [x] }) => arrayFrom(dtype ?? x!.dtype, x!.shape, numbersOf(x!).map(compute));
}

/** Folds any number of inputs under broadcasting. */
function nary(compute: (a: number, b: number, whole: boolean) => number, dtype?: DType): KnownOperator {
  return ({ operator, inputs }) => {
    const arrays = inputs as readonly NdArray[];
    const shape = broadcast(operator, ...arrays.map((array) => array.shape));
    const whole = !arrays[0]!.dtype.startsWith("float");
    const values = numbersOf(expanded(arrays[0]!, shape));
    for (const array of arrays.slice(1)) {
      const other = numbersOf(expanded(array, shape));
      for (let i = 0; i < values.length; i++) values[i] = compute(values[i]!, other[i]!, whole);
    }
    return arrayFrom(dtype ?? arrays[0]!.dtype, shape, values);
  };
}

function reduction(initial: number, combine: (a: number, b: number) => number): KnownOperator {
  return ({ operator, inputs: [x, second], attributes }) => {
    const rank = x!.shape.length;
    const given = second ? Array.from(numbersOf(second)) : attributes.ints("axes");
    if ((given ?? []).length === 0 && attributes.int("noop_with_empty_axes", 0) !== 0) return x!;
    const axes =
      (given ?? []).length === 0 ? x!.shape.map((_, axis) => axis) : normalAxes(operator, given!, rank);
    const kept = x!.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const own = stridesOf(x!.shape);
    const order = [...kept, ...axes];
    const rows = viewed(
      x!,
      order.map((axis) => x!.shape[axis]!),
      order.map((axis) => own[axis]!),
    );
    const values = numbersOf(rows);
    const count = sizeOf(kept.map((axis) => x!.shape[axis]!));
    const length = sizeOf(axes.map((axis) => x!.shape[axis]!));
    const result = new Float64Array(sizeWithin([count])).fill(initial);
    for (let row = 0; row < count; row++)
      for (let i = 0; i < length; i++) result[row] = combine(result[row]!, values[row * length + i]!);
    const shape =
      attributes.int("keepdims", 1) !== 0
        ? x!.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
        : kept.map((axis) => x!.shape[axis]!);
    return arrayFrom(x!.dtype, shape, result);
  };
}

const ints = (array: NdArray | undefined): number[] | undefined => array && Array.from(numbersOf(array));

const halfToEven = (x: number): number => {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

export const knownOperators: ReadonlyMap<string, KnownOperator> = new Map<string, KnownOperator>(
  Object.entries({
    Identity: ({ inputs: [x] }) => x!,
    Neg: unary((x) => -x),
    Abs: unary(Math.abs),
    Sign: unary(Math.sign),
    Floor: unary(Math.floor),
    Ceil: unary(Math.ceil),
    Round: unary(halfToEven),
    Sqrt: unary(Math.sqrt),
    Exp: unary(Math.exp),
    Log: unary(Math.log),
    Reciprocal: unary((x) => 1 / x),
    Relu: unary((x) => Math.max(x, 0)),
    Not: unary((x) => Number(x === 0)),
    Add: nary((a, b) => a + b),
    Sum: nary((a, b) => a + b),
    Sub: nary((a, b) => a - b),
    Mul: nary((a, b) => a * b),
    Div: nary((a, b, whole) => (whole ? Math.trunc(a / b) : a / b)),
    Pow: nary((a, b) => a ** b),
    Min: nary((a, b) => Math.min(a, b)),
    Max: nary((a, b) => Math.max(a, b)),
    Mod: (call) =>
      nary((a, b) => (call.attributes.int("fmod", 0) !== 0 ? a % b : a - Math.floor(a / b) * b))(call),
    Equal: nary((a, b) => Number(a === b), "bool"),
    Less: nary((a, b) => Number(a < b), "bool"),
    LessOrEqual: nary((a, b) => Number(a <= b), "bool"),
    Greater: nary((a, b) => Number(a > b), "bool"),
    GreaterOrEqual: nary((a, b) => Number(a >= b), "bool"),
    And: nary((a, b) => a & b),
    Or: nary((a, b) => a | b),
    Xor: nary((a, b) => a ^ b),
    ReduceSum: reduction(0, (a, b) => a + b),
    ReduceProd: reduction(1, (a, b) => a * b),
    ReduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
    ReduceMin: reduction(Number.POSITIVE_INFINITY, Math.min),

    Cast: ({ inputs: [x], attributes }) => {
      const dtype = attributes.dtype("to");
      return x!.dtype === dtype ? x! : arrayFrom(dtype, x!.shape, numbersOf(x!));
    },
    Where: ({ inputs }) => {
      const [condition, a, b] = inputs as [NdArray, NdArray, NdArray];
      const shape = broadcast("Where", condition.shape, a.shape, b.shape);
      const chosen = expanded(condition, shape).data;
      const data = expanded(a, shape).data as { [index: number]: number | bigint };
      const other = expanded(b, shape).data;
      for (let i = 0; i < chosen.length; i++) if (Number(chosen[i]) === 0) data[i] = other[i]!;
      return { dtype: a.dtype, shape, data } as unknown as NdArray;
    },
    Reshape: ({ inputs: [x, shape], attributes }) =>
      reshaped(
        x!,
        reshapeTarget(
          x!.shape,
          ints(shape) ?? attributes.ints("shape")!,
          attributes.int("allowzero", 0) !== 0,
        ),
      ),
    Squeeze: ({ inputs: [x, axes], attributes }) =>
      reshaped(x!, squeezed(x!.shape, ints(axes) ?? attributes.ints("axes"))),
    Unsqueeze: ({ inputs: [x, axes], attributes }) =>
      reshaped(x!, unsqueezed(x!.shape, ints(axes) ?? attributes.ints("axes")!)),
    Flatten: ({ inputs: [x], attributes }) => reshaped(x!, flattened(x!.shape, attributes.int("axis", 1))),
    Transpose: ({ inputs: [x], attributes }) => {
      const order = attributes.ints("perm") ?? x!.shape.map((_, axis) => x!.shape.length - 1 - axis);
      const strides = stridesOf(x!.shape);
      return viewed(
        x!,
        order.map((axis) => x!.shape[axis]!),
        order.map((axis) => strides[axis]!),
      );
    },
    Concat: ({ inputs, attributes }) =>
      joined(
        inputs as readonly NdArray[],
        normalAxis("Concat", attributes.int("axis", 1), inputs[0]!.shape.length),
      ),
    Slice: ({ inputs: [x, starts, ends, axes, steps], attributes }) => {
      const plan = slicePlan(
        x!.shape,
        ints(starts) ?? attributes.ints("starts")!,
        ints(ends) ?? attributes.ints("ends")!,
        ints(axes) ?? attributes.ints("axes"),
        ints(steps),
      );
      const strides = stridesOf(x!.shape);
      return viewed(
        x!,
        plan.sizes,
        strides.map((stride, axis) => stride * plan.steps[axis]!),
        strides.reduce((sum, stride, axis) => sum + stride * plan.starts[axis]!, 0),
      );
    },
    Split: ({ inputs: [x, given], attributes, outputs }) => {
      const axis = normalAxis("Split", attributes.int("axis", 0), x!.shape.length);
      const strides = stridesOf(x!.shape);
      let start = 0;
      return splitSizes(x!.shape[axis]!, ints(given) ?? attributes.ints("split"), outputs).map((size) => {
        const part = viewed(
          x!,
          x!.shape.map((extent, i) => (i === axis ? size : extent)),
          strides,
          start * strides[axis]!,
        );
        start += size;
        return part;
      });
    },
    Gather: ({ inputs: [x, indices], attributes }) =>
      gathered(x!, indices!, normalAxis("Gather", attributes.int("axis", 0), x!.shape.length)),
    Expand: ({ inputs: [x, shape] }) => expanded(x!, broadcast("Expand", x!.shape, ints(shape)!)),
    Tile: ({ inputs: [x, repeats] }) => {
      const counts = ints(repeats)!;
      // Each axis behind a new one of its repeats.
      const apart = reshaped(
        x!,
        x!.shape.flatMap((extent) => [1, extent]),
      );
      const repeated = expanded(
        apart,
        x!.shape.flatMap((extent, axis) => [counts[axis]!, extent]),
      );
      return reshaped(
        repeated,
        x!.shape.map((extent, axis) => extent * counts[axis]!),
      );
    },
    ConstantOfShape: ({ inputs: [shape], attributes }) => {
      const value = attributes.array("value") ?? arrayFrom("float32", [1], [0]);
      return expanded(reshaped(value, []), ints(shape)!);
    },
    Range: ({ inputs: [start, limit, delta] }) => {
      const [from, to, step] = [start!, limit!, delta!].map((array) => numbersOf(array)[0]!) as [
        number,
        number,
        number,
      ];
      const count = Math.max(0, Math.ceil((to - from) / step));
      if (!(count <= largestResult)) throw new TooLarge();
      return arrayFrom(
        start!.dtype,
        [count],
        Float64Array.from({ length: count }, (_, i) => from + i * step),
      );
    },
    NonZero: ({ inputs: [x] }) => {
      const values = numbersOf(x!);
      const strides = stridesOf(x!.shape);
      const places = Array.from(values.keys()).filter((i) => values[i] !== 0);
      const rows = strides.map((stride, axis) =>
        places.map((place) => Math.floor(place / stride) % x!.shape[axis]!),
      );
      return arrayFrom("int64", [x!.shape.length, places.length], rows.flat());
    },
    Compress: ({ inputs: [x, condition], attributes }) => {
      const kept = ints(condition)!.flatMap((value, i) => (value !== 0 ? [i] : []));
      const axis = attributes.optionalInt("axis");
      const source = axis === undefined ? reshaped(x!, [x!.data.length]) : x!;
      return gathered(source, knownInts(kept), normalAxis("Compress", axis ?? 0, source.shape.length));
    },
    CumSum: ({ inputs: [x, at], attributes }) => {
      if (x!.shape.length !== 1)
        throw new InvalidInputError("CumSum", "known while tracing in one axis only");
      normalAxis("CumSum", ints(at)![0]!, 1);
      const values = numbersOf(x!);
      const reverse = attributes.int("reverse", 0) !== 0;
      const exclusive = attributes.int("exclusive", 0) !== 0;
      if (reverse) values.reverse();
      let sum = 0;
      const sums = values.map((value) => {
        const before = sum;
        sum += value;
        return exclusive ? before : sum;
      });
      return arrayFrom(x!.dtype, x!.shape, reverse ? sums.reverse() : sums);
    },
  } satisfies Record<string, KnownOperator>),
);
