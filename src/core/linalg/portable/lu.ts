import type { SquareFactors } from "../kernels.ts";
import { diagonalOf, gatherRows, permutationOf, scatterRows } from "../permutation.ts";
import { accumulateProduct, blockOf } from "./product.ts";
import { solveTriangular } from "./triangular.ts";

const blockSize = 32;

/** Blocked right-looking LU with partial pivoting; see `DenseKernels.lu`. (2/3) n^3 operations for m = n. */
export function lu(m: number, n: number, a: Float64Array, pivots: Int32Array): number {
  const rank = Math.min(m, n);
  let zeroPivot = -1;
  for (let start = 0; start < rank; start += blockSize) {
    const end = Math.min(rank, start + blockSize);
    for (let k = start; k < end; k++) {
      const pivotRow = largestInColumn(m, n, a, k);
      pivots[k] = pivotRow;
      if (pivotRow !== k) swapRows(n, a, k, pivotRow);
      const pivot = a[k * n + k]!;
      if (pivot === 0) {
        if (zeroPivot < 0) zeroPivot = k;
        continue;
      }
      for (let i = k + 1; i < m; i++) {
        const row = i * n;
        const factor = a[row + k]! / pivot;
        a[row + k] = factor;
        for (let j = k + 1, from = k * n + k + 1; j < end; j++, from++) a[row + j]! -= factor * a[from]!;
      }
    }
    // Rows of U to the right of the panel, then the remainder.
    for (let i = start + 1; i < end; i++) {
      for (let p = start; p < i; p++) {
        const factor = a[i * n + p]!;
        for (let j = end, from = p * n + end; j < n; j++, from++) a[i * n + j]! -= factor * a[from]!;
      }
    }
    accumulateProduct(
      -1,
      m - end,
      n - end,
      end - start,
      blockOf(a, n, end, start),
      blockOf(a, n, start, end),
      blockOf(a, n, end, end),
    );
  }
  return zeroPivot;
}

/** Row-pivoted LU as a solver; see `DenseKernels.factor`. */
export function factor(n: number, a: Float64Array): SquareFactors {
  const exchanges = new Int32Array(n);
  const zeroPivot = lu(n, n, a, exchanges);
  const { permutation, sign } = permutationOf(n, exchanges);
  return {
    zeroPivot,
    pivots: diagonalOf(n, a),
    sign,
    solve(transpose, columns, b) {
      if (transpose) {
        solveTriangular(true, true, false, n, columns, a, b);
        solveTriangular(false, true, true, n, columns, a, b);
        b.set(scatterRows(permutation, columns, b));
      } else {
        b.set(gatherRows(permutation, columns, b));
        solveTriangular(false, false, true, n, columns, a, b);
        solveTriangular(true, false, false, n, columns, a, b);
      }
    },
  };
}

function largestInColumn(m: number, n: number, a: Float64Array, k: number): number {
  let largest = -1;
  let row = k;
  for (let i = k; i < m; i++) {
    const size = Math.abs(a[i * n + k]!);
    if (size > largest) {
      largest = size;
      row = i;
    }
  }
  return row;
}

function swapRows(n: number, a: Float64Array, i: number, j: number): void {
  for (let p = i * n, q = j * n; p < (i + 1) * n; p++, q++) {
    const kept = a[p]!;
    a[p] = a[q]!;
    a[q] = kept;
  }
}
