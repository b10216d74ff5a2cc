import { type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import { dataType, dataTypeName, type TensorProto, toNdArray } from "../core/tensor/index.ts";

/** Element types of weights that can be factored. They are computed with in float64 and written back as they were. */
export const floatTypes: readonly number[] = [
  dataType.FLOAT,
  dataType.DOUBLE,
  dataType.FLOAT16,
  dataType.BFLOAT16,
];

/** The numbers of a floating-point tensor. @throws InvalidInputError naming the first one that is not finite */
export function valuesOf(name: string, tensor: TensorProto): Float64Array {
  const values = numbersOf(tensor);
  requireFiniteWeight(name, values, tensor.dims.map(Number));
  return values;
}

/** The numbers of a floating-point tensor, whatever they are. */
export function numbersOf(tensor: TensorProto): Float64Array {
  const array = toNdArray(tensor);
  return array.dtype === "float16"
    ? Float64Array.from(array.data as Uint16Array, fromFloat16)
    : Float64Array.from(array.data as Float32Array);
}

/** Refuses a weight with values that are not finite, and says how many and where. */
export function requireFiniteWeight(name: string, values: ArrayLike<number>, shape: readonly number[]): void {
  let bad = 0;
  let first = -1;
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i])) {
      if (bad === 0) first = i;
      bad++;
    }
  if (bad === 0) return;
  const place: number[] = [];
  let rest = first;
  for (const extent of [...shape].reverse()) {
    place.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  throw new InvalidInputError(
    `weight ${show(name)}`,
    `has ${bad} non-finite values, first at [${place.join(", ")}]`,
  );
}

/** A tensor of the given numbers in an element type of {@link floatTypes}, each rounded to the nearest, ties to even. */
export function tensorOfValues(
  name: string,
  dims: readonly number[],
  values: Float64Array,
  type: number,
): TensorProto {
  const bytes = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const made = { name, dims, dataType: type };
  if (type === dataType.FLOAT) return { ...made, rawData: bytes(Float32Array.from(values)) };
  if (type === dataType.DOUBLE) return { ...made, rawData: bytes(values.slice()) };
  if (type === dataType.FLOAT16) return { ...made, rawData: bytes(Uint16Array.from(values, toFloat16)) };
  if (type === dataType.BFLOAT16) return { ...made, rawData: bytes(Uint16Array.from(values, toBfloat16)) };
  throw new InvalidInputError(
    `tensor ${show(name)}`,
    `expected a floating-point type, got ${dataTypeName(type)}`,
  );
}

/** The number whose half-precision bits are given. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

/** Bits of the half-precision number nearest to a value, ties to even. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Subnormal halves are multiples of 2^-24; normal ones carry 10 bits below the leading one.
  const exponent = size === 0 ? -14 : Math.max(-14, exponentOf(size));
  return sign | (((exponent + 14) << 10) + roundToEven(size * 2 ** (10 - exponent)));
}

/** Bits of the bfloat16 nearest to a value, ties to even: the upper half of the float32. */
export function toBfloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

const scratch = new DataView(new ArrayBuffer(8));

/** Largest e with 2^e <= value. */
function exponentOf(value: number): number {
  scratch.setFloat64(0, value);
  return ((scratch.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

function roundToEven(steps: number): number {
  const floor = Math.floor(steps);
  const rest = steps - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

export function matrix(rows: number, cols: number, data: Float64Array): Matrix {
  return ndArray("float64", [rows, cols], data);
}
