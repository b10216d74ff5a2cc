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
 * LSMR: the same problems, options and stopping test as `lsqr`. It minimises ||A^T r|| over the Krylov space, which
 * therefore never increases, so that it can be stopped earlier; ||r|| decreases too and is only a little larger than
 * that of LSQR. A step costs a product with A, one with A^T and 4 vector updates.
 *
 * Fong and Saunders, LSMR: an iterative algorithm for sparse least-squares problems, 2011.
 */
export function lsmr(A: Operator, b: Float64Array, options: LeastSquaresOptions = {}): LeastSquaresResult {
  requireKnownOptions("options", options, leastSquaresOptions);
  return solveLeastSquares(A, b, options, 2, (run, process) => {
    const { workspace } = run;
    const h = workspace.vector(run.cols);
    const hBar = workspace.vector(run.cols);
    return (z) => {
      h.set(process.v);
      hBar.fill(0);
      let alphaBar = process.alpha;
      let zetaBar = process.alpha * process.beta;
      let [rho, rhoBar, cBar, sBar, zeta] = [1, 1, 1, 0, 0];
      const residual = new ResidualNorm(process.beta);
      let norm = process.beta;
      let optimality = alphaBar === 0 ? 0 : 1;
      while (!run.small(norm, optimality) && run.iterations < run.maxIterations) {
        process.step();
        // First rotation: the bidiagonal matrix becomes upper triangular.
        const rhoBefore = rho;
        rho = Math.hypot(alphaBar, process.beta);
        const c = alphaBar / rho;
        const s = process.beta / rho;
        const theta = s * process.alpha;
        alphaBar = c * process.alpha;
        // Second rotation: the same for the transpose of that.
        const rhoBarBefore = rhoBar;
        const zetaBefore = zeta;
        const thetaBar = sBar * rho;
        const diagonal = cBar * rho;
        rhoBar = Math.hypot(diagonal, theta);
        cBar = diagonal / rhoBar;
        sBar = theta / rhoBar;
        zeta = cBar * zetaBar;
        zetaBar *= -sBar;

        workspace.xpay(h, (-thetaBar * rho) / (rhoBefore * rhoBarBefore), hBar);
        workspace.axpy(zeta / (rho * rhoBar), hBar, z);
        workspace.xpay(process.v, -theta / rho, h);
        norm = residual.next(c, s, rhoBar, thetaBar, zetaBefore, zeta);
        const size = Math.sqrt(process.square);
        optimality = norm === 0 ? 0 : Math.abs(zetaBar) / (size * norm);
        run.record(norm, optimality);
        // The process has ended: z is exact up to rounding.
        if (process.alpha <= epsilon * size) break;
      }
    };
  });
}

/** The norm of LSMR's residual from the rotations alone: section 5 of the paper, without damping. */
class ResidualNorm {
  #betaDoubleDot: number;
  #betaDot = 0;
  #rhoDotBefore = 1;
  #tauTildeBefore = 0;
  #thetaTilde = 0;

  constructor(beta: number) {
    this.#betaDoubleDot = beta;
  }

  next(c: number, s: number, rhoBar: number, thetaBar: number, zetaBefore: number, zeta: number): number {
    const betaHat = c * this.#betaDoubleDot;
    this.#betaDoubleDot *= -s;
    const thetaTildeBefore = this.#thetaTilde;
    const rhoTilde = Math.hypot(this.#rhoDotBefore, thetaBar);
    const cTilde = this.#rhoDotBefore / rhoTilde;
    const sTilde = thetaBar / rhoTilde;
    this.#thetaTilde = sTilde * rhoBar;
    this.#rhoDotBefore = cTilde * rhoBar;
    this.#betaDot = cTilde * betaHat - sTilde * this.#betaDot;
    this.#tauTildeBefore = (zetaBefore - thetaTildeBefore * this.#tauTildeBefore) / rhoTilde;
    const tauDot = (zeta - this.#thetaTilde * this.#tauTildeBefore) / this.#rhoDotBefore;
    return Math.hypot(this.#betaDot - tauDot, this.#betaDoubleDot);
  }
}
