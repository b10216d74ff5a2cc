import { definePrimitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { refuse, sameShape, showType } from "../type.ts";

/**
 * Rows combined one after another before chunks are: measured best for a thousand steps, and within a
 * factor of two of best elsewhere.
 */
const chunk = 32;

/** h_t = a_t h_{t-1} + b_t along axis 0 from h = 0 (from the last row backwards when reversed). */
export const linearRecurrence = definePrimitive<{ readonly reverse: boolean }>({
  name: "linearRecurrence",
  infer: ([a, b]) => {
    if (a!.dtype !== b!.dtype || !sameShape(a!.shape, b!.shape) || a!.shape.length === 0)
      refuse("linearRecurrence", `factors ${showType(a!)} and terms ${showType(b!)} must have one type`);
    return [b!];
  },
  // The adjoint state runs the other way, each step by the factor that led out of it.
  vjp: ([g], [a], [h], { reverse }) => {
    if (g === undefined) return [undefined, undefined];
    const adjoint = shift(a!, reverse ? 1 : -1).linearRecurrence(g, !reverse);
    return [adjoint.mul(shift(h!, reverse ? -1 : 1)), adjoint];
  },
  batch: ([a, b], [aBatched, bBatched], { reverse }, size) => {
    const inner = (x: Tensor, batched: boolean | undefined) =>
      batched ? x.swapAxes(0, 1) : x.expandDims(1).broadcastTo([x.shape[0]!, size, ...x.shape.slice(1)]);
    return [inner(a!, aBatched).linearRecurrence(inner(b!, bBatched), reverse).swapAxes(0, 1)];
  },
  expand: ([a, b], { reverse }) => {
    const [steps, ...rest] = b!.shape as [number, ...number[]];
    if (steps <= chunk) return [scan(a!, b!, 0, reverse)[1]];
    const chunks = Math.ceil(steps / chunk);
    const padding = chunks * chunk - steps;
    const none = b!.shape.map(() => 0);
    const extra = none.map((_, axis) => (axis === 0 ? padding : 0));
    const split = (x: Tensor) =>
      (reverse ? x.padAxes(extra, none) : x.padAxes(none, extra)).reshape([chunks, chunk, ...rest]);
    const [factors, terms] = scan(split(a!), split(b!), 1, reverse);
    // What enters each chunk: the recurrence over whole chunks, one chunk late.
    const end = reverse ? 0 : chunk - 1;
    const last = (x: Tensor) => x.sliceAxis(1, end, end + 1).reshape([chunks, ...rest]);
    const carried = last(factors).linearRecurrence(last(terms), reverse);
    const entering = shift(carried, reverse ? -1 : 1).expandDims(1);
    const states = terms.add(factors.mul(entering)).reshape([chunks * chunk, ...rest]);
    return [reverse ? states.sliceAxis(0, padding, padding + steps) : states.sliceAxis(0, 0, steps)];
  },
});

/** Rows moved by one place along axis 0, zeros moving in. */
function shift(x: Tensor, by: 1 | -1): Tensor {
  const amounts = (amount: number) => x.shape.map((_, axis) => (axis === 0 ? amount : 0));
  return x.padAxes(amounts(by), amounts(-by));
}

/** Products of factors and states up to every place along an axis, in log2 rounds of doubling reach. */
function scan(a: Tensor, b: Tensor, axis: number, reverse: boolean): readonly [Tensor, Tensor] {
  let factors = a;
  let terms = b;
  for (let reach = 1; reach < b.shape[axis]!; reach *= 2) {
    const by = reverse ? -reach : reach;
    const amounts = (amount: number) => b.shape.map((_, i) => (i === axis ? amount : 0));
    terms = terms.add(factors.mul(terms.padAxes(amounts(by), amounts(-by))));
    factors = factors.mul(factors.padAxes(amounts(by), amounts(-by), 1));
  }
  return [factors, terms];
}
