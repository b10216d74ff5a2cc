import type { NdArray } from "../../array/index.ts";
import { onnxTypeOf } from "../graph-builder.ts";
import { definePrimitive } from "../ir.ts";
import type { Tensor } from "../tensor.ts";
import { refuse, type Type } from "../type.ts";

/** An argument of the compiled function, or a place holder while a batch rule is applied. */
export const input = definePrimitive<{ readonly type: Type }>({
  name: "input",
  unique: true,
  infer: (_, { type }) => [type],
});

/** An array known while tracing. */
export const constant = definePrimitive<{ readonly array: NdArray }>({
  name: "constant",
  infer: (_, { array }) => [{ dtype: array.dtype, shape: array.shape }],
  lower: (graph, _, { attributes }) => graph.constant(attributes.array),
});

/**
 * A point to differentiate at: the identity, never merged with another node, so that derivatives with
 * respect to it are not confused with derivatives with respect to the tensor it came from.
 */
export const variable = definePrimitive({
  name: "variable",
  unique: true,
  alias: true,
  infer: ([x]) => [x!],
  vjp: (cotangents) => cotangents,
  batch: (inputs) => inputs,
});

/** The identity with derivative zero. */
export const stopGradient = definePrimitive({
  name: "stopGradient",
  alias: true,
  infer: ([x]) => [x!],
  batch: (inputs) => inputs,
});

/** Backward rule of a custom gradient: cotangents of the inputs from those of the results. */
export type BackwardRule = (cotangents: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[];

/**
 * Passes its first `results` inputs through; the others are the tensors that `backward` gives cotangents
 * for. In a batch the forward part is all that is left: a batch is taken of a derivative, not the reverse.
 */
export const customGradient = definePrimitive<{ readonly results: number; readonly backward: BackwardRule }>({
  name: "customGradient",
  unique: true,
  alias: true,
  infer: (inputs, { results }) => inputs.slice(0, results),
  vjp: (cotangents, inputs, _, { results, backward }) => {
    const back = backward(cotangents);
    if (back.length !== inputs.length - results)
      refuse(
        "customGradient",
        `backward must give ${inputs.length - results} cotangents, one for each argument, got ${back.length}`,
      );
    return [...Array.from({ length: results }, () => undefined), ...back];
  },
});

/**
 * The identity on input 0, but not computed before input 1 is. The runtime cannot see through the
 * dependence (a test for NaN that is always false in the end), so it neither reorders the two nor merges
 * what follows with what was computed from the original tensor.
 */
export const barrier = definePrimitive({
  name: "barrier",
  infer: ([x]) => [x!],
  vjp: (cotangents) => [cotangents[0], undefined],
  batch: ([x, token], [xBatched], _, size) => [
    (xBatched ? x! : x!.broadcastTo([size, ...x!.shape])).after(token!),
  ],
  lower: (graph, [x, token], node) => {
    const first = graph.op("Slice", [
      graph.op("Reshape", [token!, graph.ints([-1])]),
      graph.ints([0]),
      graph.ints([1]),
    ]);
    const same = graph.op("Equal", [first, first]);
    const never = graph.op("And", [same, graph.op("Not", [same])]);
    const zero = graph.op("Cast", [never], { to: onnxTypeOf.int64 });
    const shape = graph.op("Add", [graph.ints(node.inputs[0]!.shape), zero]);
    return graph.op("Reshape", [x!, shape]);
  },
});
