import { arrayOf, type DType, type NdArray, requireShape, sizeOf } from "../array/index.ts";
import { show } from "../errors.ts";
import { filledData } from "./graph-builder.ts";
import { intern } from "./interning.ts";
import type { Attributes, Node, Primitive } from "./ir.ts";
import * as convolution from "./primitives/convolution.ts";
import * as elementwise from "./primitives/elementwise.ts";
import * as indexing from "./primitives/indexing.ts";
import * as products from "./primitives/matmul.ts";
import * as normalization from "./primitives/normalization.ts";
import * as recurrence from "./primitives/recurrence.ts";
import * as reductions from "./primitives/reduce.ts";
import * as shapes from "./primitives/shape.ts";
import * as structure from "./primitives/structure.ts";
import { type AxisRange, sliceOf } from "./slice-of.ts";
import {
  axesOf,
  axisOf,
  broadcastShapes,
  isFloat,
  reducedShape,
  refuse,
  sameShape,
  showShape,
  showType,
  type Type,
} from "./type.ts";

/** What an operation takes where it works with tensors: arrays and numbers become constants. */
export type TensorLike = Tensor | NdArray | number;

let nextId = 0;

/** Larger tensors are refused while tracing: no machine this runs on would hold them. */
const mostElements = 2 ** 32;

/**
 * A value of a function while it is traced: element type and shape are known, elements are not. Methods
 * build the graph that `compile` hands to ONNX Runtime. Shapes are checked here and now; a refusal names both
 * shapes and the caller's line.
 *
 * Operands of one operation must share their element type. Two exceptions spare casts: plain numbers take
 * the type of the other operand, and a float64 scalar (rank 0, such as a learning rate handed to a compiled
 * function) takes that of a float32 one.
 */
export class Tensor implements Type {
  readonly node: Node;
  readonly index: number;
  readonly dtype: DType;
  readonly shape: readonly number[];

  constructor(node: Node, index: number, type: Type) {
    this.node = node;
    this.index = index;
    this.dtype = type.dtype;
    this.shape = type.shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  // Arithmetic, with broadcasting.

  add(other: TensorLike): Tensor {
    return combine(elementwise.add, this, other);
  }

  sub(other: TensorLike): Tensor {
    return combine(elementwise.sub, this, other);
  }

  mul(other: TensorLike): Tensor {
    return combine(elementwise.mul, this, other);
  }

  /** Quotient; of whole numbers truncated towards zero. */
  div(other: TensorLike): Tensor {
    return combine(elementwise.div, this, other);
  }

  pow(other: TensorLike): Tensor {
    return combine(elementwise.pow, this, other);
  }

  /** What division leaves; has the sign of the divisor. */
  remainder(other: TensorLike): Tensor {
    return combine(elementwise.remainder, this, other);
  }

  /** The greater of two; at ties the gradient goes to this operand. */
  maximum(other: TensorLike): Tensor {
    return combine(elementwise.maximum, this, other);
  }

  minimum(other: TensorLike): Tensor {
    return combine(elementwise.minimum, this, other);
  }

  /** Restricts to [low, high]; the gradient is zero outside. */
  clamp(low: TensorLike, high: TensorLike): Tensor {
    return this.maximum(low).minimum(high);
  }

  /** Angle of the point (x, this), from -pi to pi. */
  atan2(x: TensorLike): Tensor {
    return combine(elementwise.atan2, this, x);
  }

  bitAnd(other: TensorLike): Tensor {
    return combine(elementwise.bitAnd, this, other);
  }

  bitXor(other: TensorLike): Tensor {
    return combine(elementwise.bitXor, this, other);
  }

  // Comparison and logic; results are bool.

  equal(other: TensorLike): Tensor {
    return combine(elementwise.equal, this, other);
  }

  notEqual(other: TensorLike): Tensor {
    return this.equal(other).not();
  }

  less(other: TensorLike): Tensor {
    return combine(elementwise.less, this, other);
  }

  lessEqual(other: TensorLike): Tensor {
    return combine(elementwise.lessEqual, this, other);
  }

  greater(other: TensorLike): Tensor {
    return combine(elementwise.greater, this, other);
  }

  greaterEqual(other: TensorLike): Tensor {
    return combine(elementwise.greaterEqual, this, other);
  }

  and(other: Tensor): Tensor {
    return combine(elementwise.and, this, other);
  }

  or(other: Tensor): Tensor {
    return combine(elementwise.or, this, other);
  }

  xor(other: Tensor): Tensor {
    return combine(elementwise.xor, this, other);
  }

  not(): Tensor {
    return one(elementwise.not, this);
  }

  /** `a` where this (bool) holds, else `b`. */
  where(a: TensorLike, b: TensorLike): Tensor {
    const like = a instanceof Tensor ? a : b instanceof Tensor ? b : undefined;
    const [x, y] = promote(toTensor(a, like), toTensor(b, like));
    return apply(elementwise.select, [this, x, y])[0]!;
  }

  isNaN(): Tensor {
    return this.equal(this).not();
  }

  // Functions of one number.

  neg(): Tensor {
    return one(elementwise.neg, this);
  }

  abs(): Tensor {
    return one(elementwise.abs, this);
  }

  sign(): Tensor {
    return one(elementwise.signOf, this);
  }

  floor(): Tensor {
    return one(elementwise.floor, this);
  }

  ceil(): Tensor {
    return one(elementwise.ceil, this);
  }

  /** Nearest whole number, halves to even. */
  round(): Tensor {
    return one(elementwise.round, this);
  }

  exp(): Tensor {
    return one(elementwise.exp, this);
  }

  /** exp(x) - 1, accurate near zero. */
  expm1(): Tensor {
    return one(elementwise.expm1, this);
  }

  log(): Tensor {
    return one(elementwise.log, this);
  }

  /** log(1 + x), accurate near zero. */
  log1p(): Tensor {
    return one(elementwise.log1p, this);
  }

  sqrt(): Tensor {
    return one(elementwise.sqrt, this);
  }

  rsqrt(): Tensor {
    return this.sqrt().reciprocal();
  }

  reciprocal(): Tensor {
    return one(elementwise.reciprocal, this);
  }

  square(): Tensor {
    return this.mul(this);
  }

  sin(): Tensor {
    return one(elementwise.sin, this);
  }

  cos(): Tensor {
    return one(elementwise.cos, this);
  }

  tan(): Tensor {
    return one(elementwise.tan, this);
  }

  asin(): Tensor {
    return one(elementwise.asin, this);
  }

  acos(): Tensor {
    return one(elementwise.acos, this);
  }

  atan(): Tensor {
    return one(elementwise.atan, this);
  }

  sinh(): Tensor {
    return one(elementwise.sinh, this);
  }

  cosh(): Tensor {
    return one(elementwise.cosh, this);
  }

  tanh(): Tensor {
    return one(elementwise.tanh, this);
  }

  asinh(): Tensor {
    return one(elementwise.asinh, this);
  }

  acosh(): Tensor {
    return one(elementwise.acosh, this);
  }

  atanh(): Tensor {
    return one(elementwise.atanh, this);
  }

  erf(): Tensor {
    return one(elementwise.erf, this);
  }

  /** 1 / (1 + exp(-x)). */
  sigmoid(): Tensor {
    return one(elementwise.sigmoid, this);
  }

  /** log(1 + exp(x)). */
  softplus(): Tensor {
    return one(elementwise.softplus, this);
  }

  relu(): Tensor {
    return one(elementwise.relu, this);
  }

  cast(dtype: DType): Tensor {
    return apply(elementwise.cast, [this], { dtype })[0]!;
  }

  /** The same value with derivative zero. */
  stopGradient(): Tensor {
    return one(structure.stopGradient, this);
  }

  // Shape.

  /** The same elements in another shape; one extent may be -1. */
  reshape(shape: readonly number[]): Tensor {
    const free = shape.indexOf(-1);
    if (free < 0) return apply(shapes.reshape, [this], { shape: [...shape] })[0]!;
    const known = shape.reduce((product, extent, i) => (i === free ? product : product * extent), 1);
    if (known === 0 || this.size % known !== 0)
      refuse("reshape", `${showType(this)} does not fill the shape [${shape.join(", ")}]`);
    return this.reshape(shape.map((extent, i) => (i === free ? this.size / known : extent)));
  }

  flatten(): Tensor {
    return this.reshape([this.size]);
  }

  /** Axes in the given order; without one, in reverse. */
  transpose(order?: readonly number[]): Tensor {
    const full = order?.map((axis) => axisOf("transpose", axis, this.rank));
    return apply(shapes.transpose, [this], {
      order: full ?? this.shape.map((_, i) => this.rank - 1 - i),
    })[0]!;
  }

  swapAxes(a: number, b: number): Tensor {
    const first = axisOf("swapAxes", a, this.rank);
    const second = axisOf("swapAxes", b, this.rank);
    return this.transpose(
      this.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
    );
  }

  /** Moves one axis to another place; the others keep their order. */
  moveAxis(from: number, to: number): Tensor {
    const source = axisOf("moveAxis", from, this.rank);
    const order = this.shape.flatMap((_, axis) => (axis === source ? [] : [axis]));
    order.splice(axisOf("moveAxis", to, this.rank), 0, source);
    return this.transpose(order);
  }

  /** Inserts an axis of extent 1. */
  expandDims(axis: number): Tensor {
    const place = axisOf("expandDims", axis, this.rank + 1);
    return this.reshape([...this.shape.slice(0, place), 1, ...this.shape.slice(place)]);
  }

  /** Drops axes of extent 1; without a choice all of them. */
  squeeze(axes?: number | readonly number[]): Tensor {
    const dropped =
      axes === undefined
        ? this.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []))
        : axesOf("squeeze", axes, this.rank);
    for (const axis of dropped)
      if (this.shape[axis] !== 1) refuse("squeeze", `axis ${axis} of ${showType(this)} is not of extent 1`);
    return this.reshape(reducedShape(this.shape, dropped, false));
  }

  broadcastTo(shape: readonly number[]): Tensor {
    return apply(shapes.broadcast, [this], { shape: [...shape] })[0]!;
  }

  /** Sums over the axes along which `shape` would be broadcast to this shape: the transpose of broadcasting. */
  sumTo(shape: readonly number[]): Tensor {
    return shapes.sumToShape(this, shape);
  }

  concat(others: readonly TensorLike[], axis = 0): Tensor {
    const all = [this, ...others.map((other) => toTensor(other, this))];
    return apply(shapes.concat, all, { axis: axisOf("concat", axis, this.rank) })[0]!;
  }

  /**
   * Part of the tensor, an entry for each axis from the left: a number picks one place and drops the axis,
   * `[start, stop, step]` a stretch (negative places count from the end), undefined everything.
   */
  slice(...ranges: readonly AxisRange[]): Tensor {
    if (ranges.length > this.rank)
      refuse("slice", `${ranges.length} ranges for ${showType(this)} of ${this.rank} axes`);
    const { starts, sizes, steps, dropped, flipped } = sliceOf(ranges, this.shape);
    let part = this.sliceAxes(starts, sizes, steps);
    if (flipped.length > 0) part = part.flip(flipped);
    return dropped.length === 0 ? part : part.reshape(reducedShape(part.shape, dropped, false));
  }

  /** Places `start` to `stop` (exclusive) of one axis. */
  sliceAxis(axis: number, start: number, stop: number): Tensor {
    const own = axisOf("slice", axis, this.rank);
    const extent = this.shape[own]!;
    if (!(Number.isInteger(start) && Number.isInteger(stop) && 0 <= start && start <= stop && stop <= extent))
      refuse("slice", `places ${start} to ${stop} lie outside axis ${own} of ${showType(this)}`);
    return this.sliceAxes(
      this.shape.map((_, i) => (i === own ? start : 0)),
      this.shape.map((size, i) => (i === own ? stop - start : size)),
    );
  }

  /** @internal Part of the tensor by start, size and step of every axis. */
  sliceAxes(starts: readonly number[], sizes: readonly number[], steps?: readonly number[]): Tensor {
    return apply(shapes.slice, [this], { starts, sizes, steps: steps ?? sizes.map(() => 1) })[0]!;
  }

  /** Cuts an axis into parts of the given extents, or into that many equal ones. */
  split(parts: number | readonly number[], axis = 0): readonly Tensor[] {
    const own = axisOf("split", axis, this.rank);
    const extent = this.shape[own]!;
    const sizes =
      typeof parts === "number" ? Array.from({ length: parts }, () => extent / parts) : [...parts];
    if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size >= 0))
      refuse("split", `axis ${own} of ${showType(this)} does not split into ${show(parts)} parts`);
    return apply(shapes.split, [this], { axis: own, sizes });
  }

  /** A constant around the tensor, `[before, after]` for each axis; negative amounts crop. */
  pad(amounts: readonly (readonly [number, number])[], value = 0): Tensor {
    if (amounts.length !== this.rank || !amounts.flat().every(Number.isInteger))
      refuse(
        "pad",
        `expected a pair of whole numbers for each axis of ${showType(this)}, got ${show(amounts)}`,
      );
    return this.padAxes(
      amounts.map(([low]) => low),
      amounts.map(([, high]) => high),
      value,
    );
  }

  /** @internal */
  padAxes(low: readonly number[], high: readonly number[], value = 0): Tensor {
    return apply(shapes.pad, [this], {
      low,
      high,
      value: Number.isFinite(value) ? value : String(value),
    })[0]!;
  }

  /** @internal `step - 1` zeros between the elements of an axis. */
  dilate(axis: number, step: number): Tensor {
    return apply(shapes.dilate, [this], { axis, step })[0]!;
  }

  flip(axes?: number | readonly number[]): Tensor {
    return apply(shapes.flip, [this], { axes: axesOf("flip", axes, this.rank) })[0]!;
  }

  /** Elements moved by `shift` places along an axis; what leaves at one end enters at the other. */
  roll(shift: number, axis = 0): Tensor {
    const own = axisOf("roll", axis, this.rank);
    const extent = this.shape[own]!;
    const by = extent === 0 ? 0 : ((shift % extent) + extent) % extent;
    if (by === 0) return this;
    return this.sliceAxis(own, extent - by, extent).concat([this.sliceAxis(own, 0, extent - by)], own);
  }

  /** Copies side by side, `counts[i]` of them along axis i. */
  tile(counts: readonly number[]): Tensor {
    if (counts.length !== this.rank)
      refuse("tile", `expected a count for each axis of ${showType(this)}, got ${show(counts)}`);
    const apart = this.reshape(this.shape.flatMap((extent) => [1, extent]));
    const copies = apart.broadcastTo(this.shape.flatMap((extent, axis) => [counts[axis]!, extent]));
    return copies.reshape(this.shape.map((extent, axis) => extent * counts[axis]!));
  }

  /** Elements on and below the k-th diagonal of the last two axes; zero elsewhere. */
  tril(k = 0): Tensor {
    return this.#triangle("tril", (diagonal) => diagonal.lessEqual(k));
  }

  /** Elements on and above the k-th diagonal of the last two axes; zero elsewhere. */
  triu(k = 0): Tensor {
    return this.#triangle("triu", (diagonal) => diagonal.greaterEqual(k));
  }

  /** Zero where the number of the diagonal (column minus row) is not one that `keeps`. */
  #triangle(operation: string, keeps: (diagonal: Tensor) => Tensor): Tensor {
    if (this.rank < 2) refuse(operation, `expected matrices, got ${showType(this)}`);
    const [rows, cols] = this.shape.slice(-2) as [number, number];
    return keeps(iota(cols, "int32").sub(iota(rows, "int32").expandDims(1))).where(this, 0);
  }

  // Reductions: over the given axes, or all; `keepDims` leaves reduced axes with extent 1.

  sum(axes?: number | readonly number[], keepDims = false): Tensor {
    return reduce(reductions.sum, this, axes, keepDims);
  }

  mean(axes?: number | readonly number[], keepDims = false): Tensor {
    const count = axesOf("mean", axes, this.rank).reduce((product, axis) => product * this.shape[axis]!, 1);
    if (count === 0) refuse("mean", `${showType(this)} has no elements along the reduced axes`);
    if (!isFloat(this.dtype)) refuse("mean", `expected floats, got ${showType(this)}; cast it first`);
    return this.sum(axes, keepDims).mul(1 / count);
  }

  /** Mean squared deviation from the mean; divides by n - `correction`. */
  variance(axes?: number | readonly number[], keepDims = false, correction = 0): Tensor {
    const count = axesOf("variance", axes, this.rank).reduce(
      (product, axis) => product * this.shape[axis]!,
      1,
    );
    const centred = this.sub(this.mean(axes, true));
    return centred
      .mul(centred)
      .sum(axes, keepDims)
      .mul(1 / (count - correction));
  }

  /** Greatest element; its gradient goes to the first greatest one. */
  max(axes?: number | readonly number[], keepDims = false): Tensor {
    return reduce(reductions.max, this, axes, keepDims);
  }

  min(axes?: number | readonly number[], keepDims = false): Tensor {
    return reduce(reductions.min, this, axes, keepDims);
  }

  /** Product of elements, in log2(n) rounds: exact derivatives where elements are zero. */
  prod(axes?: number | readonly number[], keepDims = false): Tensor {
    let result: Tensor = this;
    const reduced = axesOf("prod", axes, this.rank);
    for (const axis of reduced) {
      while (result.shape[axis]! > 1) {
        const extent = result.shape[axis]!;
        const half = extent >> 1;
        const product = result.sliceAxis(axis, 0, half).mul(result.sliceAxis(axis, half, 2 * half));
        result =
          extent % 2 === 0 ? product : product.concat([result.sliceAxis(axis, extent - 1, extent)], axis);
      }
      if (result.shape[axis] === 0)
        result = result.padAxes(
          result.shape.map(() => 0),
          result.shape.map((_, i) => Number(i === axis)),
          1,
        );
    }
    return result.reshape(reducedShape(this.shape, reduced, keepDims));
  }

  /** log(sum(exp(x))) without overflow. */
  logSumExp(axes?: number | readonly number[], keepDims = false): Tensor {
    const reduced = axesOf("logSumExp", axes, this.rank);
    const greatest = this.max(reduced, true).stopGradient();
    // An all-infinite slice must not give infinity minus infinity.
    const shift = greatest.abs().less(Number.MAX_VALUE).where(greatest, 0);
    const sums = this.sub(shift).exp().sum(reduced, true).log().add(shift);
    return sums.reshape(reducedShape(this.shape, reduced, keepDims));
  }

  /** Euclidean norm; its gradient at zero is zero. */
  norm(axes?: number | readonly number[], keepDims = false): Tensor {
    const squares = this.mul(this).sum(axes, keepDims);
    const positive = squares.greater(0);
    return positive.where(positive.where(squares, 1).sqrt(), 0);
  }

  argmax(axis: number, keepDims = false): Tensor {
    return apply(reductions.argmax, [this], { axis: axisOf("argmax", axis, this.rank), keepDims })[0]!;
  }

  argmin(axis: number, keepDims = false): Tensor {
    return apply(reductions.argmin, [this], { axis: axisOf("argmin", axis, this.rank), keepDims })[0]!;
  }

  /** Whether any / every element (bool) holds. */
  any(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.cast("int32").max(axes, keepDims).cast("bool");
  }

  all(axes?: number | readonly number[], keepDims = false): Tensor {
    return this.cast("int32").min(axes, keepDims).cast("bool");
  }

  cumsum(axis: number, options: { readonly exclusive?: boolean; readonly reverse?: boolean } = {}): Tensor {
    const { exclusive = false, reverse = false } = options;
    return apply(reductions.cumsum, [this], {
      axis: axisOf("cumsum", axis, this.rank),
      exclusive,
      reverse,
    })[0]!;
  }

  /** Running product along an axis, in log2(n) rounds. */
  cumprod(axis: number): Tensor {
    const own = axisOf("cumprod", axis, this.rank);
    let result: Tensor = this;
    for (let reach = 1; reach < this.shape[own]!; reach *= 2) {
      const amounts = (amount: number) => this.shape.map((_, i) => (i === own ? amount : 0));
      result = result.mul(result.padAxes(amounts(reach), amounts(-reach), 1));
    }
    return result;
  }

  /** The k greatest elements along an axis (default the last) in descending order, and their indices. */
  topK(
    k: number,
    options: { readonly axis?: number; readonly largest?: boolean } = {},
  ): readonly [values: Tensor, indices: Tensor] {
    const { axis = -1, largest = true } = options;
    const [values, indices] = apply(reductions.topK, [this], {
      k,
      axis: axisOf("topK", axis, this.rank),
      largest,
    });
    return [values!, indices!];
  }

  /** Elements along an axis in ascending order, and where they came from; equal ones keep their order. */
  sort(axis = -1, descending = false): readonly [values: Tensor, indices: Tensor] {
    const own = axisOf("sort", axis, this.rank);
    return this.topK(this.shape[own]!, { axis: own, largest: descending });
  }

  // Products.

  /** Matrix product on the last two axes; vectors stand for one row (left) or one column (right). */
  matmul(other: TensorLike): Tensor {
    const [a, b] = promote(this, toTensor(other, this));
    if (a.rank === 0 || b.rank === 0)
      refuse("matmul", `expected axes, got ${showType(a)} and ${showType(b)}`);
    const product = apply(products.matmul, [
      a.rank === 1 ? a.expandDims(0) : a,
      b.rank === 1 ? b.expandDims(1) : b,
    ])[0]!;
    const dropped = [
      ...(a.rank === 1 ? [product.rank - 2] : []),
      ...(b.rank === 1 ? [product.rank - 1] : []),
    ];
    return dropped.length === 0 ? product : product.squeeze(dropped);
  }

  /** Inverses of the matrices on the last two axes; not part of standard ONNX. */
  inverse(): Tensor {
    return one(products.inverse, this);
  }

  // Indexing.

  /** Slices along `axis` at `indices` (int32 or int64), whose axes take the place of that axis. */
  gather(indices: Tensor | NdArray, axis = 0): Tensor {
    return apply(indexing.gather, [this, toTensor(indices)], { axis: axisOf("gather", axis, this.rank) })[0]!;
  }

  /** Elements at `indices` along `axis`, each from the line of the axis that it stands on. */
  takeAlong(indices: Tensor | NdArray, axis = -1): Tensor {
    return apply(indexing.takeAlong, [this, toTensor(indices)], {
      axis: axisOf("takeAlong", axis, this.rank),
    })[0]!;
  }

  /**
   * On indices: a table of `rows` rows in which row r is the sum of the updates whose index is r. Exact and
   * repeatable on any number of threads.
   */
  scatterRows(updates: Tensor, rows: number): Tensor {
    return apply(indexing.scatterRows, [this, updates], { rows })[0]!;
  }

  /** On indices: zeros of `shape` to which each update is added at its index along `axis`. */
  scatterAlong(updates: Tensor, shape: readonly number[], axis = -1): Tensor {
    return apply(indexing.scatterAlong, [this, updates], {
      shape: [...shape],
      axis: axisOf("scatterAlong", axis, this.rank),
    })[0]!;
  }

  /** On whole numbers: 1 at each index below `classes` on a new last axis, else 0. */
  oneHot(classes: number, dtype: DType = "float32"): Tensor {
    return this.expandDims(-1).equal(this.iota(classes, this.dtype)).cast(dtype);
  }

  // Nets.

  softmax(axis = -1): Tensor {
    return apply(normalization.softmax, [this], { axis: axisOf("softmax", axis, this.rank) })[0]!;
  }

  logSoftmax(axis = -1): Tensor {
    return apply(normalization.logSoftmax, [this], { axis: axisOf("logSoftmax", axis, this.rank) })[0]!;
  }

  /** @internal Normalised over the last axes, with the mean and the inverse deviation. */
  normalize(axes: number, epsilon: number): readonly Tensor[] {
    return apply(normalization.normalize, [this], { axes, epsilon });
  }

  /** @internal */
  conv(weights: Tensor, geometry: convolution.ConvGeometry): Tensor {
    return apply(convolution.conv, [this, weights], geometry)[0]!;
  }

  /** @internal */
  convTransposed(weights: Tensor, size: readonly number[], geometry: convolution.ConvGeometry): Tensor {
    return apply(convolution.convTransposed, [this, weights], { ...geometry, size })[0]!;
  }

  /** @internal */
  convWeights(y: Tensor, kernel: readonly number[], geometry: convolution.ConvGeometry): Tensor {
    return apply(convolution.convWeights, [this, y], { ...geometry, kernel })[0]!;
  }

  /** @internal */
  maxPool(geometry: convolution.PoolGeometry): Tensor {
    return apply(convolution.maxPool, [this], geometry)[0]!;
  }

  /** On factors a: the states h_t = a_t h_(t-1) + b_t along axis 0, from zero; from the end when reversed. */
  linearRecurrence(terms: Tensor, reverse = false): Tensor {
    return apply(recurrence.linearRecurrence, [this, terms], { reverse })[0]!;
  }

  /** @internal This tensor, not to be computed before all of `others` are. */
  after(others: readonly Tensor[]): Tensor {
    const [first, ...rest] = others;
    return first === undefined ? this : apply(structure.barrier, [this, first.token(rest)])[0]!;
  }

  /** @internal A zero, int64 [1], that is not known before this tensor and the others are. */
  token(others: readonly Tensor[]): Tensor {
    return apply(structure.token, [this, ...others])[0]!;
  }

  // Constants in this tensor's element type.

  zerosLike(): Tensor {
    return this.full(this.shape, 0);
  }

  onesLike(): Tensor {
    return this.full(this.shape, 1);
  }

  /** A tensor of one repeated number. */
  full(shape: readonly number[], value: number): Tensor {
    return scalar(value, this.dtype).broadcastTo(shape);
  }

  /** 0, 1, ..., size - 1. */
  iota(size: number, dtype: DType = this.dtype): Tensor {
    return iota(size, dtype);
  }

  /** @internal An array as a constant, in another element type if one is named. */
  constant(array: NdArray, dtype: DType = array.dtype): Tensor {
    return constantOf(array, dtype);
  }

  /** @internal The number that every element is known to be. */
  uniformValue(): number | undefined {
    const { primitive, attributes, inputs } = this.node;
    if (primitive === shapes.broadcast) return inputs[0]!.uniformValue();
    if (primitive !== structure.constant || this.size !== 1) return undefined;
    const { data, dtype } = attributes.array as NdArray;
    return dtype === "float16" ? undefined : Number(data[0]);
  }
}

function one(primitive: Primitive, x: Tensor): Tensor {
  return apply(primitive, [x])[0]!;
}

function combine(primitive: Primitive, a: Tensor, other: TensorLike): Tensor {
  return apply(primitive, promote(a, toTensor(other, a)))[0]!;
}

function reduce(
  primitive: Primitive,
  x: Tensor,
  axes: number | readonly number[] | undefined,
  keepDims: boolean,
): Tensor {
  const reduced = axesOf(primitive.name, axes, x.rank);
  return reduced.length === 0 ? x : apply(primitive, [x], { axes: reduced, keepDims })[0]!;
}

/** A float64 scalar takes the type of a float32 operand. */
function promote(a: Tensor, b: Tensor): [Tensor, Tensor] {
  if (a.dtype === "float32" && b.dtype === "float64" && b.rank === 0) return [a, b.cast("float32")];
  if (b.dtype === "float32" && a.dtype === "float64" && a.rank === 0) return [a.cast("float32"), b];
  return [a, b];
}

/** Whether a value is an NdArray: dtype, shape and typed data. */
export function isNdArray(value: unknown): value is NdArray {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data } = value as Partial<NdArray>;
  return typeof dtype === "string" && Array.isArray(shape) && ArrayBuffer.isView(data);
}

/** Turns arrays and numbers into constants; a number takes the element type of `like`, else float64. */
export function toTensor(value: TensorLike, like?: Tensor): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value === "number") return scalar(value, like?.dtype ?? "float64");
  if (isNdArray(value)) return constantOf(value);
  return refuse("operand", `expected a Tensor, an NdArray or a number, got ${show(value)}`);
}

/** A constant of rank 0. */
export function scalar(value: number, dtype: DType = "float64"): Tensor {
  if ((dtype === "int32" || dtype === "int64") && !Number.isSafeInteger(value))
    refuse("operand", `the number ${value} does not fit element type ${dtype}; cast the tensor to float32`);
  return constantOf({ dtype, shape: [], data: filledData(dtype, [], value) });
}

/** A constant tensor with the elements of an array. */
export function constantOf(array: NdArray, dtype: DType = array.dtype): Tensor {
  requireShape("array.shape", array.shape);
  if (!(array.dtype in arrayOf) || array.data.length !== sizeOf(array.shape))
    refuse("constant", `${array.data.length} elements do not fill ${showType(array)}`);
  const own = apply(structure.constant, [], { array })[0]!;
  if (dtype === array.dtype) return own;
  if (array.dtype === "float64" && dtype === "float32")
    return constantOf({ dtype, shape: array.shape, data: Float32Array.from(array.data as Float64Array) });
  return own.cast(dtype);
}

/** 0, 1, ..., size - 1. */
export function iota(size: number, dtype: DType = "int64"): Tensor {
  if (!Number.isInteger(size) || size < 0 || size > mostElements)
    refuse("iota", `expected a whole number from 0 to ${mostElements}, got ${show(size)}`);
  const data = dtype === "int64" ? new BigInt64Array(size) : new arrayOf[dtype](size);
  for (let i = 0; i < size; i++) data[i] = (dtype === "int64" ? BigInt(i) : i) as never;
  return constantOf({ dtype, shape: [size], data } as NdArray);
}

/**
 * Applies a primitive: checks the inputs, returns an equal tensor that exists already where there is one,
 * and folds constants of one element.
 */
export function apply(
  primitive: Primitive,
  inputs: readonly Tensor[],
  attributes: Attributes = {},
): readonly Tensor[] {
  const types = primitive.infer(inputs, attributes);
  for (const { shape } of types)
    if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || sizeOf(shape) > mostElements)
      refuse(
        primitive.name,
        `${inputs.map(showType).join(" and ")} would give the shape ${showShape(shape)}`,
      );
  if (primitive.elementwise) {
    const direct = withoutBroadcasts(inputs, types[0]!.shape);
    if (direct !== undefined) return apply(primitive, direct, attributes);
    const folded = fold(primitive, inputs, types[0]!);
    if (folded !== undefined) return [folded];
  }
  const simpler = primitive.simplify?.(inputs, attributes);
  if (simpler !== undefined) return [simpler];
  return intern(primitive, inputs, attributes, () => build(primitive, inputs, attributes, types)).outputs;
}

function build(
  primitive: Primitive,
  inputs: readonly Tensor[],
  attributes: Attributes,
  types: readonly Type[],
): Node {
  const outputs: Tensor[] = [];
  const node: Node = { id: nextId++, primitive, inputs, attributes, outputs };
  for (const [index, type] of types.entries()) outputs.push(new Tensor(node, index, type));
  return node;
}

/** Operands from before they were broadcast, where the operation broadcasts them itself. */
function withoutBroadcasts(inputs: readonly Tensor[], result: readonly number[]): Tensor[] | undefined {
  const direct = [...inputs];
  let changed = false;
  for (const [i, x] of inputs.entries()) {
    if (x.node.primitive !== shapes.broadcast) continue;
    const candidate = direct.map((other, j) => (j === i ? x.node.inputs[0]! : other));
    if (!sameShape(broadcastShapes("", ...candidate.map(({ shape }) => shape)), result)) continue;
    direct[i] = candidate[i]!;
    changed = true;
  }
  return changed ? direct : undefined;
}

/** The result when every operand is a known floating-point scalar. */
function fold(primitive: Primitive, inputs: readonly Tensor[], type: Type): Tensor | undefined {
  if (primitive.scalar === undefined || (type.dtype !== "float32" && type.dtype !== "float64"))
    return undefined;
  const values: number[] = [];
  for (const x of inputs) {
    if (x.node.primitive !== structure.constant || x.rank > 0) return undefined;
    const value = x.uniformValue();
    if (value === undefined) return undefined;
    values.push(value);
  }
  return scalar(primitive.scalar(...values), type.dtype);
}
