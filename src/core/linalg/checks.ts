import { type Matrix, requireMatrix } from "../array/index.ts";
import { InvalidInputError, NumericalError, show } from "../errors.ts";

/** Wraps row-major data as a matrix; the length is the caller's promise. */
export function matrixOf(rows: number, cols: number, data: Float64Array): Matrix {
  return { dtype: "float64", shape: [rows, cols], data };
}

/** Refuses anything but a float64 matrix of finite entries; returns its extents. */
export function requireFloatMatrix(
  argument: string,
  value: unknown,
  expected: { readonly rows?: number; readonly cols?: number } = {},
): { rows: number; cols: number } {
  return requireMatrix(argument, value, { dtype: "float64", ...expected });
}

/** Refuses anything but a square float64 matrix of finite entries; returns its order. */
export function requireSquare(argument: string, value: unknown): number {
  const { rows, cols } = requireFloatMatrix(argument, value);
  if (rows !== cols)
    throw new InvalidInputError(argument, `expected a square matrix, got shape [${rows}, ${cols}]`);
  return rows;
}

/** Largest difference between a matrix and its transpose that is taken for rounding, relative to its largest entry. */
const asymmetryTolerance = 1e-8;

/**
 * Refuses anything but a symmetric float64 matrix of finite entries; returns its order. Rounding-sized
 * asymmetry passes: methods read the lower triangle.
 */
export function requireSymmetric(argument: string, value: unknown): number {
  const n = requireSquare(argument, value);
  const { data } = value as Matrix;
  let largest = 0;
  let difference = 0;
  let row = 0;
  let col = 0;
  const tile = 16;
  for (let i0 = 0; i0 < n; i0 += tile) {
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      for (let i = i0; i < Math.min(n, i0 + tile); i++) {
        for (let j = j0; j < Math.min(i + 1, j0 + tile); j++) {
          const below = data[i * n + j]!;
          const gap = Math.abs(below - data[j * n + i]!);
          if (Math.abs(below) > largest) largest = Math.abs(below);
          if (gap > difference) {
            difference = gap;
            row = i;
            col = j;
          }
        }
      }
    }
  }
  if (difference > asymmetryTolerance * largest)
    throw new InvalidInputError(
      argument,
      `expected a symmetric matrix, but entry (${row}, ${col}) is ${data[row * n + col]} and entry (${col}, ${row}) is ${data[col * n + row]}`,
    );
  return n;
}

/** Refuses anything but a Float64Array of finite values, of the given length where one is given. */
export function requireVector(argument: string, value: unknown, length?: number): Float64Array {
  if (!(value instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(value)}`);
  if (length !== undefined && value.length !== length)
    throw new InvalidInputError(argument, `expected ${length} entries, got ${value.length}`);
  for (let i = 0; i < value.length; i++)
    if (!Number.isFinite(value[i]))
      throw new InvalidInputError(argument, `element ${i} is ${value[i]}; expected finite values`);
  return value;
}

/** A right-hand side: a vector of n entries, or a matrix of n rows. */
export function requireRightHandSide(
  argument: string,
  value: unknown,
  n: number,
): { columns: number; data: Float64Array } {
  if (value instanceof Float64Array) return { columns: 1, data: requireVector(argument, value, n) };
  const { cols } = requireFloatMatrix(argument, value, { rows: n });
  return { columns: cols, data: (value as Matrix).data };
}

/** Refuses results that left the range of double precision, which finite input must not do in silence. */
export function requireFiniteResult(what: string, ...results: readonly Float64Array[]): void {
  for (const data of results) {
    for (let i = 0; i < data.length; i++)
      if (!Number.isFinite(data[i]))
        throw new NumericalError(`${what} overflows double precision`, { index: i, value: data[i] });
  }
}
