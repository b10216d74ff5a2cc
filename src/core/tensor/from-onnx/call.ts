import type { DType, NdArray } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import type { GraphProto } from "../onnx/index.ts";
import { constantOf, iota, Tensor } from "../tensor.ts";
import { isFloat } from "../type.ts";
import type { NodeAttributes } from "./attributes.ts";
import { numbersOf } from "./known.ts";
import { shown } from "./shapes.ts";

/** An array known while a model is traced. */
export class Known {
  readonly array: NdArray;
  #tensor: Tensor | undefined;

  constructor(array: NdArray) {
    this.array = array;
  }

  get tensor(): Tensor {
    this.#tensor ??= constantOf(this.array);
    return this.#tensor;
  }
}

/** What a name in a graph stands for; lists are ONNX sequences. */
export type Value = Tensor | Known | readonly Value[];

export type Result = Value | readonly (Value | undefined)[];

/** How a node reaches what lies around it. */
export interface Surroundings {
  /** Traces a graph in an attribute (the body of If, Loop, Scan), which sees the names around the node. */
  subgraph(graph: GraphProto, inputs: readonly Value[]): readonly Value[];
  /** The array that a weight had in the file, where its value decides a shape. */
  initial(weight: Tensor): NdArray | undefined;
  /** Most rounds that a loop is unrolled to. */
  readonly unrollLimit: number;
}

/** One node of a model while it is traced: its inputs, attributes and surroundings. */
export class Call {
  readonly operator: string;
  /** Version of the operator set that the node was written for. */
  readonly version: number;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: NodeAttributes;
  /** Number of results named by the node; "" marks one that nobody wants. */
  readonly outputs: readonly string[];
  readonly surroundings: Surroundings;

  constructor(
    operator: string,
    version: number,
    inputs: readonly (Value | undefined)[],
    attributes: NodeAttributes,
    outputs: readonly string[],
    surroundings: Surroundings,
  ) {
    this.operator = operator;
    this.version = version;
    this.inputs = inputs;
    this.attributes = attributes;
    this.outputs = outputs;
    this.surroundings = surroundings;
  }

  fail(problem: string): never {
    throw new InvalidInputError(this.operator, problem);
  }

  wants(output: number): boolean {
    return (this.outputs[output] ?? "") !== "";
  }

  has(index: number): boolean {
    return this.inputs[index] !== undefined;
  }

  value(index: number): Value {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  /** An input as a tensor. */
  x(index: number): Tensor {
    const value = this.value(index);
    if (value instanceof Tensor) return value;
    if (value instanceof Known) return value.tensor;
    return this.fail(`input ${index} is a sequence, expected a tensor`);
  }

  optional(index: number): Tensor | undefined {
    return this.has(index) ? this.x(index) : undefined;
  }

  /** All inputs as tensors; there must be one at least. */
  all(): Tensor[] {
    this.value(0);
    return this.inputs.map((_, index) => this.x(index));
  }

  sequence(index: number): readonly Value[] {
    const value = this.value(index);
    if (value instanceof Tensor || value instanceof Known)
      return this.fail(`input ${index} is a tensor, expected a sequence`);
    return value;
  }

  /** An input whose value decides a shape, and so must be known while tracing. */
  known(index: number): NdArray {
    const value = this.value(index);
    if (value instanceof Known) return value.array;
    const initial = value instanceof Tensor ? this.surroundings.initial(value) : undefined;
    return (
      initial ??
      this.fail(
        `input ${index} decides the shape of the result, so its value must be known while tracing; where it comes from an input of the model, pass that in options.constants`,
      )
    );
  }

  /** Whole numbers from an input or, in older operator sets, from an attribute. */
  optionalInts(index: number, attribute?: string): number[] | undefined {
    if (this.has(index)) return Array.from(numbersOf(this.known(index)));
    return attribute === undefined ? undefined : this.attributes.ints(attribute);
  }

  ints(index: number, attribute?: string): number[] {
    return this.optionalInts(index, attribute) ?? this.fail(`${attribute ?? `input ${index}`} is missing`);
  }

  /** A number from an input that must be known. */
  optionalNumber(index: number): number | undefined {
    if (!this.has(index)) return undefined;
    const values = numbersOf(this.known(index));
    if (values.length !== 1) this.fail(`input ${index} must hold one number, got ${values.length}`);
    return values[0]!;
  }

  number(index: number): number {
    return this.optionalNumber(index) ?? this.fail(`input ${index} is missing`);
  }

  /** Refuses to write an operation out in more parts than loops may have rounds. */
  unrolled(parts: number, what: string): number {
    const { unrollLimit } = this.surroundings;
    if (!(parts <= unrollLimit))
      this.fail(`${parts} ${what}; raise options.unrollLimit (${unrollLimit}) to unroll them`);
    return parts;
  }

  axis(rank: number, fallback: number): number {
    const axis = this.attributes.int("axis", fallback);
    const normal = axis < 0 ? axis + rank : axis;
    if (!(normal >= 0 && normal < rank)) this.fail(`axis ${axis} is outside a tensor of ${rank} axes`);
    return normal;
  }

  spatial(x: Tensor): number[] {
    if (x.shape.length < 3)
      this.fail(`expected samples, channels and spatial axes, got shape ${shown(x.shape)}`);
    return x.shape.slice(2);
  }
}

/** The element type that arithmetic on a narrower type is done in. */
export function computing(dtype: DType): DType {
  switch (dtype) {
    case "float16":
      return "float32";
    case "uint32":
    case "uint64":
      return "int64";
    case "int8":
    case "int16":
    case "uint8":
    case "uint16":
    case "bool":
      return "int32";
    default:
      return dtype;
  }
}

/** Computes in a type that has arithmetic, and gives the result in the type of the first operand. */
export function widened(tensors: readonly Tensor[], compute: (...tensors: Tensor[]) => Tensor): Tensor {
  const dtype = tensors[0]!.dtype;
  const wide = computing(dtype);
  if (wide === dtype) return compute(...tensors);
  return compute(...tensors.map((tensor) => tensor.cast(wide))).cast(dtype);
}

/** A tensor in the type that its arithmetic is done in. */
export function wide(tensor: Tensor): Tensor {
  return tensor.cast(computing(tensor.dtype));
}

/** A tensor of floats: whole numbers become float32. */
export function floating(tensor: Tensor): Tensor {
  if (tensor.dtype === "float16" || !isFloat(tensor.dtype)) return tensor.cast("float32");
  return tensor;
}

/** Most entries of a list or table that is made while tracing. */
const mostEntries = 1 << 24;

/** Refuses to make a list or table of more entries than a sensible model has; returns the count. */
export function entries(count: number): number {
  if (!(count >= 0 && count <= mostEntries))
    throw new InvalidInputError("shape", `${count} entries are too many to lay out while tracing`);
  return count;
}

/** 0, 1, ..., count - 1 as int64. */
export function places(count: number): Tensor {
  return iota(entries(count), "int64");
}

export type Operator = (call: Call) => Result;

/** How one operator of ONNX is written in tensors. */
export interface OperatorRule {
  readonly run: Operator;
  /** Inputs whose values decide shapes. */
  readonly fixed?: readonly number[];
}

/** A table of operators by name. */
export type OperatorTable = Readonly<Record<string, Operator | OperatorRule>>;
