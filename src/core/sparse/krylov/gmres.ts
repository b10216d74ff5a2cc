import { requireInteger, requireKnownOptions } from "../../errors.ts";
import type { Operator, Preconditioner } from "../operator.ts";
import { HessenbergProblem } from "./hessenberg-problem.ts";
import { orthogonalize } from "./orthogonalize.ts";
import {
  epsilon,
  type KrylovResult,
  type KrylovRun,
  type PreconditionedOptions,
  preconditionedOptions,
  solveSquare,
} from "./run.ts";

export interface GmresOptions extends PreconditionedOptions {
  /** Steps between restarts, which bound memory and work; default 40. */
  readonly restart?: number;
}

/**
 * Restarted GMRES(m) for any square nonsingular A, preconditioned from the right, so that the residual it
 * minimises is the true one. Arnoldi by Gram-Schmidt (modified between blocks of four vectors, classical
 * inside) with one re-orthogonalisation where the vector lost more than 30% of its length; Givens rotations for the small
 * problem.
 *
 * `breakdown` says "stagnation" when three cycles bring no progress, or when the Krylov space is exhausted
 * before the residual is small, as for a singular A. The residual never increases within a cycle. Memory
 * `restart + 2` vectors; an iteration costs one product and about 4 n j flops in step j of a cycle.
 *
 * Saad and Schultz, GMRES: a generalized minimal residual algorithm, 1986.
 */
export function gmres(A: Operator, b: Float64Array, options: GmresOptions = {}): KrylovResult {
  return restarted(A, b, options, false);
}

/**
 * Flexible GMRES: as {@link gmres}, for a preconditioner that may change from one application to the next,
 * such as an inner iterative solve. Memory `2 restart + 2` vectors.
 *
 * Saad, A flexible inner-outer preconditioned GMRES algorithm, 1993.
 */
export function fgmres(A: Operator, b: Float64Array, options: GmresOptions = {}): KrylovResult {
  return restarted(A, b, options, true);
}

function restarted(A: Operator, b: Float64Array, options: GmresOptions, flexible: boolean): KrylovResult {
  requireKnownOptions("options", options, [...preconditionedOptions, "restart"]);
  const restart = requireInteger("options.restart", options.restart ?? 40, 1);
  const { precond } = options;
  const vectors = (n: number) => {
    const m = Math.min(restart, n);
    return m + 2 + (precond !== undefined && flexible ? m : 1);
  };
  return solveSquare(A, b, options, vectors, (run) =>
    iterate(run, Math.min(restart, run.n), precond, flexible),
  );
}

function iterate(
  run: KrylovRun,
  m: number,
  precond: Preconditioner | undefined,
  flexible: boolean,
): KrylovResult {
  const { workspace, x, r, n } = run;
  const V = workspace.basis(n, m + 1);
  const Z = precond !== undefined && flexible ? workspace.basis(n, m) : undefined;
  const z = precond === undefined ? undefined : workspace.vector(n);
  const small = new HessenbergProblem(m);
  const scratch = new Float64Array(m + 1);
  let norm = run.startNorm;
  let idleCycles = 0;
  while (!run.done(norm)) {
    const start = norm;
    V.columns[0]!.set(r);
    workspace.scale(1 / norm, V.columns[0]!);
    small.begin(norm);
    let j = 0;
    let exhausted = false;
    while (j < m && !exhausted && !run.done(norm)) {
      const w = V.columns[j + 1]!;
      const source = Z === undefined ? z : Z.columns[j]!;
      if (precond === undefined || source === undefined) run.apply(V.columns[j]!, w);
      else {
        precond.apply(V.columns[j]!, source);
        run.apply(source, w);
      }
      const column = small.column(j);
      const { before, after: length } = orthogonalize(
        run,
        [{ basis: V, count: j + 1, products: column }],
        w,
        scratch,
      );
      exhausted = length <= 10 * epsilon * before;
      column[j + 1] = exhausted ? 0 : length;
      if (!exhausted) workspace.scale(1 / length, w);
      norm = small.rotate(j);
      run.record(norm);
      j++;
    }
    const y = small.solve(j);
    if (Z !== undefined) workspace.combine(Z, y.length, 1, y, x);
    else if (precond !== undefined && z !== undefined) {
      r.fill(0);
      workspace.combine(V, y.length, 1, y, r);
      precond.apply(r, z);
      workspace.axpy(1, z, x);
    } else workspace.combine(V, y.length, 1, y, x);
    norm = run.trueResidual(r);
    idleCycles = norm > (1 - 1e-6) * start ? idleCycles + 1 : 0;
    if (norm > run.target) {
      if (exhausted && norm > 0.5 * start)
        return run.finish(r, "stagnation: the Krylov space is exhausted; A may be singular");
      if (idleCycles === 3) return run.finish(r, "stagnation: three cycles without progress");
    }
  }
  return run.finish(r);
}
