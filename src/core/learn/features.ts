import { type NdArray, requireArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
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

/** Checks features and prepares their products in float64; dense ones are kept in both orders. */
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
  const transposed = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) transposed[j * rows + i] = values[i * cols + j]!;
  return {
    rows,
    cols,
    forward: (block, out, width) => multiplyStrips(values, rows, cols, block, out, width),
    backward: (block, out, width) => multiplyStrips(transposed, cols, rows, block, out, width),
  };
}

/**
 * `out = A B` for row-major A [m, n] and B [n, width], width a multiple of 8: strips of eight columns whose
 * sums stay in registers. 2 m n width flops.
 */
function multiplyStrips(
  a: Float64Array,
  m: number,
  n: number,
  b: Float64Array,
  out: Float64Array,
  width: number,
): void {
  for (let row = 0; row < m; row++) {
    const start = row * n;
    for (let column = 0; column < width; column += 8) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let k = 0, at = column; k < n; k++, at += width) {
        const value = a[start + k]!;
        s0 += value * b[at]!;
        s1 += value * b[at + 1]!;
        s2 += value * b[at + 2]!;
        s3 += value * b[at + 3]!;
        s4 += value * b[at + 4]!;
        s5 += value * b[at + 5]!;
        s6 += value * b[at + 6]!;
        s7 += value * b[at + 7]!;
      }
      const target = row * width + column;
      out[target] = s0;
      out[target + 1] = s1;
      out[target + 2] = s2;
      out[target + 3] = s3;
      out[target + 4] = s4;
      out[target + 5] = s5;
      out[target + 6] = s6;
      out[target + 7] = s7;
    }
  }
}
