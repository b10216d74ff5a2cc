import { InvalidInputError } from "../errors.ts";

/**
 * The last convergent p / q of a[0] + b[0] / (a[1] + b[1] / (a[2] + ...)), not reduced; b is repeated where it
 * is shorter than a. Exact.
 */
export function evaluateContinuedFraction(
  a: readonly bigint[],
  b: readonly bigint[],
): { p: bigint; q: bigint } {
  let last = { p: 1n, q: 0n };
  for (last of convergents(a, b));
  return last;
}

/** All convergents, by p_n = a_n p_{n-1} + b_{n-1} p_{n-2}, and the same for q. */
export function* convergents(
  a: readonly bigint[],
  b: readonly bigint[],
): Generator<{ p: bigint; q: bigint }> {
  if (a.length === 0 || b.length === 0)
    throw new InvalidInputError(a.length === 0 ? "a" : "b", "expected at least one term");
  let [p, before] = [1n, 0n];
  let [q, beforeQ] = [0n, 1n];
  for (const [n, term] of a.entries()) {
    const sign = n === 0 ? 1n : b[(n - 1) % b.length]!;
    [p, before] = [term * p + sign * before, p];
    [q, beforeQ] = [term * q + sign * beforeQ, q];
    yield { p, q };
  }
}
