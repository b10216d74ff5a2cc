import { requireKnownOptions } from "../../errors.ts";
import type { Operator } from "../operator.ts";
import { conjugateGradients } from "./conjugate-gradients.ts";
import { type KrylovResult, type PreconditionedOptions, preconditionedOptions, solveSquare } from "./run.ts";

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
  return solveSquare(
    A,
    b,
    options,
    () => 3,
    (run) => conjugateGradients(run, options.precond),
  );
}
