import type { Matrix } from "../array/index.ts";
import { requireOneOf } from "../errors.ts";
import { requireFloatMatrix, requireVector } from "./checks.ts";
import { singularValues } from "./svd.ts";

/**
 * Matrix norms: square root of the sum of squares; largest column sum; largest row sum; largest entry (all of
 * absolute values); largest singular value.
 */
export type NormKind = "frobenius" | "one" | "infinity" | "max" | "two";

/** A norm of a matrix; 0 for an empty one. O(m n), by singular values for "two". */
export function norm(a: Matrix, kind: NormKind = "frobenius"): number {
  requireOneOf("kind", kind, ["frobenius", "one", "infinity", "max", "two"]);
  const { rows, cols } = requireFloatMatrix("a", a);
  if (kind === "frobenius") return euclidean(a.data);
  if (kind === "two") return singularValues(a)[0] ?? 0;
  if (kind === "one") return oneNorm(rows, cols, a.data);
  let largest = 0;
  for (let i = 0, p = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < cols; j++, p++) {
      const size = Math.abs(a.data[p]!);
      sum = kind === "max" ? Math.max(sum, size) : sum + size;
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}

/** The 2-norm of a vector, without overflow or underflow in between. */
export function vectorNorm(x: Float64Array): number {
  return euclidean(requireVector("x", x));
}

export function oneNorm(rows: number, cols: number, a: Float64Array): number {
  const sums = new Float64Array(cols);
  for (let i = 0, p = 0; i < rows; i++) for (let j = 0; j < cols; j++, p++) sums[j]! += Math.abs(a[p]!);
  let largest = 0;
  for (const sum of sums) largest = Math.max(largest, sum);
  return largest;
}

/** Square root of the sum of squares, scaled where squares leave the range. */
export function euclidean(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  if (sum > 1e-280 && sum < 1e280) return Math.sqrt(sum);
  let largest = 0;
  for (let i = 0; i < x.length; i++) largest = Math.max(largest, Math.abs(x[i]!));
  if (largest === 0) return 0;
  sum = 0;
  for (let i = 0; i < x.length; i++) {
    const scaled = x[i]! / largest;
    sum += scaled * scaled;
  }
  return largest * Math.sqrt(sum);
}
