import { type Matrix, ndArray } from "../core/array/index.ts";
import {
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { multinomialResample, randomStream, systematicResample } from "../core/random/index.ts";
import { exp, log } from "../core/special/index.ts";
import { requireSeries, requireStateSpaceModel, type StateSpaceModel } from "./state-space-model.ts";

export interface ParticleFilterOptions extends LongCallOptions {
  /** Default 1000. */
  readonly particles?: number;
  /** Default `systematic`, which adds the least noise. */
  readonly resampling?: "systematic" | "multinomial";
  /** Resamples when the effective sample size falls below this part of the particles, 0 to 1; default 0.5. */
  readonly essThreshold?: number;
}

export interface ParticleFilterResult {
  /** E[x_t | y_0 .. y_t], [T, d]. */
  readonly mean: Matrix;
  /** Effective sample size at every step, before resampling. */
  readonly effectiveSampleSize: Float64Array;
  /** Estimate of log p(y). */
  readonly logLikelihood: number;
  /** Values that were NaN, taken as missing. */
  readonly missing: number;
}

/**
 * Bootstrap particle filter, or guided where the model has a `proposal`. Weights are kept as logarithms. O(T N).
 *
 * Reference: Doucet and Johansen, "A tutorial on particle filtering and smoothing" (2011).
 *
 * @param observations [T, observationDim]; NaN marks a missing value
 * @throws NumericalError when all weights of a step are zero
 */
export async function particleFilter(
  model: StateSpaceModel,
  observations: Matrix,
  options: ParticleFilterOptions = {},
): Promise<ParticleFilterResult> {
  requireKnownOptions("options", options, [...longCallOptions, "particles", "resampling", "essThreshold"]);
  requireStateSpaceModel("model", model);
  const { steps, values, observed, missing } = requireSeries("observations", observations, model);
  const count = requireInteger("options.particles", options.particles ?? 1000, 1, 1e7);
  const resampling = requireOneOf("options.resampling", options.resampling ?? "systematic", [
    "systematic",
    "multinomial",
  ] as const);
  const threshold = requireFinite("options.essThreshold", options.essThreshold ?? 0.5, 0, 1);
  const stream = randomStream(options.seed, "particle-filter");
  const pace = new Pace(options, steps);
  const d = model.stateDim;
  const mean = new Float64Array(steps * d);
  const effectiveSampleSize = new Float64Array(steps);
  let states = new Float64Array(count * d);
  let previous = new Float64Array(count * d);
  const logWeights = new Float64Array(count);
  const weights = new Float64Array(count).fill(1);
  let logLikelihood = 0;
  for (let t = 0; t < steps; t++) {
    const y = values[t]!;
    const proposal = observed[t] ? model.proposal : undefined;
    if (t === 0) {
      if (proposal === undefined) model.sampleInitial(stream, states, count);
      else proposal.sampleInitial(stream, y, states, count);
    } else {
      [states, previous] = [previous, states];
      const resample = effectiveSampleSize[t - 1]! <= threshold * count;
      const chosen = !resample
        ? undefined
        : resampling === "systematic"
          ? systematicResample(weights, count, stream.uniform())
          : multinomialResample(stream, weights, count);
      if (resample) logWeights.fill(-log(count));
      for (let i = 0; i < count; i++) {
        const from = (chosen === undefined ? i : chosen[i]!) * d;
        if (proposal === undefined) model.sampleTransition(stream, previous, from, t, states, i * d);
        else {
          proposal.sampleTransition(stream, previous, from, t, y, states, i * d);
          logWeights[i]! += proposal.logTransitionRatio(previous, from, states, i * d, t, y);
        }
      }
    }
    if (t === 0)
      for (let i = 0; i < count; i++)
        logWeights[i] = (proposal?.logInitialRatio(states, i * d, y) ?? 0) - log(count);
    if (observed[t])
      for (let i = 0; i < count; i++) logWeights[i]! += model.logObservation(states, i * d, y, t);
    logLikelihood += normalise(logWeights, weights, t);
    let squares = 0;
    for (let i = 0; i < count; i++) {
      squares += weights[i]! ** 2;
      for (let k = 0; k < d; k++) mean[t * d + k]! += weights[i]! * states[i * d + k]!;
    }
    effectiveSampleSize[t] = 1 / squares;
    if (pace.due()) await pace.rest(t + 1);
  }
  pace.finish();
  return { mean: ndArray("float64", [steps, d], mean), effectiveSampleSize, logLikelihood, missing };
}

/** Brings log weights to sum 1 and writes the weights; returns the logarithm of what they summed to. */
function normalise(logWeights: Float64Array, weights: Float64Array, t: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of logWeights) if (value > largest) largest = value;
  if (!Number.isFinite(largest) || logWeights.some(Number.isNaN))
    throw new NumericalError(`particle degeneracy: no weight is positive and finite at step ${t}`, {
      step: t,
    });
  let sum = 0;
  for (const [i, value] of logWeights.entries()) {
    weights[i] = exp(value - largest);
    sum += weights[i]!;
  }
  const total = largest + log(sum);
  for (const i of weights.keys()) {
    weights[i]! /= sum;
    logWeights[i]! -= total;
  }
  return total;
}
