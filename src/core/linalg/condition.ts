import type { Matrix } from "../array/index.ts";
import { requireInteger, requireKnownOptions } from "../errors.ts";
import { requireFloatMatrix, requireSquare } from "./checks.ts";
import type { SquareFactors } from "./kernels.ts";
import { oneNorm } from "./norms.ts";
import { kernels } from "./provider.ts";
import { singularValues } from "./svd.ts";

/** Condition number in the 2-norm, sigma_max / sigma_min, from the singular values; Infinity where singular. */
export function conditionNumber(a: Matrix): number {
  const { rows, cols } = requireFloatMatrix("a", a);
  if (rows === 0 || cols === 0) return 1;
  const s = singularValues(a);
  return s[s.length - 1] === 0 ? Number.POSITIVE_INFINITY : s[0]! / s[s.length - 1]!;
}

/**
 * Estimate of the condition number in the 1-norm, |a| |a^-1|, from an LU factorization and a few solves: a lower
 * bound, almost always within a factor of 3. Infinity where singular. Higham, "FORTRAN codes for estimating
 * the one-norm of a real or complex matrix, with applications to condition estimation" (1988).
 */
export function conditionEstimate(a: Matrix): number {
  const n = requireSquare("a", a);
  return n === 0 ? 1 : 1 / reciprocalCondition(n, kernels().factor(n, a.data.slice()), a.data);
}

/** Reciprocal of the estimate of {@link conditionEstimate}; 0 where singular. */
export function reciprocalCondition(n: number, factors: SquareFactors, a: Float64Array): number {
  const size = oneNorm(n, n, a);
  if (factors.zeroPivot >= 0 || size === 0) return 0;
  const solve = (transpose: boolean) => (x: Float64Array) => {
    const y = x.slice();
    factors.solve(transpose, 1, y);
    return y;
  };
  const inverse = oneNormEstimate(n, solve(false), solve(true));
  return Number.isFinite(inverse) ? 1 / inverse / size : 0;
}

/**
 * Estimate of the condition number in the 1-norm of a triangular matrix, of which only the named triangle is
 * read (default the lower one): O(n^2). Infinity where singular.
 */
export function triangularConditionEstimate(t: Matrix, options: { readonly upper?: boolean } = {}): number {
  requireKnownOptions("options", options, ["upper"]);
  const { upper = false } = options;
  const n = requireSquare("t", t);
  if (n === 0) return 1;
  const triangle = t.data.slice();
  for (let i = 0; i < n; i++) {
    if (triangle[i * n + i] === 0) return Number.POSITIVE_INFINITY;
    if (upper) triangle.fill(0, i * n, i * n + i);
    else triangle.fill(0, i * n + i + 1, (i + 1) * n);
  }
  const solve = (transpose: boolean) => (x: Float64Array) => {
    const y = x.slice();
    kernels().solveTriangular(upper, transpose, false, n, 1, triangle, y);
    return y;
  };
  const inverse = oneNormEstimate(n, solve(false), solve(true));
  return Number.isNaN(inverse) ? Number.POSITIVE_INFINITY : inverse * oneNorm(n, n, triangle);
}

/**
 * Lower bound of the 1-norm of a linear map that is known by its products with vectors, and those of its
 * transpose; at most 5 of each (Higham 1988, algorithm 4.1).
 */
export function oneNormEstimate(
  n: number,
  apply: (x: Float64Array) => Float64Array,
  applyTranspose: (x: Float64Array) => Float64Array,
): number {
  requireInteger("n", n, 1);
  let x: Float64Array = new Float64Array(n).fill(1 / n);
  let y = apply(x);
  if (n === 1) return Math.abs(y[0]!);
  let estimate = sum(y);
  let signs = y.map((value) => (value >= 0 ? 1 : -1));
  let chosen = largestIndex(applyTranspose(signs));
  for (let step = 0; step < 4; step++) {
    x = new Float64Array(n);
    x[chosen] = 1;
    y = apply(x);
    const previous = estimate;
    estimate = sum(y);
    const next = y.map((value) => (value >= 0 ? 1 : -1));
    if (estimate <= previous || next.every((value, i) => value === signs[i])) {
      estimate = Math.max(estimate, previous);
      break;
    }
    signs = next;
    const z = applyTranspose(signs);
    const last = chosen;
    chosen = largestIndex(z);
    if (Math.abs(z[last]!) === Math.abs(z[chosen]!)) break;
  }
  // A vector of alternating signs and growing size catches cases in which the search is misled.
  const alternating = Float64Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 1 : -1) * (1 + i / (n - 1)));
  return Math.max(estimate, (2 * sum(apply(alternating))) / (3 * n));
}

function sum(x: Float64Array): number {
  let total = 0;
  for (const value of x) total += Math.abs(value);
  return total;
}

function largestIndex(x: Float64Array): number {
  let index = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs(x[i]!) > Math.abs(x[index]!)) index = i;
  return index;
}
