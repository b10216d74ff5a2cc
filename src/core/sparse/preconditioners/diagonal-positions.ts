import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import { requireOperator } from "../operator.ts";

/**
 * Where the diagonal entry of every row lies in `data`. Refuses anything but a square, finite matrix whose
 * diagonal entries are all stored, and all nonzero where `nonzero` asks for it.
 */
export function diagonalPositions(A: CsrMatrix, nonzero: boolean): Int32Array {
  requireOperator("A", A, { square: true });
  const { rows, indptr, indices, data } = A;
  const positions = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let k = indptr[row]!;
    const end = indptr[row + 1]!;
    while (k < end && indices[k]! < row) k++;
    if (k === end || indices[k] !== row)
      throw new InvalidInputError("A", `row ${row} has no diagonal entry, which this preconditioner needs`);
    if (nonzero && data[k] === 0)
      throw new InvalidInputError("A", `row ${row} has a zero diagonal entry; expected a nonzero one`);
    positions[row] = k;
  }
  return positions;
}
