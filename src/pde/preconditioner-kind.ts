import type { CsrMatrix } from "../core/array/index.ts";
import { diagonal, ic0, ilu0, jacobi, type Preconditioner, sorSweep, ssor } from "../core/sparse/index.ts";

/** Preconditioners by name; "sor" is one Gauss-Seidel sweep, "ssor" its symmetric form, both with omega = 1. */
export const preconditionerKinds = ["none", "jacobi", "sor", "ssor", "ilu0", "ic0"] as const;
export type PreconditionerKind = (typeof preconditionerKinds)[number];

/** A preconditioner M that can also be multiplied by. */
export interface TwoWayPreconditioner extends Preconditioner {
  /** `z <- M z`, in place. */
  multiply(z: Float64Array): void;
}

/** The preconditioner of that kind for A; undefined for "none". */
export function preconditionerOf(kind: PreconditionerKind, A: CsrMatrix): TwoWayPreconditioner | undefined {
  const below = (z: Float64Array, row: number): number => rowSum(A, z, row, 0, row);
  const above = (z: Float64Array, row: number): number => rowSum(A, z, row, row + 1, A.cols);
  switch (kind) {
    case "none":
      return undefined;
    case "jacobi": {
      const d = diagonal(A);
      return { ...jacobi(A), multiply: (z) => scaleBy(d, z) };
    }
    case "sor":
      // M = D + L.
      return {
        ...sorSweep(A),
        multiply: (z) => {
          for (let row = A.rows - 1; row >= 0; row--) z[row] = rowSum(A, z, row, 0, row + 1);
        },
      };
    case "ssor": {
      // M = (D + L) D^-1 (D + U) = (I + L D^-1) (D + U).
      const d = diagonal(A);
      return {
        ...ssor(A),
        multiply: (z) => {
          for (let row = 0; row < A.rows; row++) z[row] = z[row]! * d[row]! + above(z, row);
          for (let row = 0; row < A.rows; row++) z[row]! /= d[row]!;
          for (let row = A.rows - 1; row >= 0; row--) z[row] = z[row]! * d[row]! + below(z, row);
        },
      };
    }
    case "ilu0": {
      const M = ilu0(A);
      const F = M.factors;
      return {
        ...M,
        multiply: (z) => {
          for (let row = 0; row < F.rows; row++) z[row] = rowSum(F, z, row, row, F.cols);
          for (let row = F.rows - 1; row >= 0; row--) z[row]! += rowSum(F, z, row, 0, row);
        },
      };
    }
    case "ic0": {
      const M = ic0(A);
      const { rows, indptr, indices, data } = M.factor;
      return {
        ...M,
        multiply: (z) => {
          // L^T z column by column of L^T: rows of L scatter upwards, each after its own element has been used.
          for (let row = 0; row < rows; row++) {
            const value = z[row]!;
            const diagonal = indptr[row + 1]! - 1;
            for (let k = indptr[row]!; k < diagonal; k++) z[indices[k]!]! += data[k]! * value;
            z[row] = data[diagonal]! * value;
          }
          for (let row = rows - 1; row >= 0; row--) z[row] = rowSum(M.factor, z, row, 0, row + 1);
        },
      };
    }
  }
}

/** Sum of a_ij z_j over the columns first <= j < last of a row. */
function rowSum(
  { indptr, indices, data }: CsrMatrix,
  z: Float64Array,
  row: number,
  first: number,
  last: number,
): number {
  let sum = 0;
  for (let k = indptr[row]!; k < indptr[row + 1]!; k++) {
    const column = indices[k]!;
    if (column >= first && column < last) sum += data[k]! * z[column]!;
  }
  return sum;
}

function scaleBy(factors: Float64Array, z: Float64Array): void {
  for (let i = 0; i < z.length; i++) z[i]! *= factors[i]!;
}
