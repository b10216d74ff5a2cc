import { requireKnownOptions } from "../../errors.ts";
import type { Operator } from "../operator.ts";
import {
  type LeastSquaresOptions,
  type LeastSquaresResult,
  leastSquaresOptions,
  solveLeastSquares,
} from "./least-squares.ts";
import { epsilon } from "./run.ts";

/**
 * LSQR: min ||A x - b|| for a sparse, dense or functional A of any shape and rank, with a right preconditioner and
 * damping where asked. From x0 = 0 without preconditioner it tends to the solution of least norm.
 *
 * `converged` when ||r|| <= tol ||b|| or ||A^T r|| <= tol ||A|| ||r||, both computed anew from the final x. A step
 * costs a product with A, one with A^T and 3 vector updates. Without preconditioner the number of steps grows like
 * the condition number of A; with `R` of a sketch A ~ Q R it is about log(1/tol).
 *
 * Paige and Saunders, LSQR: an algorithm for sparse linear equations and sparse least squares, 1982.
 */
export function lsqr(A: Operator, b: Float64Array, options: LeastSquaresOptions = {}): LeastSquaresResult {
  requireKnownOptions("options", options, leastSquaresOptions);
  return solveLeastSquares(A, b, options, 1, (run, process) => {
    const { workspace } = run;
    const w = workspace.vector(run.cols);
    return (z) => {
      w.set(process.v);
      let phiBar = process.beta;
      let rhoBar = process.alpha;
      let optimality = rhoBar === 0 ? 0 : 1;
      while (!run.small(phiBar, optimality) && run.iterations < run.maxIterations) {
        process.step();
        const rho = Math.hypot(rhoBar, process.beta);
        const c = rhoBar / rho;
        const s = process.beta / rho;
        const theta = s * process.alpha;
        rhoBar = -c * process.alpha;
        workspace.axpy((c * phiBar) / rho, w, z);
        workspace.xpay(process.v, -theta / rho, w);
        phiBar *= s;
        const size = Math.sqrt(process.square);
        optimality = (process.alpha * Math.abs(c)) / size;
        run.record(phiBar, optimality);
        // The process has ended: z is exact up to rounding.
        if (process.alpha <= epsilon * size) break;
      }
    };
  });
}
