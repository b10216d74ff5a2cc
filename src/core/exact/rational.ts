import { InvalidInputError, show } from "../errors.ts";

/** An exact fraction in lowest terms, its denominator positive. Made by {@link rational}. */
export interface Rational {
  readonly num: bigint;
  readonly den: bigint;
}

/** Greatest common divisor, not negative; gcd(0, 0) = 0. */
export function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/**
 * The fraction num / den in lowest terms.
 *
 * @throws InvalidInputError where an argument is no whole number or the denominator is zero
 */
export function rational(num: bigint | number, den: bigint | number = 1n): Rational {
  const n = requireWhole("num", num);
  const d = requireWhole("den", den);
  if (d === 0n) throw new InvalidInputError("den", "expected a number other than 0, got 0");
  return lowest(n, d);
}

export function addRationals(a: Rational, b: Rational): Rational {
  if (a.den === 1n && b.den === 1n) return { num: a.num + b.num, den: 1n };
  return lowest(a.num * b.den + b.num * a.den, a.den * b.den);
}

export function subtractRationals(a: Rational, b: Rational): Rational {
  return addRationals(a, { num: -b.num, den: b.den });
}

export function multiplyRationals(a: Rational, b: Rational): Rational {
  return lowest(a.num * b.num, a.den * b.den);
}

/** a / b; refuses b = 0. */
export function divideRationals(a: Rational, b: Rational): Rational {
  if (b.num === 0n) throw new InvalidInputError("b", "expected a number other than 0, got 0");
  return lowest(a.num * b.den, a.den * b.num);
}

export function equalRationals(a: Rational, b: Rational): boolean {
  return a.num === b.num && a.den === b.den;
}

/** "3/4", or "3" for a whole number. */
export function rationalText({ num, den }: Rational): string {
  return den === 1n ? `${num}` : `${num}/${den}`;
}

function lowest(num: bigint, den: bigint): Rational {
  const divisor = gcd(num, den);
  if (divisor === 0n) return { num: 0n, den: 1n };
  const sign = den < 0n ? -divisor : divisor;
  return { num: num / sign, den: den / sign };
}

function requireWhole(argument: string, value: bigint | number): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    throw new InvalidInputError(argument, `expected a whole number, got ${show(value)}`);
  return BigInt(value);
}
