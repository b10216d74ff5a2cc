import fc from "fast-check";
import { InvalidInputError, NumericalError } from "ockham";
import { constants, evaluateContinuedFraction, fromDecimal } from "ockham/exact";
import { inlinePool, threadPool } from "ockham/parallel";
import { randomStream } from "ockham/random";
import { describe, expect, test } from "vitest";
import {
  closedForm,
  type EsmaOptions,
  enumerateLeftSides,
  esmaSearch,
  extendByRecurrence,
  fromSimple,
  leftSideText,
  type Sign,
  signedContinuedFraction,
  signPeriods,
  toSimple,
} from "./index.ts";

const identity = { num: [0n, 1n], den: [1n] };
const sign = fc.constantFrom<Sign>(1, -1);

describe("ESMA", () => {
  test("finds for e, with signs of period 2, the thirteen values that are known and no other", async () => {
    const { found } = await esmaSearch(constants.e, {
      degree: 1,
      coeffLimit: 2,
      periods: [2, 2],
      depth: 105,
      pool: inlinePool(),
    });
    expect(found.map(({ text }) => text).sort()).toEqual(
      [
        "e - 1",
        "e/(e - 1)",
        "e/(e - 2)",
        "2/(e - 1)",
        "(e + 1)/(2*e - 2)",
        "(2*e + 2)/(e - 1)",
        "(2*e - 2)/e",
        "(e - 1)/(e - 2)",
        "(e + 1)/(e - 1)",
        "1/(e - 1)",
        "1/(e - 2)",
        "(e + 1)/e",
        "(e + 1)/2",
      ].sort(),
    );
    const known = found.find(({ text }) => text === "(e + 1)/(e - 1)")!;
    expect(known).toMatchObject({ initial: [2n, 6n], recurrence: [1, -2, 1] });
    expect(known.closedForm).toMatchObject({ period: 1, polynomials: ["4*k + 2"] });
    for (const { verifiedDigits, digitsUsed } of found) {
      expect(verifiedDigits).toBeGreaterThanOrEqual(100);
      expect(verifiedDigits).toBeGreaterThan(digitsUsed);
    }
  });

  test("gives the same result inline and on one or two worker threads", async () => {
    const search = { degree: 1, coeffLimit: 1, periods: [1, 2] as const };
    const inline = await esmaSearch(constants.e, { ...search, pool: inlinePool() });
    expect(inline.found.length).toBeGreaterThan(0);
    for (const threads of [1, 2]) {
      const pool = threadPool({ threads });
      try {
        expect(await esmaSearch(constants.e, { ...search, pool })).toEqual(inline);
      } finally {
        await pool.close();
      }
    }
  });

  test("finds Lambert's continued fractions of tan 1 and cot 1", async () => {
    const { found, duplicates } = await esmaSearch(constants.tan1, {
      degree: 1,
      coeffLimit: 1,
      periods: [1, 2],
    });
    const all = [...found, ...duplicates].map(({ text, signs, recurrence }) => ({ text, signs, recurrence }));
    expect(all).toContainEqual({ text: "tan(1)", signs: [1], recurrence: [1, 0, -2, 0, 1] });
    expect(all).toContainEqual({ text: "1/tan(1)", signs: [-1], recurrence: [1, -2, 1] });
  });

  test("finds nothing in random digits", async () => {
    const random = randomStream(1, "digits");
    const digits = Array.from({ length: 600 }, () => random.integer(10)).join("");
    const { found, stats } = await esmaSearch(fromDecimal(`0.${digits}`), {
      degree: 1,
      coeffLimit: 1,
      periods: [1, 2],
      knownDigits: 600,
    });
    expect(found).toEqual([]);
    expect(stats.imprecise).toBe(0);
  });

  test("says so when the constant is rational or has too few digits", async () => {
    const options: EsmaOptions = {
      degree: 1,
      coeffLimit: 1,
      periods: [1, 1],
      workDigits: 300,
      knownDigits: 300,
    };
    const third = await esmaSearch(fromDecimal(`0.${"3".repeat(300)}`), options);
    expect(third).toMatchObject({ found: [], stats: { terminates: true, imprecise: 0 } });
    await expect(
      esmaSearch(constants.e, { ...options, workDigits: 30, knownDigits: 30, verifyDigits: 20 }),
    ).rejects.toThrow(NumericalError);
    await expect(esmaSearch(fromDecimal("0.5"), options)).rejects.toThrow(/need 300 digits/);
  });

  test("refuses moduli that are not prime or too small", async () => {
    const options: EsmaOptions = { degree: 1, coeffLimit: 1, periods: [1, 1] };
    await expect(esmaSearch(constants.e, { ...options, prime: 200 })).rejects.toThrow(/expected a prime/);
    await expect(esmaSearch(constants.e, { ...options, prime: 43 })).rejects.toThrow(/more than 50/);
    await expect(esmaSearch(constants.e, { ...options, periods: [2, 1] })).rejects.toThrow(InvalidInputError);
  });
});

describe("signed continued fractions", () => {
  test("of e are the known ones", () => {
    const x = constants.e.digits(300);
    const { a } = signedContinuedFraction(x, identity, [1], 12);
    expect(a).toEqual([2n, 1n, 2n, 1n, 1n, 4n, 1n, 1n, 6n, 1n, 1n, 8n]);
  });

  test("converge to their value with any signs", () => {
    const x = constants.pi.digits(400);
    fc.assert(
      fc.property(fc.array(sign, { minLength: 1, maxLength: 5 }), (signs) => {
        const { a, terminates } = signedContinuedFraction(x, identity, signs, 40);
        expect(terminates).toBe(false);
        expect(a.slice(1).every((term) => term >= 1n)).toBe(true);
        const { p, q } = evaluateContinuedFraction(a, signs.map(BigInt));
        // At least that the last term has an effect: convergence itself may be slow after many ones.
        const gap = p * 10n ** 400n - x.lo * q;
        expect((gap < 0n ? -gap : gap) < (q < 0n ? -q : q) * 10n ** 400n).toBe(true);
      }),
    );
  });

  test("fold into simple ones and back with the same value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt(2n, 50n), { minLength: 1, maxLength: 12 }),
        fc.array(sign, { minLength: 1, maxLength: 4 }),
        (a, signs) => {
          const value = (terms: bigint[], b: bigint[]): { p: bigint; q: bigint } =>
            evaluateContinuedFraction(terms, b);
          const signed = value(a, signs.map(BigInt));
          const simple = value(toSimple(a, signs), [1n]);
          expect(signed.p * simple.q).toBe(simple.p * signed.q);
          const back = value(fromSimple(a, signs), signs.map(BigInt));
          const start = value(a, [1n]);
          expect(back.p * start.q).toBe(start.p * back.q);
        },
      ),
    );
  });

  test("need no longer periods that repeat shorter ones", () => {
    expect(signPeriods(1, 2)).toEqual([[1], [-1], [-1, 1], [1, -1]]);
    expect(signPeriods(2, 2)).toHaveLength(4);
    expect(signPeriods(1, 4)).toHaveLength(2 + 2 + 6 + 12);
  });
});

test("left sides are enumerated once each, reduced, without constants", () => {
  const sides = enumerateLeftSides({ degree: 1, coeffLimit: 2 });
  const texts = sides.map((side) => leftSideText(side, "x"));
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts).toContain("(2*x + 2)/(x - 1)");
  expect(texts).not.toContain("1");
  const quadratic = enumerateLeftSides({ degree: 2, coeffLimit: 1 }).map((side) => leftSideText(side, "x"));
  // (x^2 - 1) / (x + 1) is x - 1.
  expect(quadratic).not.toContain("(x^2 - 1)/(x + 1)");
  expect(quadratic).toContain("x - 1");
});

test("polynomial continued fractions have every m-th convergent of the signed ones", async () => {
  const { found } = await esmaSearch(constants.e, { degree: 1, coeffLimit: 2, periods: [2, 2], depth: 105 });
  for (const { polynomialFraction, closedForm: form, initial, recurrence, signs } of found) {
    const { m, p, q, a, b, first } = polynomialFraction!;
    expect(m % form!.period).toBe(0);
    const at = (coefficients: readonly bigint[], k: bigint): bigint =>
      coefficients.reduceRight((value, c) => value * k + c, 0n);
    const terms = extendByRecurrence(recurrence, initial, 8 * m);
    for (const blocks of [2, 3, 8]) {
      // (p + first / (a(1) + b(2) / (a(2) + ...))) / q
      const ks = Array.from({ length: blocks - 1 }, (_, k) => BigInt(k + 1));
      const inner = evaluateContinuedFraction(
        [0n, ...ks.map((k) => at(a, k))],
        [first, ...ks.slice(1).map((k) => at(b, k))],
      );
      const direct = evaluateContinuedFraction(terms.slice(0, blocks * m), signs.map(BigInt));
      expect((p * inner.q + inner.p) * direct.q).toBe(direct.p * q * inner.q);
    }
  }
});

test("closed forms are confirmed by every term", () => {
  const square = Array.from({ length: 30 }, (_, n) => BigInt(n % 2 === 0 ? (n * (n + 2)) / 8 : 7));
  expect(closedForm(square)).toMatchObject({ period: 2, polynomials: ["(k^2 + k)/2", "7"] });
  expect(closedForm([...square.slice(0, 29), 8n])).toBeUndefined();
});
