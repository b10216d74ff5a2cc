import { sizeOf } from "../../../array/index.ts";
import type { Tensor } from "../../tensor.ts";
import {
  type Call,
  computing,
  floating,
  type Operator,
  type OperatorTable,
  places,
  wide,
  widened,
} from "../call.ts";
import { normalAxes } from "../shapes.ts";

interface Axes {
  readonly axes: readonly number[];
  readonly keep: boolean;
}

/** Axes of a reduction: an input since operator set 18 (13 for ReduceSum), an attribute before. */
function axesOf(call: Call, rank: number): Axes | undefined {
  const given = call.optionalInts(1, "axes") ?? [];
  if (given.length === 0 && call.attributes.int("noop_with_empty_axes", 0) !== 0) return undefined;
  const axes =
    given.length === 0
      ? Array.from({ length: rank }, (_, axis) => axis)
      : normalAxes(call.operator, given, rank);
  return { axes: axes.toSorted((a, b) => a - b), keep: call.attributes.int("keepdims", 1) !== 0 };
}

/**
 * A reduction; `before` and `after` are applied even when no axis is reduced. `empty` is its value over no
 * elements.
 */
function reduction(
  reduce: (x: Tensor, axes: readonly number[], keep: boolean) => Tensor,
  empty: number,
  before: (x: Tensor) => Tensor = (x) => x,
): Operator {
  return (call) =>
    widened([call.x(0)], (x) => {
      const over = axesOf(call, x.shape.length);
      const value = before(x);
      if (over === undefined) return value;
      const { axes, keep } = over;
      if (axes.length === 0) return value;
      if (sizeOf(axes.map((axis) => x.shape[axis]!)) === 0) {
        const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
        const shape = keep ? kept : kept.filter((_, axis) => !axes.includes(axis));
        return x.full(shape, empty);
      }
      return reduce(value, axes, keep);
    });
}

/** Composition with a function after the reduction. */
function then(operator: Operator, after: (x: Tensor) => Tensor): Operator {
  return (call) => after(operator(call) as Tensor);
}

const sum = (x: Tensor, axes: readonly number[], keep: boolean): Tensor => x.sum(axes, keep);

/** Greatest and least of truth values count as any and all. */
function extreme(pick: "max" | "min", empty: number): Operator {
  const operator = reduction((x, axes, keep) => x[pick](axes, keep), empty);
  return (call) => {
    // Whole numbers have no infinity: over no elements the extreme is the other end of their range.
    const { dtype, shape } = call.x(0);
    if (shape.includes(0) && !dtype.startsWith("float"))
      call.fail(`no ${pick}imum of no elements of type ${dtype}`);
    return operator(call);
  };
}

function place(find: "argmax" | "argmin"): Operator {
  return (call) => {
    const x = wide(call.x(0));
    const axis = call.axis(x.shape.length, 0);
    const keep = call.attributes.int("keepdims", 1) !== 0;
    if (call.attributes.int("select_last_index", 0) === 0) return x[find](axis, keep);
    return x
      .flip([axis])
      [find](axis, keep)
      .neg()
      .add(x.shape[axis]! - 1);
  };
}

/** Before operator set 13 these worked on a matrix: all axes from `axis` on count as one. */
function alongAxis(compute: (x: Tensor, axis: number) => Tensor): Operator {
  return (call) =>
    widened([call.x(0)], (x) => {
      if (call.version >= 13) return compute(x, call.axis(x.shape.length, -1));
      const axis = call.axis(x.shape.length, 1);
      const rows = sizeOf(x.shape.slice(0, axis));
      return compute(x.reshape([rows, sizeOf(x.shape) / Math.max(1, rows)]), 1).reshape(x.shape);
    });
}

function lpNorm(x: Tensor, p: number, axes: readonly number[]): Tensor {
  if (p === 1) return x.abs().sum(axes, true);
  return x.mul(x).sum(axes, true).sqrt();
}

function meanVariance(call: Call): Tensor {
  const axes = normalAxes(call.operator, call.attributes.ints("axes") ?? [0, 2, 3], call.x(0).shape.length);
  return widened([call.x(0)], (x) => {
    const centred = x.sub(x.mean(axes, true));
    return centred.div(centred.mul(centred).mean(axes, true).add(1e-9).sqrt());
  });
}

export const reductions: OperatorTable = {
  ReduceSum: { run: reduction(sum, 0), fixed: [1] },
  ReduceMean: { run: reduction((x, axes, keep) => x.mean(axes, keep), Number.NaN), fixed: [1] },
  ReduceProd: { run: reduction((x, axes, keep) => x.prod(axes, keep), 1), fixed: [1] },
  ReduceMax: { run: extreme("max", Number.NEGATIVE_INFINITY), fixed: [1] },
  ReduceMin: { run: extreme("min", Number.POSITIVE_INFINITY), fixed: [1] },
  ReduceL1: { run: reduction(sum, 0, (x) => x.abs()), fixed: [1] },
  ReduceL2: {
    run: (call) =>
      then(
        reduction(sum, 0, (x) => x.mul(x)),
        (x) => floating(x).sqrt().cast(x.dtype),
      )(call),
    fixed: [1],
  },
  ReduceSumSquare: { run: reduction(sum, 0, (x) => x.mul(x)), fixed: [1] },
  ReduceLogSum: { run: then(reduction(sum, 0), (x) => widened([x], (y) => y.log())), fixed: [1] },
  ReduceLogSumExp: {
    run: reduction((x, axes, keep) => x.logSumExp(axes, keep), Number.NEGATIVE_INFINITY),
    fixed: [1],
  },
  ArgMax: place("argmax"),
  ArgMin: place("argmin"),
  CumSum: {
    run: (call) => {
      const rank = call.x(0).shape.length;
      const [axis] = normalAxes(call.operator, [call.number(1)], rank);
      const exclusive = call.attributes.int("exclusive", 0) !== 0;
      const reverse = call.attributes.int("reverse", 0) !== 0;
      return widened([call.x(0)], (x) => x.cumsum(axis!, { exclusive, reverse }));
    },
    fixed: [1],
  },
  Softmax: alongAxis((x, axis) => x.softmax(axis)),
  LogSoftmax: alongAxis((x, axis) => x.logSoftmax(axis)),
  Hardmax: alongAxis((x, axis) => {
    const extent = x.shape[axis]!;
    const shape = x.shape.map((_, i) => (i === axis ? extent : 1));
    return x.argmax(axis, true).equal(places(extent).reshape(shape)).cast(x.dtype);
  }),
  LpNormalization: (call) => {
    const axis = call.axis(call.x(0).shape.length, -1);
    return widened([call.x(0)], (x) => {
      const norm = lpNorm(x, call.attributes.int("p", 2), [axis]);
      return norm.equal(0).where(x.zerosLike(), x.div(norm.equal(0).where(norm.onesLike(), norm)));
    });
  },
  MeanVarianceNormalization: meanVariance,
  TopK: {
    run: (call) => {
      const x = call.x(0);
      const axis = call.axis(x.shape.length, -1);
      const k = call.has(1) ? call.number(1) : call.attributes.int("k", 0);
      const largest = call.attributes.int("largest", 1) !== 0;
      const [values, indices] = x.cast(computing(x.dtype)).topK(k, { axis, largest });
      return [values.cast(x.dtype), indices];
    },
    fixed: [1],
  },
};
