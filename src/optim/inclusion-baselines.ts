import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import {
  type InclusionOptions,
  type InclusionResult,
  InclusionRun,
  inclusionOptions,
  requireStep,
} from "./inclusion.ts";
import type { FiniteSumOperator, Resolvent } from "./problem.ts";

/** `out = J_{eta G}(base - eta * direction)`. */
function forwardBackward(
  run: InclusionRun,
  base: Float64Array,
  direction: Float64Array,
  eta: number,
  out: Float64Array,
): void {
  for (let j = 0; j < base.length; j++) out[j] = base[j]! - eta * direction[j]!;
  run.resolve(out, eta);
}

/** `out = weight * anchor + (1 - weight) * u`. */
function towards(anchor: Float64Array, u: Float64Array, weight: number, out: Float64Array): void {
  for (let j = 0; j < u.length; j++) out[j] = weight * anchor[j]! + (1 - weight) * u[j]!;
}

/**
 * Iterates a method with full evaluations until `run` stops it. `advance` moves u, given F(u) in `value`, which it may
 * overwrite, to the next iterate.
 */
async function iterate(
  run: InclusionRun,
  advance: (u: Float64Array, value: Float64Array, k: number) => void,
): Promise<InclusionResult> {
  const u = run.start.slice();
  const value = new Float64Array(run.dimension);
  for (let k = 0; ; k++) {
    run.full(u, value);
    if (await run.stops(k, u, value)) return run.result(k, u);
    advance(u, value, k);
  }
}

/**
 * Extragradient: `h = J(u - eta F(u))`, `u' = J(u - eta F(h))`, eta = 1/(2 L) by default. Two full evaluations an
 * iteration. Korpelevich 1976.
 */
export async function extragradient(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: InclusionOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, inclusionOptions);
  const run = new InclusionRun(f, g, u0, options);
  const eta = requireStep(options, () => 0.5 / run.lipschitz(options));
  const half = new Float64Array(run.dimension);
  return iterate(run, (u, value) => {
    forwardBackward(run, u, value, eta, half);
    run.full(half, value);
    forwardBackward(run, u, value, eta, u);
  });
}

/**
 * Extra-anchored gradient with constant step (EAG-C): extragradient from `lambda u_0 + (1 - lambda) u`, lambda =
 * 1/(k + 2), eta = 1/(8 L) by default. The residual of the last iterate falls as 1/k. Yoon and Ryu 2021.
 */
export async function extraAnchoredGradient(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: InclusionOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, inclusionOptions);
  const run = new InclusionRun(f, g, u0, options);
  const eta = requireStep(options, () => 0.125 / run.lipschitz(options));
  const base = new Float64Array(run.dimension);
  const half = new Float64Array(run.dimension);
  return iterate(run, (u, value, k) => {
    towards(run.start, u, 1 / (k + 2), base);
    forwardBackward(run, base, value, eta, half);
    run.full(half, value);
    forwardBackward(run, base, value, eta, u);
  });
}

/**
 * Halpern's iteration with full evaluations, `u' = J(lambda u_0 + (1 - lambda) u - eta (1 - lambda) F(u))`, lambda =
 * 1/(k + 2), eta = 1/L: for cocoercive F. One full evaluation an iteration. Diakonikolas 2020.
 */
export async function halpern(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: InclusionOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, inclusionOptions);
  const run = new InclusionRun(f, g, u0, options);
  const eta = requireStep(options, () => 1 / run.lipschitz(options));
  return iterate(run, (u, value, k) => {
    const weight = 1 / (k + 2);
    towards(run.start, u, weight, u);
    forwardBackward(run, u, value, (1 - weight) * eta, u);
  });
}

/** Forward-backward splitting without anchor (gradient descent-ascent on a game), eta = 1/L by default. */
export async function forwardBackwardSplitting(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: InclusionOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, inclusionOptions);
  const run = new InclusionRun(f, g, u0, options);
  const eta = requireStep(options, () => 1 / run.lipschitz(options));
  return iterate(run, (u, value) => {
    forwardBackward(run, u, value, eta, u);
  });
}

export interface MinibatchHalpernOptions extends InclusionOptions {
  /** Components of an estimate; default ceil(sqrt n). */
  readonly batchSize?: number;
}

/**
 * Halpern's iteration with a fresh minibatch at every iteration, no variance reduction, lambda = 2/(k + 4), eta =
 * 1/(4 L): the noise of the estimates sets a floor to the residual. A baseline that shows what the reduction is for.
 */
export async function minibatchHalpern(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: MinibatchHalpernOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, [...inclusionOptions, "batchSize"]);
  const run = new InclusionRun(f, g, u0, options);
  const { n, dimension, start } = run;
  const batch = requireInteger("options.batchSize", options.batchSize ?? Math.ceil(Math.sqrt(n)), 1, n);
  const eta = requireStep(options, () => 0.25 / run.lipschitz(options));
  const u = start.slice();
  const estimate = new Float64Array(dimension);
  for (let k = 0; ; k++) {
    if (await run.stops(k, u, undefined)) return run.result(k, u);
    estimate.fill(0);
    for (const i of run.stream.subset(n, batch)) f.component(i, u, estimate, 1 / batch);
    run.evaluations += batch;
    towards(start, u, 2 / (k + 4), u);
    forwardBackward(run, u, estimate, eta, u);
  }
}

/**
 * Variance-reduced extragradient: the second half step uses F at an anchor, corrected by one component, and the anchor
 * moves with probability 2/n. eta = 0.99 sqrt(2/n) / L by default. Alacaoglu and Malitsky 2022, Stochastic Variance
 * Reduction for Variational Inequality Methods, algorithm 1.
 */
export async function varianceReducedExtragradient(
  f: FiniteSumOperator,
  g: Resolvent,
  u0: Float64Array,
  options: InclusionOptions = {},
): Promise<InclusionResult> {
  requireKnownOptions("options", options, inclusionOptions);
  const run = new InclusionRun(f, g, u0, options);
  const { n, dimension, start } = run;
  const p = Math.min(1, 2 / n);
  const eta = requireStep(options, () => (0.99 * Math.sqrt(p)) / run.lipschitz(options));
  const u = start.slice();
  const anchor = start.slice();
  const atAnchor = new Float64Array(dimension);
  run.full(anchor, atAnchor);
  const base = new Float64Array(dimension);
  const half = new Float64Array(dimension);
  const estimate = new Float64Array(dimension);
  for (let k = 0; ; k++) {
    if (await run.stops(k, u, k === 0 ? atAnchor : undefined)) return run.result(k, u);
    towards(anchor, u, p, base);
    forwardBackward(run, base, atAnchor, eta, half);
    estimate.set(atAnchor);
    run.addDifference(run.draw(), half, anchor, estimate, 1);
    forwardBackward(run, base, estimate, eta, u);
    if (run.stream.uniform() < p) {
      anchor.set(u);
      run.full(anchor, atAnchor);
    }
  }
}
