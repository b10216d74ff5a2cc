import { requireKnownOptions } from "../../errors.ts";
import type { Operator } from "../operator.ts";
import {
  epsilon,
  type KrylovResult,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

/**
 * BiCGSTAB for any square nonsingular A, preconditioned from the right. Short recurrences: 6 or 8 vectors
 * whatever the number of iterations, but the residual may jump. A step applies A twice and counts as two
 * iterations, the residual of both halves being known.
 *
 * Where the shadow residual has become orthogonal to the residual the method starts afresh from its x; when
 * that happens again at once, `breakdown` says so.
 *
 * van der Vorst, Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG, 1992.
 */
export function bicgstab(A: Operator, b: Float64Array, options: PreconditionedOptions = {}): KrylovResult {
  requireKnownOptions("options", options, preconditionedOptions);
  const { precond } = options;
  return solveSquare(
    A,
    b,
    options,
    () => 6,
    (run) => {
      const { workspace, x, r, n } = run;
      const shadow = workspace.vector(n);
      const p = workspace.vector(n);
      const v = workspace.vector(n);
      const t = workspace.vector(n);
      const preconditioned = (source: Float64Array, target: Float64Array | undefined): Float64Array => {
        if (precond === undefined || target === undefined) return source;
        precond.apply(source, target);
        return target;
      };
      const pInverse = precond === undefined ? undefined : workspace.vector(n);
      const sInverse = precond === undefined ? undefined : workspace.vector(n);
      let norm = run.startNorm;
      let fresh = true;
      let [rho, alpha, omega, shadowNorm] = [1, 1, 1, 0];

      /** Steps along a direction: x += factor d, r -= factor q. */
      const step = (factor: number, d: Float64Array, q: Float64Array): void => {
        norm = Math.sqrt(run.finite("the residual's norm", workspace.stepAndDot(factor, d, q, x, r)));
        run.record(norm);
      };
      let stalled = false;
      /** Looks at the true residual where the target seems reached; whether it has replaced r, for a fresh start. */
      const replacedAtTarget = (): boolean => {
        if (norm > run.target) return false;
        const check = run.confirm(r, norm, t);
        norm = check.norm;
        stalled = check.stalled;
        fresh = check.replaced;
        return check.replaced;
      };

      while (!run.done(norm) && !stalled) {
        const started = fresh;
        if (fresh) {
          shadow.set(r);
          shadowNorm = norm;
          p.fill(0);
          v.fill(0);
          [rho, alpha, omega] = [1, 1, 1];
          fresh = false;
        }
        const rhoNext = run.finite("the shadow product", workspace.dot(shadow, r));
        if (Math.abs(rhoNext) <= epsilon * shadowNorm * norm) {
          fresh = true;
          continue;
        }
        const beta = (rhoNext / rho) * (alpha / omega);
        rho = rhoNext;
        workspace.axpy(-omega, v, p);
        workspace.xpay(r, beta, p);
        const direction = preconditioned(p, pInverse);
        run.apply(direction, v);
        const product = run.finite("the shadow product with A p", workspace.dot(shadow, v));
        if (Math.abs(product) <= epsilon * epsilon * shadowNorm * run.norm(v, "A p")) {
          if (started) return run.finish(t, "breakdown: the shadow residual is orthogonal to A p");
          fresh = true;
          continue;
        }
        alpha = rho / product;
        step(alpha, direction, v);
        if (replacedAtTarget() || run.done(norm)) continue;
        const half = preconditioned(r, sInverse);
        run.apply(half, t);
        const square = run.finite("(A s) . (A s)", workspace.dot(t, t));
        omega = square === 0 ? 0 : workspace.dot(t, r) / square;
        if (omega === 0) {
          if (started) return run.finish(t, "breakdown: A s is orthogonal to the residual s");
          fresh = true;
          continue;
        }
        step(omega, half, t);
        replacedAtTarget();
      }
      return run.finish(t);
    },
  );
}
