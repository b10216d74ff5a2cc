import { openRandomAccess, writeAtomically } from "#files";
import {
  arrayOf,
  bytesPerElement,
  type DataOf,
  type DType,
  dtypes,
  type NdArray,
  requireShape,
  sizeOf,
} from "../array/index.ts";
import { InvalidInputError, requireOneOf, show } from "../errors.ts";
import { concatBytes } from "./byte-source.ts";

/** NumPy's name of each element type: kind and bytes. */
const kinds: Readonly<Record<DType, string>> = {
  float16: "f2",
  float32: "f4",
  float64: "f8",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  bool: "b1",
};

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/**
 * Reads NumPy's `.npy` format, versions 1 to 3: every element type of {@link NdArray}, little or big endian,
 * C or Fortran order (the latter is transposed). The length is checked against the header before anything is
 * allocated. The result has its own memory. O(elements).
 *
 * @param name what the bytes are called in errors, default `"npy"`
 * @throws InvalidInputError for anything else: wrong magic, unsupported type (text, objects, complex, records),
 *   a length that does not fit the shape
 */
export function parseNpy(bytes: Uint8Array, name = "npy"): NdArray {
  const layout = layoutOf(bytes, bytes.length, name);
  return arrange(layout, bytes.slice(layout.start));
}

interface Layout {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly start: number;
}

/** What the header says, checked against the length of the whole; `head` is at least the header. */
function layoutOf(head: Uint8Array, length: number, name: string): Layout {
  const refuse = (problem: string): never => {
    throw new InvalidInputError(name, problem);
  };
  if (head.length < 10 || magic.some((byte, i) => head[i] !== byte))
    refuse("not a .npy file (it does not begin with \\x93NUMPY)");
  const version = head[6]!;
  if (version < 1 || version > 3) refuse(`.npy version ${version} is not known; expected 1 to 3`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const front = version === 1 ? 10 : 12;
  if (head.length < front) refuse("the header is cut off");
  const start = front + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (head.length < start) refuse("the header is cut off");
  const header = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(head.subarray(front, start));
  const { descriptor, fortran, shape } = parseHeader(header, refuse);
  const dtype = dtypes.find((key) => kinds[key] === descriptor.slice(1));
  if (dtype === undefined || !/^[<>|=]/.test(descriptor))
    return refuse(
      `element type ${show(descriptor)} is not supported; expected one of ${Object.values(kinds).join(", ")}`,
    );
  const expected = sizeOf(shape) * bytesPerElement(dtype);
  if (expected !== length - start)
    refuse(
      `expected ${expected} bytes of data for shape (${shape.join(", ")}) of ${dtype}, got ${length - start}`,
    );
  return { dtype, bigEndian: descriptor.startsWith(">"), fortran, shape, start };
}

/** The array of data bytes, which become its own. */
function arrange({ dtype, bigEndian, fortran, shape }: Layout, bytes: Uint8Array<ArrayBuffer>): NdArray {
  const width = bytesPerElement(dtype);
  if (bigEndian && width > 1) swapBytes(bytes, width);
  if (dtype === "bool") {
    for (let i = 0; i < bytes.length; i++) bytes[i] = bytes[i] === 0 ? 0 : 1;
  }
  const data = new arrayOf[dtype](bytes.buffer) as DataOf[DType];
  return { dtype, shape, data: fortran && shape.length > 1 ? fromFortranOrder(data, shape) : data };
}

/** The array in `.npy` form, version 1, little endian, C order. */
export function formatNpy(array: NdArray): Uint8Array<ArrayBuffer> {
  requireLaidOut(array);
  return concatBytes([npyHeader(array.dtype, array.shape), dataBytes(array)]);
}

/** {@link parseNpy} of a file. */
export async function readNpy(path: string): Promise<NdArray> {
  const file = await openRandomAccess(path);
  try {
    // A header of version 1 is shorter than this; longer ones belong to records, which are refused anyway.
    const layout = layoutOf(await file.read(0, 1 << 17), file.bytes, path);
    return arrange(layout, await file.read(layout.start, file.bytes));
  } finally {
    await file.close();
  }
}

/** Writes an array as `.npy`; the file appears under its name only when it is complete. */
export async function writeNpy(path: string, array: NdArray): Promise<void> {
  requireLaidOut(array);
  const header = npyHeader(array.dtype, array.shape);
  await writeAtomically(path, async (file) => {
    await file.write(header);
    await file.write(dataBytes(array));
  });
}

/** The head of a `.npy` file, whose data of that shape follows in C order: for files that are written in parts. */
export function npyHeader(dtype: DType, shape: readonly number[]): Uint8Array {
  const kind = kinds[requireOneOf("dtype", dtype, dtypes)];
  requireShape("shape", shape);
  const extents = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const text = `{'descr': '${kind.endsWith("1") ? "|" : "<"}${kind}', 'fortran_order': False, 'shape': ${extents}, }`;
  // Padded so that the data begins at a multiple of 64 bytes, as the format asks.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = new Uint8Array(length).fill(0x20);
  header.set([...magic, 1, 0, (length - 10) & 255, (length - 10) >> 8]);
  header.set(new TextEncoder().encode(text), 10);
  header[length - 1] = 0x0a;
  return header;
}

/** Unlike computation, storage takes values that are not finite: only the layout is checked. */
function requireLaidOut(array: NdArray): void {
  if (typeof array !== "object" || array === null || !ArrayBuffer.isView(array.data))
    throw new InvalidInputError("array", `expected an NdArray { dtype, shape, data }, got ${show(array)}`);
  requireOneOf("array.dtype", array.dtype, dtypes);
  requireShape("array.shape", array.shape);
  if (!(array.data instanceof arrayOf[array.dtype]) || array.data.length !== sizeOf(array.shape))
    throw new InvalidInputError(
      "array.data",
      `expected ${sizeOf(array.shape)} elements of ${array.dtype}, got ${show(array.data)} of length ${array.data.length}`,
    );
}

function dataBytes(array: NdArray): Uint8Array {
  return new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength);
}

/** The three entries of the header, a Python dictionary literal of fixed form. */
function parseHeader(
  header: string,
  refuse: (problem: string) => never,
): { descriptor: string; fortran: boolean; shape: number[] } {
  const entry = (key: string, value: string): string =>
    new RegExp(`['"]${key}['"]\\s*:\\s*${value}`).exec(header)?.[1] ??
    refuse(`the header has no readable ${key}: ${show(header.trim())}`);
  if (!/^\s*\{.*\}\s*$/s.test(header)) refuse(`the header is not a dictionary: ${show(header.trim())}`);
  const descriptor = entry("descr", `(\\[|['"][^'"]*['"])`);
  if (descriptor === "[") refuse("records (structured element types) are not supported");
  const fortran = entry("fortran_order", "(True|False)") === "True";
  const extents = entry("shape", "\\(([^()]*)\\)");
  const shape: number[] = [];
  for (const text of extents.split(",")) {
    if (text.trim() === "") continue;
    const extent = Number(/^\s*(\d+)L?\s*$/.exec(text)?.[1] ?? Number.NaN);
    if (!Number.isSafeInteger(extent)) refuse(`shape (${extents}) has an extent that is not a whole number`);
    shape.push(extent);
  }
  if (!Number.isSafeInteger(sizeOf(shape) * 8)) refuse(`shape (${extents}) is too large`);
  return { descriptor: descriptor.slice(1, -1), fortran, shape };
}

/** Reverses the bytes of every element, in place. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}

/** Row-major copy of column-major data of the given shape. */
export function fromFortranOrder<T extends DataOf[DType]>(data: T, shape: readonly number[]): T {
  const result = data.slice() as T;
  const rank = shape.length;
  // Stride of each axis in the column-major source.
  const strides = new Array<number>(rank);
  let stride = 1;
  for (let axis = 0; axis < rank; axis++) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  const position = new Array<number>(rank).fill(0);
  let offset = 0;
  for (let i = 0; i < data.length; i++) {
    result[i] = data[offset]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      offset += strides[axis]!;
      if (++position[axis]! < shape[axis]!) break;
      offset -= position[axis]! * strides[axis]!;
      position[axis] = 0;
    }
  }
  return result;
}
