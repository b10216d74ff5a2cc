import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, show } from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { requireObservations } from "./linear-gaussian.ts";

/**
 * A hidden Markov chain x_0, x_1, ... with observations, as particle methods need it. States of many particles lie
 * one after the other in a Float64Array; a state is named by the array and the offset of its first component, so
 * that nothing is allocated for a particle: for a scalar state, `x[i]`.
 */
export interface StateSpaceModel {
  /** Components of a state. */
  readonly stateDim: number;
  /** Components of an observation. */
  readonly observationDim: number;
  /** Draws `count` states of x_0 into the front of `out`. */
  sampleInitial(stream: RandomStream, out: Float64Array, count: number): void;
  /** Draws x_t given x_{t-1} at `previous[i]` into `next[j]`. */
  sampleTransition(
    stream: RandomStream,
    previous: Float64Array,
    i: number,
    t: number,
    next: Float64Array,
    j: number,
  ): void;
  /** log density of x_t = `next[j]` given x_{t-1} = `previous[i]`; -Infinity where impossible. */
  logTransition(previous: Float64Array, i: number, next: Float64Array, j: number, t: number): number;
  /** log density of the observation y of step t given x_t = `x[i]`. */
  logObservation(x: Float64Array, i: number, y: Float64Array, t: number): number;
  /** log of an upper bound of the transition density of step t, for draws by acceptance and rejection. */
  logTransitionBound?(t: number): number;
  /** Other laws to move particles by than the chain's own; weights are corrected. */
  readonly proposal?: Proposal;
}

/** Laws that look at the observation before a particle moves (a guided filter). */
export interface Proposal {
  sampleInitial(stream: RandomStream, y: Float64Array, out: Float64Array, count: number): void;
  sampleTransition(
    stream: RandomStream,
    previous: Float64Array,
    i: number,
    t: number,
    y: Float64Array,
    next: Float64Array,
    j: number,
  ): void;
  /** log of the initial density over that of the proposal at `x[i]`. */
  logInitialRatio(x: Float64Array, i: number, y: Float64Array): number;
  /** log of the transition density over that of the proposal. */
  logTransitionRatio(
    previous: Float64Array,
    i: number,
    next: Float64Array,
    j: number,
    t: number,
    y: Float64Array,
  ): number;
}

/**
 * A sum over a path, h(x) = h_0(x_0) + sum over t >= 1 of h_t(x_{t-1}, x_t), with `dim` components: smoothed moments,
 * sufficient statistics, scores. Both functions add their term to `out`.
 */
export interface AdditiveFunctional {
  readonly dim: number;
  addInitial(x: Float64Array, i: number, out: Float64Array): void;
  addIncrement(
    previous: Float64Array,
    i: number,
    next: Float64Array,
    j: number,
    t: number,
    out: Float64Array,
  ): void;
}

/** A model with parameters to learn, all real: positive ones as their logarithm, and so on. */
export interface ParametricModel {
  /** A name for every parameter. */
  readonly parameters: readonly string[];
  at(theta: Float64Array): StateSpaceModel;
  /** The gradient in theta of log p(x, y) as a functional of the path; y by step, NaN where missing. */
  score(theta: Float64Array, observations: readonly Float64Array[]): AdditiveFunctional;
}

/** Refuses a model without the functions that particle methods call. */
export function requireStateSpaceModel(argument: string, model: StateSpaceModel): void {
  if (typeof model !== "object" || model === null)
    throw new InvalidInputError(argument, `expected a StateSpaceModel, got ${show(model)}`);
  requireInteger(`${argument}.stateDim`, model.stateDim, 1, 1e6);
  requireInteger(`${argument}.observationDim`, model.observationDim, 1, 1e6);
  for (const name of ["sampleInitial", "sampleTransition", "logTransition", "logObservation"] as const)
    if (typeof model[name] !== "function")
      throw new InvalidInputError(`${argument}.${name}`, `expected a function, got ${show(model[name])}`);
}

/** Refuses a functional without its functions. */
export function requireFunctional(argument: string, functional: AdditiveFunctional): void {
  if (typeof functional !== "object" || functional === null)
    throw new InvalidInputError(argument, `expected an AdditiveFunctional, got ${show(functional)}`);
  requireInteger(`${argument}.dim`, functional.dim, 1, 1e8);
  for (const name of ["addInitial", "addIncrement"] as const)
    if (typeof functional[name] !== "function")
      throw new InvalidInputError(
        `${argument}.${name}`,
        `expected a function, got ${show(functional[name])}`,
      );
}

/** Observations by step; null where any component is missing. */
export interface Series {
  readonly steps: number;
  readonly values: readonly Float64Array[];
  readonly observed: readonly boolean[];
  /** Number of values that were NaN. */
  readonly missing: number;
}

/** Refuses observations that do not fit the model; cuts them into steps. */
export function requireSeries(argument: string, observations: Matrix, model: StateSpaceModel): Series {
  const { steps, p } = requireObservations(argument, observations);
  if (p !== model.observationDim)
    throw new InvalidInputError(argument, `expected ${model.observationDim} columns, got ${p}`);
  const values = Array.from({ length: steps }, (_, t) => observations.data.slice(t * p, (t + 1) * p));
  const observed = values.map((y) => !y.some(Number.isNaN));
  const missing = observations.data.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  return { steps, values, observed, missing };
}

/** The functional whose components are those of x_0 .. x_{T-1}: its expectation is the smoothed means. */
export function stateFunctional(steps: number, stateDim = 1): AdditiveFunctional {
  requireInteger("steps", steps, 1);
  requireInteger("stateDim", stateDim, 1);
  const add = (x: Float64Array, i: number, t: number, out: Float64Array): void => {
    for (let k = 0; k < stateDim; k++) out[t * stateDim + k]! += x[i + k]!;
  };
  return {
    dim: steps * stateDim,
    addInitial: (x, i, out) => add(x, i, 0, out),
    addIncrement: (_previous, _i, next, j, t, out) => add(next, j, t, out),
  };
}

/**
 * The functional of a scalar chain with components sum x_t, sum x_t^2 (t = 0 .. T-1) and sum x_t x_{t+1}: the
 * sufficient statistics of an autoregression.
 */
export function momentFunctional(): AdditiveFunctional {
  return {
    dim: 3,
    addInitial: (x, i, out) => {
      out[0]! += x[i]!;
      out[1]! += x[i]! * x[i]!;
    },
    addIncrement: (previous, i, next, j, _t, out) => {
      out[0]! += next[j]!;
      out[1]! += next[j]! * next[j]!;
      out[2]! += previous[i]! * next[j]!;
    },
  };
}

/** The functional sum of x_t x_{t+1} of a scalar chain. */
export function lagOneFunctional(): AdditiveFunctional {
  return {
    dim: 1,
    addInitial: () => {},
    addIncrement: (previous, i, next, j, _t, out) => {
      out[0]! += previous[i]! * next[j]!;
    },
  };
}

/** A path's value of a functional. */
export function evaluateFunctional(
  functional: AdditiveFunctional,
  path: Float64Array,
  steps: number,
): Float64Array {
  const out = new Float64Array(functional.dim);
  const d = path.length / steps;
  functional.addInitial(path, 0, out);
  for (let t = 1; t < steps; t++) functional.addIncrement(path, (t - 1) * d, path, t * d, t, out);
  return out;
}

/** Refuses a path that is not T states of the model. */
export function requirePath(
  argument: string,
  path: Float64Array,
  steps: number,
  model: StateSpaceModel,
): void {
  if (!(path instanceof Float64Array) || path.length !== steps * model.stateDim)
    throw new InvalidInputError(
      argument,
      `expected a Float64Array of ${steps * model.stateDim} values (${steps} steps of ${model.stateDim}), got ${
        path instanceof Float64Array ? `${path.length} values` : show(path)
      }`,
    );
  for (const [i, value] of path.entries()) requireFinite(`${argument}[${i}]`, value);
}
