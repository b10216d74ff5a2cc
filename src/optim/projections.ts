import { InvalidInputError, requireFinite } from "../core/errors.ts";
import { vectorNorm } from "../core/linalg/index.ts";
import { requireVector } from "./require-vector.ts";

/**
 * Projects onto the simplex {u >= 0, sum u = 1}, in place, by one sort. O(n log n). Held, Wolfe and Crowder,
 * "Validation of subgradient optimization", 1974.
 */
export function projectSimplex(u: Float64Array): Float64Array {
  requireVector("u", u);
  if (u.length === 0) throw new InvalidInputError("u", "expected at least one element");
  const sorted = u.slice().sort();
  let sum = 0;
  let threshold = 0;
  for (let k = 1; k <= sorted.length; k++) {
    const value = sorted[sorted.length - k]!;
    sum += value;
    if (!(value * k > sum - 1)) break;
    threshold = (sum - 1) / k;
  }
  for (let i = 0; i < u.length; i++) u[i] = Math.max(u[i]! - threshold, 0);
  return u;
}

/** Projects onto the box [lower, upper] in every coordinate, in place. Bounds may be infinite. */
export function projectBox(u: Float64Array, lower: number, upper: number): Float64Array {
  requireVector("u", u);
  if (!(lower <= upper))
    throw new InvalidInputError("lower", `expected at most upper = ${upper}, got ${lower}`);
  for (let i = 0; i < u.length; i++) u[i] = Math.min(Math.max(u[i]!, lower), upper);
  return u;
}

/** Projects onto the Euclidean ball of a radius around 0, in place. */
export function projectBall(u: Float64Array, radius: number): Float64Array {
  requireVector("u", u);
  requireFinite("radius", radius, 0);
  const norm = vectorNorm(u);
  if (norm > radius) for (let i = 0; i < u.length; i++) u[i]! *= radius / norm;
  return u;
}

/** The proximal map of `threshold * ||.||_1`, in place: every coordinate moves towards 0 by at most the threshold. */
export function softThreshold(u: Float64Array, threshold: number): Float64Array {
  requireVector("u", u);
  requireFinite("threshold", threshold, 0);
  for (let i = 0; i < u.length; i++) u[i] = Math.sign(u[i]!) * Math.max(Math.abs(u[i]!) - threshold, 0);
  return u;
}
