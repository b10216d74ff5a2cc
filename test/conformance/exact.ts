import { monomialPolynomial, type RealConstant, rational } from "ockham/exact";
import { accessor, type Registration } from "./registration.ts";

const half = () => rational(1, 2);
const variables = ["x", "y"];
const x = () => monomialPolynomial(variables, [0]);
const matrix = () => ({ rows: 2, cols: 3, data: Float64Array.of(1, 2, 3, 2, 4, 6) });
const two = accessor(() => ({ a: half(), b: rational(1, 3) }));
const pair = accessor(() => ({ a: x(), b: x() }));

const digits = (constant: RealConstant) => constant.digits(5);

export const registration: Registration = {
  methods: {
    rational: { args: () => ({ num: 3, den: 6 }) },
    gcd: accessor(() => ({ a: 12n, b: 18n })),
    addRationals: two,
    subtractRationals: two,
    multiplyRationals: two,
    divideRationals: two,
    equalRationals: two,
    rationalText: accessor(() => ({ value: half() })),
    constantPolynomial: accessor(() => ({ variables, value: 2n })),
    monomialPolynomial: { args: () => ({ variables, indices: [0, 1, 1] }), accepts: { indices: ["empty"] } },
    monomialStrings: accessor(() => ({ a: x() })),
    monomialWidth: accessor(() => ({ variables })),
    addPolynomials: accessor(() => ({ variables, a: x(), b: x() })),
    multiplyPolynomials: pair,
    dividePolynomials: pair,
    equalPolynomials: pair,
    scalePolynomial: accessor(() => ({ a: x(), factor: 3n })),
    sumOfProducts: accessor(() => ({ variables, pairs: [[x(), x()]] })),
    polynomialDegree: accessor(() => ({ a: x() })),
    polynomialTerms: accessor(() => ({ a: x() })),
    polynomialText: accessor(() => ({ a: x() })),
    evaluatePolynomial: accessor(() => ({ a: x(), point: [half(), half()] })),
    evaluatePolynomialMod: accessor(() => ({ a: x(), point: [3, 4], prime: 7 })),
    sumSeries: {
      ...accessor(() => ({
        series: {
          numerator: () => 1n,
          denominator: (n: number) => BigInt(n + 1),
          weight: () => 1n,
        },
        digits: 20,
      })),
    },
    besselRatio: { args: () => ({ p: 1, q: 2 }), plain: digits },
    fromDecimal: { args: () => ({ text: "2.718281828459" }), plain: digits },
    coarsened: accessor(() => ({ interval: { lo: 314n, hi: 315n, digits: 2 }, count: 1 })),
    floorDivide: accessor(() => ({ a: -7n, b: 2n })),
    berlekampMassey: accessor(() => ({ sequence: [1, 1, 2, 3, 5, 8], prime: 199 })),
    convergents: {
      ...accessor(() => ({ a: [1n, 2n, 2n], b: [1n] })),
      plain: (all: Iterable<unknown>) => [...all],
    },
    evaluateContinuedFraction: accessor(() => ({ a: [1n, 2n, 2n], b: [1n] })),
    isPrime: { args: () => ({ n: 199 }) },
    largestPrimes: { args: () => ({ count: 2 }) },
    requirePrime: accessor(() => ({ prime: 199 })),
    inverseMod: accessor(() => ({ a: 3, prime: 7 })),
    echelonMod: accessor(() => ({ matrix: matrix(), prime: 7 })),
    nullspaceMod: accessor(() => ({ matrix: matrix(), prime: 7 })),
    reconstructRational: accessor(() => ({ residue: 5n, modulus: 101n })),
    chineseRemainder: accessor(() => ({ residues: [2, 3], primes: [5, 7] })),
  },
};
