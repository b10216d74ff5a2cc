import { InvalidInputError, show } from "../errors.ts";
import { arrayOf, type DataOf, type DType } from "./dtype.ts";

/**
 * The one value that crosses every boundary of the library: a dense array, row-major and contiguous,
 * immutable by convention. A plain object: it can be written as a literal, cloned to a worker, compared.
 */
export interface NdArray<T extends DType = DType> {
  readonly dtype: T;
  readonly shape: readonly number[];
  readonly data: DataOf[T];
}

/** Dense matrix in double precision: an {@link NdArray} of rank 2. */
export type Matrix = NdArray<"float64">;

/** Numbers, nested as deep as the array has axes. */
export type Nested = number | readonly Nested[];

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Wraps typed data; its length must be the product of the shape's extents. Not copied. */
export function ndArray<T extends DType>(dtype: T, shape: readonly number[], data: DataOf[T]): NdArray<T> {
  requireShape("shape", shape);
  if (data.length !== sizeOf(shape))
    throw new InvalidInputError(
      "data",
      `expected ${sizeOf(shape)} elements for shape [${shape.join(", ")}], got ${data.length}`,
    );
  return { dtype, shape, data };
}

export function zeros<T extends DType = "float64">(shape: readonly number[], dtype?: T): NdArray<T> {
  requireShape("shape", shape);
  const type = (dtype ?? "float64") as T;
  return { dtype: type, shape, data: new arrayOf[type](sizeOf(shape)) as unknown as DataOf[T] };
}

/** Builds an array from nested numbers, e.g. `fromNested([[1, 2], [3, 4]])`; default float64. */
export function fromNested<T extends DType = "float64">(values: Nested, dtype?: T): NdArray<T> {
  const shape: number[] = [];
  for (let level = values; Array.isArray(level); level = level[0] as Nested) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const result = zeros(shape, dtype);
  const data = result.data as { [index: number]: number | bigint };
  const wide = result.data instanceof BigInt64Array || result.data instanceof BigUint64Array;
  let next = 0;
  const fill = (level: Nested, depth: number): void => {
    if (typeof level === "number") {
      if (depth !== shape.length) throw new InvalidInputError("values", "rows differ in depth");
      data[next++] = wide ? BigInt(level) : level;
      return;
    }
    if (level.length !== shape[depth])
      throw new InvalidInputError(
        "values",
        `expected ${shape[depth]} entries on axis ${depth}, got ${level.length}`,
      );
    for (const inner of level) fill(inner, depth + 1);
  };
  fill(values, 0);
  return result;
}

/** The nested numbers of an array, for printing and comparing; 64-bit integers become numbers. */
export function toNested(array: NdArray): Nested {
  const build = (axis: number, offset: number, stride: number): Nested => {
    if (axis === array.shape.length) return Number(array.data[offset]);
    const inner = stride / array.shape[axis]!;
    return Array.from({ length: array.shape[axis]! }, (_, index) =>
      build(axis + 1, offset + index * inner, inner),
    );
  };
  return build(0, 0, array.data.length);
}

/** Refuses a shape with an extent that is not a whole number >= 0, or too many elements to address. */
export function requireShape(argument: string, shape: readonly number[]): void {
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0))
    throw new InvalidInputError(argument, `expected whole extents >= 0, got ${show(shape)}`);
  if (!Number.isSafeInteger(sizeOf(shape)))
    throw new InvalidInputError(argument, `too large: ${show(shape)}`);
}

/**
 * Refuses anything but a matrix of finite values in the given element type; returns its rows and columns.
 * Use it at the door of public functions. O(rows * cols).
 */
export function requireMatrix(
  argument: string,
  value: unknown,
  expected: { readonly dtype?: DType; readonly rows?: number; readonly cols?: number } = {},
): { rows: number; cols: number } {
  const array = requireArray(argument, value, {
    rank: 2,
    ...(expected.dtype ? { dtype: expected.dtype } : {}),
  });
  const [rows, cols] = array.shape as [number, number];
  if ((expected.rows ?? rows) !== rows || (expected.cols ?? cols) !== cols)
    throw new InvalidInputError(
      argument,
      `expected shape [${expected.rows ?? "any"}, ${expected.cols ?? "any"}], got [${rows}, ${cols}]`,
    );
  return { rows, cols };
}

/** Refuses anything but a dense array of finite values with the given rank and element type; returns it. */
export function requireArray<T extends DType = DType>(
  argument: string,
  value: unknown,
  expected: { readonly rank?: number; readonly dtype?: T } = {},
): NdArray<T> {
  const array = value as NdArray | undefined | null;
  if (
    typeof array !== "object" ||
    array === null ||
    !Array.isArray(array.shape) ||
    !ArrayBuffer.isView(array.data)
  )
    throw new InvalidInputError(argument, `expected an NdArray { dtype, shape, data }, got ${show(value)}`);
  if (expected.dtype !== undefined && array.dtype !== expected.dtype)
    throw new InvalidInputError(argument, `expected dtype ${expected.dtype}, got ${show(array.dtype)}`);
  if (!(array.data instanceof (arrayOf[array.dtype] ?? Array)))
    throw new InvalidInputError(
      argument,
      `dtype ${show(array.dtype)} does not fit data of type ${show(array.data)}`,
    );
  if (expected.rank !== undefined && array.shape.length !== expected.rank)
    throw new InvalidInputError(
      argument,
      `expected ${expected.rank} axes, got shape [${array.shape.join(", ")}]`,
    );
  requireShape(`${argument}.shape`, array.shape);
  if (array.data.length !== sizeOf(array.shape))
    throw new InvalidInputError(
      argument,
      `expected ${sizeOf(array.shape)} elements for shape [${array.shape.join(", ")}], got ${array.data.length}`,
    );
  const bad =
    array.data instanceof Float64Array
      ? firstNotFinite64(array.data)
      : array.data instanceof Float32Array
        ? firstNotFinite32(array.data)
        : -1;
  if (bad >= 0)
    throw new InvalidInputError(argument, `element ${bad} is ${array.data[bad]}; expected finite values`);
  return array as NdArray<T>;
}

// One function for each element type: a shared one would be compiled for mixed arrays and be several times slower.

/** Position of the first NaN or infinity, or -1: x - x is 0 for finite x only. */
function firstNotFinite64(data: Float64Array): number {
  for (let i = 0; i < data.length; i++) if (data[i]! - data[i]! !== 0) return i;
  return -1;
}

function firstNotFinite32(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (data[i]! - data[i]! !== 0) return i;
  return -1;
}

/** A matrix with one more column at its end. */
export function appendColumn({ shape, data }: Matrix, column: Float64Array): Matrix {
  const [rows, columns] = shape as [number, number];
  if (column.length !== rows)
    throw new InvalidInputError("column", `expected ${rows} numbers, a row each, got ${column.length}`);
  const result = new Float64Array(rows * (columns + 1));
  for (let i = 0; i < rows; i++) {
    result.set(data.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
    result[i * (columns + 1) + columns] = column[i]!;
  }
  return { dtype: "float64", shape: [rows, columns + 1], data: result };
}
