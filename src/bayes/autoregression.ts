import { fromNested } from "../core/array/index.ts";
import { requireFinite, requireKnownOptions } from "../core/errors.ts";
import { exp, log } from "../core/special/index.ts";
import type { LinearGaussianModel } from "./linear-gaussian.ts";
import type { AdditiveFunctional, ParametricModel, StateSpaceModel } from "./state-space-model.ts";

const halfLogTwoPi = 0.5 * log(2 * Math.PI);

/** Hyperbolic tangent from the library's own exponential, the same on every engine. */
export function tanh(x: number): number {
  const e = exp(-2 * Math.abs(x));
  return Math.sign(x) * ((1 - e) / (1 + e));
}

/** log density of N(0, s^2) at x. */
export function logNormal(x: number, s: number): number {
  const z = x / s;
  return -0.5 * z * z - log(s) - halfLogTwoPi;
}

/** x' = coefficient x + noise e, y = gain x + observationNoise e', with the stationary law as its start. */
export interface Autoregression {
  /** In (-1, 1). */
  readonly coefficient: number;
  /** Standard deviation of a step. */
  readonly noise: number;
  readonly gain: number;
  /** Standard deviation of an observation. */
  readonly observationNoise: number;
}

function requireAutoregression(argument: string, model: Autoregression): void {
  requireKnownOptions(argument, model, ["coefficient", "noise", "gain", "observationNoise"]);
  const limit = 1 - 1e-12;
  requireFinite(`${argument}.coefficient`, model.coefficient, -limit, limit);
  requireFinite(`${argument}.noise`, model.noise, Number.MIN_VALUE);
  requireFinite(`${argument}.gain`, model.gain);
  requireFinite(`${argument}.observationNoise`, model.observationNoise, Number.MIN_VALUE);
}

/** A noisily observed autoregression for particle methods. */
export function autoregressionModel(autoregression: Autoregression): StateSpaceModel {
  requireAutoregression("autoregression", autoregression);
  const { coefficient, noise, gain, observationNoise } = autoregression;
  const y = -log(observationNoise) - halfLogTwoPi;
  return {
    ...autoregressiveChain(coefficient, noise),
    observationDim: 1,
    logObservation: (x, i, values) => {
      const z = (values[0]! - gain * x[i]!) / observationNoise;
      return -0.5 * z * z + y;
    },
  };
}

/** The chain x' = coefficient x + noise e from its stationary law. */
export function autoregressiveChain(coefficient: number, noise: number) {
  const stationary = noise / Math.sqrt(1 - coefficient * coefficient);
  const bound = -log(noise) - halfLogTwoPi;
  return {
    stateDim: 1,
    sampleInitial: (stream, out, count) => {
      for (let i = 0; i < count; i++) out[i] = stationary * stream.normal();
    },
    sampleTransition: (stream, previous, i, _t, next, j) => {
      next[j] = coefficient * previous[i]! + noise * stream.normal();
    },
    logTransition: (previous, i, next, j) => {
      const z = (next[j]! - coefficient * previous[i]!) / noise;
      return -0.5 * z * z + bound;
    },
    logTransitionBound: () => bound,
  } satisfies Partial<StateSpaceModel>;
}

/** The same autoregression for the Kalman filter. */
export function autoregressionKalman(autoregression: Autoregression): LinearGaussianModel {
  requireAutoregression("autoregression", autoregression);
  const { coefficient, noise, gain, observationNoise } = autoregression;
  return {
    initialMean: new Float64Array(1),
    initialCovariance: fromNested([[noise ** 2 / (1 - coefficient ** 2)]]),
    transition: fromNested([[coefficient]]),
    transitionNoise: fromNested([[noise ** 2]]),
    observation: fromNested([[gain]]),
    observationNoise: fromNested([[observationNoise ** 2]]),
  };
}

/**
 * Adds the gradient of the log density of an autoregressive chain in (atanh coefficient, log noise) to the first two
 * components of `out`.
 */
export function chainScore(coefficient: number, noise: number) {
  const slope = 1 - coefficient * coefficient;
  const variance = noise * noise;
  return {
    addInitial: (x: number, out: Float64Array): void => {
      // x ~ N(0, noise^2 / (1 - coefficient^2)).
      const z = (x * x * slope) / variance;
      out[0]! += coefficient * (z - 1);
      out[1]! += z - 1;
    },
    addIncrement: (previous: number, next: number, out: Float64Array): void => {
      const rest = next - coefficient * previous;
      out[0]! += (slope * rest * previous) / variance;
      out[1]! += (rest * rest) / variance - 1;
    },
  };
}

/** Learns coefficient and noise of an autoregression; theta = (atanh coefficient, log noise). */
export function autoregressionFamily(
  fixed: Pick<Autoregression, "gain" | "observationNoise">,
): ParametricModel {
  requireKnownOptions("fixed", fixed, ["gain", "observationNoise"]);
  requireFinite("fixed.gain", fixed.gain);
  requireFinite("fixed.observationNoise", fixed.observationNoise, Number.MIN_VALUE);
  return {
    parameters: ["atanh(coefficient)", "log(noise)"],
    at: (theta) => autoregressionModel({ ...fixed, coefficient: tanh(theta[0]!), noise: exp(theta[1]!) }),
    score: (theta): AdditiveFunctional => {
      const score = chainScore(tanh(theta[0]!), exp(theta[1]!));
      return {
        dim: 2,
        addInitial: (x, i, out) => score.addInitial(x[i]!, out),
        addIncrement: (previous, i, next, j, _t, out) => score.addIncrement(previous[i]!, next[j]!, out),
      };
    },
  };
}
