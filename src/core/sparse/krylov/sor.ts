import type { CsrMatrix } from "../../array/index.ts";
import { requireKnownOptions } from "../../errors.ts";
import { diagonalPositions } from "../preconditioners/diagonal-positions.ts";
import { requireOmega } from "../preconditioners/relaxation.ts";
import { type KrylovOptions, type KrylovResult, krylovOptions, solveSquare } from "./run.ts";

export interface SorOptions extends KrylovOptions {
  /** Relaxation factor in (0, 2); 1, the default, is the Gauss-Seidel method. */
  readonly omega?: number;
}

/**
 * Successive over-relaxation x <- x + (D / omega + L)^-1 (b - A x) in storage order, with A = L + D + U. Converges
 * for symmetric positive definite A and every omega in (0, 2). An iteration is one sweep and yields the next
 * residual, ((1/omega - 1) D - U) dx, at the cost of one product with A in all.
 *
 * `breakdown` says "divergence" when the residual has grown 1e8-fold. Throws InvalidInputError naming the first
 * row whose diagonal entry is missing or zero.
 *
 * Young, Iterative solution of large linear systems, 1971.
 */
export function sor(A: CsrMatrix, b: Float64Array, options: SorOptions = {}): KrylovResult {
  requireKnownOptions("options", options, [...krylovOptions, "omega"]);
  const omega = requireOmega("options.omega", options.omega ?? 1);
  const positions = diagonalPositions(A, true);
  const { rows, indptr, indices, data } = A;
  const solveLower = new Float64Array(rows);
  for (let row = 0; row < rows; row++) solveLower[row] = omega / data[positions[row]!]!;
  return solveSquare(
    A,
    b,
    options,
    () => 1,
    (run) => {
      const { workspace, x, r, n } = run;
      const step = workspace.vector(n);
      let norm = run.startNorm;
      const bound = 1e8 * Math.max(norm, run.startNorm);
      while (!run.done(norm)) {
        for (let row = 0; row < rows; row++) {
          let sum = r[row]!;
          const diagonal = positions[row]!;
          for (let k = indptr[row]!; k < diagonal; k++) sum -= data[k]! * step[indices[k]!]!;
          step[row] = sum * solveLower[row]!;
        }
        for (let row = 0; row < rows; row++) {
          const diagonal = positions[row]!;
          const end = indptr[row + 1]!;
          let sum = (1 / omega - 1) * data[diagonal]! * step[row]!;
          for (let k = diagonal + 1; k < end; k++) sum -= data[k]! * step[indices[k]!]!;
          r[row] = sum;
        }
        run.matvecs++;
        workspace.axpy(1, step, x);
        norm = run.norm(r, "the residual");
        run.record(norm);
        if (norm > bound) return run.finish(step, "divergence: the residual has grown 1e8-fold");
        if (norm <= run.target) {
          const check = run.confirm(r, norm);
          norm = check.norm;
          if (check.stalled) return run.finish(step);
        }
      }
      return run.finish(step);
    },
  );
}
