import { NumericalError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { vectorNorm } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { labelledSamples, type SampleRows } from "./labelled-samples.ts";

export interface MaxMarginOptions extends LongCallOptions {
  /** Stops when the best margin is known to lie within this share of the one found; default 1e-6. */
  readonly tolerance?: number;
  /** Passes over all samples; default 10,000. */
  readonly maxPasses?: number;
}

export interface MaxMargin {
  /** Of length 1. */
  readonly theta: Float64Array;
  /** `min_i y_i a_i^T theta`, which no other direction exceeds by more than the tolerance. */
  readonly margin: number;
  /** No direction has a larger margin than this: the norm of a convex combination of the `y_i a_i`. */
  readonly upperBound: number;
  readonly converged: boolean;
  /** Passes over all samples. */
  readonly iterations: number;
}

/**
 * The hyperplane through 0 with the largest margin, `mu = max_{||theta|| = 1} min_i y_i a_i^T theta`, by coordinate
 * ascent on the dual of the hard-margin support vector machine, in random order, many rounds over the samples at the
 * margin for one over all. Linear convergence; meant as a reference for thousands of samples.
 *
 * Reference: Hsieh, Chang, Lin, Keerthi and Sundararajan 2008, A dual coordinate descent method for large-scale
 * linear SVM.
 *
 * @throws NumericalError when the data are not separable to working precision: no margin exceeds 1e-5 of the
 *   largest row
 */
export async function maxMargin(
  x: SampleRows,
  y: ArrayLike<number>,
  options: MaxMarginOptions = {},
): Promise<MaxMargin> {
  requireKnownOptions("options", options, [...longCallOptions, "tolerance", "maxPasses"]);
  const tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-6, 0);
  const maxPasses = requireInteger("options.maxPasses", options.maxPasses ?? 10_000, 1);
  const samples = labelledSamples(x, y, false, true);
  const { rows, dimension } = samples;
  const norms = Float64Array.from({ length: rows }, (_, i) => samples.squaredNorm(i));
  const radius = Math.sqrt(norms.reduce((most, norm) => Math.max(most, norm), 0));
  const stream = randomStream(options.seed ?? 0, "max-margin");
  const pace = new Pace(options, maxPasses);
  const multipliers = new Float64Array(rows);
  const theta = new Float64Array(dimension);
  const everyone = Int32Array.from({ length: rows }, (_, i) => i);

  /** Maximises the dual over each multiplier in turn. */
  const round = (members: Int32Array): void => {
    stream.shuffle(members);
    for (const i of members) {
      const change = Math.max(-multipliers[i]!, (1 - samples.margin(i, theta)) / norms[i]!);
      if (change === 0) continue;
      multipliers[i]! += change;
      samples.add(i, change, theta);
    }
  };
  let margin = Number.NEGATIVE_INFINITY;
  let upperBound = Number.POSITIVE_INFINITY;
  let best = theta;
  let pass = 0;
  while (pass < maxPasses && !(margin > 0 && upperBound - margin <= tolerance * margin)) {
    pass++;
    round(everyone);
    const active = everyone.filter((i) => multipliers[i]! > 0);
    const rounds = Math.min(200, Math.ceil((20 * rows) / Math.max(1, active.length)));
    for (let r = 0; r < rounds; r++) round(active);
    const length = vectorNorm(theta);
    upperBound = Math.min(upperBound, length / multipliers.reduce((sum, value) => sum + value, 0));
    if (upperBound < 1e-5 * radius)
      throw new NumericalError("the data are not separable, or by less than 1e-5 of the largest sample", {
        upperBound,
        passes: pass,
      });
    let smallest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < rows; i++) smallest = Math.min(smallest, samples.margin(i, theta) / length);
    if (smallest > margin) {
      margin = smallest;
      best = theta.map((value) => value / length);
    }
    if (pace.due()) await pace.rest(pass);
  }
  pace.finish();
  return {
    theta: best,
    margin,
    upperBound,
    converged: upperBound - margin <= tolerance * margin,
    iterations: pass,
  };
}
