import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions } from "../core/errors.ts";
import {
  cg,
  isSymmetric,
  type KrylovOptions,
  type KrylovResult,
  requireCsr,
  ssor,
} from "../core/sparse/index.ts";

export interface SsorPcgOptions extends KrylovOptions {
  /** Relaxation factor of the preconditioner, in (0, 2); default 1. */
  readonly omega?: number;
}

/**
 * Conjugate gradients preconditioned by symmetric successive over-relaxation with factor omega, for a symmetric positive
 * definite A. An iteration costs two products with A. Result and errors as of `cg` in `ockham/sparse`; a matrix
 * that is not symmetric is refused.
 */
export function ssorPcg(A: CsrMatrix, b: Float64Array, options: SsorPcgOptions = {}): KrylovResult {
  requireKnownOptions("options", options, ["omega", "tol", "maxIterations", "x0", "onIteration"]);
  const { omega = 1, ...rest } = options;
  requireCsr("A", A);
  if (!isSymmetric(A, 1e-12)) throw new InvalidInputError("A", "must be symmetric");
  if (!(typeof omega === "number" && omega > 0 && omega < 2))
    throw new InvalidInputError("options.omega", `must lie in (0, 2), got ${omega}`);
  return cg(A, b, { ...rest, precond: ssor(A, omega) });
}
