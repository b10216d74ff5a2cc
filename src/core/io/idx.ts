import { readBytes } from "#files";
import { arrayOf, bytesPerElement, type DataOf, type DType, type NdArray, sizeOf } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { byteChunks, concatBytes, gunzipped } from "./byte-source.ts";
import { swapBytes } from "./npy.ts";

/** Element types by their code in the third byte. */
const types: Readonly<Record<number, DType>> = {
  8: "uint8",
  9: "int8",
  11: "int16",
  12: "int32",
  13: "float32",
  14: "float64",
};

/**
 * Reads an IDX file (MNIST and its kin): two zero bytes, element type, rank, big-endian extents, big-endian
 * elements. The length is checked against the header before anything is allocated. O(elements).
 *
 * @param name what the bytes are called in errors, default `"idx"`
 */
export function parseIdx(bytes: Uint8Array, name = "idx"): NdArray {
  const dtype = types[bytes[2] ?? 0];
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0 || dtype === undefined)
    throw new InvalidInputError(
      name,
      "not an IDX file (it does not begin with 0, 0 and a known element type)",
    );
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw new InvalidInputError(name, "the header is cut off");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const width = bytesPerElement(dtype);
  const expected = sizeOf(shape) * width;
  if (bytes.length - start !== expected)
    throw new InvalidInputError(
      name,
      `expected ${expected} bytes of data for shape [${shape.join(", ")}] of ${dtype}, got ${bytes.length - start}`,
    );
  const copy = bytes.slice(start);
  if (width > 1) swapBytes(copy, width);
  return { dtype, shape, data: new arrayOf[dtype](copy.buffer) as DataOf[DType] };
}

/** {@link parseIdx} of a file, gzipped or not. */
export async function readIdx(path: string): Promise<NdArray> {
  const parts: Uint8Array[] = [];
  for await (const part of gunzipped(byteChunks(await readBytes(path)), path)) parts.push(part);
  return parseIdx(concatBytes(parts), path);
}
