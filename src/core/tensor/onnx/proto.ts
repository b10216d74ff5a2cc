import { InvalidInputError, requireInteger, show } from "../../errors.ts";
import {
  type Int64,
  type MessageLayout,
  messageLayout,
  numbers,
  optional,
  repeated,
  withDefault,
} from "./layout.ts";
import { decodeMessage } from "./wire-reader.ts";
import { encodeMessage } from "./wire-writer.ts";

export type { Int64 } from "./layout.ts";

/**
 * ONNX files as plain typed objects, named as in `onnx.proto` with camelCase fields. Reading fills every
 * list (an absent one reads as `[]`) and leaves other absent fields out.
 */

/** Codes of `AttributeProto.type`. */
export const attributeType = {
  FLOAT: 1,
  INT: 2,
  STRING: 3,
  TENSOR: 4,
  GRAPH: 5,
  FLOATS: 6,
  INTS: 7,
  STRINGS: 8,
  TENSORS: 9,
  GRAPHS: 10,
  SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12,
  TYPE_PROTO: 13,
  TYPE_PROTOS: 14,
} as const;

/** Codes of `TensorProto.dataType` and `TypeProto.tensorType.elemType`. */
export const dataType = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  UINT32: 12,
  UINT64: 13,
  COMPLEX64: 14,
  COMPLEX128: 15,
  BFLOAT16: 16,
  FLOAT8E4M3FN: 17,
  FLOAT8E4M3FNUZ: 18,
  FLOAT8E5M2: 19,
  FLOAT8E5M2FNUZ: 20,
  UINT4: 21,
  INT4: 22,
  FLOAT4E2M1: 23,
} as const;

export interface StringStringEntryProto {
  readonly key: string;
  readonly value: string;
}

export interface OperatorSetIdProto {
  /** "" is the standard domain `ai.onnx`. */
  readonly domain: string;
  readonly version: Int64;
}

export interface TensorProto {
  readonly name?: string;
  readonly dims: readonly Int64[];
  readonly dataType: number;
  /** Little-endian elements; read as a view into the file. */
  readonly rawData?: Uint8Array;
  readonly floatData?: Float32Array;
  readonly int32Data?: Int32Array;
  readonly int64Data?: BigInt64Array;
  readonly doubleData?: Float64Array;
  readonly uint64Data?: BigUint64Array;
  readonly stringData?: readonly Uint8Array[];
  readonly segment?: { readonly begin?: Int64; readonly end?: Int64 };
  readonly externalData?: readonly StringStringEntryProto[];
  /** 1: the elements lie in another file, see `externalData`. */
  readonly dataLocation?: number;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntryProto[];
}

export interface SparseTensorProto {
  readonly values?: TensorProto;
  readonly indices?: TensorProto;
  readonly dims: readonly Int64[];
}

export interface DimensionProto {
  readonly dimValue?: Int64;
  readonly dimParam?: string;
  readonly denotation?: string;
}

export interface TensorShapeProto {
  readonly dim: readonly DimensionProto[];
}

export interface TensorTypeProto {
  readonly elemType: number;
  /** Absent: of unknown rank. */
  readonly shape?: TensorShapeProto;
}

export interface TypeProto {
  readonly tensorType?: TensorTypeProto;
  readonly sparseTensorType?: TensorTypeProto;
  readonly sequenceType?: { readonly elemType?: TypeProto };
  readonly optionalType?: { readonly elemType?: TypeProto };
  readonly mapType?: { readonly keyType: number; readonly valueType?: TypeProto };
  readonly denotation?: string;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type?: TypeProto;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntryProto[];
}

export interface AttributeProto {
  readonly name: string;
  readonly type?: number;
  /** In function bodies: the attribute of the call that gives the value. */
  readonly refAttrName?: string;
  readonly f?: number;
  readonly i?: Int64;
  /** Text; read as bytes, because protobuf does not promise UTF-8 here. */
  readonly s?: string | Uint8Array;
  readonly t?: TensorProto;
  readonly g?: GraphProto;
  readonly sparseTensor?: SparseTensorProto;
  readonly tp?: TypeProto;
  readonly floats?: readonly number[];
  readonly ints?: readonly Int64[];
  readonly strings?: readonly (string | Uint8Array)[];
  readonly tensors?: readonly TensorProto[];
  readonly graphs?: readonly GraphProto[];
  readonly sparseTensors?: readonly SparseTensorProto[];
  readonly typeProtos?: readonly TypeProto[];
  readonly docString?: string;
}

export interface NodeProto {
  readonly opType: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly name?: string;
  /** "" stands for an optional input that is left out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly AttributeProto[];
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntryProto[];
  /** Device configurations, not looked into: written back as they were. */
  readonly deviceConfigurations?: readonly Uint8Array[];
}

/** Which tensors hold the scale and zero point of a quantised one. */
export interface TensorAnnotation {
  readonly tensorName?: string;
  readonly quantParameterTensorNames?: readonly StringStringEntryProto[];
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer?: readonly TensorProto[];
  readonly sparseInitializer?: readonly SparseTensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
  readonly valueInfo?: readonly ValueInfoProto[];
  readonly docString?: string;
  readonly quantizationAnnotation?: readonly TensorAnnotation[];
  readonly metadataProps?: readonly StringStringEntryProto[];
}

export interface FunctionProto {
  readonly name: string;
  readonly domain: string;
  readonly overload?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Attributes without a default; `attributeProto` holds those with one. */
  readonly attribute?: readonly string[];
  readonly attributeProto?: readonly AttributeProto[];
  readonly node: readonly NodeProto[];
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly valueInfo?: readonly ValueInfoProto[];
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntryProto[];
}

export interface ModelProto {
  readonly irVersion: Int64;
  readonly opsetImport: readonly OperatorSetIdProto[];
  readonly graph: GraphProto;
  readonly functions?: readonly FunctionProto[];
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: Int64;
  readonly docString?: string;
  readonly metadataProps?: readonly StringStringEntryProto[];
  /** Training information and device configurations, not looked into: written back as they were. */
  readonly trainingInfo?: readonly Uint8Array[];
  readonly configurations?: readonly Uint8Array[];
}

const stringStringEntry = messageLayout("StringStringEntryProto", {
  key: withDefault(1, "string", ""),
  value: withDefault(2, "string", ""),
});
const entry = () => stringStringEntry;

const operatorSetId = messageLayout("OperatorSetIdProto", {
  domain: withDefault(1, "string", ""),
  version: withDefault(2, "int64", 0),
});

const segment = messageLayout("TensorProto.Segment", {
  begin: optional(1, "int64"),
  end: optional(2, "int64"),
});

const tensorLayout = messageLayout("TensorProto", {
  dims: repeated(1, "int64"),
  dataType: withDefault(2, "int32", 0),
  segment: optional(3, () => segment),
  floatData: numbers(4, "float", Float32Array),
  int32Data: numbers(5, "int32", Int32Array),
  stringData: repeated(6, "bytes"),
  int64Data: numbers(7, "int64", BigInt64Array),
  name: optional(8, "string"),
  rawData: optional(9, "bytes"),
  doubleData: numbers(10, "double", Float64Array),
  uint64Data: numbers(11, "uint64", BigUint64Array),
  docString: optional(12, "string"),
  externalData: repeated(13, entry),
  dataLocation: optional(14, "int32"),
  metadataProps: repeated(16, entry),
});
const tensor = () => tensorLayout;

const sparseTensorLayout = messageLayout("SparseTensorProto", {
  values: optional(1, tensor),
  indices: optional(2, tensor),
  dims: repeated(3, "int64"),
});

const dimension = messageLayout("TensorShapeProto.Dimension", {
  dimValue: optional(1, "int64"),
  dimParam: optional(2, "string"),
  denotation: optional(3, "string"),
});
const tensorShape = messageLayout("TensorShapeProto", { dim: repeated(1, () => dimension) });

const tensorType = messageLayout("TypeProto.Tensor", {
  elemType: withDefault(1, "int32", 0),
  shape: optional(2, () => tensorShape),
});
const sequenceType = messageLayout("TypeProto.Sequence", { elemType: optional(1, () => typeLayout) });
const optionalType = messageLayout("TypeProto.Optional", { elemType: optional(1, () => typeLayout) });
const mapType = messageLayout("TypeProto.Map", {
  keyType: withDefault(1, "int32", 0),
  valueType: optional(2, () => typeLayout),
});
const typeLayout: MessageLayout = messageLayout("TypeProto", {
  tensorType: optional(1, () => tensorType),
  sequenceType: optional(4, () => sequenceType),
  mapType: optional(5, () => mapType),
  denotation: optional(6, "string"),
  sparseTensorType: optional(8, () => tensorType),
  optionalType: optional(9, () => optionalType),
});

const valueInfoLayout = messageLayout("ValueInfoProto", {
  name: withDefault(1, "string", ""),
  type: optional(2, () => typeLayout),
  docString: optional(3, "string"),
  metadataProps: repeated(4, entry),
});
const valueInfo = () => valueInfoLayout;

const attributeLayout: MessageLayout = messageLayout("AttributeProto", {
  name: withDefault(1, "string", ""),
  f: optional(2, "float"),
  i: optional(3, "int64"),
  s: optional(4, "bytes"),
  t: optional(5, tensor),
  g: optional(6, () => graphLayout),
  floats: repeated(7, "float"),
  ints: repeated(8, "int64"),
  strings: repeated(9, "bytes"),
  tensors: repeated(10, tensor),
  graphs: repeated(11, () => graphLayout),
  docString: optional(13, "string"),
  tp: optional(14, () => typeLayout),
  typeProtos: repeated(15, () => typeLayout),
  type: optional(20, "int32"),
  refAttrName: optional(21, "string"),
  sparseTensor: optional(22, () => sparseTensorLayout),
  sparseTensors: repeated(23, () => sparseTensorLayout),
});
const attributes = () => attributeLayout;

const nodeLayout = messageLayout("NodeProto", {
  input: repeated(1, "string"),
  output: repeated(2, "string"),
  name: optional(3, "string"),
  opType: withDefault(4, "string", ""),
  attribute: repeated(5, attributes),
  docString: optional(6, "string"),
  domain: withDefault(7, "string", ""),
  overload: optional(8, "string"),
  metadataProps: repeated(9, entry),
  deviceConfigurations: repeated(10, "bytes"),
});
const nodes = () => nodeLayout;

const annotation = messageLayout("TensorAnnotation", {
  tensorName: optional(1, "string"),
  quantParameterTensorNames: repeated(2, entry),
});

const graphLayout: MessageLayout = messageLayout("GraphProto", {
  node: repeated(1, nodes),
  name: withDefault(2, "string", ""),
  initializer: repeated(5, tensor),
  docString: optional(10, "string"),
  input: repeated(11, valueInfo),
  output: repeated(12, valueInfo),
  valueInfo: repeated(13, valueInfo),
  quantizationAnnotation: repeated(14, () => annotation),
  sparseInitializer: repeated(15, () => sparseTensorLayout),
  metadataProps: repeated(16, entry),
});

const functionLayout = messageLayout("FunctionProto", {
  name: withDefault(1, "string", ""),
  input: repeated(4, "string"),
  output: repeated(5, "string"),
  attribute: repeated(6, "string"),
  node: repeated(7, nodes),
  docString: optional(8, "string"),
  opsetImport: repeated(9, () => operatorSetId),
  domain: withDefault(10, "string", ""),
  attributeProto: repeated(11, attributes),
  valueInfo: repeated(12, valueInfo),
  overload: optional(13, "string"),
  metadataProps: repeated(14, entry),
});

const modelLayout = messageLayout("ModelProto", {
  irVersion: withDefault(1, "int64", 0),
  producerName: optional(2, "string"),
  producerVersion: optional(3, "string"),
  domain: optional(4, "string"),
  modelVersion: optional(5, "int64"),
  docString: optional(6, "string"),
  graph: optional(7, () => graphLayout),
  opsetImport: repeated(8, () => operatorSetId),
  metadataProps: repeated(14, entry),
  trainingInfo: repeated(20, "bytes"),
  functions: repeated(25, () => functionLayout),
  configurations: repeated(26, "bytes"),
});

/**
 * Reads an ONNX model. The bytes of tensors are views into `bytes`: do not overwrite it while they are in
 * use. Fields that later versions of the format may add are skipped. O(bytes).
 * @throws InvalidInputError when the bytes are no ONNX model.
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  requireBytes("bytes", bytes);
  const model = decode("ONNX model", modelLayout, bytes) as unknown as ModelProto;
  if (model.graph === undefined) throw new InvalidInputError("ONNX model", "has no graph");
  requireInteger("ONNX model, ir_version", model.irVersion, 1, 1_000_000);
  return model;
}

/** Writes an ONNX model; every tensor is copied once. O(bytes of the result). */
export function encodeModel(model: ModelProto): Uint8Array {
  return encodeMessage(modelLayout, model);
}

/** Reads a single TensorProto, as in the `.pb` files that go with test models. */
export function decodeTensor(bytes: Uint8Array): TensorProto {
  requireBytes("bytes", bytes);
  return decode("TensorProto", tensorLayout, bytes) as unknown as TensorProto;
}

export function encodeTensor(value: TensorProto): Uint8Array {
  return encodeMessage(tensorLayout, value);
}

function decode(what: string, layout: MessageLayout, bytes: Uint8Array): Record<string, unknown> {
  try {
    return decodeMessage(layout, bytes);
  } catch (error) {
    if (error instanceof InvalidInputError)
      throw new InvalidInputError(
        `${what}, ${error.argument}`,
        error.message.slice(error.argument.length + 2),
      );
    throw error;
  }
}

function requireBytes(argument: string, value: unknown): void {
  if (!(value instanceof Uint8Array))
    throw new InvalidInputError(argument, `expected a Uint8Array, got ${show(value)}`);
}
