import type { DType, NdArray } from "../../array/index.ts";
import { sizeOf } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import type { NodeAttributes } from "./attributes.ts";
import {
  arrayFrom,
  expanded,
  gathered,
  joined,
  knownInts,
  largestResult,
  numbersOf,
  reshaped,
  sizeWithin,
  stridesOf,
  TooLarge,
  viewed,
} from "./known.ts";
import {
  broadcast,
  flattened,
  normalAxes,
  normalAxis,
  reshapeTarget,
  shown,
  slicePlan,
  splitSizes,
  squeezed,
  unsqueezed,
} from "./shapes.ts";

/**
 * Operators on arrays that are known while a model is traced: what exporters write to compute shapes, axes
 * and indices. Numbers are computed in double precision and stored in the element type of the result.
 */

/** A node whose inputs are all known. */
export class KnownCall {
  readonly operator: string;
  readonly inputs: readonly (NdArray | undefined)[];
  readonly attributes: NodeAttributes;
  /** Number of results. */
  readonly outputs: number;

  constructor(
    operator: string,
    inputs: readonly (NdArray | undefined)[],
    attributes: NodeAttributes,
    outputs: number,
  ) {
    this.operator = operator;
    this.inputs = inputs;
    this.attributes = attributes;
    this.outputs = outputs;
  }

  fail(problem: string): never {
    throw new InvalidInputError(this.operator, problem);
  }

  x(index: number): NdArray {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  /** All inputs, of which there must be one at least. */
  all(): NdArray[] {
    this.x(0);
    return this.inputs.map((_, index) => this.x(index));
  }

  /** Whole numbers from an input or, in older operator sets, from an attribute. */
  optionalInts(index: number, attribute?: string): number[] | undefined {
    const input = this.inputs[index];
    if (input !== undefined) return Array.from(numbersOf(input));
    return attribute === undefined ? undefined : this.attributes.ints(attribute);
  }

  ints(index: number, attribute?: string): number[] {
    return this.optionalInts(index, attribute) ?? this.fail(`${attribute ?? `input ${index}`} is missing`);
  }

  number(index: number): number {
    const values = this.ints(index);
    return values.length === 1
      ? values[0]!
      : this.fail(`input ${index} must hold one number, got ${values.length}`);
  }

  axis({ shape }: NdArray, fallback: number): number {
    return normalAxis(this.operator, this.attributes.int("axis", fallback), shape.length);
  }
}

type KnownOperator = (call: KnownCall) => NdArray | readonly NdArray[];

function unary(compute: (x: number) => number, dtype?: DType): KnownOperator {
  return (call) => {
    const x = call.x(0);
    return arrayFrom(dtype ?? x.dtype, x.shape, numbersOf(x).map(compute));
  };
}

/** Folds any number of inputs under broadcasting. */
function nary(compute: (a: number, b: number, whole: boolean) => number, dtype?: DType): KnownOperator {
  return (call) => {
    const arrays = call.all();
    const shape = broadcast(call.operator, ...arrays.map((array) => array.shape));
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
  return (call) => {
    const { operator, attributes } = call;
    const x = call.x(0);
    const rank = x.shape.length;
    const given = call.optionalInts(1, "axes");
    if ((given ?? []).length === 0 && attributes.int("noop_with_empty_axes", 0) !== 0) return x;
    const axes =
      (given ?? []).length === 0 ? x.shape.map((_, axis) => axis) : normalAxes(operator, given!, rank);
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const own = stridesOf(x.shape);
    const order = [...kept, ...axes];
    const rows = viewed(
      x,
      order.map((axis) => x.shape[axis]!),
      order.map((axis) => own[axis]!),
    );
    const values = numbersOf(rows);
    const count = sizeOf(kept.map((axis) => x.shape[axis]!));
    const length = sizeOf(axes.map((axis) => x.shape[axis]!));
    const result = new Float64Array(sizeWithin([count])).fill(initial);
    for (let row = 0; row < count; row++)
      for (let i = 0; i < length; i++) result[row] = combine(result[row]!, values[row * length + i]!);
    const shape =
      attributes.int("keepdims", 1) !== 0
        ? x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
        : kept.map((axis) => x.shape[axis]!);
    return arrayFrom(x.dtype, shape, result);
  };
}

const halfToEven = (x: number): number => {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

/** Operators computed at once when all their inputs are known, by name. */
export const knownOperators: ReadonlyMap<string, KnownOperator> = new Map<string, KnownOperator>(
  Object.entries({
    Identity: (call) => call.x(0),
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

    Cast: (call) => {
      const x = call.x(0);
      const dtype = call.attributes.dtype("to");
      return x.dtype === dtype ? x : arrayFrom(dtype, x.shape, numbersOf(x));
    },
    Where: (call) => {
      const [condition, a, b] = [call.x(0), call.x(1), call.x(2)];
      if (a.dtype !== b.dtype) call.fail(`element types ${a.dtype} and ${b.dtype} differ`);
      const shape = broadcast("Where", condition.shape, a.shape, b.shape);
      const chosen = expanded(condition, shape).data;
      const data = expanded(a, shape).data as { [index: number]: number | bigint };
      const other = expanded(b, shape).data;
      for (let i = 0; i < chosen.length; i++) if (Number(chosen[i]) === 0) data[i] = other[i]!;
      return { dtype: a.dtype, shape, data } as unknown as NdArray;
    },
    Reshape: (call) => {
      const x = call.x(0);
      const keepZeros = call.attributes.int("allowzero", 0) !== 0;
      return reshaped(x, reshapeTarget(x.shape, call.ints(1, "shape"), keepZeros));
    },
    Squeeze: (call) => reshaped(call.x(0), squeezed(call.x(0).shape, call.optionalInts(1, "axes"))),
    Unsqueeze: (call) => reshaped(call.x(0), unsqueezed(call.x(0).shape, call.ints(1, "axes"))),
    Flatten: (call) => reshaped(call.x(0), flattened(call.x(0).shape, call.attributes.int("axis", 1))),
    Transpose: (call) => {
      const x = call.x(0);
      const order = call.attributes.ints("perm") ?? x.shape.map((_, axis) => x.shape.length - 1 - axis);
      if (order.length !== x.shape.length)
        call.fail(`an order of ${order.length} axes for shape ${shown(x.shape)}`);
      normalAxes("Transpose", order, x.shape.length);
      const strides = stridesOf(x.shape);
      return viewed(
        x,
        order.map((axis) => x.shape[axis]!),
        order.map((axis) => strides[axis]!),
      );
    },
    Concat: (call) => joined(call.all(), call.axis(call.x(0), 1)),
    Slice: (call) => {
      const x = call.x(0);
      const plan = slicePlan(
        x.shape,
        call.ints(1, "starts"),
        call.ints(2, "ends"),
        call.optionalInts(3, "axes"),
        call.optionalInts(4),
      );
      const strides = stridesOf(x.shape);
      return viewed(
        x,
        plan.sizes,
        strides.map((stride, axis) => stride * plan.steps[axis]!),
        strides.reduce((sum, stride, axis) => sum + stride * plan.starts[axis]!, 0),
      );
    },
    Split: (call) => {
      const x = call.x(0);
      const axis = call.axis(x, 0);
      const strides = stridesOf(x.shape);
      let start = 0;
      return splitSizes(x.shape[axis]!, call.optionalInts(1, "split"), call.outputs).map((size) => {
        const part = viewed(
          x,
          x.shape.map((extent, i) => (i === axis ? size : extent)),
          strides,
          start * strides[axis]!,
        );
        start += size;
        return part;
      });
    },
    Gather: (call) => gathered(call.x(0), call.x(1), call.axis(call.x(0), 0)),
    Expand: (call) => expanded(call.x(0), broadcast("Expand", call.x(0).shape, call.ints(1))),
    Tile: (call) => {
      const x = call.x(0);
      const counts = call.ints(1);
      if (counts.length !== x.shape.length) call.fail(`${counts.length} repeats for shape ${shown(x.shape)}`);
      // Each axis behind a new one of its repeats.
      const apart = reshaped(
        x,
        x.shape.flatMap((extent) => [1, extent]),
      );
      const repeated = expanded(
        apart,
        x.shape.flatMap((extent, axis) => [counts[axis]!, extent]),
      );
      return reshaped(
        repeated,
        x.shape.map((extent, axis) => extent * counts[axis]!),
      );
    },
    ConstantOfShape: (call) => {
      const value = call.attributes.array("value") ?? arrayFrom("float32", [1], [0]);
      if (value.data.length !== 1) call.fail(`a value of ${value.data.length} elements, expected one`);
      return expanded(reshaped(value, []), call.ints(0));
    },
    Range: (call) => {
      const [from, to, step] = [call.number(0), call.number(1), call.number(2)];
      const count = Math.max(0, Math.ceil((to - from) / step));
      if (!(count <= largestResult)) throw new TooLarge();
      return arrayFrom(
        call.x(0).dtype,
        [count],
        Float64Array.from({ length: count }, (_, i) => from + i * step),
      );
    },
    NonZero: (call) => {
      const x = call.x(0);
      const values = numbersOf(x);
      const strides = stridesOf(x.shape);
      const places = Array.from(values.keys()).filter((i) => values[i] !== 0);
      const rows = strides.map((stride, axis) =>
        places.map((place) => Math.floor(place / stride) % x.shape[axis]!),
      );
      return arrayFrom("int64", [x.shape.length, places.length], rows.flat());
    },
    Compress: (call) => {
      const x = call.x(0);
      const kept = call.ints(1).flatMap((value, i) => (value !== 0 ? [i] : []));
      const axis = call.attributes.optionalInt("axis");
      const source = axis === undefined ? reshaped(x, [x.data.length]) : x;
      return gathered(source, knownInts(kept), normalAxis("Compress", axis ?? 0, source.shape.length));
    },
    CumSum: (call) => {
      const { attributes } = call;
      const x = call.x(0);
      if (x.shape.length !== 1) call.fail("is computed while tracing along a single axis only");
      normalAxis("CumSum", call.number(1), 1);
      const values = numbersOf(x);
      const reverse = attributes.int("reverse", 0) !== 0;
      const exclusive = attributes.int("exclusive", 0) !== 0;
      if (reverse) values.reverse();
      let sum = 0;
      const sums = values.map((value) => {
        const before = sum;
        sum += value;
        return exclusive ? before : sum;
      });
      return arrayFrom(x.dtype, x.shape, reverse ? sums.reverse() : sums);
    },
  } satisfies Record<string, KnownOperator>),
);
