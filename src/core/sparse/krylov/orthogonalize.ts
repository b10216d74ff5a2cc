import type { Basis } from "../kernels/workspace.ts";
import { epsilon, type KrylovRun } from "./run.ts";

/** The first `count` columns of an orthonormal basis, and where the parts of a vector along them are written. */
export interface BasisProducts {
  readonly basis: Basis;
  readonly count: number;
  readonly products: Float64Array;
}

/** Ratio of lengths after and before a pass above which orthogonality to rounding is certain. */
const harmless = 0.7;
/** Part of a vector that may lie along the basis without being taken out. */
const negligible = 8 * epsilon;

/**
 * Gram-Schmidt with one re-orthogonalisation: takes out of w its parts along the bases, which are orthogonal to each
 * other. Where cancellation was large what is left along them is measured, and taken out unless it is of rounding size:
 * measuring alone is half the work. Returns the lengths of w before and after. `scratch` is as long as the longest
 * products.
 *
 * Daniel, Gragg, Kaufman and Stewart, Reorthogonalization and stable algorithms for updating the Gram-Schmidt QR
 * factorization, 1976.
 */
export function orthogonalize(
  run: KrylovRun,
  parts: readonly BasisProducts[],
  w: Float64Array,
  scratch: Float64Array,
): { before: number; after: number } {
  const { workspace } = run;
  for (const { basis, count, products } of parts) workspace.orthogonalize(basis, count, w, products);
  let after = run.norm(w, "A v");
  let square = after * after;
  for (const { count, products } of parts) square += squareOf(products, count);
  const before = Math.sqrt(square);
  if (after >= harmless * before) return { before, after };
  for (const { basis, count, products } of parts) {
    workspace.project(basis, count, w, scratch);
    if (Math.sqrt(squareOf(scratch, count)) <= negligible * after) continue;
    workspace.combine(basis, count, -1, scratch, w);
    for (let i = 0; i < count; i++) products[i]! += scratch[i]!;
  }
  after = run.norm(w, "A v");
  return { before, after };
}

function squareOf(values: Float64Array, count: number): number {
  let square = 0;
  for (let i = 0; i < count; i++) square += values[i]! ** 2;
  return square;
}
