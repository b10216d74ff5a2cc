import type { Matrix } from "ockham/array";
import type { StateSpaceModel } from "ockham/bayes";

/**
 * E[sum x_t x_{t+1} | y] of a scalar chain by forward recursion on a grid of `points` states in [low, high]: exact up to
 * the quadrature, which converges exponentially for smooth densities that vanish at both ends. O(T points^2).
 */
export function quadratureLagOne(
  model: StateSpaceModel,
  logInitial: (x: number) => number,
  observations: Matrix,
  low: number,
  high: number,
  points: number,
): number {
  const grid = Float64Array.from({ length: points }, (_, i) => low + ((high - low) * i) / (points - 1));
  const weigh = (t: number, i: number): number =>
    Math.exp(model.logObservation(grid, i, observations.data.subarray(t, t + 1), t));
  // The laws here do not change with time: one table of transition densities serves all steps.
  const density = new Float64Array(points * points);
  for (let i = 0; i < points; i++)
    for (let j = 0; j < points; j++)
      density[j * points + i] = Math.exp(model.logTransition(grid, i, grid, j, 1));
  let mass = Float64Array.from(grid, (x, i) => Math.exp(logInitial(x)) * weigh(0, i));
  let sums = new Float64Array(points);
  const steps = observations.shape[0]!;
  for (let t = 1; t < steps; t++) {
    const nextMass = new Float64Array(points);
    const nextSums = new Float64Array(points);
    let total = 0;
    for (let j = 0; j < points; j++) {
      let m = 0;
      let s = 0;
      for (let i = 0; i < points; i++) {
        const flow = mass[i]! * density[j * points + i]!;
        m += flow;
        s += flow * (sums[i]! + grid[i]! * grid[j]!);
      }
      nextSums[j] = m > 0 ? s / m : 0;
      nextMass[j] = m * weigh(t, j);
      total += nextMass[j]!;
    }
    for (let j = 0; j < points; j++) nextMass[j]! /= total;
    mass = nextMass;
    sums = nextSums;
  }
  return mass.reduce((sum, m, i) => sum + m * sums[i]!, 0);
}
