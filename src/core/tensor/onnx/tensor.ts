import { arrayOf, type DType, type NdArray } from "../../array/index.ts";
import { InvalidInputError, show } from "../../errors.ts";
import { dataType, type TensorProto } from "./proto.ts";

/**
 * Gives the bytes of a tensor kept outside its model: `length` undefined means up to the end of that file.
 * Must refuse what does not exist or is too short; see `externalDataBeside`.
 */
export type ExternalData = (location: string, offset: number, length: number | undefined) => Uint8Array;

/** How the elements of an ONNX type are kept in a file and in an array. */
interface Storage {
  readonly dtype: DType;
  /** Bits of one element in `rawData`. */
  readonly bits: number;
  /** The typed field that may hold the elements instead of `rawData`. */
  readonly field: "floatData" | "int32Data" | "int64Data" | "doubleData" | "uint64Data";
  /** Turns the bits of one element into a number; absent where the array holds the very same bits. */
  readonly widen?: (bits: number) => number;
}

const storage = new Map<number, Storage>([
  [dataType.FLOAT, { dtype: "float32", bits: 32, field: "floatData" }],
  [dataType.DOUBLE, { dtype: "float64", bits: 64, field: "doubleData" }],
  [dataType.FLOAT16, { dtype: "float16", bits: 16, field: "int32Data" }],
  [dataType.INT8, { dtype: "int8", bits: 8, field: "int32Data" }],
  [dataType.INT16, { dtype: "int16", bits: 16, field: "int32Data" }],
  [dataType.INT32, { dtype: "int32", bits: 32, field: "int32Data" }],
  [dataType.INT64, { dtype: "int64", bits: 64, field: "int64Data" }],
  [dataType.UINT8, { dtype: "uint8", bits: 8, field: "int32Data" }],
  [dataType.UINT16, { dtype: "uint16", bits: 16, field: "int32Data" }],
  [dataType.UINT32, { dtype: "uint32", bits: 32, field: "uint64Data" }],
  [dataType.UINT64, { dtype: "uint64", bits: 64, field: "uint64Data" }],
  [dataType.BOOL, { dtype: "bool", bits: 8, field: "int32Data", widen: (bits) => (bits === 0 ? 0 : 1) }],
  [dataType.BFLOAT16, { dtype: "float32", bits: 16, field: "int32Data", widen: smallFloat(8, 7, "ieee") }],
  [dataType.FLOAT8E4M3FN, { dtype: "float32", bits: 8, field: "int32Data", widen: smallFloat(4, 3, "fn") }],
  [
    dataType.FLOAT8E4M3FNUZ,
    { dtype: "float32", bits: 8, field: "int32Data", widen: smallFloat(4, 3, "fnuz") },
  ],
  [dataType.FLOAT8E5M2, { dtype: "float32", bits: 8, field: "int32Data", widen: smallFloat(5, 2, "ieee") }],
  [
    dataType.FLOAT8E5M2FNUZ,
    { dtype: "float32", bits: 8, field: "int32Data", widen: smallFloat(5, 2, "fnuz") },
  ],
  [dataType.FLOAT4E2M1, { dtype: "float32", bits: 4, field: "int32Data", widen: smallFloat(2, 1, "finite") }],
  [dataType.UINT4, { dtype: "uint8", bits: 4, field: "int32Data" }],
  [dataType.INT4, { dtype: "int8", bits: 4, field: "int32Data", widen: (bits) => (bits << 28) >> 28 }],
]);

const typeNames = new Map<number, string>(Object.entries(dataType).map(([name, code]) => [code, name]));

/** The ONNX name of an element type, for messages. */
export function dataTypeName(code: number): string {
  return typeNames.get(code) ?? `number ${code}`;
}

/**
 * The dtype of arrays that hold an ONNX element type, or undefined where there is none (text, complex).
 * bfloat16 and the 8-bit and 4-bit floats are held as float32, 4-bit integers as 8-bit ones.
 */
export function dtypeOfDataType(code: number): DType | undefined {
  return storage.get(code)?.dtype;
}

/** The ONNX element type of a dtype. */
export function dataTypeOfDtype(dtype: DType): number {
  for (const [code, { dtype: own }] of storage) if (own === dtype) return code;
  throw new InvalidInputError("dtype", `expected a dtype of an NdArray, got ${show(dtype)}`);
}

/**
 * The array that a tensor of a file holds, as a copy. Shape, element type and byte length must agree; this
 * is checked before anything is allocated.
 * @throws InvalidInputError naming the tensor, also for text and complex elements, which no array holds.
 */
export function toNdArray(tensor: TensorProto, external?: ExternalData): NdArray {
  const name = `tensor ${show(tensor.name ?? "")}`;
  const kept = storage.get(tensor.dataType);
  if (kept === undefined)
    throw new InvalidInputError(name, `elements of type ${dataTypeName(tensor.dataType)} are not supported`);
  if (tensor.segment !== undefined) throw new InvalidInputError(name, "segmented tensors are not supported");
  const { shape, size } = shapeOf(name, tensor.dims);
  if (!Number.isSafeInteger(size * 8))
    throw new InvalidInputError(name, `shape [${shape.join(", ")}] has too many elements`);
  const bytes = rawBytes(name, tensor, Math.ceil((size * kept.bits) / 8), external);
  if (bytes !== undefined) return { dtype: kept.dtype, shape, data: fromBytes(kept, size, bytes) } as NdArray;
  const list = tensor[kept.field] ?? [];
  // 4-bit elements lie two in an entry in the typed field as well.
  const entries = kept.bits === 4 ? Math.ceil(size / 2) : size;
  if (list.length !== entries)
    throw new InvalidInputError(
      name,
      `shape [${shape.join(", ")}] takes ${entries} entries of ${kept.field}, got ${list.length}`,
    );
  if (kept.bits === 4)
    return {
      dtype: kept.dtype,
      shape,
      data: fromBytes(kept, size, Uint8Array.from(list as Int32Array)),
    } as NdArray;
  const data = new arrayOf[kept.dtype](size) as { [index: number]: number | bigint };
  const { widen } = kept;
  const mask = kept.bits === 32 ? -1 : (1 << kept.bits) - 1;
  for (let i = 0; i < size; i++) {
    const value = list[i]!;
    if (widen !== undefined) data[i] = widen((value as number) & mask);
    else data[i] = kept.dtype === "uint32" ? Number(BigInt.asUintN(32, BigInt(value))) : value;
  }
  return { dtype: kept.dtype, shape, data } as unknown as NdArray;
}

function shapeOf(name: string, dims: TensorProto["dims"]): { shape: number[]; size: number } {
  if (dims.length > 64) throw new InvalidInputError(name, `${dims.length} axes; at most 64 are supported`);
  let size = 1;
  const shape = dims.map((extent) => {
    if (typeof extent !== "number" || extent < 0 || !Number.isSafeInteger(extent))
      throw new InvalidInputError(name, `extent ${extent} in its shape`);
    size *= extent;
    return extent;
  });
  // The product of two safe extents may be rounded; no file holds that many elements.
  if (!Number.isSafeInteger(size))
    throw new InvalidInputError(name, `shape [${shape.join(", ")}] has too many elements`);
  return { shape, size };
}

function rawBytes(
  name: string,
  tensor: TensorProto,
  expected: number,
  external: ExternalData | undefined,
): Uint8Array | undefined {
  let bytes = tensor.rawData;
  if (tensor.dataLocation === 1) {
    const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
    const location = entries.get("location");
    if (location === undefined) throw new InvalidInputError(name, "external data without a location");
    if (external === undefined)
      throw new InvalidInputError(
        name,
        `lies in the file ${show(location)} beside its model; read the model from its path`,
      );
    const offset = wholeNumber(name, "offset", entries.get("offset") ?? "0");
    const given = entries.get("length");
    const length = given === undefined ? expected : wholeNumber(name, "length", given);
    if (length !== expected)
      throw new InvalidInputError(name, `its shape takes ${expected} bytes, but the file says ${length}`);
    bytes = external(location, offset, length);
  } else if ((tensor.dataLocation ?? 0) !== 0) {
    throw new InvalidInputError(name, `unknown data location ${tensor.dataLocation}`);
  }
  if (bytes !== undefined && bytes.length !== expected)
    throw new InvalidInputError(
      name,
      `shape [${tensor.dims.join(", ")}] of ${dataTypeName(tensor.dataType)} takes ${expected} bytes, got ${bytes.length}`,
    );
  return bytes;
}

function wholeNumber(name: string, what: string, text: string): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new InvalidInputError(name, `${what} ${show(text)} of its external data is no whole number`);
  return value;
}

function fromBytes(kept: Storage, size: number, bytes: Uint8Array): NdArray["data"] {
  const { widen } = kept;
  if (widen === undefined && kept.bits !== 4) {
    // Not bytes.slice(): that of a Node Buffer is a view.
    return new arrayOf[kept.dtype](new Uint8Array(bytes).buffer, 0, size) as NdArray["data"];
  }
  const data = new arrayOf[kept.dtype](size) as { [index: number]: number };
  if (kept.bits === 4) {
    for (let i = 0; i < size; i++) {
      const nibble = (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
      data[i] = widen === undefined ? nibble : widen(nibble);
    }
  } else if (kept.bits === 8) {
    for (let i = 0; i < size; i++) data[i] = widen!(bytes[i]!);
  } else {
    for (let i = 0; i < size; i++) data[i] = widen!(bytes[2 * i]! | (bytes[2 * i + 1]! << 8));
  }
  return data as NdArray["data"];
}

/**
 * Value of the bits of a small float with the given widths of exponent and mantissa. `ieee`: the highest
 * exponent is infinity and NaN; `fn`: only all ones is NaN; `fnuz`: only minus zero is NaN, and the bias is
 * one higher; `finite`: every pattern is a number.
 */
function smallFloat(
  exponentBits: number,
  mantissaBits: number,
  form: "ieee" | "fn" | "fnuz" | "finite",
): (bits: number) => number {
  const bias = 2 ** (exponentBits - 1) - (form === "fnuz" ? 0 : 1);
  const top = 2 ** exponentBits - 1;
  return (bits) => {
    const sign = (bits >> (exponentBits + mantissaBits)) & 1 ? -1 : 1;
    const exponent = (bits >> mantissaBits) & top;
    const mantissa = bits & (2 ** mantissaBits - 1);
    if (form === "ieee" && exponent === top)
      return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    if (form === "fn" && exponent === top && mantissa === 2 ** mantissaBits - 1) return Number.NaN;
    if (form === "fnuz" && sign < 0 && exponent === 0 && mantissa === 0) return Number.NaN;
    const fraction = mantissa / 2 ** mantissaBits;
    return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
  };
}

/** A tensor of a file that holds an array; `rawData` is a view of the array's own memory. */
export function toTensorProto(array: NdArray, name?: string): TensorProto {
  const { data } = array;
  return {
    ...(name === undefined ? {} : { name }),
    dims: array.shape,
    dataType: dataTypeOfDtype(array.dtype),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
