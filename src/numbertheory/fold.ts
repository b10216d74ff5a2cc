import { InvalidInputError } from "../core/errors.ts";
import type { Sign } from "./signed-continued-fraction.ts";

/**
 * The simple continued fraction (all numerators 1, terms after the first at least 1) of a finite signed one, by
 * folding: a - 1 / x = (a - 1) + 1 / (1 + 1 / (x - 1)). Terms must be positive after the first, and more than 1
 * in the end.
 */
export function toSimple(a: readonly bigint[], signs: readonly Sign[]): bigint[] {
  if (a.length === 0 || signs.length === 0)
    throw new InvalidInputError(a.length === 0 ? "a" : "signs", "expected at least one term");
  const simple: bigint[] = [];
  // Added to the next term by the fold before it.
  let carry = 0n;
  for (const [n, value] of a.entries()) {
    const term = value + carry;
    const last = n === a.length - 1;
    carry = 0n;
    if (last || signs[n % signs.length] === 1) simple.push(term);
    else {
      simple.push(term - 1n, 1n);
      carry = -1n;
    }
  }
  return withoutZeros(simple);
}

/** The finite continued fraction with the given signs that equals a finite simple one, exactly. */
export function fromSimple(simple: readonly bigint[], signs: readonly Sign[]): bigint[] {
  if (simple.length === 0 || signs.length === 0)
    throw new InvalidInputError(simple.length === 0 ? "simple" : "signs", "expected at least one term");
  const terms = [...simple];
  const a: bigint[] = [];
  while (terms.length > 0) {
    const term = terms.shift()!;
    if (terms.length === 0 || signs[a.length % signs.length] === 1) {
      a.push(term);
      continue;
    }
    // (a - 1) + 1 / (1 + 1 / y) = a - 1 / (y + 1), and a + 1 / (c + 1 / y) = (a + 1) - 1 / (1 + 1 / (c - 1 + 1 / y)).
    a.push(term + 1n);
    const next = terms.shift()!;
    if (next > 1n) terms.unshift(1n, next - 1n);
    else if (terms.length > 0) terms.unshift(terms.shift()! + 1n);
    else a[a.length - 1] = term + 1n;
  }
  return a;
}

/** x, 0, y in a simple continued fraction is x + y. */
function withoutZeros(terms: readonly bigint[]): bigint[] {
  const simple: bigint[] = [];
  for (const term of terms) {
    if (simple.length > 1 && simple.at(-1) === 0n) {
      simple.pop();
      simple[simple.length - 1]! += term;
    } else simple.push(term);
  }
  return simple;
}
