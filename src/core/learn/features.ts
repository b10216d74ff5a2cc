import { type NdArray, requireArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { multiplyInto } from "../linalg/index.ts";
import { type AnyCsrMatrix, multiplyDenseRows, requireCsr, transpose } from "../sparse/index.ts";

/** Rows are samples, columns features: dense in either precision, or sparse. */
export type Features = NdArray<"float32" | "float64"> | AnyCsrMatrix;

/** Products of a feature matrix and of its transpose with row-major blocks of a multiple of 8 columns. */
export interface FeatureProducts {
  readonly rows: number;
  readonly cols: number;
  /** `out = X block`, block [cols, width]. */
  forward(block: Float64Array, out: Float64Array, width: number): void;
  /** `out = X^T block`, block [rows, width]. */
  backward(block: Float64Array, out: Float64Array, width: number): void;
}

/** Checks features and prepares their products in float64; sparse ones are kept in both orders. */
export function featureProducts(argument: string, features: Features): FeatureProducts {
  if (typeof features === "object" && features !== null && "indptr" in features) {
    const given = requireCsr(argument, features);
    const matrix = { ...given, data: Float64Array.from(given.data) };
    const transposed = transpose(matrix);
    return {
      rows: matrix.rows,
      cols: matrix.cols,
      forward: (block, out, width) => multiplyDenseRows(matrix, block, out, width, 0, matrix.rows),
      backward: (block, out, width) => multiplyDenseRows(transposed, block, out, width, 0, matrix.cols),
    };
  }
  const { dtype, shape, data } = requireArray(argument, features, { rank: 2 });
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError(argument, `expected dtype float32 or float64, got ${dtype}`);
  const [rows, cols] = shape as [number, number];
  const values = Float64Array.from(data as Float64Array);
  return {
    rows,
    cols,
    forward: (block, out, width) => {
      if (rows * cols > 0) multiplyInto(false, false, rows, width, cols, values, block, out);
    },
    backward: (block, out, width) => {
      if (rows * cols > 0) multiplyInto(true, false, cols, width, rows, values, block, out);
    },
  };
}
