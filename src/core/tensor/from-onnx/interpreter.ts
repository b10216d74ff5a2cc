import type { NdArray } from "../../array/index.ts";
import { InvalidInputError, show } from "../../errors.ts";
import {
  type ExternalData,
  type FunctionProto,
  type GraphProto,
  type NodeProto,
  type OperatorSetIdProto,
  type TensorProto,
  toNdArray,
} from "../onnx/index.ts";
import type { Tensor } from "../tensor.ts";
import { NodeAttributes } from "./attributes.ts";
import { Call, Known, type Value } from "./call.ts";
import { largestKnown, TooLarge } from "./known.ts";
import { KnownCall, knownOperators } from "./known-operators.ts";
import { operators } from "./operators/index.ts";
import { constantTensor, deepestCalls, standardDomain } from "./parameters.ts";

/** Standard operator sets whose operators are known. */
const oldestOpset = 1;
const newestOpset = 25;

/**
 * Bound of a trace, in nodes evaluated (once for each round of a loop) and blocks of elements computed while
 * tracing: loops within loops and functions that call others twice could otherwise go on for ever.
 */
export const mostWork = 250_000;
const workBlock = 64;

/** What a trace needs besides the names of the graph at hand. */
export interface Context {
  readonly external: ExternalData | undefined;
  readonly unrollLimit: number;
  readonly opsets: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, FunctionProto>;
  /** Arrays of the file's initializers and constants. */
  readonly arrays: ReadonlyMap<TensorProto, NdArray>;
  /** Those of them that are weights, in this trace. */
  readonly parameters: Map<TensorProto, Tensor>;
  /** Weights of this trace with their arrays in the file. */
  readonly initial: Map<Tensor, NdArray>;
  /** What is left of `mostWork`, shared by all graphs of the trace. */
  readonly work: { left: number };
}

/** Names and values of a graph; names of the graphs around it are visible. */
export class Scope {
  readonly #values = new Map<string, Value>();
  readonly #outer: Scope | undefined;

  constructor(outer: Scope | undefined) {
    this.#outer = outer;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  find(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#outer?.find(name);
  }

  get(name: string): Value {
    const value = this.find(name);
    if (value === undefined)
      throw new InvalidInputError(`value ${show(name)}`, "is used, but nothing before gives it");
    return value;
  }
}

export function runNodes(
  nodes: readonly NodeProto[],
  scope: Scope,
  context: Context,
  call: NodeAttributes | undefined,
  depth: number,
): void {
  if (depth > deepestCalls)
    throw new InvalidInputError("model", `graphs and functions are nested deeper than ${deepestCalls}`);
  for (const node of nodes) {
    if (--context.work.left < 0)
      throw new InvalidInputError(
        "model",
        `takes more than ${mostWork} steps to unroll its loops and functions`,
      );
    let results: readonly (Value | undefined)[];
    try {
      results = runNode(node, scope, context, call, depth);
    } catch (error) {
      throw located(error, node);
    }
    for (const [i, name] of node.output.entries()) {
      const value = results[i];
      if (name !== "" && value !== undefined) scope.set(name, value);
    }
  }
}

/** Errors of a node name it once, the innermost of nested ones. */
class NodeError extends InvalidInputError {}

function located(error: unknown, node: NodeProto): unknown {
  if (error instanceof NodeError) return error;
  const place = `model, node ${show(node.name || (node.output[0] ?? ""))} (${node.opType})`;
  if (error instanceof InvalidInputError)
    return new NodeError(place, error.argument === node.opType ? problemOf(error) : error.message, {
      cause: error,
    });
  // A hostile shape can exceed what an array may hold.
  if (error instanceof RangeError)
    return new NodeError(place, `too large: ${error.message}`, { cause: error });
  return error;
}

function problemOf(error: InvalidInputError): string {
  return error.message.slice(error.argument.length + 2);
}

function runNode(
  node: NodeProto,
  scope: Scope,
  context: Context,
  call: NodeAttributes | undefined,
  depth: number,
): readonly (Value | undefined)[] {
  const domain = standardDomain(node.domain ?? "");
  const constant = constantTensor(node);
  if (constant !== undefined) return [parameter(constant, context)];
  const inputs = node.input.map((name) => (name === "" ? undefined : scope.get(name)));
  const attributes = new NodeAttributes(node, call, context.external);
  const version = context.opsets.get(domain) ?? 1;
  const rule = operators.get(`${domain}:${node.opType}`);
  const local = context.functions.get(functionKey(node.domain ?? "", node.opType, node.overload));
  if (local !== undefined) return runFunction(local, inputs, attributes, context, depth);
  const known = domain === "ai.onnx" ? computeKnown(node, inputs, attributes, context) : undefined;
  if (known !== undefined) return known;
  if (rule === undefined)
    throw new InvalidInputError(
      node.opType,
      `the operator ${domain === "ai.onnx" ? "" : `${domain}.`}${node.opType} is not supported`,
    );
  if (domain === "ai.onnx" && version < 7 && attributes.int("broadcast", 0) !== 0)
    throw new InvalidInputError(node.opType, "the broadcasting of operator sets before 7 is not supported");
  const result = rule.run(
    new Call(node.opType, version, inputs, attributes, node.output, {
      unrollLimit: context.unrollLimit,
      initial: (weight) => context.initial.get(weight),
      subgraph: (graph, values) => runGraph(graph, values, scope, context, call, depth + 1),
    }),
  );
  return Array.isArray(result) ? result : [result as Value];
}

/** The results when every input is known and small and the operator can be computed on the spot. */
function computeKnown(
  node: NodeProto,
  inputs: readonly (Value | undefined)[],
  attributes: NodeAttributes,
  context: Context,
): readonly Value[] | undefined {
  const compute = knownOperators.get(node.opType);
  if (compute === undefined) return undefined;
  const arrays: (NdArray | undefined)[] = [];
  for (const value of inputs) {
    if (value !== undefined && !(value instanceof Known)) return undefined;
    if (value !== undefined && (value.array.data.length > largestKnown || value.array.dtype === "float16"))
      return undefined;
    arrays.push(value?.array);
  }
  try {
    const result = compute(new KnownCall(node.opType, arrays, attributes, node.output.length));
    const list = Array.isArray(result) ? (result as readonly NdArray[]) : [result as NdArray];
    for (const { data } of list) context.work.left -= Math.floor(data.length / workBlock);
    return list.map((array) => new Known(array));
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

function runFunction(
  local: FunctionProto,
  inputs: readonly (Value | undefined)[],
  attributes: NodeAttributes,
  context: Context,
  depth: number,
): readonly (Value | undefined)[] {
  const scope = new Scope(undefined);
  for (const [i, name] of local.input.entries()) {
    const value = inputs[i];
    if (value !== undefined) scope.set(name, value);
  }
  const own = local.opsetImport.length > 0 ? { ...context, opsets: opsetsOf(local.opsetImport) } : context;
  runNodes(local.node, scope, own, attributes.withDefaults(local.attributeProto ?? []), depth + 1);
  return local.output.map((name) => scope.find(name));
}

function runGraph(
  graph: GraphProto,
  inputs: readonly Value[],
  outer: Scope,
  context: Context,
  call: NodeAttributes | undefined,
  depth: number,
): readonly Value[] {
  const scope = new Scope(outer);
  setInitializers(graph, scope, context);
  for (const [i, { name }] of graph.input.entries()) {
    const value = inputs[i];
    if (value !== undefined) scope.set(name, value);
  }
  runNodes(graph.node, scope, context, call, depth);
  return graph.output.map(({ name }) => scope.get(name));
}

export function setInitializers(graph: GraphProto, scope: Scope, context: Context): void {
  for (const tensor of graph.initializer ?? []) scope.set(tensor.name ?? "", parameter(tensor, context));
}

/** A weight of this trace, or what the file holds. */
function parameter(tensor: TensorProto, context: Context): Value {
  return (
    context.parameters.get(tensor) ??
    new Known(context.arrays.get(tensor) ?? toNdArray(tensor, context.external))
  );
}

export function functionKey(domain: string, name: string, overload: string | undefined): string {
  return JSON.stringify([standardDomain(domain), name, overload ?? ""]);
}

export function opsetsOf(imports: readonly OperatorSetIdProto[]): Map<string, number> {
  const versions = new Map<string, number>();
  for (const { domain, version } of imports) {
    const name = standardDomain(domain);
    if (name === "ai.onnx" && !(version >= oldestOpset && version <= newestOpset))
      throw new InvalidInputError(
        "model",
        `uses operator set ${version}; supported are ${oldestOpset} to ${newestOpset}`,
      );
    versions.set(name, Number(version));
  }
  return versions;
}
