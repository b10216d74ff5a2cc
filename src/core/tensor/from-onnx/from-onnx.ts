import type { DType, NdArray } from "../../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../../errors.ts";
import {
  dataTypeName,
  decodeModel,
  dtypeOfDataType,
  type ExternalData,
  type ValueInfoProto,
} from "../onnx/index.ts";
import { constantOf, isNdArray, Tensor } from "../tensor.ts";
import { Known } from "./call.ts";
import {
  type Context,
  functionKey,
  mostWork,
  opsetsOf,
  runNodes,
  Scope,
  setInitializers,
} from "./interpreter.ts";
import { parametersOf, usesOf } from "./parameters.ts";

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
  /**
   * Evaluates the model on traced tensors: call it inside `compile` or `grad`. Outputs by name. Weights given
   * as arrays are built into the graph, which the runtime then optimises further: the form for inference.
   */
  apply(
    weights: Readonly<Record<string, Tensor | NdArray>>,
    inputs: Readonly<Record<string, Tensor | NdArray>>,
  ): Record<string, Tensor>;
}

/**
 * Reads an ONNX model as a function in traced tensors: it can be compiled, differentiated in weights and
 * inputs, and be part of a larger function.
 *
 * ```ts
 * const model = fromOnnx(await readBytes("model.onnx"));
 * const run = compile((x: Tensor) => model.apply(model.weights, { x }));
 * const { y } = await run(x);
 * const slope = grad((weights: Record<string, Tensor>, x: Tensor) => model.apply(weights, { x }).y!.sum());
 * ```
 *
 * Weights are the initializers and constants of floating point with at least one axis that the model computes
 * with; whole numbers and those that only decide shapes are built in. Shapes are static in a trace, so
 * whatever decides one must follow from shapes, built-in numbers and `options.constants`. Operators whose
 * results have shapes that depend on data (NonZero of an input, Unique, ...) and random ones are refused by
 * name. Loops with a known number of rounds are unrolled.
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
  const initialized = new Set((graph.initializer ?? []).map(({ name }) => name));
  const given = graph.input.filter(({ name }) => !initialized.has(name));
  for (const name of Object.keys(constants)) {
    if (!given.some((input) => input.name === name))
      throw new InvalidInputError(
        `options.constants.${name}`,
        `the model has no such input; it has ${show(given.map((input) => input.name))}`,
      );
  }
  const uses = usesOf(graph);
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
    work: { left: mostWork },
  };
  const inputs = given.filter(({ name }) => !Object.hasOwn(constants, name)).map(describedValue);
  return {
    weights,
    inputs,
    outputs: graph.output.map(describedValue),
    staticInputs: given.map(({ name }) => name).filter((name) => uses.fixed.has(name)),
    apply(own, tensors) {
      const trace: Context = {
        ...context,
        parameters: new Map(),
        initial: new Map(),
        work: { left: mostWork },
      };
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

function tensorOf(argument: string, value: Tensor | NdArray | undefined): Tensor {
  if (value instanceof Tensor) return value;
  if (isNdArray(value)) return constantOf(value);
  throw new InvalidInputError(argument, `expected a Tensor or an NdArray, got ${show(value)}`);
}

function checkedWeight(name: string, array: NdArray, value: Tensor | NdArray | undefined): Tensor {
  const argument = `weights.${name}`;
  const tensor = tensorOf(argument, value);
  if (tensor.dtype !== array.dtype || String(tensor.shape) !== String(array.shape))
    throw new InvalidInputError(
      argument,
      `expected ${array.dtype}[${array.shape.join(", ")}], got ${tensor.dtype}[${tensor.shape.join(", ")}]`,
    );
  return tensor;
}

function checkedInput(input: OnnxValue, value: Tensor | NdArray | undefined): Tensor {
  const argument = `inputs.${input.name}`;
  const tensor = tensorOf(argument, value);
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
