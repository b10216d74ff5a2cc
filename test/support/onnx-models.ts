import type { NdArray } from "ockham/array";
import { formatOnnxModel, type OnnxModel, parseOnnxModel } from "ockham/compression";
import { randomStream } from "ockham/random";
import {
  type AttributeProto,
  attributeType,
  dataType,
  encodeModel,
  type NodeProto,
  openOnnx,
  type TensorProto,
  toTensorProto,
} from "ockham/tensor";

/** Builders of small ONNX models, and what they compute. */

export const ints = (name: string, values: readonly number[]): AttributeProto => ({
  name,
  type: attributeType.INTS,
  ints: values,
});
export const int = (name: string, i: number): AttributeProto => ({ name, type: attributeType.INT, i });
export const float = (name: string, f: number): AttributeProto => ({ name, type: attributeType.FLOAT, f });
export const text = (name: string, s: string): AttributeProto => ({ name, type: attributeType.STRING, s });

export function node(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly AttributeProto[] = [],
): NodeProto {
  return { opType, input, output: [output], attribute };
}

/** Normal numbers, the same for a name. */
export function normal(shape: readonly number[], name = ""): NdArray<"float32"> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { dtype: "float32", shape, data: randomStream(7, name).fillNormal(new Float32Array(size)) };
}

export function weight(name: string, shape: readonly number[]): TensorProto {
  return toTensorProto(normal(shape, name), name);
}

export function tensor(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return toTensorProto({ dtype: "float32", shape: dims, data: Float32Array.from(values) }, name);
}

export interface ModelParts {
  readonly nodes: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  /** Shape of the input `x` behind its free first axis. */
  readonly shape: readonly number[];
  readonly type?: number;
}

/** A model of one input `x` and one output `y`. */
export function modelOf({ nodes, initializer, shape, type = dataType.FLOAT }: ModelParts): OnnxModel {
  const dim = [{ dimParam: "batch" }, ...shape.map((dimValue) => ({ dimValue }))];
  return parseOnnxModel(
    encodeModel({
      irVersion: 8,
      opsetImport: [{ domain: "", version: 17 }],
      graph: {
        name: "test",
        node: nodes,
        initializer,
        input: [{ name: "x", type: { tensorType: { elemType: type, shape: { dim } } } }],
        output: [{ name: "y", type: { tensorType: { elemType: type } } }],
      },
    }),
  );
}

/** The output `y` of a model in plain ONNX Runtime. */
export async function outputOf(model: OnnxModel, x: NdArray): Promise<NdArray> {
  const session = await openOnnx(formatOnnxModel(model));
  const { y } = await session.run({ x });
  await session.release();
  return y!;
}

/** Largest difference over the largest value. */
export function deviation(a: NdArray, b: NdArray): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.data.length; i++) {
    difference = Math.max(difference, Math.abs(Number(a.data[i]) - Number(b.data[i])));
    size = Math.max(size, Math.abs(Number(a.data[i])));
  }
  return a.data.length === b.data.length ? difference / size : Number.POSITIVE_INFINITY;
}
