import type { DecimalInterval } from "ockham/exact";
import { evaluateLeftSide, type LeftSide } from "ockham/numbertheory";

/** Digits to which a value must meet a left side. */
const digits = 12;
const terms = 60;

/**
 * Exhaustive search from both ends: continued fractions a_n = alpha n + beta, b_n = gamma n + delta, with
 * coefficients of growing size, evaluated in doubles and looked up among the left sides by their first twelve
 * digits, until the time is up. Returns the left sides that were met.
 */
export function exhaustiveSearch(
  x: DecimalInterval,
  sides: readonly LeftSide[],
  milliseconds: number,
): { met: LeftSide[]; tried: number } {
  const table = new Map<number, LeftSide>();
  const unit = 10 ** digits;
  for (const side of sides) {
    const value = evaluateLeftSide(side, x);
    if (value === undefined) continue;
    const { num, den } = value.low;
    table.set(Number((num * 10n ** BigInt(digits)) / den), side);
  }
  const met = new Set<LeftSide>();
  let tried = 0;
  const started = performance.now();
  for (let limit = 1; ; limit++) {
    for (let alpha = 0; alpha <= limit; alpha++)
      for (let beta = -limit; beta <= limit; beta++)
        for (let gamma = -limit; gamma <= limit; gamma++) {
          if (performance.now() - started > milliseconds) return { met: [...met], tried };
          for (let delta = -limit; delta <= limit; delta++) {
            // Smaller ones were tried before.
            if (Math.max(alpha, Math.abs(beta), Math.abs(gamma), Math.abs(delta)) < limit) continue;
            tried++;
            let value = alpha * terms + beta;
            for (let n = terms - 1; n >= 0; n--) value = alpha * n + beta + (gamma * n + delta) / value;
            const key = Math.floor(Math.abs(value) * unit);
            for (const near of [key - 1, key, key + 1]) {
              const side = table.get(near);
              if (side !== undefined) met.add(side);
            }
          }
        }
  }
}
