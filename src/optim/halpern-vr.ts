import { requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import {
  type InclusionOptions,
  type InclusionResult,
  InclusionRun,
  inclusionOptions,
  requireStep,
} from "./inclusion.ts";
import type { FiniteSumOperator, Resolvent } from "./problem.ts";

export interface HalpernVrOptions extends InclusionOptions {
  /** Components of a difference; default ceil(sqrt n). */
  readonly batchSize?: number;
  /** Step 1/(4 L), for which the rate is proven ("theory", the default), or 1/L ("aggressive"), which it is not. */
  readonly tuning?: "theory" | "aggressive";
}

/** Weight of the anchor at iteration k, `2 / (k + 4)`. */
export function halpernAnchorWeight(k: number): number {
  return 2 / (k + 4);
}

/**
 * Probability of a full evaluation at iteration k: 1 for the first two, `4 / (k + 4)` while k - 1 <= sqrt n, then
 * `4 / (sqrt n + 5)`.
 */
export function fullEvaluationProbability(k: number, n: number): number {
  if (k <= 1) return 1;
  const root = Math.sqrt(n);
  return k - 1 <= root ? 4 / (k + 4) : 4 / (root + 5);
}

/**
 * Solves `0 in F(u) + G(u)` for F = (1/n) sum F_i, cocoercive on average with constant 1/L, by Halpern's iteration
 * with a recursive variance-reduced estimate of F: `u' = J_{eta G}(lambda_k u_0 + (1 - lambda_k) u - eta F~)`, one
 * loop. The residual of the last iterate falls as 1/k, which needs no strong monotonicity; about
 * n + sqrt(n) L ||u_0 - u*|| / tolerance evaluations of components. On operators that are only monotone, such as
 * games, it often works but nothing is proven: see {@link halpernInexact}.
 *
 * Batches are drawn without replacement, or by the operator's probabilities with replacement. A residual costs nothing
 * where F is evaluated in full, and is looked at there.
 *
 * Reference: Cai, Alacaoglu and Diakonikolas 2024, Variance Reduced Halpern Iteration for Finite-Sum Monotone
 * Inclusions, algorithm 1; step and probabilities as in the authors' experiments.
 *
 * @param u0 the start and the anchor; projected onto the domain of G
 * @throws NumericalError when F is not finite or the iteration diverges
 */
export async function halpernVr(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: HalpernVrOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, [...inclusionOptions, "batchSize", "tuning"]);
  const tuning = requireOneOf("options.tuning", options.tuning ?? "theory", ["theory", "aggressive"]);
  const run = new InclusionRun(f, g, u0, options);
  const { n, dimension, start } = run;
  const batch = requireInteger("options.batchSize", options.batchSize ?? Math.ceil(Math.sqrt(n)), 1, n);
  const eta = requireStep(options, () => (tuning === "theory" ? 0.25 : 1) / run.lipschitz(options));
  let u = start.slice();
  let previous = new Float64Array(dimension);
  const estimate = new Float64Array(dimension);
  for (let k = 0; ; k++) {
    const inFull = run.stream.uniform() < fullEvaluationProbability(k, n);
    if (inFull) run.full(u, estimate);
    if (await run.stops(k, u, inFull ? estimate : undefined)) return run.result(k, u);
    if (!inFull) {
      if (run.weighted)
        for (let s = 0; s < batch; s++) run.addDifference(run.draw(), u, previous, estimate, 1 / batch);
      else
        for (const i of run.stream.subset(n, batch)) run.addDifference(i, u, previous, estimate, 1 / batch);
    }
    const weight = halpernAnchorWeight(k);
    [u, previous] = [previous, u];
    for (let j = 0; j < dimension; j++)
      u[j] = weight * start[j]! + (1 - weight) * previous[j]! - eta * estimate[j]!;
    run.resolve(u, eta);
  }
}
