import { requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import {
  type InclusionOptions,
  type InclusionResult,
  InclusionRun,
  inclusionOptions,
  requireStep,
} from "./inclusion.ts";
import type { FiniteSumOperator, Resolvent } from "./problem.ts";

export interface HalpernInexactOptions extends InclusionOptions {
  /**
   * Inner steps and their number: as proven ("theory"), or five times as long and 0.05 n ln(k + 2) of them, as the
   * authors run it ("aggressive"). Default "theory".
   */
  readonly tuning?: "theory" | "aggressive";
  /** Replaces the number of inner steps of outer iteration k. */
  readonly innerIterations?: (k: number) => number;
}

/**
 * Solves `0 in F(u) + G(u)` for F = (1/n) sum F_i, monotone and L-Lipschitz on average, by Halpern's iteration on the
 * resolvent of F + G, `u' = u_0 / (k + 2) + (1 - 1 / (k + 2)) v` with `v ~ J_{eta (F + G)}(u)`, eta = sqrt(n) / L.
 * The resolvent is a strongly monotone inclusion, solved from u by variance-reduced forward-reflected-backward
 * splitting, two components a step. About n + sqrt(n) L / tolerance evaluations, up to logarithms, without
 * cocoercivity: games and saddle points. `stepSize` replaces eta.
 *
 * With n = 1 there is no variance to reduce: the inner method is then the deterministic one with step
 * 1 / (2 (eta L + 1)).
 *
 * Reference: Cai, Alacaoglu and Diakonikolas 2024, algorithm 2; inner method: Alacaoglu, Malitsky and Cevher 2021,
 * Forward-reflected-backward method with variance reduction.
 *
 * @throws NumericalError when F is not finite or the iteration diverges
 */
export async function halpernInexact(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: HalpernInexactOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, [...inclusionOptions, "tuning", "innerIterations"]);
  const tuning = requireOneOf("options.tuning", options.tuning ?? "theory", ["theory", "aggressive"]);
  const run = new InclusionRun(f, g, u0, options);
  const { n, dimension, start } = run;
  const lipschitz = run.lipschitz(options);
  const eta = requireStep(options, () => Math.sqrt(n) / lipschitz);
  const p = 1 / n;
  const theory =
    n === 1 ? 1 / (2 * (eta * lipschitz + 1)) : Math.sqrt(p * (1 - p)) / (2 * (eta * lipschitz + 1));
  // Five times sqrt(p (1 - p)) / (sqrt n + 1): ten times the proven step.
  const tau = tuning === "theory" || n === 1 ? theory : 10 * theory;
  const u = start.slice();
  let v = new Float64Array(dimension);
  let next = new Float64Array(dimension);
  const anchor = new Float64Array(dimension);
  const anchorBefore = new Float64Array(dimension);
  const value = new Float64Array(dimension);
  const constant = new Float64Array(dimension);
  for (let k = 0; ; k++) {
    run.full(u, value);
    if (await run.stops(k, u, value)) return run.result(k, u);
    v.set(u);
    anchor.set(u);
    anchorBefore.set(u);
    // What of a step depends on neither v nor the component drawn: it changes only about the anchor's moves.
    const collect = (): void => {
      for (let j = 0; j < dimension; j++)
        constant[j] = p * anchor[j]! - tau * (eta * value[j]! + anchor[j]! - anchorBefore[j]! - u[j]!);
    };
    collect();
    const log = Math.log(k + 2);
    const steps =
      options.innerIterations?.(k) ??
      (tuning === "theory" ? n * Math.ceil(log) : Math.max(1, Math.ceil(0.05 * n * log)));
    requireInteger(`options.innerIterations(${k})`, steps, 1);
    let moved = false;
    for (let step = 0; step < steps; step++) {
      for (let j = 0; j < dimension; j++) next[j] = (1 - p - tau) * v[j]! + constant[j]!;
      // eta (F_i(v) - F_i(w_prev)) for a random i.
      run.addDifference(run.draw(), v, anchorBefore, next, -tau * eta);
      run.resolve(next, tau * eta);
      [v, next] = [next, v];
      if (moved) {
        anchorBefore.set(anchor);
        collect();
        moved = false;
      }
      if (run.stream.uniform() < p) {
        anchor.set(v);
        run.full(anchor, value);
        collect();
        moved = true;
      }
      if (step % 64 === 63 && (await run.exhausted())) break;
    }
    const weight = 1 / (k + 2);
    for (let j = 0; j < dimension; j++) u[j] = weight * start[j]! + (1 - weight) * v[j]!;
  }
}
