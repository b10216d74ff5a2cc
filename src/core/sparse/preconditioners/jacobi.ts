import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, NumericalError, requireInteger } from "../../errors.ts";
import { type Preconditioner, requireOperator } from "../operator.ts";
import { diagonalPositions } from "./diagonal-positions.ts";

/**
 * M = the diagonal of A. Symmetric positive definite where A is. Throws InvalidInputError naming the first row
 * whose diagonal entry is missing or zero.
 */
export function jacobi(A: CsrMatrix): Preconditioner {
  const positions = diagonalPositions(A, true);
  const inverse = new Float64Array(A.rows);
  for (let row = 0; row < A.rows; row++) inverse[row] = 1 / A.data[positions[row]!]!;
  const apply = (r: Float64Array, out: Float64Array): void => {
    for (let row = 0; row < inverse.length; row++) out[row] = inverse[row]! * r[row]!;
  };
  return { size: A.rows, apply, applyTranspose: apply };
}

/**
 * M = the diagonal blocks of A, `blockSize` rows each (the last may be smaller), factorized densely with
 * partial pivoting. Setup O(n blockSize^2), application O(n blockSize). Throws NumericalError naming the first
 * row of a singular block.
 */
export function blockJacobi(A: CsrMatrix, blockSize: number): Preconditioner {
  requireOperator("A", A, { square: true });
  requireInteger("blockSize", blockSize, 1);
  const { rows, indptr, indices, data } = A;
  const size = Math.min(blockSize, Math.max(rows, 1));
  if (rows * size > 2 ** 31)
    throw new InvalidInputError("blockSize", `blocks of ${size} rows of ${rows} need too much memory`);
  const factors = new Float64Array(rows * size);
  const pivots = new Int32Array(rows);
  for (let first = 0; first < rows; first += size) {
    const last = Math.min(first + size, rows);
    for (let row = first; row < last; row++) {
      for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
        const column = indices[k]!;
        if (column >= first && column < last) factors[row * size + column - first] = data[k]!;
      }
    }
    factorizeBlock(factors, pivots, size, first, last);
  }
  return {
    size: rows,
    apply: (r, out) => {
      if (out !== r) out.set(r);
      for (let first = 0; first < rows; first += size)
        solveBlock(factors, pivots, size, first, Math.min(first + size, rows), out);
    },
  };
}

/** LU with row exchanges of rows [first, last), whose columns are 0 .. last - first - 1 of width `size`. */
function factorizeBlock(
  factors: Float64Array,
  pivots: Int32Array,
  size: number,
  first: number,
  last: number,
): void {
  for (let step = first; step < last; step++) {
    const column = step - first;
    let pivot = step;
    for (let row = step + 1; row < last; row++) {
      if (Math.abs(factors[row * size + column]!) > Math.abs(factors[pivot * size + column]!)) pivot = row;
    }
    pivots[step] = pivot;
    const value = factors[pivot * size + column]!;
    if (value === 0)
      throw new NumericalError(`the diagonal block that starts at row ${first} is singular`, { row: first });
    if (pivot !== step) {
      for (let j = 0; j < last - first; j++) {
        const kept = factors[step * size + j]!;
        factors[step * size + j] = factors[pivot * size + j]!;
        factors[pivot * size + j] = kept;
      }
    }
    for (let row = step + 1; row < last; row++) {
      const factor = factors[row * size + column]! / value;
      factors[row * size + column] = factor;
      for (let j = column + 1; j < last - first; j++)
        factors[row * size + j]! -= factor * factors[step * size + j]!;
    }
  }
}

function solveBlock(
  factors: Float64Array,
  pivots: Int32Array,
  size: number,
  first: number,
  last: number,
  out: Float64Array,
): void {
  for (let row = first; row < last; row++) {
    const pivot = pivots[row]!;
    const kept = out[pivot]!;
    out[pivot] = out[row]!;
    out[row] = kept;
  }
  for (let row = first; row < last; row++) {
    let sum = out[row]!;
    for (let j = first; j < row; j++) sum -= factors[row * size + j - first]! * out[j]!;
    out[row] = sum;
  }
  for (let row = last - 1; row >= first; row--) {
    let sum = out[row]!;
    for (let j = row + 1; j < last; j++) sum -= factors[row * size + j - first]! * out[j]!;
    out[row] = sum / factors[row * size + row - first]!;
  }
}
