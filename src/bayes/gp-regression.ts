import { InvalidInputError, requireFinite, requireKnownOptions, requireOneOf, show } from "../core/errors.ts";
import { FunctionChain } from "./function-chain.ts";
import { type MaternKernel, maternKernels } from "./matern.ts";

export interface StateSpaceGpOptions {
  /** Default `matern32`. */
  readonly kernel?: MaternKernel;
  /** In the units of x; default 1. */
  readonly lengthscale?: number;
  /** Variance of the function; default 1. */
  readonly variance?: number;
  /** Variance of an observation; default 0.01. */
  readonly noise?: number;
}

/** Moments of a function at the places asked for. */
export interface GpPrediction {
  readonly mean: Float64Array;
  /** Of the function, without noise. */
  readonly variance: Float64Array;
}

/**
 * Gaussian-process regression over a line by Kalman smoothing: the same as the dense formula, in O(n log n). Places
 * may be in any order, repeated, and outside the range of the data.
 *
 * @param x places of the observations; @param y their values; @param at places to predict at
 */
export function stateSpaceGp(
  x: Float64Array,
  y: Float64Array,
  at: Float64Array,
  options: StateSpaceGpOptions = {},
): GpPrediction {
  requireKnownOptions("options", options, ["kernel", "lengthscale", "variance", "noise"]);
  const noise = requireFinite("options.noise", options.noise ?? 0.01, Number.MIN_VALUE);
  const kernel = requireOneOf("options.kernel", options.kernel ?? "matern32", maternKernels);
  const lengthscale = requireFinite("options.lengthscale", options.lengthscale ?? 1, Number.MIN_VALUE);
  const variance = requireFinite("options.variance", options.variance ?? 1, Number.MIN_VALUE);
  requireValues("x", x);
  requireValues("y", y);
  requireValues("at", at);
  if (x.length === 0 || x.length !== y.length)
    throw new InvalidInputError("y", `expected as many values as places, ${x.length}, and one at least`);
  const nodes = Float64Array.from(new Set(x)).sort();
  const index = new Map(Array.from(nodes, (node, i) => [node, i]));
  const lambda = new Float64Array(nodes.length);
  const eta = new Float64Array(nodes.length);
  for (const [i, place] of x.entries()) {
    const node = index.get(place)!;
    lambda[node]! += 1 / noise;
    eta[node]! += y[i]! / noise;
  }
  const chain = new FunctionChain(nodes, 1, kernel, lengthscale, variance);
  chain.smooth(lambda, eta, {
    mean: new Float64Array(nodes.length),
    covariance: new Float64Array(nodes.length),
  });
  const { mean, covariance } = chain.at(at);
  return { mean, variance: covariance };
}

function requireValues(argument: string, values: Float64Array): void {
  if (!(values instanceof Float64Array))
    throw new InvalidInputError(argument, `expected a Float64Array, got ${show(values)}`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new InvalidInputError(`${argument}[${bad}]`, `expected a finite number, got ${values[bad]}`);
}
