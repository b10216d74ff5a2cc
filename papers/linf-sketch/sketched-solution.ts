import { NumericalError } from "ockham";
import { lstsq, type SketchOperator } from "ockham/linalg";
import { sketchedLeastSquares } from "ockham/optim";
import type { Instance } from "./instances.ts";

/** A sparse sketch can lose rank; then the solution of least norm stands in, in its favour. */
export function sketchedSolution({ a, b }: Pick<Instance, "a" | "b">, sketch: SketchOperator): Float64Array {
  try {
    return sketchedLeastSquares(a, b, { sketch }).x;
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    return lstsq(sketch.apply(a), sketch.applyVector(b)).x;
  }
}
