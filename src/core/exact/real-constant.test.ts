import fc from "fast-check";
import { InvalidInputError, NumericalError } from "ockham";
import { describe, expect, test } from "vitest";
import {
  berlekampMassey,
  besselRatio,
  coarsened,
  constants,
  convergents,
  evaluateContinuedFraction,
  fromDecimal,
  type RealConstant,
} from "./index.ts";

/** To 50 digits; from published tables. */
const table: Record<keyof typeof constants, string> = {
  e: "2.71828182845904523536028747135266249775724709369995",
  e2: "7.38905609893065022723042746057500781318031557055184",
  pi: "3.14159265358979323846264338327950288419716939937510",
  ln2: "0.69314718055994530941723212145817656807550013436025",
  tan1: "1.55740772465490223050697480745836017308725077238152",
  catalan: "0.91596559417721901505460351493238411077414937428167",
  zeta3: "1.20205690315959428539973816151144999076498629234049",
  sqrt2: "1.41421356237309504880168872420969807856967187537694",
  phi: "1.61803398874989484820458683436563811772030917980576",
};

const names = Object.keys(table) as (keyof typeof constants)[];

describe("constants", () => {
  test.each(names)("%s has its published 50 digits", (name) => {
    const { lo, hi, digits } = constants[name].digits(60);
    expect(digits).toBe(60);
    const published = BigInt(table[name].replace(".", "")) * 10n ** 10n;
    // Some tables round the last digit, others cut it.
    expect(lo > published - 10n ** 10n && hi < published + 10n ** 10n).toBe(true);
    expect(hi - lo).toBeLessThanOrEqual(2n);
  });

  test.each(names)("%s at few digits agrees with itself at many", (name) => {
    const fine = constants[name].digits(2000);
    for (const count of [1, 37, 500]) {
      const { lo, hi } = constants[name].digits(count);
      const inner = coarsened(fine, count);
      expect(inner.lo >= lo - 1n && inner.hi <= hi + 1n).toBe(true);
    }
  });

  test("a Bessel ratio has the continued fraction p + q, p + 2q, ...", () => {
    const { lo, hi } = besselRatio(1, 2).digits(100);
    const terms = Array.from({ length: 60 }, (_, n) => BigInt(1 + 2 * (n + 1)));
    const { p, q } = evaluateContinuedFraction(terms, [1n]);
    const value = (p * 10n ** 100n) / q;
    expect(value >= lo - 1n && value <= hi).toBe(true);
  });

  test("digits of one's own hold to half a unit of the last", () => {
    const x: RealConstant = fromDecimal("3.14\n159");
    expect(x.digits(5)).toEqual({ lo: 314158n, hi: 314160n, digits: 5 });
    expect(x.digits(2)).toEqual({ lo: 314n, hi: 315n, digits: 2 });
    expect(fromDecimal("-0.5").digits(1)).toEqual({ lo: -6n, hi: -4n, digits: 1 });
    expect(() => x.digits(6)).toThrow(NumericalError);
    expect(() => fromDecimal("3.1.4")).toThrow(InvalidInputError);
  });
});

describe("Berlekamp-Massey", () => {
  test("finds the recurrences of known sequences", () => {
    expect([...berlekampMassey([1, 1, 2, 3, 5, 8, 13, 21], 199)]).toEqual([1, -1, -1]);
    expect([...berlekampMassey([1, 3, 5, 7, 9, 11], 199)]).toEqual([1, -2, 1]);
    const e = Array.from({ length: 60 }, (_, n) => (n % 3 === 1 ? (2 * (n + 2)) / 3 : 1));
    expect([...berlekampMassey(e, 199)]).toEqual([1, 0, 0, -2, 0, 0, 1]);
    expect([...berlekampMassey([0, 0, 0], 7)]).toEqual([1]);
  });

  test("recovers any recurrence from twice as many terms", () => {
    const residue = fc.integer({ min: -99, max: 99 });
    fc.assert(
      fc.property(
        fc.array(residue, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(residue),
        (tail, start) => {
          const order = tail.length;
          const sequence = [...start.take(order)];
          while (sequence.length < 4 * order)
            sequence.push(-tail.reduce((sum, c, j) => sum + c * sequence[sequence.length - 1 - j]!, 0) % 199);
          const c = berlekampMassey(sequence, 199);
          expect(c.length - 1).toBeLessThanOrEqual(order);
          for (let n = c.length - 1; n < sequence.length; n++)
            expect(Math.abs(c.reduce((sum, value, j) => sum + value * sequence[n - j]!, 0) % 199)).toBe(0);
        },
      ),
    );
  });
});

test("convergents of a continued fraction have determinant +-1 where the numerators are", () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt(-9n, 9n), { minLength: 2, maxLength: 20 }),
      fc.array(fc.constantFrom(1n, -1n), { minLength: 1, maxLength: 4 }),
      (a, b) => {
        const all = [...convergents(a, b)];
        for (const [n, { p, q }] of all.entries()) {
          if (n === 0) continue;
          const determinant = p * all[n - 1]!.q - q * all[n - 1]!.p;
          expect(determinant === 1n || determinant === -1n).toBe(true);
        }
      },
    ),
  );
  expect(() => evaluateContinuedFraction([], [1n])).toThrow(InvalidInputError);
});
