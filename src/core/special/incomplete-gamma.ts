import { InvalidInputError, NumericalError, requireFinite, show } from "../errors.ts";
import { log1pMinus, poissonTerm } from "./deviance.ts";
import { exp, expm1, log } from "./elementary.ts";
import { lgamma1p } from "./gamma.ts";
import { normalQuantile } from "./normal.ts";

const epsilon = 2 ** -53;
/** Above this the series take more than about 2000 terms near x = a, and quadrature takes over. */
const largeShape = 1e5;

/**
 * Regularized lower incomplete gamma function P(a, x): the chance that a Gamma(a) variable is at most x.
 * a > 0, x >= 0 (Infinity allowed). Relative error about 1e-14 in the tail that is small.
 */
export function gammaP(a: number, x: number): number {
  return tails(a, x).lower;
}

/** Regularized upper incomplete gamma function Q(a, x) = 1 - P(a, x), accurate where it is small. */
export function gammaQ(a: number, x: number): number {
  return tails(a, x).upper;
}

/** P and Q, the smaller of them computed, the other its complement. */
function tails(a: number, x: number): { lower: number; upper: number } {
  requireShape(a);
  if (!(x >= 0)) throw new InvalidInputError("x", `expected a number of at least 0, got ${show(x)}`);
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  if (a < 1 && x < 1.1) return smallShape(a, x);
  if (x < a) {
    const lower = a > largeShape && x > 0.7 * a ? density(a, x) * tailIntegral(a, x, -1) : lowerSeries(a, x);
    return { lower, upper: 1 - lower };
  }
  const upper = a > largeShape && x < 1.4 * a ? density(a, x) * tailIntegral(a, x, 1) : upperFraction(a, x);
  return { lower: 1 - upper, upper };
}

function requireShape(a: number): void {
  if (!(a > 0 && a < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("a", `expected a finite number above 0, got ${show(a)}`);
}

/** Density of Gamma(a) at x. */
function density(a: number, x: number): number {
  return (poissonTerm(a, x) * a) / x;
}

/** P by its power series, x < a: all terms positive. */
function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; term > sum * epsilon; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return poissonTerm(a, x) * sum;
}

/**
 * P and Q for a < 1, x < 1.1 by the alternating series of x^-a gamma(a, x) (DLMF 8.7.1); Q is put together from
 * 1 - x^a / Gamma(1 + a), which is small, and the rest, so that it keeps its digits when a is small.
 */
function smallShape(a: number, x: number): { lower: number; upper: number } {
  let power = 1;
  let sum = 0;
  for (let n = 1; n < 100; n++) {
    power *= -x / n;
    const term = power / (a + n);
    sum += term;
    if (Math.abs(term) <= Math.abs(sum) * epsilon) break;
  }
  // P = x^a / Gamma(a) (1/a + sum) = x^a / Gamma(1 + a) (1 + a sum).
  const exponent = a * log(x) - lgamma1p(a);
  const lower = exp(exponent) * (1 + a * sum);
  const upper = -expm1(exponent) - exp(exponent) * a * sum;
  return lower < 0.5 ? { lower, upper: 1 - lower } : { lower: 1 - upper, upper };
}

/** Q by its continued fraction (DLMF 8.9.2), x >= a, by the modified Lentz method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let product = d;
  for (let n = 1; ; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / nonZero(numerator * d + b);
    c = nonZero(b + numerator / c);
    const factor = c * d;
    product *= factor;
    if (Math.abs(factor - 1) <= epsilon * 4) return density(a, x) * x * product;
    if (n > 1e6) throw new NumericalError("incomplete gamma: continued fraction did not converge", { a, x });
  }
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/**
 * Integral of the Gamma(a) density from x outwards (direction 1 up, -1 down), divided by the density at x, for
 * large a: the integrand is a smooth hump, exp((a - 1) log(t / x) - (t - x)), of width sqrt(a).
 * Gauss-Legendre on panels of at most one standard deviation, and a drop of e^4, until nothing is added.
 */
function tailIntegral(a: number, x: number, direction: number): number {
  const slope = a - 1 - x;
  const panel = direction * Math.min(Math.sqrt(a), (4 * x) / Math.abs(slope));
  let sum = 0;
  for (let start = 0; ; start += panel) {
    let part = 0;
    for (let k = 0; k < nodes.length; k++) {
      const u = (start + panel * nodes[k]!) / x;
      if (u > -1) part += weights[k]! * exp((a - 1) * log1pMinus(u) + slope * u);
    }
    sum += part;
    if (part <= sum * epsilon) return sum * Math.abs(panel);
  }
}

/** Nodes and weights of the 16-point Gauss-Legendre rule on [0, 1]. */
const nodes = [
  0.005299532504175033, 0.02771248846338371, 0.06718439880608412, 0.12229779582249849, 0.19106187779867811,
  0.2709916111713863, 0.35919822461037054, 0.4524937450811813, 0.5475062549188188, 0.6408017753896295,
  0.7290083888286137, 0.8089381222013219, 0.8777022041775016, 0.9328156011939158, 0.9722875115366163,
  0.994700467495825,
] as const;
const weights = [
  0.013576229705877048, 0.031126761969323947, 0.04757925584124639, 0.06231448562776694, 0.07479799440828837,
  0.08457825969750127, 0.09130170752246179, 0.09472530522753425, 0.09472530522753425, 0.09130170752246179,
  0.08457825969750127, 0.07479799440828837, 0.06231448562776694, 0.04757925584124639, 0.031126761969323947,
  0.013576229705877048,
] as const;

/** The x with P(a, x) = p, 0 <= p <= 1: the quantile of Gamma(a). Accurate for small p. */
export function gammaPInverse(a: number, p: number): number {
  requireShape(a);
  requireFinite("p", p, 0, 1);
  return p <= 0.5 ? inverse(a, p, true) : inverse(a, 1 - p, false);
}

/** The x with Q(a, x) = q, 0 <= q <= 1. Accurate for small q. */
export function gammaQInverse(a: number, q: number): number {
  requireShape(a);
  requireFinite("q", q, 0, 1);
  return q <= 0.5 ? inverse(a, q, false) : inverse(a, 1 - q, true);
}

/**
 * Newton's method for log(tail(x)) = log(target) in log x. Either tail is log-concave there, so the iterates
 * approach the root from one side after the first step; where that step leads to a tail that underflows, half way back.
 */
function inverse(a: number, target: number, lower: boolean): number {
  if (target === 0) return lower ? 0 : Number.POSITIVE_INFINITY;
  let logX = start(a, target, lower);
  const logTarget = log(target);
  let lastSeen: number | undefined;
  for (let iteration = 0; iteration < 200; iteration++) {
    const x = exp(logX);
    // So far down P is its leading term x^a / Gamma(a + 1), which the start already solves.
    if (x < 1e-290) return x;
    const both = tails(a, x);
    const tail = lower ? both.lower : both.upper;
    let step = lower ? 0.5 : -0.5;
    if (tail > 0) {
      lastSeen = logX;
      const newton = ((log(tail) - logTarget) * tail) / (density(a, x) * x);
      step = lower ? -newton : newton;
    } else if (lastSeen !== undefined) step = (lastSeen - logX) / 2;
    const move = Math.max(-2, Math.min(2, step));
    logX += move;
    if (Math.abs(move) <= 4 * epsilon * Math.max(1, Math.abs(logX))) return exp(logX);
  }
  return exp(logX);
}

/** First guess of log x: the leading term of P for small x, else the cube-root normal of Wilson and Hilferty. */
function start(a: number, target: number, lower: boolean): number {
  const leading = (log(lower ? target : 1 - target) + lgamma1p(a)) / a;
  if (a < 1 || leading < log(0.2 * (a + 1))) return leading;
  const z = lower ? normalQuantile(target) : -normalQuantile(target);
  const root = 1 - 1 / (9 * a) + z / (3 * Math.sqrt(a));
  return root > 0 ? log(a) + 3 * log(root) : leading;
}
