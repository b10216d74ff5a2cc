import { arrayOf, type DType, type NdArray, sizeOf } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import { shown } from "./shapes.ts";

/** Arrays that are known while a model is traced, and what the operators on them are made of. */

/** Largest arrays, in elements, that are computed while tracing. */
export const largestKnown = 1 << 16;

/** Thrown where a result would be larger than `largestResult` elements: the tensor form serves then. */
export class TooLarge extends Error {
  override readonly name = "TooLarge";
}
export const largestResult = 1 << 20;

export function sizeWithin(shape: readonly number[]): number {
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new InvalidInputError("shape", `extents must be whole numbers >= 0, got [${shape.join(", ")}]`);
  const size = sizeOf(shape);
  if (!(size <= largestResult)) throw new TooLarge();
  return size;
}

/** The elements as numbers; 64-bit integers are rounded to doubles. */
export function numbersOf(array: NdArray): Float64Array {
  if (array.dtype === "float16")
    return Float64Array.from(array.data as Uint16Array, (bits) => {
      const exponent = (bits >> 10) & 31;
      const mantissa = bits & 1023;
      const sign = bits & 0x8000 ? -1 : 1;
      if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
    });
  return Float64Array.from(array.data as ArrayLike<number | bigint>, Number);
}

/** An array of the given element type from numbers; whole types truncate and saturate at 64 bits. */
export function arrayFrom(dtype: DType, shape: readonly number[], values: ArrayLike<number>): NdArray {
  const size = sizeOf(shape);
  let data: NdArray["data"];
  if (dtype === "int64" || dtype === "uint64") {
    const wide = new arrayOf[dtype](size);
    const [low, high] = dtype === "int64" ? [-(2 ** 63), 2 ** 63] : [0, 2 ** 64];
    for (let i = 0; i < size; i++) {
      const value = Math.trunc(values[i]!);
      if (value >= high) wide[i] = BigInt(high) - 1n;
      else wide[i] = BigInt(value <= low || Number.isNaN(value) ? low : value);
    }
    data = wide;
  } else if (dtype === "float16") {
    throw new InvalidInputError("float16", "no arithmetic on half-precision arrays while tracing");
  } else {
    const narrow = new arrayOf[dtype](size);
    for (let i = 0; i < size; i++) narrow[i] = dtype === "bool" ? Number(values[i] !== 0) : values[i]!;
    data = narrow;
  }
  return { dtype, shape, data } as NdArray;
}

export function knownInts(values: readonly number[]): NdArray {
  return arrayFrom("int64", [values.length], values);
}

export function stridesOf(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** A new array whose element at each index comes from position `offset + index . strides` of another. */
export function viewed(
  array: NdArray,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): NdArray {
  const size = sizeWithin(shape);
  const data = new arrayOf[array.dtype](size) as { [index: number]: number | bigint };
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < size; to++) {
    data[to] = array.data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      from += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype: array.dtype, shape, data } as unknown as NdArray;
}

export function expanded(array: NdArray, shape: readonly number[]): NdArray {
  const own = stridesOf(array.shape);
  const missing = shape.length - array.shape.length;
  return viewed(
    array,
    shape,
    shape.map((_, axis) => (axis < missing || array.shape[axis - missing] === 1 ? 0 : own[axis - missing]!)),
  );
}

export function reshaped(array: NdArray, shape: readonly number[]): NdArray {
  return { ...array, shape } as NdArray;
}

/** Arrays of one type one after another along an axis. */
export function joined(arrays: readonly NdArray[], axis: number): NdArray {
  const first = arrays[0]!;
  for (const { dtype, shape } of arrays) {
    const fits =
      dtype === first.dtype &&
      shape.length === first.shape.length &&
      shape.every((extent, i) => i === axis || extent === first.shape[i]);
    if (!fits)
      throw new InvalidInputError(
        "Concat",
        `${dtype}${shown(shape)} does not join ${first.dtype}${shown(first.shape)}`,
      );
  }
  const shape = first.shape.map((extent, i) =>
    i === axis ? arrays.reduce((sum, array) => sum + array.shape[axis]!, 0) : extent,
  );
  const data = new arrayOf[first.dtype](sizeWithin(shape)) as unknown as Float32Array;
  if (data.length === 0) return { dtype: first.dtype, shape, data } as unknown as NdArray;
  const outer = sizeOf(shape.slice(0, axis));
  let at = 0;
  for (let row = 0; row < outer; row++) {
    for (const array of arrays) {
      const length = array.data.length / outer;
      data.set((array.data as Float32Array).subarray(row * length, (row + 1) * length), at);
      at += length;
    }
  }
  return { dtype: first.dtype, shape, data } as unknown as NdArray;
}

export function gathered(array: NdArray, indices: NdArray, axis: number): NdArray {
  const extent = array.shape[axis]!;
  const outer = sizeOf(array.shape.slice(0, axis));
  const inner = sizeOf(array.shape.slice(axis + 1));
  const shape = [...array.shape.slice(0, axis), ...indices.shape, ...array.shape.slice(axis + 1)];
  const data = new arrayOf[array.dtype](sizeWithin(shape)) as unknown as Float32Array;
  if (data.length === 0) return { dtype: array.dtype, shape, data } as unknown as NdArray;
  const picks = numbersOf(indices);
  let at = 0;
  for (let row = 0; row < outer; row++)
    for (const pick of picks) {
      const index = pick < 0 ? pick + extent : pick;
      if (!(index >= 0 && index < extent))
        throw new InvalidInputError("Gather", `index ${pick} on an axis of extent ${extent}`);
      const from = (row * extent + index) * inner;
      data.set((array.data as Float32Array).subarray(from, from + inner), at);
      at += inner;
    }
  return { dtype: array.dtype, shape, data } as unknown as NdArray;
}
