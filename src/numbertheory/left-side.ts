import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type DecimalInterval, gcd } from "../core/exact/index.ts";

/** Coefficients of a polynomial in one variable, that of the lowest power first, the last not zero. */
export type Coefficients = readonly bigint[];

/** The value |P(x) / Q(x)| of a constant x: without common factors, leading coefficients positive. */
export interface LeftSide {
  readonly num: Coefficients;
  readonly den: Coefficients;
}

export interface EnumerateLeftSidesOptions {
  /** Largest degree of P and Q. */
  readonly degree: number;
  /** Largest size of a coefficient. */
  readonly coeffLimit: number;
}

/**
 * All left sides |P(x) / Q(x)| with whole coefficients from -coeffLimit to coeffLimit and degrees up to
 * `degree`, each once, simple ones first; rational numbers (P and Q proportional, or constant) are left out.
 */
export function enumerateLeftSides(options: EnumerateLeftSidesOptions): LeftSide[] {
  requireKnownOptions("options", options, ["degree", "coeffLimit"]);
  const degree = requireInteger("options.degree", options.degree, 0, 6);
  const limit = requireInteger("options.coeffLimit", options.coeffLimit, 1, 100);
  const width = 2 * limit + 1;
  if (width ** (degree + 1) > 20_000)
    throw new InvalidInputError(
      "options.coeffLimit",
      `expected at most 20,000 polynomials, got ${width ** (degree + 1)} of degree ${degree}`,
    );
  const polynomials: Coefficients[] = [];
  for (let code = 0; code < width ** (degree + 1); code++) {
    const coefficients = Array.from({ length: degree + 1 }, (_, k) =>
      BigInt((Math.floor(code / width ** k) % width) - limit),
    );
    const trimmed = trim(coefficients);
    // The sign of either polynomial makes no difference.
    if (trimmed.length > 0 && trimmed.at(-1)! > 0n) polynomials.push(trimmed);
  }
  polynomials.sort((a, b) => weight(a) - weight(b));
  const sides = new Map<string, LeftSide>();
  for (const num of polynomials)
    for (const den of polynomials) {
      const side = reduced(num, den);
      if (side.num.length > 1 || side.den.length > 1) sides.set(`${side.num}/${side.den}`, side);
    }
  return [...sides.values()].sort((a, b) => weight(a.num) + weight(a.den) - weight(b.num) - weight(b.den));
}

/** "(e + 1)/(2*e - 2)". */
export function leftSideText({ num, den }: LeftSide, name: string): string {
  const [above, below] = [coefficientsText(num, name), coefficientsText(den, name)];
  if (below === "1") return above;
  const bracketed = (text: string): string => (/[ *]/.test(text) ? `(${text})` : text);
  return `${bracketed(above)}/${bracketed(below)}`;
}

/** "2*k^2 - k + 1", the highest power first. */
export function coefficientsText(coefficients: Coefficients, name: string): string {
  const texts = coefficients.flatMap((value, power) => {
    if (value === 0n) return [];
    const size = value < 0n ? -value : value;
    const base = power > 1 && name.includes("^") ? `(${name})` : name;
    const factor = power === 0 ? "" : power === 1 ? base : `${base}^${power}`;
    const text = factor === "" ? `${size}` : size === 1n ? factor : `${size}*${factor}`;
    return [`${value < 0n ? "-" : "+"} ${text}`];
  });
  return texts.reverse().join(" ").replace(/^\+ /, "").replace(/^- /, "-") || "0";
}

/** A positive number as an interval of fractions. */
export interface FractionInterval {
  readonly low: { readonly num: bigint; readonly den: bigint };
  readonly high: { readonly num: bigint; readonly den: bigint };
}

/** Encloses |P(x) / Q(x)|; undefined where zero cannot be told from P(x) or Q(x). */
export function evaluateLeftSide({ num, den }: LeftSide, x: DecimalInterval): FractionInterval | undefined {
  const degree = Math.max(num.length, den.length) - 1;
  const above = enclose(num, x, degree);
  const below = enclose(den, x, degree);
  if (above === undefined || below === undefined) return undefined;
  return {
    low: { num: above.lo, den: below.hi },
    high: { num: above.hi, den: below.lo },
  };
}

/** |P(x)| times 10^(digits * degree); undefined where it may be zero. */
function enclose(
  coefficients: Coefficients,
  { lo, hi, digits }: DecimalInterval,
  degree: number,
): { lo: bigint; hi: bigint } | undefined {
  const scale = 10n ** BigInt(digits);
  // Horner's rule, every step scaled by 10^digits once more.
  let [low, high] = [0n, 0n];
  let unit = 1n;
  for (let k = degree; k >= 0; k--) {
    const products = [low * lo, low * hi, high * lo, high * hi];
    const added = (coefficients[k] ?? 0n) * unit;
    low = products.reduce((a, b) => (a < b ? a : b)) + added;
    high = products.reduce((a, b) => (a > b ? a : b)) + added;
    unit *= scale;
  }
  if (low > 0n) return { lo: low, hi: high };
  return high < 0n ? { lo: -high, hi: -low } : undefined;
}

function weight(coefficients: Coefficients): number {
  return coefficients.reduce((sum, value) => sum + Math.abs(Number(value)), 100 * coefficients.length);
}

/** Divides by the greatest common divisor of the polynomials and of all coefficients. */
function reduced(num: Coefficients, den: Coefficients): LeftSide {
  const common = commonDivisor(num, den);
  const scale = common.at(-1)! ** BigInt(Math.max(num.length, den.length));
  const [above, below] = [divide(num, common, scale), divide(den, common, scale)];
  const factor = [...above, ...below].reduce(gcd, 0n);
  const signed = (coefficients: Coefficients): Coefficients => {
    const divisor = coefficients.at(-1)! < 0n ? -factor : factor;
    return coefficients.map((value) => value / divisor);
  };
  return { num: signed(above), den: signed(below) };
}

/** By Euclid's algorithm with pseudo-remainders; primitive. */
function commonDivisor(a: Coefficients, b: Coefficients): Coefficients {
  let [x, y] = a.length >= b.length ? [primitive(a), primitive(b)] : [primitive(b), primitive(a)];
  while (y.length > 0) [x, y] = [y, primitive(pseudoRemainder(x, y))];
  return x;
}

function pseudoRemainder(a: Coefficients, b: Coefficients): Coefficients {
  let rest = trim(a);
  const lead = b.at(-1)!;
  while (rest.length >= b.length) {
    const factor = rest.at(-1)!;
    const shift = rest.length - b.length;
    rest = trim(rest.map((value, k) => value * lead - (k >= shift ? factor * b[k - shift]! : 0n)));
  }
  return rest;
}

/** scale a / b, where b divides a over the rationals and the scale is a high enough power of its lead. */
function divide(a: Coefficients, b: Coefficients, scale: bigint): Coefficients {
  const lead = b.at(-1)!;
  const rest = a.map((value) => value * scale);
  const quotient = new Array<bigint>(a.length - b.length + 1).fill(0n);
  for (let k = quotient.length - 1; k >= 0; k--) {
    const factor = rest[k + b.length - 1]! / lead;
    quotient[k] = factor;
    for (const [j, value] of b.entries()) rest[k + j]! -= factor * value;
  }
  return quotient;
}

function primitive(coefficients: Coefficients): Coefficients {
  const content = coefficients.reduce(gcd, 0n);
  return content === 0n ? [] : coefficients.map((value) => value / content);
}

function trim(coefficients: readonly bigint[]): Coefficients {
  let length = coefficients.length;
  while (length > 0 && coefficients[length - 1] === 0n) length--;
  return coefficients.slice(0, length);
}
