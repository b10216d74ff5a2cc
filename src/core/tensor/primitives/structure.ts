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
 * A zero (int64 [1]) that is not known before all inputs are: the end of a test for NaN that the runtime
 * cannot see through, so it neither reorders nor merges across it.
 */
export const token = definePrimitive({
  name: "token",
  infer: () => [{ dtype: "int64", shape: [1] }],
  batch: ([first, ...rest], _, __, size) => [first!.token(rest).broadcastTo([size, 1])],
  lower: (graph, inputs) => {
    const firsts = inputs.map((x) => {
      const first = graph.op("Slice", [
        graph.op("Reshape", [x, graph.ints([-1])]),
        graph.ints([0]),
        graph.ints([1]),
      ]);
      return graph.op("Cast", [first], { to: onnxTypeOf.float32 });
    });
    const all = graph.op("Concat", firsts, { axis: 0 });
    const same = graph.op("Equal", [all, all]);
    const never = graph.op("And", [same, graph.op("Not", [same])]);
    const zeros = graph.op("Cast", [never], { to: onnxTypeOf.int64 });
    return graph.op("ReduceSum", [zeros, graph.ints([0])], { keepdims: 1 });
  },
});

/** The identity on input 0, but not computed before the token, input 1, is. */
export const barrier = definePrimitive({
  name: "barrier",
  infer: ([x]) => [x!],
  vjp: ([g]) => [g, undefined],
  batch: ([x, gate], [xBatched, gateBatched], _, size) => [
    (xBatched ? x! : x!.broadcastTo([size, ...x!.shape])).after([gateBatched ? gate!.slice(0) : gate!]),
  ],
  lower: (graph, [x, zero], { inputs: [{ shape } = { shape: [] }] }) => {
    // An empty shape has nothing to add the zero to.
    if (shape.length > 0) return graph.op("Reshape", [x!, graph.op("Add", [graph.ints(shape), zero!])]);
    const one = graph.op("Reshape", [x!, graph.op("Add", [graph.ints([1]), zero!])]);
    return graph.op("Reshape", [one, graph.ints([])]);
  },
});
