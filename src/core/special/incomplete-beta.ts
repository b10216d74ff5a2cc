import { InvalidInputError, NumericalError, requireFinite, show } from "../errors.ts";
import { binomialTerm } from "./deviance.ts";

const epsilon = 2 ** -53;

/**
 * Regularized incomplete beta function I_x(a, b): the chance that a Beta(a, b) variable is at most x. a, b > 0,
 * 0 <= x <= 1. Relative error about 1e-14 (growing slowly with a and b) in the tail that is small.
 * O(sqrt(max(a, b))) terms at worst.
 */
export function betaI(a: number, b: number, x: number): number {
  requireParameter("a", a);
  requireParameter("b", b);
  requireFinite("x", x, 0, 1);
  if (x === 0 || x === 1) return x;
  return lowerTail(a, b, x, 1 - x);
}

/** 1 - I_x(a, b), accurate where it is small; `y` = 1 - x may be given more accurately than x has it. */
export function betaIComplement(a: number, b: number, x: number, y = 1 - x): number {
  requireParameter("a", a);
  requireParameter("b", b);
  requireFinite("x", x, 0, 1);
  requireFinite("y", y, 0, 1);
  if (x === 0 || y === 0) return x === 0 ? 1 : 0;
  return lowerTail(b, a, y, x);
}

function lowerTail(a: number, b: number, x: number, y: number): number {
  // The continued fraction converges fast below the mean (DLMF 8.17.22); above it, use the symmetry.
  if (x <= (a + 1) / (a + b + 2)) return continuedFraction(a, b, x, y);
  const upper = continuedFraction(b, a, y, x);
  // With a tiny b nearly all mass lies above x even there. The fraction, slow now, keeps the digits that 1 - upper loses.
  return upper > 0.99 && y > 1e-8 ? continuedFraction(a, b, x, y) : 1 - upper;
}

function requireParameter(name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(name, `expected a finite number above 0, got ${show(value)}`);
}

/** I_x(a, b) = x^a y^b / (a B(a, b)) times a continued fraction, by the modified Lentz method. */
function continuedFraction(a: number, b: number, x: number, y: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    product *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) <= epsilon * 4) break;
    if (m > 1e6)
      throw new NumericalError("incomplete beta: continued fraction did not converge", { a, b, x });
  }
  // x^a y^b / B(a, b) = binomialTerm a b / (a + b).
  return binomialTerm(a, b, x, y) * (b / (a + b)) * product;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}
