import { InvalidInputError } from "../core/errors.ts";
import type { ClosedForm } from "./closed-form.ts";
import { type Coefficients, coefficientsText } from "./left-side.ts";
import type { Sign } from "./signed-continued-fraction.ts";

/**
 * A polynomial continued fraction: (p + first / (a(1) + b(2) / (a(2) + b(3) / (a(3) + ...)))) / q. Its
 * convergents are every m-th of the interleaved one that it was made from.
 */
export interface PolynomialFraction {
  readonly m: number;
  readonly p: bigint;
  readonly q: bigint;
  readonly first: bigint;
  /** Coefficients in k. */
  readonly a: Coefficients;
  readonly b: Coefficients;
  /** All of it as text. */
  readonly text: string;
}

/**
 * Contracts a continued fraction whose terms interleave polynomials into one with polynomial terms and
 * numerators. With T_k = ((alpha, beta), (gamma, delta)) the product of the m steps of block k and D its
 * determinant, convergents before the blocks obey
 *
 *   u_{k+1} = (alpha_k + beta_k delta_{k-1} / beta_{k-1}) u_k - D (beta_k / beta_{k-1}) u_{k-1},
 *
 * and multiplying u_k by beta_0 ... beta_{k-2} makes everything polynomial. Undefined where a polynomial has
 * fractions for coefficients or beta is zero.
 */
export function toPolynomialFraction(
  form: ClosedForm,
  signs: readonly Sign[],
): PolynomialFraction | undefined {
  if (signs.length === 0) throw new InvalidInputError("signs", "expected at least one");
  if (form.coefficients.some(({ den }) => den !== 1n)) return undefined;
  const m = leastCommonMultiple(form.period, signs.length);
  let [alpha, beta]: Coefficients[] = [[1n], []];
  let [gamma, delta]: Coefficients[] = [[], [1n]];
  let determinant = 1n;
  for (let n = 0; n < m; n++) {
    // Term n of block k is that of index (m k + n) = period k' + residue with k' = (m / period) k + shift.
    const term = composed(
      form.coefficients[n % form.period]!.num,
      BigInt(m / form.period),
      BigInt(Math.floor(n / form.period)),
    );
    const sign = BigInt(signs[(n + m - 1) % signs.length]!);
    determinant *= -sign;
    [alpha, gamma] = [sum(product(term, alpha!), product([sign], gamma!)), alpha];
    [beta, delta] = [sum(product(term, beta!), product([sign], delta!)), beta];
  }
  if (beta!.length === 0) return undefined;
  const before = (polynomial: Coefficients): Coefficients => composed(polynomial, 1n, -1n);
  const last = BigInt(signs[(m - 1) % signs.length]!);
  const p = value(alpha!, 0n);
  const q = last * value(beta!, 0n);
  const constant = beta!.length === 1;
  const a = constant
    ? sum(alpha!, before(delta!))
    : sum(product(alpha!, before(beta!)), product(beta!, before(delta!)));
  const b = constant ? [-determinant] : product([-determinant], product(beta!, composed(beta!, 1n, -2n)));
  const first = constant ? -determinant : -determinant * value(beta!, 1n);
  const text = `(${p} + ${first}/(a(1) + b(2)/(a(2) + ...)))/${q} with a(k) = ${coefficientsText(a, "k")}, b(k) = ${coefficientsText(b, "k")}`;
  return { m, p, q, first, a, b, text };
}

function leastCommonMultiple(x: number, y: number): number {
  let multiple = x;
  while (multiple % y !== 0) multiple += x;
  return multiple;
}

function sum(x: Coefficients, y: Coefficients): Coefficients {
  return trimmed(Array.from({ length: Math.max(x.length, y.length) }, (_, k) => (x[k] ?? 0n) + (y[k] ?? 0n)));
}

function product(x: Coefficients, y: Coefficients): Coefficients {
  if (x.length === 0 || y.length === 0) return [];
  const out = new Array<bigint>(x.length + y.length - 1).fill(0n);
  for (const [i, s] of x.entries()) for (const [j, t] of y.entries()) out[i + j]! += s * t;
  return trimmed(out);
}

/** The polynomial at factor * k + shift. */
function composed(polynomial: Coefficients, factor: bigint, shift: bigint): Coefficients {
  return polynomial.reduceRight<Coefficients>(
    (inner, c) => sum(product(inner, trimmed([shift, factor])), trimmed([c])),
    [],
  );
}

function value(polynomial: Coefficients, k: bigint): bigint {
  return polynomial.reduceRight((inner, c) => inner * k + c, 0n);
}

function trimmed(coefficients: readonly bigint[]): Coefficients {
  let length = coefficients.length;
  while (length > 0 && coefficients[length - 1] === 0n) length--;
  return coefficients.slice(0, length);
}
