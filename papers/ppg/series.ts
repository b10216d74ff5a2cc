import { type Matrix, ndArray } from "ockham/array";
import {
  type Autoregression,
  autoregressionKalman,
  kalmanFilter,
  rtsSmoother,
  type StochasticVolatility,
} from "ockham/bayes";
import { randomStream } from "ockham/random";

/** The linear-Gaussian model of the experiments. */
export const autoregression: Autoregression = {
  coefficient: 0.97,
  noise: 0.54,
  gain: 0.6,
  observationNoise: 0.33,
};

/** Standard deviation of the states' stationary law. */
export const stationary = autoregression.noise / Math.sqrt(1 - autoregression.coefficient ** 2);

export interface Simulated {
  readonly states: Float64Array;
  readonly observations: Matrix;
}

export function simulateAutoregression(steps: number, seed: number): Simulated {
  const stream = randomStream(seed, "data");
  const { coefficient, noise, gain, observationNoise } = autoregression;
  const states = new Float64Array(steps);
  const y = new Float64Array(steps);
  let x = stationary * stream.normal();
  for (let t = 0; t < steps; t++) {
    states[t] = x;
    y[t] = gain * x + observationNoise * stream.normal();
    x = coefficient * x + noise * stream.normal();
  }
  return { states, observations: ndArray("float64", [steps, 1], y) };
}

/**
 * The first simulated series whose states all stay within `width` stationary deviations. An outlying state makes the
 * bias of every bootstrap method decay slowly; the experiments state the width.
 */
export function firstWithin(steps: number, width: number): Simulated & { readonly seed: number } {
  for (let seed = 0; ; seed++) {
    const simulated = simulateAutoregression(steps, seed);
    if (simulated.states.every((x) => Math.abs(x) <= width * stationary)) return { ...simulated, seed };
  }
}

/** E[sum x_t x_{t+1} | y] by the Kalman smoother. */
export function exactLagOne(observations: Matrix): number {
  const model = autoregressionKalman(autoregression);
  const { mean, lagOneCovariance } = rtsSmoother(model, kalmanFilter(model, observations));
  return lagOneCovariance.data.reduce((sum, c, t) => sum + c + mean.data[t]! * mean.data[t + 1]!, 0);
}

export function simulateVolatility(parameters: StochasticVolatility, steps: number, seed: number): Matrix {
  const stream = randomStream(seed, "volatility");
  const { persistence, volatility, scale } = parameters;
  const y = new Float64Array(steps);
  let x = (volatility / Math.sqrt(1 - persistence ** 2)) * stream.normal();
  for (let t = 0; t < steps; t++) {
    y[t] = scale * Math.exp(x / 2) * stream.normal();
    x = persistence * x + volatility * stream.normal();
  }
  return ndArray("float64", [steps, 1], y);
}
