import { requireKnownOptions } from "../../errors.ts";
import type { Operator } from "../operator.ts";
import {
  diverged,
  type KrylovResult,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

/**
 * Conjugate gradients for a symmetric positive definite A, preconditioned when `options.precond` (symmetric
 * positive definite too) is given. Stops when the true relative residual ||b - A x|| / ||b|| is at most
 * `tol`: the recurrence's residual is checked against it and replaced by it where they differ.
 *
 * `breakdown` starts with "not positive definite" when a direction p has p . A p <= 0, or r . M^-1 r <= 0.
 * Symmetry is not checked. One product, 2 dot products and 3 vector updates an iteration; 3 or 4 vectors.
 *
 * ```ts
 * const A = poissonFd(2, 100);
 * const { x, converged, iterations } = cg(A, b, { tol: 1e-10, precond: ic0(A) });
 * if (!converged) throw new Error("not solved");
 * ```
 *
 * Hestenes and Stiefel, Methods of conjugate gradients for solving linear systems, 1952.
 */
export function cg(A: Operator, b: Float64Array, options: PreconditionedOptions = {}): KrylovResult {
  requireKnownOptions("options", options, preconditionedOptions);
  const { precond } = options;
  return solveSquare(
    A,
    b,
    options,
    () => 3,
    (run) => {
      const { workspace, x, r, n } = run;
      const p = workspace.vector(n);
      const q = workspace.vector(n);
      const z = precond === undefined ? r : workspace.vector(n);
      let norm = run.startNorm;
      let rz = 0;
      while (!run.done(norm)) {
        precond?.apply(r, z);
        const rzNext = precond === undefined ? norm * norm : run.finite("r . M^-1 r", workspace.dot(r, z));
        if (!(rzNext > 0))
          return run.finish(
            q,
            `not positive definite: r . M^-1 r = ${rzNext} at iteration ${run.iterations + 1}`,
          );
        if (rz === 0) p.set(z);
        else workspace.xpay(z, rzNext / rz, p);
        rz = rzNext;
        run.apply(p, q);
        const curvature = run.finite("p . A p", workspace.dot(p, q));
        if (!(curvature > 0))
          return run.finish(
            q,
            `not positive definite: p . A p = ${curvature} at iteration ${run.iterations + 1}`,
          );
        norm = Math.sqrt(run.finite("the residual's norm", workspace.stepAndDot(rz / curvature, p, q, x, r)));
        run.record(norm);
        if (norm > run.divergence) return run.finish(q, diverged);
        if (norm <= run.target) {
          const check = run.confirm(r, norm, q);
          norm = check.norm;
          if (check.stalled) return run.finish(q);
          // The directions so far belong to the residual that was replaced: begin with z again.
          if (check.replaced) rz = 0;
        }
      }
      return run.finish(q);
    },
  );
}
