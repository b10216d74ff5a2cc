import { requireFinite, requireKnownOptions } from "../core/errors.ts";
import { exp, log } from "../core/special/index.ts";
import { autoregressiveChain, chainScore, tanh } from "./autoregression.ts";
import type { ParametricModel, StateSpaceModel } from "./state-space-model.ts";

const halfLogTwoPi = 0.5 * log(2 * Math.PI);

/** x' = persistence x + volatility e, y = scale exp(x / 2) e', from the stationary law: returns of a price. */
export interface StochasticVolatility {
  /** In (-1, 1). */
  readonly persistence: number;
  readonly volatility: number;
  readonly scale: number;
}

/** The stochastic volatility model for particle methods. */
export function stochasticVolatilityModel(parameters: StochasticVolatility): StateSpaceModel {
  requireKnownOptions("parameters", parameters, ["persistence", "volatility", "scale"]);
  const limit = 1 - 1e-12;
  requireFinite("parameters.persistence", parameters.persistence, -limit, limit);
  requireFinite("parameters.volatility", parameters.volatility, Number.MIN_VALUE);
  requireFinite("parameters.scale", parameters.scale, Number.MIN_VALUE);
  const { persistence, volatility, scale } = parameters;
  const constant = -log(scale) - halfLogTwoPi;
  return {
    ...autoregressiveChain(persistence, volatility),
    observationDim: 1,
    logObservation: (x, i, y) => {
      const z = y[0]! / scale;
      return constant - 0.5 * x[i]! - 0.5 * z * z * exp(-x[i]!);
    },
  };
}

/** Learns all three parameters; theta = (atanh persistence, log volatility, log scale). */
export function stochasticVolatilityFamily(): ParametricModel {
  return {
    parameters: ["atanh(persistence)", "log(volatility)", "log(scale)"],
    at: (theta) =>
      stochasticVolatilityModel({
        persistence: tanh(theta[0]!),
        volatility: exp(theta[1]!),
        scale: exp(theta[2]!),
      }),
    score: (theta, observations) => {
      const chain = chainScore(tanh(theta[0]!), exp(theta[1]!));
      const scale = exp(theta[2]!);
      const addScale = (x: number, t: number, out: Float64Array): void => {
        const y = observations[t]![0]!;
        if (!Number.isNaN(y)) out[2]! += (y / scale) ** 2 * exp(-x) - 1;
      };
      return {
        dim: 3,
        addInitial: (x, i, out) => {
          chain.addInitial(x[i]!, out);
          addScale(x[i]!, 0, out);
        },
        addIncrement: (previous, i, next, j, t, out) => {
          chain.addIncrement(previous[i]!, next[j]!, out);
          addScale(next[j]!, t, out);
        },
      };
    },
  };
}
