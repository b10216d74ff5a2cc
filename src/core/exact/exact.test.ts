import fc from "fast-check";
import { InvalidInputError } from "ockham";
import { describe, expect, test } from "vitest";
import {
  addPolynomials,
  addRationals,
  chineseRemainder,
  constantPolynomial,
  dividePolynomials,
  divideRationals,
  echelonMod,
  equalPolynomials,
  evaluatePolynomial,
  evaluatePolynomialMod,
  inverseMod,
  isPrime,
  largestPrimes,
  monomialPolynomial,
  multiplyPolynomials,
  multiplyRationals,
  nullspaceMod,
  type Polynomial,
  polynomialDegree,
  polynomialTerms,
  polynomialText,
  rational,
  rationalText,
  reconstructRational,
  scalePolynomial,
  subtractRationals,
} from "./index.ts";

const fraction = fc
  .tuple(fc.bigInt(-1000n, 1000n), fc.bigInt(1n, 1000n))
  .map(([num, den]) => rational(num, den));
const prime = 67108859;

describe("rationals", () => {
  test("1/2 + 1/5 = 7/10, in lowest terms with a positive denominator", () => {
    expect(rationalText(addRationals(rational(1, 2), rational(1, 5)))).toBe("7/10");
    expect(rational(6, -4)).toEqual({ num: -3n, den: 2n });
    expect(rational(0, -4)).toEqual({ num: 0n, den: 1n });
  });

  test("form a field", () => {
    fc.assert(
      fc.property(fraction, fraction, fraction, (a, b, c) => {
        expect(multiplyRationals(a, addRationals(b, c))).toEqual(
          addRationals(multiplyRationals(a, b), multiplyRationals(a, c)),
        );
        expect(subtractRationals(addRationals(a, b), b)).toEqual(a);
        if (b.num !== 0n) expect(multiplyRationals(divideRationals(a, b), b)).toEqual(a);
      }),
    );
  });

  test("refuse a zero denominator and what is not whole", () => {
    expect(() => rational(1, 0)).toThrow(InvalidInputError);
    expect(() => rational(0.5)).toThrow(/num: expected a whole number/);
    expect(() => divideRationals(rational(1), rational(0))).toThrow(InvalidInputError);
  });
});

describe("polynomials", () => {
  const variables = ["x", "y", "z"];
  const coefficient = fc.oneof(fc.bigInt(-9n, 9n), fc.bigInt(-(2n ** 70n), 2n ** 70n));
  const term = fc.tuple(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }), coefficient);
  const polynomial = fc
    .array(term, { maxLength: 6 })
    .map((terms) =>
      addPolynomials(variables, ...terms.map(([i, value]) => monomialPolynomial(variables, i, value))),
    );
  const point = fc.tuple(fraction, fraction, fraction);

  test("evaluation is a ring homomorphism, over the rationals and modulo a prime", () => {
    fc.assert(
      fc.property(polynomial, polynomial, point, (a, b, at) => {
        const product = multiplyPolynomials(a, b);
        expect(evaluatePolynomial(product, at)).toEqual(
          multiplyRationals(evaluatePolynomial(a, at), evaluatePolynomial(b, at)),
        );
        expect(evaluatePolynomial(addPolynomials(variables, a, b), at)).toEqual(
          addRationals(evaluatePolynomial(a, at), evaluatePolynomial(b, at)),
        );
        const mod = (p: Polynomial): number => evaluatePolynomialMod(p, [3, 67108850, 12345678], prime);
        expect(BigInt(mod(product))).toBe((BigInt(mod(a)) * BigInt(mod(b))) % BigInt(prime));
      }),
    );
  });

  test("a product divides back exactly, and what leaves a remainder does not divide", () => {
    fc.assert(
      fc.property(polynomial, polynomial, (a, b) => {
        fc.pre(b.coefficients.length > 0);
        const product = multiplyPolynomials(a, b);
        expect(equalPolynomials(dividePolynomials(product, b)!, a)).toBe(true);
        if (polynomialDegree(b) > 0)
          expect(
            dividePolynomials(addPolynomials(variables, product, constantPolynomial(variables, 1n)), b),
          ).toBeUndefined();
      }),
    );
  });

  test("a coefficient is a BigInt only beyond 2^53 - 1", () => {
    const x = (value: bigint) => monomialPolynomial(variables, [0], value);
    const large = addPolynomials(variables, x(2n ** 53n - 1n), x(1n));
    expect(large.coefficients).toEqual([2n ** 53n]);
    expect(addPolynomials(variables, large, x(-1n)).coefficients).toEqual([2 ** 53 - 1]);
    expect(multiplyPolynomials(large, x(2n ** 20n)).coefficients).toEqual([2n ** 73n]);
    expect(addPolynomials(variables, large, x(-(2n ** 53n))).coefficients).toEqual([]);
  });

  test("terms come in graded reverse lexicographic order", () => {
    const [x, y, z] = [0, 1, 2].map((i) => monomialPolynomial(variables, [i])) as [
      Polynomial,
      Polynomial,
      Polynomial,
    ];
    const square = multiplyPolynomials(
      addPolynomials(variables, x, y, scalePolynomial(z, -2n)),
      addPolynomials(variables, x, y, scalePolynomial(z, -2n)),
    );
    expect(polynomialText(square)).toBe("x^2 + 2*x*y + y^2 - 4*x*z - 4*y*z + 4*z^2");
    expect(polynomialTerms(square)[0]).toEqual({ coefficient: 1n, exponents: [2, 0, 0] });
    expect(polynomialText(constantPolynomial(variables, 0n))).toBe("0");
  });

  test("refuse other variables and degrees beyond the packing", () => {
    expect(() => multiplyPolynomials(monomialPolynomial(["x"], [0]), monomialPolynomial(["y"], [0]))).toThrow(
      InvalidInputError,
    );
    const high = monomialPolynomial(["x"], new Array(200).fill(0));
    expect(() => multiplyPolynomials(high, high)).toThrow(/at most 255/);
    expect(() => evaluatePolynomial(high, [])).toThrow(/point/);
  });
});

describe("arithmetic modulo a prime", () => {
  test("67108859 is the largest prime below 2^26", () => {
    expect(largestPrimes(2)[0]).toBe(prime);
    expect(largestPrimes(3).every(isPrime)).toBe(true);
    expect([0, 1, 2, 9, 25, 199].filter(isPrime)).toEqual([2, 199]);
    expect(() => inverseMod(0, 7)).toThrow(InvalidInputError);
  });

  test("2/3 and 7/10 are recovered from their residues", () => {
    expect(reconstructRational(BigInt((2 * inverseMod(3, prime)) % prime), BigInt(prime))).toEqual({
      num: 2n,
      den: 3n,
    });
    const residue = (inverseMod(2, prime) + inverseMod(5, prime)) % prime;
    expect(reconstructRational(BigInt(residue), BigInt(prime))).toEqual({ num: 7n, den: 10n });
  });

  test("fractions too large for one prime are recovered from three", () => {
    const primes = largestPrimes(3);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 11n), 10n ** 11n), fc.bigInt(1n, 10n ** 11n), (num, den) => {
        const value = rational(num, den);
        const residues = primes.map((p) => {
          const n = Number(((value.num % BigInt(p)) + BigInt(p)) % BigInt(p));
          return Number((BigInt(n) * BigInt(inverseMod(Number(value.den % BigInt(p)), p))) % BigInt(p));
        });
        const { residue, modulus } = chineseRemainder(residues, primes);
        expect(reconstructRational(residue, modulus)).toEqual(value);
      }),
    );
  });

  test("rank and nullity add up to the columns, and the nullspace is one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 36, maxLength: 36 }),
        (rows, cols, values) => {
          const matrix = { rows, cols, data: Float64Array.from(values.slice(0, rows * cols)) };
          for (const p of [5, 67108859]) {
            const basis = nullspaceMod(matrix, p);
            expect(echelonMod(matrix, p).pivots.length + basis.length).toBe(cols);
            for (const vector of basis)
              for (let i = 0; i < rows; i++) {
                let sum = 0n;
                for (let j = 0; j < cols; j++) sum += BigInt(matrix.data[i * cols + j]!) * BigInt(vector[j]!);
                expect(sum % BigInt(p)).toBe(0n);
              }
          }
        },
      ),
    );
  });

  test("refuses a modulus that is not prime", () => {
    expect(() => echelonMod({ rows: 1, cols: 1, data: Float64Array.of(1) }, 9)).toThrow(/expected a prime/);
  });
});
