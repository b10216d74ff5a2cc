import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, show } from "../../errors.ts";
import type { Preconditioner } from "../operator.ts";
import { diagonalPositions } from "./diagonal-positions.ts";

/** Refuses a relaxation factor outside the open interval (0, 2), where relaxation cannot converge. */
export function requireOmega(argument: string, omega: unknown): number {
  if (typeof omega === "number" && omega > 0 && omega < 2) return omega;
  throw new InvalidInputError(argument, `must lie in (0, 2), got ${show(omega)}`);
}

/**
 * Symmetric successive over-relaxation: M = (D + omega L) D^-1 (D + omega U) / (omega (2 - omega)) with A = L + D +
 * U. Symmetric positive definite where A is. A forward and a backward sweep, together the cost of a product.
 * Throws InvalidInputError naming the first row whose diagonal entry is missing or zero.
 */
export function ssor(A: CsrMatrix, omega = 1): Preconditioner {
  requireOmega("omega", omega);
  const positions = diagonalPositions(A, true);
  const { rows, indptr, indices, data } = A;
  const inverse = new Float64Array(rows);
  for (let row = 0; row < rows; row++) inverse[row] = 1 / data[positions[row]!]!;
  const weight = omega * (2 - omega);
  return {
    size: rows,
    apply: (r, out) => {
      for (let row = 0; row < rows; row++) {
        let sum = 0;
        const diagonal = positions[row]!;
        for (let k = indptr[row]!; k < diagonal; k++) sum += data[k]! * out[indices[k]!]!;
        out[row] = (r[row]! - omega * sum) * inverse[row]!;
      }
      for (let row = rows - 1; row >= 0; row--) {
        let sum = 0;
        const diagonal = positions[row]!;
        const end = indptr[row + 1]!;
        for (let k = diagonal + 1; k < end; k++) sum += data[k]! * out[indices[k]!]!;
        out[row] = weight * out[row]! - omega * sum * inverse[row]!;
      }
    },
  };
}

/**
 * One forward sweep of successive over-relaxation: M = D / omega + L. Not symmetric, so for `gmres`, `fgmres`,
 * `bicgstab` and `gcrodr` only. Half the cost of a product. Throws InvalidInputError naming the first row whose
 * diagonal entry is missing or zero.
 */
export function sorSweep(A: CsrMatrix, omega = 1): Preconditioner {
  requireOmega("omega", omega);
  const positions = diagonalPositions(A, true);
  const { rows, indptr, indices, data } = A;
  const factors = new Float64Array(rows);
  for (let row = 0; row < rows; row++) factors[row] = omega / data[positions[row]!]!;
  return {
    size: rows,
    apply: (r, out) => {
      for (let row = 0; row < rows; row++) {
        let sum = r[row]!;
        const diagonal = positions[row]!;
        for (let k = indptr[row]!; k < diagonal; k++) sum -= data[k]! * out[indices[k]!]!;
        out[row] = sum * factors[row]!;
      }
    },
  };
}
