import type { Basis } from "../kernels/workspace.ts";
import type { Preconditioner } from "../operator.ts";
import { diverged, type KrylovResult, type KrylovRun } from "./run.ts";

/** W with W^T A W = I, and A W; at least one vector. */
export interface DeflationSpace {
  readonly W: Basis;
  readonly AW: Basis;
  readonly size: number;
}

/**
 * The iteration of conjugate gradients: with a preconditioner, and with a deflated space, to which residuals stay
 * orthogonal and directions A-orthogonal. One product, 2 dot products and 3 vector updates a step, and with a space a
 * projection and a combination of its vectors; 2 vectors, 3 with a preconditioner.
 */
export function conjugateGradients(
  run: KrylovRun,
  precond: Preconditioner | undefined,
  space?: DeflationSpace,
): KrylovResult {
  const { workspace, x, r, n } = run;
  const p = workspace.vector(n);
  const q = workspace.vector(n);
  const z = precond === undefined ? r : workspace.vector(n);
  const mu = new Float64Array(space?.size ?? 0);
  /**
   * x += W W^T r, which leaves r orthogonal to W. Done again every few steps: what rounding leaves along W would not
   * shrink with the rest.
   */
  const deflate = ({ W, AW, size }: DeflationSpace): number => {
    workspace.project(W, size, r, mu);
    workspace.combine(W, size, 1, mu, x);
    workspace.combine(AW, size, -1, mu, r);
    return run.norm(r, "the residual");
  };
  const refused = (what: string, value: number): KrylovResult =>
    run.finish(q, `not positive definite: ${what} = ${value} at iteration ${run.iterations + 1}`);
  let norm = space === undefined ? run.startNorm : deflate(space);
  let best = norm;
  let rz = 0;
  while (!run.done(norm)) {
    precond?.apply(r, z);
    const rzNext = precond === undefined ? norm * norm : run.finite("r . M^-1 r", workspace.dot(r, z));
    if (!(rzNext > 0)) return refused("r . M^-1 r", rzNext);
    if (rz === 0) p.set(z);
    else workspace.xpay(z, rzNext / rz, p);
    if (space !== undefined) {
      workspace.project(space.AW, space.size, z, mu);
      workspace.combine(space.W, space.size, -1, mu, p);
    }
    rz = rzNext;
    run.apply(p, q);
    const curvature = run.finite("p . A p", workspace.dot(p, q));
    if (!(curvature > 0)) return refused("p . A p", curvature);
    norm = Math.sqrt(run.finite("the residual's norm", workspace.stepAndDot(rz / curvature, p, q, x, r)));
    run.record(norm);
    if (norm > run.divergence) return run.finish(q, diverged);
    best = Math.min(best, norm);
    // A residual that comes back from far below is rounding along W that has grown: begin afresh.
    const astray = space !== undefined && norm > 1e3 * best && best < 1e-8 * run.startNorm;
    if (norm <= run.target || astray) {
      const check = run.confirm(r, norm, norm <= run.target ? q : r);
      norm = check.norm;
      if (check.stalled) return run.finish(q);
      if (check.replaced) {
        // The directions so far belong to the residual that was replaced: begin with z again.
        rz = 0;
        if (space !== undefined && norm > run.target) {
          norm = deflate(space);
          best = norm;
        }
      }
    } else if (space !== undefined && run.iterations % 16 === 0) norm = deflate(space);
  }
  return run.finish(q);
}
