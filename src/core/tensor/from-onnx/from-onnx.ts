import type { DType, NdArray } from "../../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../../errors.ts";
import {
  dataTypeName,
  decodeModel,
  dtypeOfDataType,
  type ExternalData,
  type FunctionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type OperatorSetIdProto,
  type TensorProto,
  toNdArray,
  type ValueInfoProto,
} from "../onnx/index.ts";
import { constantOf, Tensor } from "../tensor.ts";
import { NodeAttributes } from "./attributes.ts";
import { Call, Known, type Value } from "./call.ts";
import { knownOperators, largestKnown, TooLarge } from "./known.ts";
import { operators } from "./operators/index.ts";

export interface FromOnnxOptions {
  /**
   * Inputs of the model with a fixed value: those that decide shapes or branches (`staticInputs` names the
   * likely ones). They are no inputs of the function any more. Default none.
   */
  readonly constants?: Readonly<Record<string, NdArray>>;
  /** Reads tensors kept in files beside the model; see `externalDataBeside`. Default: such models are refused. */
  readonly externalData?: ExternalData;
  /** Most rounds that a loop, or steps that a recurrent layer, is unrolled to. Default 1024. */
  readonly unrollLimit?: number;
}

/** An input or output of a model. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** Extents; a name or undefined where any extent fits. Undefined as a whole: of any rank. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
}

/** A model as a differentiable function of its weights and inputs. */
export interface OnnxFunction {
  /** The model's floating-point parameters by the names they have in the file. */
  readonly weights: Readonly<Record<string, NdArray>>;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Inputs whose values decide shapes somewhere in the model, to be given in `options.constants`. */
  readonly staticInputs: readonly string[];
  /** Evaluates the model on traced tensors: call it inside `compile` or `grad`. Outputs by name. */
  apply(
    weights: Readonly<Record<string, Tensor>>,
    inputs: Readonly<Record<string, Tensor>>,
  ): Record<string, Tensor>;
}

/** Standard operator sets whose operators are known. */
const oldestOpset = 1;
const newestOpset = 25;
/** Deepest nesting of functions that call one another and of graphs within graphs. */
const deepestCalls = 64;

/**
 * Reads an ONNX model as a function in traced tensors: it can be compiled, differentiated in weights and
 * inputs, and be part of a larger function.
 *
 * ```ts
 * const model = fromOnnx(await readBytes("model.onnx"));
 * const run = compile((weights, x) => model.apply(weights, { x }));
 * const { y } = await run(model.weights, x);
 * ```
 *
 * Weights are the initializers and constants of floating point with at least one axis that the model computes
 * with; whole numbers and those that only decide shapes are built in. Shapes are static in a trace, so
 * whatever decides one must follow from shapes, built-in numbers and `options.constants`; operators whose
 * results have shapes that depend on data (NonZero, Unique, ...) are refused by name unless their inputs are
 * known. Loops with a known number of rounds are unrolled.
 *
 * @throws InvalidInputError for a damaged file; `apply` throws it for an operator that is not supported.
 */
export function fromOnnx(bytes: Uint8Array, options: FromOnnxOptions = {}): OnnxFunction {
  requireKnownOptions("options", options, ["constants", "externalData", "unrollLimit"]);
  const unrollLimit = requireInteger("options.unrollLimit", options.unrollLimit ?? 1024, 1);
  const model = decodeModel(bytes);
  const { graph } = model;
  if ((graph.sparseInitializer ?? []).length > 0)
    throw new InvalidInputError("model", "sparse initializers are not supported");
  const constants = options.constants ?? {};
  const given = graph.input.filter(({ name }) => !(graph.initializer ?? []).some((own) => own.name === name));
  for (const name of Object.keys(constants)) {
    if (!given.some((input) => input.name === name))
      throw new InvalidInputError(
        `options.constants.${name}`,
        `the model has no such input; it has ${show(given.map((input) => input.name))}`,
      );
  }
  const uses = usesOf(model);
  const { arrays, weightNames } = parametersOf(graph, uses.data, options.externalData);
  const weights = Object.fromEntries([...weightNames].map(([tensor, name]) => [name, arrays.get(tensor)!]));
  const context: Context = {
    external: options.externalData,
    unrollLimit,
    opsets: opsetsOf(model.opsetImport),
    functions: new Map(
      (model.functions ?? []).map((own) => [functionKey(own.domain, own.name, own.overload), own]),
    ),
    arrays,
    parameters: new Map(),
    initial: new Map(),
  };
  const inputs = given.filter(({ name }) => !Object.hasOwn(constants, name)).map(describedValue);
  return {
    weights,
    inputs,
    outputs: graph.output.map(describedValue),
    staticInputs: given.map(({ name }) => name).filter((name) => uses.fixed.has(name)),
    apply(own, tensors) {
      const trace: Context = { ...context, parameters: new Map(), initial: new Map() };
      for (const [tensor, name] of weightNames) {
        const array = weights[name]!;
        const weight = checkedWeight(name, array, own[name]);
        trace.parameters.set(tensor, weight);
        trace.initial.set(weight, array);
      }
      const scope = new Scope(undefined);
      for (const [name, array] of Object.entries(constants)) scope.set(name, new Known(array));
      setInitializers(graph, scope, trace);
      for (const input of inputs) scope.set(input.name, checkedInput(input, tensors[input.name]));
      runNodes(graph.node, scope, trace, undefined, 0);
      return Object.fromEntries(
        graph.output.map(({ name }) => {
          const value = scope.get(name);
          if (value instanceof Tensor) return [name, value];
          if (value instanceof Known) return [name, constantOf(value.array)];
          throw new InvalidInputError(`output ${show(name)}`, "is a sequence, which is not supported");
        }),
      );
    },
  };
}

function checkedWeight(name: string, array: NdArray, tensor: Tensor | undefined): Tensor {
  const argument = `weights.${name}`;
  if (!(tensor instanceof Tensor))
    throw new InvalidInputError(argument, `expected a Tensor, got ${show(tensor)}`);
  if (tensor.dtype !== array.dtype || String(tensor.shape) !== String(array.shape))
    throw new InvalidInputError(
      argument,
      `expected ${array.dtype}[${array.shape.join(", ")}], got ${tensor.dtype}[${tensor.shape.join(", ")}]`,
    );
  return tensor;
}

function checkedInput(input: OnnxValue, tensor: Tensor | undefined): Tensor {
  const argument = `inputs.${input.name}`;
  if (!(tensor instanceof Tensor))
    throw new InvalidInputError(argument, `expected a Tensor, got ${show(tensor)}`);
  const { dtype, shape } = input;
  const fits =
    shape === undefined ||
    (shape.length === tensor.shape.length &&
      shape.every((extent, axis) => typeof extent !== "number" || extent === tensor.shape[axis]));
  if (tensor.dtype !== dtype || !fits)
    throw new InvalidInputError(
      argument,
      `expected ${dtype}[${shape?.map((extent) => extent ?? "?").join(", ") ?? "..."}], got ${tensor.dtype}[${tensor.shape.join(", ")}]`,
    );
  return tensor;
}

function describedValue({ name, type }: ValueInfoProto): OnnxValue {
  const tensor = type?.tensorType;
  if (tensor === undefined)
    throw new InvalidInputError(`value ${show(name)}`, "is no dense tensor, which is not supported");
  const dtype = dtypeOfDataType(tensor.elemType);
  if (dtype === undefined || tensor.elemType > 13)
    throw new InvalidInputError(
      `value ${show(name)}`,
      `elements of type ${dataTypeName(tensor.elemType)} are not supported`,
    );
  const shape = tensor.shape?.dim.map(({ dimValue, dimParam }) =>
    typeof dimValue === "number" ? dimValue : dimParam === "" ? undefined : dimParam,
  );
  return { name, dtype, shape };
}

/** What a trace needs besides the names of the graph at hand. */
interface Context {
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
}

/** Names and values of a graph; names of the graphs around it are visible. */
class Scope {
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

function runNodes(
  nodes: readonly NodeProto[],
  scope: Scope,
  context: Context,
  call: NodeAttributes | undefined,
  depth: number,
): void {
  if (depth > deepestCalls)
    throw new InvalidInputError("model", `graphs and functions are nested deeper than ${deepestCalls}`);
  for (const node of nodes) {
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
  const known = domain === "ai.onnx" ? computeKnown(node, inputs, attributes, version) : undefined;
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
  version: number,
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
    const result = compute({
      operator: node.opType,
      inputs: arrays,
      attributes,
      version,
      outputs: node.output.length,
    });
    return (Array.isArray(result) ? (result as readonly NdArray[]) : [result as NdArray]).map(
      (array) => new Known(array),
    );
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

function setInitializers(graph: GraphProto, scope: Scope, context: Context): void {
  for (const tensor of graph.initializer ?? []) scope.set(tensor.name ?? "", parameter(tensor, context));
}

/** A weight of this trace, or what the file holds. */
function parameter(tensor: TensorProto, context: Context): Value {
  return (
    context.parameters.get(tensor) ??
    new Known(context.arrays.get(tensor) ?? toNdArray(tensor, context.external))
  );
}

/** The tensor that a Constant node gives, where it has the form of one. */
function constantTensor(node: NodeProto): TensorProto | undefined {
  if (node.opType !== "Constant" || standardDomain(node.domain ?? "") !== "ai.onnx") return undefined;
  return node.attribute?.find(({ name }) => name === "value")?.t;
}

/**
 * Arrays of all initializers and constants, those of branches and loop bodies included, and the names of
 * those that are weights. A name that occurs again in another graph gets a number.
 */
function parametersOf(
  whole: GraphProto,
  data: ReadonlySet<string>,
  external: ExternalData | undefined,
): { arrays: Map<TensorProto, NdArray>; weightNames: Map<TensorProto, string> } {
  const arrays = new Map<TensorProto, NdArray>();
  const weightNames = new Map<TensorProto, string>();
  const taken = new Set<string>();
  const add = (tensor: TensorProto, name: string): void => {
    if (dtypeOfDataType(tensor.dataType) === undefined) return;
    const array = toNdArray(tensor, external);
    arrays.set(tensor, array);
    if (!data.has(name) || !array.dtype.startsWith("float") || array.shape.length === 0) return;
    let own = name;
    for (let i = 2; taken.has(own); i++) own = `${name}#${i}`;
    taken.add(own);
    weightNames.set(tensor, own);
  };
  const visit = (graph: GraphProto, depth: number): void => {
    if (depth > deepestCalls) return;
    for (const tensor of graph.initializer ?? []) add(tensor, tensor.name ?? "");
    for (const node of graph.node) {
      const constant = constantTensor(node);
      if (constant !== undefined) add(constant, node.output[0] ?? "");
      for (const body of bodiesOf(node)) visit(body, depth + 1);
    }
  };
  visit(whole, 0);
  return { arrays, weightNames };
}

function bodiesOf(node: NodeProto): readonly GraphProto[] {
  return (node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
}

/** Names whose values are computed with, and names whose values decide shapes. */
function usesOf({ graph }: ModelProto): { data: ReadonlySet<string>; fixed: ReadonlySet<string> } {
  const data = new Set(graph.output.map(({ name }) => name));
  const fixed = new Set<string>();
  const visit = (nodes: readonly NodeProto[], depth: number): void => {
    if (depth > deepestCalls) return;
    for (const node of nodes.toReversed()) {
      const bodies = bodiesOf(node);
      for (const body of bodies) {
        for (const [i, { name }] of body.output.entries()) {
          data.add(name);
          if (node.opType === "If" && fixed.has(node.output[i] ?? "")) fixed.add(name);
        }
        visit(body.node, depth + 1);
      }
      if (node.opType === "Shape" || node.opType === "Size") continue;
      const rule = operators.get(`${standardDomain(node.domain ?? "")}:${node.opType}`);
      const live = bodies.length > 0 || node.output.some((name) => data.has(name));
      const shaping = node.output.some((name) => fixed.has(name));
      for (const [i, name] of node.input.entries()) {
        const decides = rule?.fixed?.includes(i) ?? false;
        if (live && !decides) data.add(name);
        if (shaping || (live && decides)) fixed.add(name);
      }
    }
  };
  visit(graph.node, 0);
  return { data, fixed };
}

function standardDomain(domain: string): string {
  return domain === "" ? "ai.onnx" : domain;
}

function functionKey(domain: string, name: string, overload: string | undefined): string {
  return JSON.stringify([standardDomain(domain), name, overload ?? ""]);
}

function opsetsOf(imports: readonly OperatorSetIdProto[]): Map<string, number> {
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
