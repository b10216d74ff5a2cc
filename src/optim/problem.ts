import type { RandomStream } from "../core/random/index.ts";

/**
 * A differentiable function of `n` variables, as a plain object: a method that needs values and gradients takes
 * every problem that has them.
 */
export interface SmoothProblem {
  /** Number of variables. */
  readonly n: number;
  value(x: Float64Array): number;
  /** Writes the gradient at x into `out`, which has length n. */
  gradient(x: Float64Array, out: Float64Array): void;
}

/**
 * A monotone operator that is the mean of n components, `F(u) = (1/n) sum_i F_i(u)`. Components can be evaluated one
 * by one, which is what variance reduction lives on. An operator may draw its components itself, by their weight:
 * then what `component` adds is divided by n times the probability of i, so that its mean is F all the same.
 */
export interface FiniteSumOperator {
  /** Number of components: what one evaluation of F costs in evaluations of components. */
  readonly n: number;
  /** Length of u. */
  readonly dimension: number;
  /** Constant of cocoercivity or of Lipschitz continuity of the components on average, where it is known. */
  readonly lipschitz?: number;
  /** Writes F(u) into `out`. */
  full(u: Float64Array, out: Float64Array): void;
  /** `out += scale * F_i(u)`. */
  component(i: number, u: Float64Array, out: Float64Array, scale: number): void;
  /** `out += scale * (F_i(u) - F_i(v))`, where that costs less than two components. */
  difference?(i: number, u: Float64Array, v: Float64Array, out: Float64Array, scale: number): void;
  /** Draws a component; default uniformly from 0 to n - 1. */
  draw?(stream: RandomStream): number;
}

/** The resolvent of eta G, in place: the projection onto C when G is the normal cone of C. */
export interface Resolvent {
  apply(u: Float64Array, eta: number): void;
}
