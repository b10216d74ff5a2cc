import { requireFinite, requireKnownOptions } from "../core/errors.ts";
import { cosPi, exp } from "../core/special/index.ts";
import { logNormal } from "./autoregression.ts";
import type { ParametricModel, StateSpaceModel } from "./state-space-model.ts";

/**
 * x' = x / 2 + 25 x / (1 + x^2) + 8 cos(1.2 t) + noise e, y = x^2 / 20 + observationNoise e', x_0 ~ N(0, 5): the
 * benchmark whose smoothing laws have two modes.
 *
 * Reference: Gordon, Salmond and Smith, "Novel approach to nonlinear/non-Gaussian Bayesian state estimation" (1993).
 */
export interface GrowthParameters {
  /** Standard deviation of a step; usual is the root of 10. */
  readonly noise: number;
  /** Standard deviation of an observation; usual is 1. */
  readonly observationNoise: number;
}

const initialDeviation = Math.sqrt(5);

const moved = (x: number, t: number): number =>
  0.5 * x + (25 * x) / (1 + x * x) + 8 * cosPi((1.2 / Math.PI) * t);

/** The growth model for particle methods. */
export function growthModel(parameters: GrowthParameters): StateSpaceModel {
  requireKnownOptions("parameters", parameters, ["noise", "observationNoise"]);
  const noise = requireFinite("parameters.noise", parameters.noise, Number.MIN_VALUE);
  const observationNoise = requireFinite(
    "parameters.observationNoise",
    parameters.observationNoise,
    Number.MIN_VALUE,
  );
  const bound = logNormal(0, noise);
  return {
    stateDim: 1,
    observationDim: 1,
    sampleInitial: (stream, out, count) => {
      for (let i = 0; i < count; i++) out[i] = initialDeviation * stream.normal();
    },
    sampleTransition: (stream, previous, i, t, next, j) => {
      next[j] = moved(previous[i]!, t) + noise * stream.normal();
    },
    logTransition: (previous, i, next, j, t) => logNormal(next[j]! - moved(previous[i]!, t), noise),
    logTransitionBound: () => bound,
    logObservation: (x, i, y) => logNormal(y[0]! - (x[i]! * x[i]!) / 20, observationNoise),
  };
}

/** Learns both deviations; theta = their logarithms. */
export function growthFamily(): ParametricModel {
  return {
    parameters: ["log(noise)", "log(observationNoise)"],
    at: (theta) => growthModel({ noise: exp(theta[0]!), observationNoise: exp(theta[1]!) }),
    score: (theta, observations) => {
      const noise = exp(theta[0]!);
      const observationNoise = exp(theta[1]!);
      const addObservation = (x: number, t: number, out: Float64Array): void => {
        const y = observations[t]![0]!;
        if (!Number.isNaN(y)) out[1]! += ((y - (x * x) / 20) / observationNoise) ** 2 - 1;
      };
      return {
        dim: 2,
        addInitial: (x, i, out) => addObservation(x[i]!, 0, out),
        addIncrement: (previous, i, next, j, t, out) => {
          out[0]! += ((next[j]! - moved(previous[i]!, t)) / noise) ** 2 - 1;
          addObservation(next[j]!, t, out);
        },
      };
    },
  };
}
