import { requireKnownOptions } from "../../errors.ts";
import type { Operator, Preconditioner } from "../operator.ts";
import {
  epsilon,
  type KrylovResult,
  type KrylovRun,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

/**
 * MINRES for a symmetric A, indefinite or singular ones too; `options.precond` must be symmetric positive
 * definite. Minimises the residual in the norm of M^-1 over the Krylov space; the residual vector itself is
 * carried along, so that history and stopping test are in the 2-norm with a preconditioner as well.
 *
 * `breakdown` starts with "stagnation" when b lies outside the range of a singular A and x minimises the
 * residual, with "not positive definite" when M is not. Symmetry is not checked. One product and about 9
 * vector operations an iteration; 8 vectors.
 *
 * Paige and Saunders, Solution of sparse indefinite systems of linear equations, 1975.
 */
export function minres(A: Operator, b: Float64Array, options: PreconditionedOptions = {}): KrylovResult {
  requireKnownOptions("options", options, preconditionedOptions);
  return solveSquare(
    A,
    b,
    options,
    () => 7,
    (run) => iterate(run, options.precond),
  );
}

const inconsistent = "stagnation: x minimises the residual, but b is not in the range of A (A is singular)";

function iterate(run: KrylovRun, precond: Preconditioner | undefined): KrylovResult {
  const { workspace, x, r, n } = run;
  // Lanczos vectors are those of M^-1 A in two forms: u = v times its length, and z = M^-1 u.
  let previous = workspace.vector(n);
  let u = workspace.vector(n);
  let next = workspace.vector(n);
  const z = precond === undefined ? undefined : workspace.vector(n);
  const v = workspace.vector(n);
  let w = workspace.vector(n);
  let wBefore = workspace.vector(n);
  const applyInverse = (): number => {
    if (precond === undefined || z === undefined) return run.norm(u, "the Lanczos vector");
    precond.apply(u, z);
    const square = run.finite("r . M^-1 r", workspace.dot(u, z));
    return square < 0 ? Number.NaN : Math.sqrt(square);
  };
  const indefinite = () =>
    run.finish(next, `not positive definite: the preconditioner, at iteration ${run.iterations + 1}`);

  let norm = run.startNorm;
  while (!run.done(norm)) {
    u.set(r);
    previous.fill(0);
    w.fill(0);
    wBefore.fill(0);
    let beta = applyInverse();
    if (!(beta > 0)) return indefinite();
    let betaBefore = 0;
    let phi = beta;
    // Rotation [c s; s -c] and the two entries that it leaves above and below the diagonal.
    let [c, s, diagonal, corner] = [-1, 0, 0, 0];
    let squareNorm = 0;
    while (!run.done(norm)) {
      v.set(z ?? u);
      workspace.scale(1 / beta, v);
      run.apply(v, next);
      if (betaBefore > 0) workspace.axpy(-beta / betaBefore, previous, next);
      const alpha = run.finite("v . A v", workspace.dot(v, next));
      workspace.axpy(-alpha / beta, u, next);
      [previous, u, next] = [u, next, previous];
      betaBefore = beta;
      beta = applyInverse();
      if (Number.isNaN(beta)) return indefinite();
      squareNorm += alpha ** 2 + betaBefore ** 2 + beta ** 2;

      const cornerBefore = corner;
      const above = c * diagonal + s * alpha;
      const rotated = s * diagonal - c * alpha;
      const size = Math.sqrt(squareNorm);
      // |A r| / |r| of the present x, which is a least squares solution when this vanishes; to within what the
      // Lanczos process has lost by rounding. A step beyond it would follow a null vector of A as far as it goes.
      if (Math.hypot(rotated, c * beta) <= 4096 * epsilon * size) {
        run.record(norm);
        const before = norm;
        norm = run.trueResidual(r);
        if (norm > run.target && norm > 0.5 * before) return run.finish(next, inconsistent);
        break;
      }
      corner = s * beta;
      diagonal = -c * beta;
      const gamma = Math.hypot(rotated, beta);
      c = rotated / gamma;
      s = beta / gamma;
      const step = c * phi;
      phi *= s;

      // w_k = (v - corner w_{k-2} - above w_{k-1}) / gamma, over w_{k-2}.
      workspace.scale(-cornerBefore / gamma, wBefore);
      workspace.axpy(1 / gamma, v, wBefore);
      workspace.axpy(-above / gamma, w, wBefore);
      [w, wBefore] = [wBefore, w];
      workspace.axpy(step, w, x);
      workspace.scale(s * s, r);
      if (beta > 0) workspace.axpy((-c * phi) / beta, u, r);
      norm = run.norm(r, "the residual");
      run.record(norm);
      if (norm <= run.target) {
        const check = run.confirm(r, norm, next);
        norm = check.norm;
        if (check.stalled) return run.finish(next);
        if (check.replaced) break;
      }
      // The Krylov space has ended, and x is exact up to rounding.
      if (beta <= 10 * epsilon * size) {
        norm = run.trueResidual(r);
        break;
      }
    }
  }
  return run.finish(next);
}
