import type { Matrix } from "../array/index.ts";
import { matrixOf, requireFloatMatrix } from "./checks.ts";

const tile = 8;

/** The transpose of a matrix. O(rows * cols). */
export function transpose(a: Matrix): Matrix {
  const { rows, cols } = requireFloatMatrix("a", a);
  return matrixOf(cols, rows, transposed(rows, cols, a.data));
}

/** Row-major transpose in tiles, so that both sides stay in cache. */
export function transposed(rows: number, cols: number, a: Float64Array): Float64Array {
  const result = new Float64Array(rows * cols);
  for (let i0 = 0; i0 < rows; i0 += tile) {
    const i1 = Math.min(rows, i0 + tile);
    for (let j0 = 0; j0 < cols; j0 += tile) {
      const j1 = Math.min(cols, j0 + tile);
      for (let i = i0; i < i1; i++) for (let j = j0; j < j1; j++) result[j * rows + i] = a[i * cols + j]!;
    }
  }
  return result;
}
