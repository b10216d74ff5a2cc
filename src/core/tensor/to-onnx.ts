import type { NdArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import type { Arrays, Compiled } from "./compile.ts";
import { lower } from "./lower.ts";
import { isNdArray, type Tensor } from "./tensor.ts";
import { namedSources, trace } from "./trace.ts";
import { namedLeaves } from "./tree.ts";
import type { Type } from "./type.ts";

export interface ToOnnxOptions {
  /** Names of the arguments, used as prefixes of input names: `["params", "x"]`; default `arg0`, `arg1`, ... */
  readonly inputs?: readonly string[];
  /**
   * Which of `inputs` are stored in the model, as initializers under the same names, instead of being inputs: the
   * parameters of a trained net, for tools that look for weights by name. Default none.
   */
  readonly stored?: readonly string[];
}

/**
 * Writes a function as an ONNX model in standard operators (opset 20), for the types of the example
 * arguments. Each leaf of the arguments that the result depends on becomes an input named by its path
 * (`params.layers.0.weight`), each leaf of the result an output named by
 * its path (`output` if the result is a single tensor). Results that are arguments handed through or constants
 * are left out. Arrays the function closes over are stored
 * in the model: `toOnnx((x: Tensor) => net(params, x), [x])` exports a trained net.
 *
 * @throws InvalidInputError when an operation has no standard form (`inverse`).
 */
export function toOnnx<A extends readonly unknown[], R>(
  f: ((...args: A) => R) | Compiled<A, R>,
  examples: { readonly [K in keyof A]: Arrays<A[K]> },
  options: ToOnnxOptions = {},
): Uint8Array {
  const source = "source" in f ? f.source : f;
  const names = options.inputs ?? examples.map((_, i) => `arg${i}`);
  if (names.length !== examples.length)
    throw new InvalidInputError("options.inputs", `expected ${examples.length} names, got ${show(names)}`);
  const stored = new Set(options.stored ?? []);
  for (const name of stored)
    if (!names.includes(name))
      throw new InvalidInputError("options.stored", `${show(name)} is none of the inputs ${show(names)}`);
  const traced = trace(source as (...args: readonly unknown[]) => unknown, examples);
  const tensorNames = new Map<Tensor, string>();
  const rename = (path: string): string => {
    const [first, ...rest] = path.split(".");
    return [names[Number(first)]!, ...rest].join(".");
  };
  const leaves = new Map(namedLeaves(examples).map(([path, leaf]) => [path, leaf]));
  const inputs: (Type & { readonly name: string })[] = [];
  const initializers: (NdArray & { readonly name: string })[] = [];
  for (const { tensor, path } of traced.inputs) {
    const name = rename(path);
    tensorNames.set(tensor, name);
    const leaf = leaves.get(path);
    if (stored.has(names[Number(path.split(".")[0])]!) && isNdArray(leaf))
      initializers.push({ ...leaf, name });
    else inputs.push({ dtype: tensor.dtype, shape: tensor.shape, name });
  }
  const graph = lower(traced.outputs, tensorNames);
  if (graph.contributedOperators.length > 0)
    throw new InvalidInputError(
      "toOnnx",
      `no standard operator does the work of ${graph.contributedOperators.join(", ")}`,
    );
  const outputs = namedSources(traced.result).flatMap(([path, { place }]) => {
    if (place.from !== "output") return [];
    const tensor = traced.outputs[place.value]!;
    const name = path === "" ? "output" : path;
    graph.rename(tensorNames.get(tensor)!, name);
    return [{ dtype: tensor.dtype, shape: tensor.shape, name }];
  });
  return graph.encode(inputs, outputs, initializers);
}
