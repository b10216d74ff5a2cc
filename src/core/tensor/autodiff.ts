import { InvalidInputError } from "../errors.ts";
import { reachable } from "./ir.ts";
import * as structure from "./primitives/structure.ts";
import { apply, iota, Tensor, type TensorLike, toTensor } from "./tensor.ts";
import { leavesOf, mapLeaves, withLeaves } from "./tree.ts";
import { isFloat, refuse, sameShape, showType } from "./type.ts";
import { vmap } from "./vmap.ts";

/**
 * Derivatives of scalars, or of tensors weighted by cotangents, with respect to any tensors they were
 * computed from (undefined where they do not depend on one). Reverse mode: one pass over the nodes between.
 */
export function pullBack(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  targets: readonly Tensor[],
): (Tensor | undefined)[] {
  const nodes = reachable(outputs);
  const wanted = new Set(targets);
  const depends = new Set<Tensor>(targets);
  const between = nodes.filter((node) => {
    const relevant = node.inputs.some((x) => depends.has(x));
    if (relevant) for (const y of node.outputs) if (isFloat(y.dtype)) depends.add(y);
    return relevant;
  });
  const sums = new Map<Tensor, Tensor>();
  const contribute = (x: Tensor, g: Tensor | undefined, from: string): void => {
    if (g === undefined || !depends.has(x)) return;
    if (!sameShape(g.shape, x.shape) || g.dtype !== x.dtype)
      refuse(from, `a cotangent of ${showType(g)} came for a tensor of ${showType(x)}`);
    const sum = sums.get(x);
    sums.set(x, sum === undefined ? g : sum.add(g));
  };
  for (const [i, y] of outputs.entries()) contribute(y, cotangents[i], "cotangents");
  for (let i = between.length - 1; i >= 0; i--) {
    const node = between[i]!;
    const { vjp } = node.primitive;
    const gs = node.outputs.map((y) => (wanted.has(y) ? sums.get(y) : take(sums, y)));
    if (vjp === undefined || gs.every((g) => g === undefined)) continue;
    const back = vjp(gs, node.inputs, node.outputs, node.attributes);
    for (const [k, x] of node.inputs.entries()) contribute(x, back[k], node.primitive.name);
  }
  return targets.map((x) => sums.get(x));
}

function take(sums: Map<Tensor, Tensor>, key: Tensor): Tensor | undefined {
  const value = sums.get(key);
  sums.delete(key);
  return value;
}

/**
 * Derivatives of a scalar with respect to tensors it was computed from, intermediate results included: how
 * an optimiser sees the gradients of layer outputs, sample by sample.
 */
export function gradients(scalar: Tensor, tensors: readonly Tensor[]): Tensor[] {
  requireScalar("gradients", scalar);
  const found = pullBack([scalar], [scalar.onesLike()], tensors);
  return tensors.map((x, i) => found[i] ?? x.zerosLike());
}

/** A scalar, or a scalar with whatever else is to be handed through. */
export type Valued = Tensor | readonly [Tensor, ...unknown[]];

/**
 * `f` and its gradient in the first argument, a tree of tensors: `(x, ...rest) => [f(x, ...rest), gradient]`.
 * `f` returns a scalar, or `[scalar, ...more]` where more is handed through. Whole numbers in the tree get
 * gradient zero.
 */
export function valueAndGrad<P, Rest extends readonly unknown[], R extends Valued>(
  f: (x: P, ...rest: Rest) => R,
): (x: P, ...rest: Rest) => [value: R, gradient: P] {
  return (x, ...rest) => {
    const points = variables(x);
    const value = f(withLeaves(x, points), ...rest);
    const scalar = value instanceof Tensor ? value : value[0];
    requireScalar("valueAndGrad", scalar);
    return [value, withLeaves(x, gradients(scalar, points))];
  };
}

/** The gradient of `f` in its first argument; see {@link valueAndGrad}. */
export function grad<P, Rest extends readonly unknown[]>(
  f: (x: P, ...rest: Rest) => Valued,
): (x: P, ...rest: Rest) => P {
  const both = valueAndGrad(f);
  return (x, ...rest) => both(x, ...rest)[1];
}

/** The leaves of a tree as fresh points to differentiate at. */
function variables(tree: unknown): Tensor[] {
  return leavesOf(tree).map((leaf) => apply(structure.variable, [toTensor(leaf)])[0]!);
}

function requireScalar(operation: string, value: unknown): asserts value is Tensor {
  if (!(value instanceof Tensor) || value.rank > 0 || !isFloat(value.dtype))
    refuse(
      operation,
      `expected a function to a floating-point scalar, got ${value instanceof Tensor ? showType(value) : typeof value}`,
    );
}

/**
 * The value of `f` and its vector-Jacobian product: `pull(cotangent)` maps a cotangent of the result (a tree
 * like it) to one of each argument.
 */
export function vjp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): [value: R, pull: (cotangent: R) => A] {
  const points = variables(args);
  const value = f(...withLeaves(args, points));
  const outputs = tensorsOf(value);
  const pull = (cotangent: R): A => {
    const found = pullBack(outputs, tensorsOf(cotangent), points);
    return withLeaves(
      args,
      points.map((x, i) => found[i] ?? x.zerosLike()),
    );
  };
  return [value, pull];
}

/**
 * The value of `f` and its derivative along `tangents` (trees like the arguments). Forward mode as the
 * transpose of the transpose: the cotangent that the reverse pass starts from drops out.
 */
export function jvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  args: A,
  tangents: A,
): [value: R, tangent: R] {
  const points = variables(args);
  const value = f(...withLeaves(args, points));
  const outputs = tensorsOf(value);
  const duals = outputs.map((y) => apply(structure.variable, [y.zerosLike()])[0]!);
  const pulled = pullBack(outputs, duals, points);
  const along = leavesOf(tangents).map((leaf, i) => toTensor(leaf, points[i]!));
  if (along.length !== points.length)
    throw new InvalidInputError(
      "tangents",
      `expected ${points.length} leaves as in args, got ${along.length}`,
    );
  const linear = pulled.flatMap((g, i) => (g === undefined ? [] : [{ g, direction: along[i]! }]));
  const found = pullBack(
    linear.map(({ g }) => g),
    linear.map(({ direction }) => direction),
    duals,
  );
  return [
    value,
    withLeaves(
      value,
      outputs.map((y, i) => found[i] ?? y.zerosLike()),
    ),
  ];
}

/** The Hessian of `f` in its first argument times `direction`, without forming it. */
export function hvp<P, Rest extends readonly unknown[]>(
  f: (x: P, ...rest: Rest) => Valued,
): (x: P, direction: P, ...rest: Rest) => P {
  return (x, direction, ...rest) =>
    jvp((point: P) => grad(f)(point, ...rest), [x] as [P], [direction] as [P])[1];
}

/**
 * The matrix of derivatives of a tensor-valued function of one tensor: its shape is that of the result
 * followed by that of the argument. `jacobian(grad(f))` is the Hessian.
 */
export function jacobian<Rest extends readonly unknown[]>(
  f: (x: Tensor, ...rest: Rest) => Tensor,
): (x: TensorLike, ...rest: Rest) => Tensor {
  return (x, ...rest) => {
    const [y, pull] = vjp((point: Tensor) => f(point, ...rest), toTensor(x));
    const rows = iota(y.size, "int64");
    const basis = rows
      .expandDims(1)
      .equal(rows)
      .cast(y.dtype)
      .reshape([y.size, ...y.shape]);
    const jacobianRows = vmap((unit: Tensor) => pull(unit)[0])(basis);
    return jacobianRows.reshape([...y.shape, ...jacobianRows.shape.slice(1)]);
  };
}

/** The same tree with derivative zero. */
export function stopGradient<T>(tree: T): T {
  return mapLeaves(tree, (leaf) => toTensor(leaf).stopGradient()) as T;
}

/**
 * A function with a derivative of its own: `backward` maps the cotangent of the result (a tree like it),
 * the result and the arguments to cotangents of the arguments (undefined for zero). For straight-through
 * estimators, and where a formula beats the chain rule. Trees in the arguments are differentiated leaf by
 * leaf; `backward` is itself differentiable.
 */
export function customGradient<A extends readonly unknown[], R>(
  forward: (...args: A) => R,
  backward: (cotangent: R, result: R, ...args: A) => { readonly [K in keyof A]: A[K] | undefined },
): (...args: A) => R {
  return (...args) => {
    const inputs = leavesOf(args).map((leaf) => toTensor(leaf));
    const own = withLeaves(args, inputs);
    const plain = forward(...own);
    const results = tensorsOf(plain);
    const rule: structure.BackwardRule = (cotangents) => {
      const dense = results.map((y, i) => cotangents[i] ?? y.zerosLike());
      const back = backward(withLeaves(plain, dense), plain, ...own);
      return own.flatMap((arg, i) => {
        const leaves = leavesOf(arg);
        if (back[i] === undefined) return leaves.map(() => undefined);
        const given = tensorsOf(back[i]);
        if (given.length !== leaves.length)
          refuse(
            "customGradient",
            `backward gave ${given.length} cotangents for the ${leaves.length} of argument ${i}`,
          );
        return given;
      });
    };
    const outputs = apply(structure.customGradient, [...results, ...inputs], {
      results: results.length,
      backward: rule,
    });
    return withLeaves(plain, outputs);
  };
}

/**
 * `f` without keeping its intermediate results for the derivative: they are computed again, after the
 * cotangent has arrived. Trades up to one more evaluation of `f` for the memory between. What `f` works on
 * should be among its arguments: gradients of those are finished before any of them is handed on, so that
 * one segment's intermediate results are gone before the next one's are computed.
 */
export function checkpoint<A extends readonly unknown[], R>(f: (...args: A) => R): (...args: A) => R {
  return customGradient(f, (cotangent, _, ...args) => {
    const gate = tensorsOf(cotangent);
    const again = mapLeaves(args, (leaf) => (leaf as Tensor).after(gate)) as A;
    const back = vjp(f, ...again)[1](cotangent);
    const all = tensorsOf(back).filter(({ dtype }) => isFloat(dtype));
    return mapLeaves(back, (leaf) => (leaf as Tensor).after(all)) as A;
  });
}

function tensorsOf(tree: unknown): Tensor[] {
  return leavesOf(tree).map((leaf) => toTensor(leaf));
}
