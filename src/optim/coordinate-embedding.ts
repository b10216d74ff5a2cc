import { InvalidInputError } from "../core/errors.ts";
import type { SketchOperator } from "../core/linalg/index.ts";
import { requireVector } from "./require-vector.ts";

/**
 * How far a sketch moves one inner product: |g^T S^T S h - g^T h| sqrt(m) / (|g| |h|). For a dense sketch it is
 * bounded by a power of a logarithm whatever g and h (an oblivious coordinate-wise embedding); for a CountSketch it can
 * reach sqrt(m).
 */
export function coordinateEmbeddingError(sketch: SketchOperator, g: Float64Array, h: Float64Array): number {
  requireVector("g", g, sketch.n);
  requireVector("h", h, sketch.n);
  const dot = (u: Float64Array, v: Float64Array): number =>
    u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const lengths = Math.sqrt(dot(g, g)) * Math.sqrt(dot(h, h));
  if (!(lengths > 0)) throw new InvalidInputError("g", "expected vectors other than zero");
  const sketched = dot(sketch.applyVector(g), sketch.applyVector(h));
  return (Math.abs(sketched - dot(g, h)) * Math.sqrt(sketch.m)) / lengths;
}
