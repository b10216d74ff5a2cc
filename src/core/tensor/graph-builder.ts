import { arrayOf, type DType, type NdArray, sizeOf } from "../array/index.ts";
import {
  type AttributeProto,
  attributeType,
  dataType,
  encodeModel,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx/index.ts";
import type { Type } from "./type.ts";

/** ONNX operator set that every lowering is written for: old enough for all of ONNX Runtime's backends. */
const opset = 20;
const irVersion = 9;

export const onnxTypeOf: Readonly<Record<DType, number>> = {
  float16: dataType.FLOAT16,
  float32: dataType.FLOAT,
  float64: dataType.DOUBLE,
  int8: dataType.INT8,
  int16: dataType.INT16,
  int32: dataType.INT32,
  int64: dataType.INT64,
  uint8: dataType.UINT8,
  uint16: dataType.UINT16,
  uint32: dataType.UINT32,
  uint64: dataType.UINT64,
  bool: dataType.BOOL,
};

/** Whole numbers become INT(S), text STRING; floats are wrapped as `{ float }`. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** Collects the nodes and constants of one ONNX graph; values are referred to by name. */
export class GraphBuilder {
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  readonly #large = new Map<ArrayBufferView, string>();
  readonly #filled = new Map<string, string>();
  readonly #contrib = new Set<string>();
  #names = 0;

  /** Adds a node with one result and returns its name. */
  op(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.ops(opType, inputs, attributes, 1)[0]!;
  }

  /** Adds a node with several results. */
  ops(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
    outputs: number,
    domain?: string,
  ): string[] {
    const output = Array.from({ length: outputs }, () => `v${this.#names++}`);
    if (domain !== undefined) this.#contrib.add(`${domain}.${opType}`);
    this.#nodes.push({
      opType,
      input: inputs,
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ...(domain === undefined ? {} : { domain }),
    });
    return output;
  }

  /** Gives a value a second, chosen name. */
  rename(value: string, name: string): void {
    this.#nodes.push({ opType: "Identity", input: [value], output: [name] });
  }

  /** A constant; small equal ones are stored once. */
  constant(array: NdArray): string {
    const { dtype, shape, data } = array;
    if (data.length > 16) {
      const known = this.#large.get(data);
      if (known !== undefined) return known;
      const name = `c${this.#names++}`;
      this.#large.set(data, name);
      this.#constants.set(name, tensorProto(name, array));
      return name;
    }
    const name = `${dtype}[${shape.join(",")}]=${Array.from(data as ArrayLike<number>, (value) => (Object.is(value, -0) ? "-0" : String(value)))}`;
    if (!this.#constants.has(name)) this.#constants.set(name, tensorProto(name, array));
    return name;
  }

  /** A vector of int64, as shapes, axes and pads are given. */
  ints(values: readonly number[]): string {
    return this.constant({
      dtype: "int64",
      shape: [values.length],
      data: BigInt64Array.from(values, (value) => BigInt(value)),
    });
  }

  /** A constant of one element in the given element type. */
  scalar(dtype: DType, value: number): string {
    return this.constant({ dtype, shape: [], data: filledData(dtype, [], value) });
  }

  /** A constant tensor of one repeated value. */
  filled(dtype: DType, shape: readonly number[], value: number): string {
    const key = `${dtype}[${shape.join(",")}]${value}`;
    const known = this.#filled.get(key);
    if (known !== undefined) return known;
    const name = this.constant({ dtype, shape, data: filledData(dtype, shape, value) });
    this.#filled.set(key, name);
    return name;
  }

  /** A tensor of zeros, not stored in the model. */
  zeros(dtype: DType, shape: readonly number[]): string {
    return this.op("Expand", [this.scalar(dtype, 0), this.ints(shape)]);
  }

  /** Operators outside the ONNX standard that the graph uses. */
  get contributedOperators(): readonly string[] {
    return [...this.#contrib];
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** The bytes of the whole model. */
  encode(
    inputs: readonly (Type & { readonly name: string })[],
    outputs: readonly (Type & { readonly name: string })[],
    initializers: readonly (NdArray & { readonly name: string })[] = [],
  ): Uint8Array {
    return encodeModel({
      irVersion,
      producerName: "ockham",
      opsetImport: [
        { domain: "", version: opset },
        ...(this.#contrib.size > 0 ? [{ domain: "com.microsoft", version: 1 }] : []),
      ],
      graph: {
        name: "ockham",
        node: this.#nodes,
        initializer: [
          ...initializers.map((array) => tensorProto(array.name, array)),
          ...this.#constants.values(),
        ],
        input: inputs.map(valueInfo),
        output: outputs.map(valueInfo),
      },
    });
  }
}

function valueInfo({ name, dtype, shape }: Type & { readonly name: string }): ValueInfoProto {
  return {
    name,
    type: {
      tensorType: {
        elemType: onnxTypeOf[dtype],
        shape: { dim: shape.map((extent) => ({ dimValue: extent })) },
      },
    },
  };
}

function tensorProto(name: string, { dtype, shape, data }: NdArray): TensorProto {
  return {
    name,
    dims: shape,
    dataType: onnxTypeOf[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function attribute(name: string, value: OnnxAttribute): AttributeProto {
  if (typeof value === "number") return { name, type: attributeType.INT, i: value };
  if (typeof value === "string") return { name, type: attributeType.STRING, s: value };
  if ("float" in value) return { name, type: attributeType.FLOAT, f: value.float };
  return { name, type: attributeType.INTS, ints: value };
}

/** Typed storage filled with one value. */
export function filledData(dtype: DType, shape: readonly number[], value: number): NdArray["data"] {
  const size = sizeOf(shape);
  if (dtype === "int64" || dtype === "uint64") return new arrayOf[dtype](size).fill(BigInt(value));
  if (dtype === "float16") return new Uint16Array(size).fill(float16Bits(value));
  return new arrayOf[dtype](size).fill(dtype === "bool" ? Number(value !== 0) : value);
}

/** Bits of the half-precision number nearest to `value` (ties to even). */
export function float16Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const high = view.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal halves are multiples of 2^-24; normal ones carry 10 bits below the leading one.
  const exponent = Math.max(-14, ((high >>> 20) & 0x7ff) - 1023);
  const steps = size * 2 ** (10 - exponent);
  const floor = Math.floor(steps);
  const rest = steps - floor;
  const mantissa = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
  // A carry out of the mantissa lands in the exponent, as it should.
  return sign | (((exponent + 14) << 10) + mantissa);
}
