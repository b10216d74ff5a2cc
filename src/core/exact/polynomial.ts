import { InvalidInputError } from "../errors.ts";
import { type Rational, rational } from "./rational.ts";

/**
 * A polynomial in several variables with whole coefficients: only terms that are not zero, by their packed
 * monomial. Two polynomials are combined only when they are over the same list of variables.
 *
 * A packed monomial is one BigInt, so that multiplying monomials is adding keys. From bit 64 on it holds the
 * exponents, 8 bits each; below that the total degree (16 bits) and a linear hash of the exponents (48 bits),
 * because engines hash a BigInt by its lowest 64 bits only.
 */
export interface Polynomial {
  readonly variables: readonly string[];
  readonly terms: ReadonlyMap<bigint, bigint>;
}

/** Largest total degree that the packing holds. */
const largestDegree = 255;
const degreeUnit = 1n << 48n;

/** The packed monomial of a variable; sums of them are monomials. */
function variableKey(index: number): bigint {
  const hash = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return (1n << BigInt(64 + 8 * index)) + degreeUnit + BigInt(hash);
}

function keyDegree(key: bigint): number {
  return Number(BigInt.asUintN(64, key) >> 48n);
}

function keyExponents(key: bigint, variables: number): number[] {
  let rest = key >> 64n;
  return Array.from({ length: variables }, () => {
    const exponent = Number(BigInt.asUintN(8, rest));
    rest >>= 8n;
    return exponent;
  });
}

/** The constant polynomial. */
export function constantPolynomial(variables: readonly string[], value: bigint): Polynomial {
  return { variables, terms: value === 0n ? new Map() : new Map([[0n, value]]) };
}

/** The coefficient times the product of the variables at those indices; an index that occurs twice squares. */
export function monomialPolynomial(
  variables: readonly string[],
  indices: readonly number[],
  coefficient = 1n,
): Polynomial {
  if (indices.length > largestDegree) throw tooHigh(indices.length);
  let key = 0n;
  for (const index of indices) {
    if (!(index in variables))
      throw new InvalidInputError("indices", `expected indices below ${variables.length}, got ${index}`);
    key += variableKey(index);
  }
  return { variables, terms: coefficient === 0n ? new Map() : new Map([[key, coefficient]]) };
}

/** Sum of any number of polynomials over the same variables. */
export function addPolynomials(variables: readonly string[], ...summands: readonly Polynomial[]): Polynomial {
  const terms = new Map<bigint, bigint>();
  for (const summand of summands) {
    requireSameVariables(variables, summand);
    for (const [key, coefficient] of summand.terms) addTerm(terms, key, coefficient);
  }
  return { variables, terms };
}

export function scalePolynomial(a: Polynomial, factor: bigint): Polynomial {
  if (factor === 0n) return constantPolynomial(a.variables, 0n);
  return {
    variables: a.variables,
    terms: new Map([...a.terms].map(([key, coefficient]) => [key, coefficient * factor])),
  };
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
  const terms = new Map<bigint, bigint>();
  for (const [a, b] of pairs) {
    requireSameVariables(variables, a);
    requireSameVariables(variables, b);
    const degree = polynomialDegree(a) + polynomialDegree(b);
    if (degree > largestDegree) throw tooHigh(degree);
    for (const [key, coefficient] of a.terms)
      for (const [other, factor] of b.terms) addTerm(terms, key + other, coefficient * factor);
  }
  return { variables, terms };
}

/** Largest total degree of a term; 0 for the zero polynomial. */
export function polynomialDegree(a: Polynomial): number {
  let degree = 0;
  for (const key of a.terms.keys()) degree = Math.max(degree, keyDegree(key));
  return degree;
}

export function equalPolynomials(a: Polynomial, b: Polynomial): boolean {
  requireSameVariables(a.variables, b);
  if (a.terms.size !== b.terms.size) return false;
  for (const [key, coefficient] of a.terms) if (b.terms.get(key) !== coefficient) return false;
  return true;
}

export interface Term {
  readonly coefficient: bigint;
  /** One for each variable. */
  readonly exponents: readonly number[];
}

/** The terms in graded reverse lexicographic order, the leading one first. */
export function polynomialTerms(a: Polynomial): Term[] {
  return [...a.terms]
    .sort(([x], [y]) => compareKeys(y, x))
    .map(([key, coefficient]) => ({ coefficient, exponents: keyExponents(key, a.variables.length) }));
}

/**
 * The quotient a / b where it is a polynomial with whole coefficients, else undefined. Cost: terms of the
 * quotient times terms of b, and a search for the leading term at every step.
 */
export function dividePolynomials(a: Polynomial, b: Polynomial): Polynomial | undefined {
  requireSameVariables(a.variables, b);
  if (b.terms.size === 0) throw new InvalidInputError("b", "expected a polynomial other than 0");
  const lead = leadingKey(b.terms);
  const leadCoefficient = b.terms.get(lead)!;
  const rest = new Map(a.terms);
  const quotient = new Map<bigint, bigint>();
  while (rest.size > 0) {
    const key = leadingKey(rest);
    const coefficient = rest.get(key)!;
    if (coefficient % leadCoefficient !== 0n || !dividesKey(lead, key, a.variables.length)) return undefined;
    const factor = coefficient / leadCoefficient;
    quotient.set(key - lead, factor);
    for (const [other, value] of b.terms) addTerm(rest, key - lead + other, -factor * value);
  }
  return { variables: a.variables, terms: quotient };
}

/** The value at a point, exactly: over the common denominator, so that one fraction is reduced in all. */
export function evaluatePolynomial(a: Polynomial, point: readonly Rational[]): Rational {
  requirePoint(a, point);
  const terms = [...a.terms].map(([key, coefficient]) => ({
    coefficient,
    exponents: keyExponents(key, a.variables.length),
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
  let sum = 0;
  for (const [key, coefficient] of a.terms) {
    let term = Number(coefficient % BigInt(prime));
    keyExponents(key, a.variables.length).forEach((exponent, i) => {
      for (let power = 0; power < exponent; power++) term = (term * point[i]!) % prime;
    });
    sum = (sum + term) % prime;
  }
  return sum < 0 ? sum + prime : sum;
}

/** As people write it: "s12*s23 - s13*s22", leading term first. */
export function polynomialText(a: Polynomial): string {
  if (a.terms.size === 0) return "0";
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

function addTerm(terms: Map<bigint, bigint>, key: bigint, coefficient: bigint): void {
  const before = terms.get(key);
  if (before === undefined) terms.set(key, coefficient);
  else if (before === -coefficient) terms.delete(key);
  else terms.set(key, before + coefficient);
}

function leadingKey(terms: ReadonlyMap<bigint, bigint>): bigint {
  let lead: bigint | undefined;
  for (const key of terms.keys()) if (lead === undefined || compareKeys(key, lead) > 0) lead = key;
  return lead!;
}

/**
 * Graded reverse lexicographic: the higher degree first; of equal degrees, that with the smaller exponent in
 * the last variable where they differ. The last variable lies in the highest bits.
 */
function compareKeys(x: bigint, y: bigint): number {
  const byDegree = keyDegree(x) - keyDegree(y);
  if (byDegree !== 0 || x === y) return byDegree;
  return x < y ? 1 : -1;
}

function dividesKey(divisor: bigint, key: bigint, variables: number): boolean {
  const exponents = keyExponents(key, variables);
  return keyExponents(divisor, variables).every((exponent, i) => exponent <= exponents[i]!);
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
