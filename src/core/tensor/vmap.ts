import { InvalidInputError } from "../errors.ts";
import { type Node, reachable } from "./ir.ts";
import * as structure from "./primitives/structure.ts";
import { apply, type Tensor, toTensor } from "./tensor.ts";
import { leavesOf, mapLeaves, withLeaves } from "./tree.ts";
import { refuse, showType } from "./type.ts";

export interface VmapOptions {
  /** Axis of each argument's leaves that runs over the batch, null for an argument shared by all; default 0. */
  readonly axes?: readonly (number | null)[];
}

/**
 * `f` over a batch: written for one element, applied to all at once. Results carry the batch on axis 0.
 * Every primitive has a rule for batches, so this costs no loop (except where a rule is missing, and the
 * batch is unrolled).
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  return (...args) => {
    const { axes = args.map(() => 0) } = options;
    if (axes.length !== args.length)
      throw new InvalidInputError(
        "options.axes",
        `expected ${args.length} entries, one for each argument, got ${axes.length}`,
      );
    const batched = new Map<Tensor, Tensor>();
    let size: number | undefined;
    const elements = args.map((arg, i) => {
      const axis = axes[i];
      if (axis === null || axis === undefined) return arg;
      return mapLeaves(arg, (leaf) => {
        const whole = toTensor(leaf);
        if (whole.rank === 0)
          refuse("vmap", `argument ${i} has a leaf of ${showType(whole)} without a batch axis`);
        const front = whole.moveAxis(axis, 0);
        if (size !== undefined && size !== front.shape[0])
          refuse("vmap", `batch sizes differ: ${size} and ${front.shape[0]} in argument ${i}`);
        size = front.shape[0];
        const element = apply(structure.input, [], {
          type: { dtype: front.dtype, shape: front.shape.slice(1) },
        })[0]!;
        batched.set(element, front);
        return element;
      });
    }) as unknown as A;
    if (size === undefined) throw new InvalidInputError("options.axes", "no argument has a batch axis");
    const extent = size;
    const result = f(...elements);
    const outputs = leavesOf(result).map((leaf) => toTensor(leaf));
    batchAll(outputs, batched, extent);
    return withLeaves(
      result,
      outputs.map((y) => batched.get(y) ?? y.broadcastTo([extent, ...y.shape])),
    );
  };
}

/** Extends `batched`, which maps tensors of one element to those of the whole batch, to all of `outputs`. */
function batchAll(outputs: readonly Tensor[], batched: Map<Tensor, Tensor>, size: number): void {
  for (const node of reachable(outputs)) {
    if (node.outputs.some((y) => batched.has(y)) || !node.inputs.some((x) => batched.has(x))) continue;
    const results = batchNode(node, batched, size);
    for (const [i, y] of node.outputs.entries()) batched.set(y, results[i]!);
  }
}

function batchNode(node: Node, batched: Map<Tensor, Tensor>, size: number): readonly Tensor[] {
  const { primitive, attributes } = node;
  const flags = node.inputs.map((x) => batched.has(x));
  const inputs = node.inputs.map((x) => batched.get(x) ?? x);
  if (primitive.elementwise) return apply(primitive, alignBatch(inputs, flags), attributes);
  if (primitive === structure.customGradient) return batchCustomGradient(node, batched, size);
  if (primitive.batch !== undefined) return primitive.batch(inputs, flags, attributes, size);
  const elements = Array.from({ length: size }, (_, b) =>
    apply(
      primitive,
      inputs.map((x, i) => (flags[i] ? x.slice(b) : x)),
      attributes,
    ),
  );
  return node.outputs.map((_, i) => {
    const parts = elements.map((element) => element[i]!.expandDims(0));
    return parts[0]!.concat(parts.slice(1), 0);
  });
}

/** Reshapes batched operands so that their batch axis lies left of every axis they broadcast with. */
function alignBatch(inputs: readonly Tensor[], flags: readonly boolean[]): Tensor[] {
  const rank = Math.max(...inputs.map((x, i) => x.rank - Number(flags[i])));
  return inputs.map((x, i) => {
    if (!flags[i]) return x;
    const ones = Array.from({ length: rank + 1 - x.rank }, () => 1);
    return x.reshape([x.shape[0]!, ...ones, ...x.shape.slice(1)]);
  });
}

/** The backward rule of one element, itself turned into one of the batch when it is called. */
function batchCustomGradient(node: Node, batched: Map<Tensor, Tensor>, size: number): readonly Tensor[] {
  const { results, backward } = node.attributes as {
    readonly results: number;
    readonly backward: structure.BackwardRule;
  };
  const whole = (x: Tensor) => batched.get(x) ?? x.broadcastTo([size, ...x.shape]);
  const rule: structure.BackwardRule = (cotangents) => {
    const inner = new Map(batched);
    const elements = cotangents.map((g) => {
      if (g === undefined) return undefined;
      const element = apply(structure.input, [], { type: { dtype: g.dtype, shape: g.shape.slice(1) } })[0]!;
      inner.set(element, g);
      return element;
    });
    const back = backward(elements);
    batchAll(
      back.filter((g) => g !== undefined),
      inner,
      size,
    );
    return back.map((g) => g && (inner.get(g) ?? g.broadcastTo([size, ...g.shape])));
  };
  return apply(structure.customGradient, node.inputs.map(whole), { results, backward: rule });
}
