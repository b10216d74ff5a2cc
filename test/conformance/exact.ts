import { monomialPolynomial, rational } from "ockham/exact";
import { accessor, type Registration } from "./registration.ts";

const half = () => rational(1, 2);
const variables = ["x", "y"];
const x = () => monomialPolynomial(variables, [0]);
const matrix = () => ({ rows: 2, cols: 3, data: Float64Array.of(1, 2, 3, 2, 4, 6) });
const two = accessor(() => ({ a: half(), b: rational(1, 3) }));
const pair = accessor(() => ({ a: x(), b: x() }));

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
