import type { CsrMatrix } from "../../array/index.ts";
import { NumericalError } from "../../errors.ts";
import type { Preconditioner } from "../operator.ts";
import { diagonalPositions } from "./diagonal-positions.ts";

/** ILU(0): both factors in one matrix with the pattern of A, the unit diagonal of L left out. */
export interface IncompleteLu extends Preconditioner {
  readonly factors: CsrMatrix;
}

/**
 * Incomplete LU without fill: L U agrees with A on the pattern of A. Exact for a matrix whose LU needs no other
 * entries, such as a tridiagonal one. Throws InvalidInputError naming a row without diagonal entry, and
 * NumericalError naming the row where a pivot vanishes or is not finite. Application costs one product.
 *
 * Meijerink and van der Vorst, 1977; IKJ order as in Saad, Iterative methods for sparse linear systems, 10.3.
 */
export function ilu0(A: CsrMatrix): IncompleteLu {
  const positions = diagonalPositions(A, false);
  const { rows, indptr, indices } = A;
  const data = A.data.slice();
  const inverse = new Float64Array(rows);
  /** Position of every column in the present row, -1 where it has none. */
  const place = new Int32Array(rows).fill(-1);
  for (let row = 0; row < rows; row++) {
    const start = indptr[row]!;
    const end = indptr[row + 1]!;
    for (let k = start; k < end; k++) place[indices[k]!] = k;
    for (let k = start; k < positions[row]!; k++) {
      const pivotRow = indices[k]!;
      const factor = data[k]! * inverse[pivotRow]!;
      data[k] = factor;
      for (let j = positions[pivotRow]! + 1; j < indptr[pivotRow + 1]!; j++) {
        const target = place[indices[j]!]!;
        if (target >= 0) data[target]! -= factor * data[j]!;
      }
    }
    for (let k = start; k < end; k++) place[indices[k]!] = -1;
    const pivot = data[positions[row]!]!;
    if (pivot === 0 || !Number.isFinite(1 / pivot))
      throw new NumericalError(`ILU(0) has pivot ${pivot} in row ${row}`, { row, pivot });
    inverse[row] = 1 / pivot;
  }
  return {
    size: rows,
    factors: { ...A, data },
    apply: (r, out) => {
      for (let row = 0; row < rows; row++) {
        let sum = r[row]!;
        const diagonal = positions[row]!;
        for (let k = indptr[row]!; k < diagonal; k++) sum -= data[k]! * out[indices[k]!]!;
        out[row] = sum;
      }
      for (let row = rows - 1; row >= 0; row--) {
        let sum = out[row]!;
        const end = indptr[row + 1]!;
        for (let k = positions[row]! + 1; k < end; k++) sum -= data[k]! * out[indices[k]!]!;
        out[row] = sum * inverse[row]!;
      }
    },
  };
}
