import { InvalidInputError } from "../errors.ts";
import { type Rational, rational } from "./rational.ts";
import { multiplyWhole, smallest, type TermList, TermTable, type Whole } from "./term-table.ts";

/**
 * A polynomial in several variables with whole coefficients: a list of terms with different monomials, none zero. Two
 * polynomials are combined only when they are over the same list of variables.
 *
 * A packed monomial has an exponent of 8 bits for every variable, four in a word, so that multiplying monomials is
 * adding their words. Coefficients are BigInts only where they exceed 2^53 - 1.
 */
export interface Polynomial extends TermList {
  readonly variables: readonly string[];
  /** Packed monomials of the terms, [terms, ceil(variables / 4)]. */
  readonly monomials: Int32Array;
  readonly coefficients: readonly Whole[];
}

/** Largest total degree that the packing holds. */
const largestDegree = 255;

/** Words of a packed monomial. */
export function monomialWidth(variables: readonly string[]): number {
  return (variables.length + 3) >> 2;
}

function exponentAt(monomials: Int32Array, start: number, variable: number): number {
  return (monomials[start + (variable >> 2)]! >>> (8 * (variable & 3))) & 255;
}

function exponentsAt(monomials: Int32Array, start: number, variables: number): number[] {
  return Array.from({ length: variables }, (_, v) => exponentAt(monomials, start, v));
}

function degreeAt(monomials: Int32Array, start: number, width: number): number {
  let pairs = 0;
  for (let w = start; w < start + width; w++)
    pairs += (monomials[w]! & 0x00ff00ff) + ((monomials[w]! >>> 8) & 0x00ff00ff);
  return (pairs & 0xffff) + (pairs >>> 16);
}

/** The constant polynomial. */
export function constantPolynomial(variables: readonly string[], value: bigint): Polynomial {
  return monomialPolynomial(variables, [], value);
}

/** The coefficient times the product of the variables at those indices; an index that occurs twice squares. */
export function monomialPolynomial(
  variables: readonly string[],
  indices: readonly number[],
  coefficient = 1n,
): Polynomial {
  if (indices.length > largestDegree) throw tooHigh(indices.length);
  const monomials = new Int32Array(coefficient === 0n ? 0 : monomialWidth(variables));
  for (const index of indices) {
    if (!(index in variables))
      throw new InvalidInputError("indices", `expected indices below ${variables.length}, got ${index}`);
    if (coefficient !== 0n) monomials[index >> 2]! += 1 << (8 * (index & 3));
  }
  return { variables, monomials, coefficients: coefficient === 0n ? [] : [smallest(coefficient)] };
}

/** Shared by all sums: none is begun before the one before is complete. */
const table = new TermTable();

/** Sum of any number of polynomials over the same variables. */
export function addPolynomials(variables: readonly string[], ...summands: readonly Polynomial[]): Polynomial {
  for (const summand of summands) requireSameVariables(variables, summand);
  table.start(monomialWidth(variables));
  for (const summand of summands) table.addTerms(summand, 1);
  return { variables, ...table.terms() };
}

export function scalePolynomial(a: Polynomial, factor: bigint): Polynomial {
  if (factor === 0n) return constantPolynomial(a.variables, 0n);
  const by = smallest(factor);
  return { ...a, coefficients: a.coefficients.map((coefficient) => multiplyWhole(coefficient, by)) };
}

/** a * b, by all pairs of terms. */
export function multiplyPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  return sumOfProducts(a.variables, [[a, b]]);
}

/** The sum of the products a * b of pairs of polynomials, gathered without the products in between. */
export function sumOfProducts(
  variables: readonly string[],
  pairs: Iterable<readonly [Polynomial, Polynomial]>,
): Polynomial {
  // All of them first: what makes them may be sums itself.
  const list = Array.isArray(pairs) ? (pairs as readonly (readonly [Polynomial, Polynomial])[]) : [...pairs];
  for (const [a, b] of list) {
    requireSameVariables(variables, a);
    requireSameVariables(variables, b);
    const degree = polynomialDegree(a) + polynomialDegree(b);
    if (degree > largestDegree) throw tooHigh(degree);
  }
  table.start(monomialWidth(variables));
  for (const [a, b] of list) table.addProduct(a, b);
  return { variables, ...table.terms() };
}

/** Largest total degree of a term; 0 for the zero polynomial. */
export function polynomialDegree({ variables, monomials }: Polynomial): number {
  const width = monomialWidth(variables);
  let degree = 0;
  for (let start = 0; start < monomials.length; start += width)
    degree = Math.max(degree, degreeAt(monomials, start, width));
  return degree;
}

export function equalPolynomials(a: Polynomial, b: Polynomial): boolean {
  requireSameVariables(a.variables, b);
  return (
    a.coefficients.length === b.coefficients.length &&
    addPolynomials(a.variables, a, scalePolynomial(b, -1n)).coefficients.length === 0
  );
}

/** A string for the monomial of every term: the same for the same monomial of the same variables. */
export function monomialStrings({ variables, monomials, coefficients }: Polynomial): string[] {
  const width = monomialWidth(variables);
  return coefficients.map((_, e) => monomials.subarray(e * width, (e + 1) * width).join());
}

export interface Term {
  readonly coefficient: bigint;
  /** One for each variable. */
  readonly exponents: readonly number[];
}

/** The terms in graded reverse lexicographic order, the leading one first. */
export function polynomialTerms(a: Polynomial): Term[] {
  const width = monomialWidth(a.variables);
  return a.coefficients
    .map((_, e) => e)
    .sort((x, y) => compareMonomials(a.monomials, y * width, a.monomials, x * width, width))
    .map((e) => ({
      coefficient: BigInt(a.coefficients[e]!),
      exponents: exponentsAt(a.monomials, e * width, a.variables.length),
    }));
}

/**
 * The quotient a / b where it is a polynomial with whole coefficients, else undefined. Cost: terms of the
 * quotient times terms of a and b.
 */
export function dividePolynomials(a: Polynomial, b: Polynomial): Polynomial | undefined {
  const { variables } = a;
  requireSameVariables(variables, b);
  if (b.coefficients.length === 0) throw new InvalidInputError("b", "expected a polynomial other than 0");
  const lead = polynomialTerms(b)[0]!;
  let rest = a;
  const quotient: Polynomial[] = [];
  while (rest.coefficients.length > 0) {
    const { coefficient, exponents } = polynomialTerms(rest)[0]!;
    if (coefficient % lead.coefficient !== 0n || exponents.some((e, v) => e < lead.exponents[v]!))
      return undefined;
    const indices = exponents.flatMap((e, v) => Array<number>(e - lead.exponents[v]!).fill(v));
    const term = monomialPolynomial(variables, indices, coefficient / lead.coefficient);
    quotient.push(term);
    rest = addPolynomials(variables, rest, scalePolynomial(multiplyPolynomials(term, b), -1n));
  }
  return addPolynomials(variables, ...quotient);
}

/** The value at a point, exactly: over the common denominator, so that one fraction is reduced in all. */
export function evaluatePolynomial(a: Polynomial, point: readonly Rational[]): Rational {
  requirePoint(a, point);
  const width = monomialWidth(a.variables);
  const terms = a.coefficients.map((coefficient, e) => ({
    coefficient: BigInt(coefficient),
    exponents: exponentsAt(a.monomials, e * width, a.variables.length),
  }));
  let denominator = 1n;
  // Of each variable with largest exponent m: num^e den^(m - e) for e = 0 .. m.
  const powers = point.map(({ num, den }, v) => {
    const largest = terms.reduce((most, { exponents }) => Math.max(most, exponents[v]!), 0);
    denominator *= den ** BigInt(largest);
    return Array.from({ length: largest + 1 }, (_, e) => num ** BigInt(e) * den ** BigInt(largest - e));
  });
  let sum = 0n;
  for (const { coefficient, exponents } of terms) {
    let term = coefficient;
    for (let v = 0; v < powers.length; v++) term *= powers[v]![exponents[v]!]!;
    sum += term;
  }
  return rational(sum, denominator);
}

/** The value at a point modulo a prime below 2^26; the point's coordinates are residues. */
export function evaluatePolynomialMod(a: Polynomial, point: ArrayLike<number>, prime: number): number {
  requirePoint(a, point);
  const width = monomialWidth(a.variables);
  let sum = 0;
  for (const [e, coefficient] of a.coefficients.entries()) {
    let term = typeof coefficient === "number" ? coefficient % prime : Number(coefficient % BigInt(prime));
    for (let v = 0; v < a.variables.length; v++)
      for (let power = exponentAt(a.monomials, e * width, v); power > 0; power--)
        term = (term * point[v]!) % prime;
    sum = (sum + term) % prime;
  }
  return sum < 0 ? sum + prime : sum;
}

/** As people write it: "s12*s23 - s13*s22", leading term first. */
export function polynomialText(a: Polynomial): string {
  if (a.coefficients.length === 0) return "0";
  return polynomialTerms(a)
    .map(({ coefficient, exponents }, i) => {
      const factors = exponents.flatMap((exponent, v) =>
        exponent === 0 ? [] : [exponent === 1 ? a.variables[v]! : `${a.variables[v]}^${exponent}`],
      );
      const size = coefficient < 0n ? -coefficient : coefficient;
      if (size !== 1n || factors.length === 0) factors.unshift(`${size}`);
      const sign = coefficient < 0n ? "-" : "+";
      return i === 0 ? `${sign === "-" ? "-" : ""}${factors.join("*")}` : ` ${sign} ${factors.join("*")}`;
    })
    .join("");
}

/**
 * Graded reverse lexicographic: the higher degree first; of equal degrees, that with the smaller exponent in
 * the last variable where they differ. The last variable lies in the highest bits of the last word.
 */
function compareMonomials(a: Int32Array, aAt: number, b: Int32Array, bAt: number, width: number): number {
  const byDegree = degreeAt(a, aAt, width) - degreeAt(b, bAt, width);
  if (byDegree !== 0) return byDegree;
  for (let w = width - 1; w >= 0; w--) {
    const difference = (b[bAt + w]! >>> 0) - (a[aAt + w]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function requireSameVariables(variables: readonly string[], a: Polynomial): void {
  if (a.variables === variables) return;
  if (a.variables.length !== variables.length || a.variables.some((name, i) => name !== variables[i]))
    throw new InvalidInputError("polynomials", "expected polynomials over the same variables");
}

function requirePoint(a: Polynomial, point: ArrayLike<unknown>): void {
  if (point.length !== a.variables.length)
    throw new InvalidInputError(
      "point",
      `expected ${a.variables.length} coordinates, one for each variable, got ${point.length}`,
    );
}

function tooHigh(degree: number): InvalidInputError {
  return new InvalidInputError("degree", `expected at most ${largestDegree}, got ${degree}`);
}
