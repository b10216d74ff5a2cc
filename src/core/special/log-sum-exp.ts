import { exp, log, log1p } from "./elementary.ts";

/**
 * log(sum of exp(x_i)) without overflow; -Infinity for no terms. O(n).
 */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return Number.NaN;
    if (value > largest) largest = value;
  }
  if (!Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += exp(values[i]! - largest);
  return largest + log(sum);
}

/** log(exp(a) + exp(b)) without overflow. */
export function logAddExp(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (!Number.isFinite(larger)) return larger;
  return larger + log1p(exp(-Math.abs(a - b)));
}

/** log(1 + exp(x)), the softplus, without overflow or loss of small values. */
export function log1pExp(x: number): number {
  return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
}
