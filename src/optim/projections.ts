import { InvalidInputError, requireFinite } from "../core/errors.ts";
import { vectorNorm } from "../core/linalg/index.ts";
import { requireVector } from "./require-vector.ts";

/**
 * Projects onto the simplex {u >= 0, sum u = 1}, in place. Coordinates below the threshold of those that remain are
 * dropped until none is: a few passes, no sort, exact. Michelot 1986, A finite algorithm for finding the projection
 * of a point onto the canonical simplex of R^n.
 */
export function projectSimplex(u: Float64Array): Float64Array {
  requireVector("u", u);
  if (u.length === 0) throw new InvalidInputError("u", "expected at least one element");
  projectSimplexPart(u, 0, u.length);
  return u;
}

/** {@link projectSimplex} of the elements from `start` to `end - 1`, unchecked. */
export function projectSimplexPart(u: Float64Array, start: number, end: number): void {
  let count = end - start;
  let sum = 0;
  for (let i = start; i < end; i++) sum += u[i]!;
  let threshold = (sum - 1) / count;
  for (;;) {
    let kept = 0;
    let keptSum = 0;
    for (let i = start; i < end; i++) {
      const value = u[i]!;
      if (value <= threshold) continue;
      kept++;
      keptSum += value;
    }
    // Rounding may leave no element above a threshold of one element.
    if (kept === count || kept === 0) break;
    count = kept;
    threshold = (keptSum - 1) / kept;
  }
  for (let i = start; i < end; i++) u[i] = u[i]! > threshold ? u[i]! - threshold : 0;
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
