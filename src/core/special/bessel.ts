import { InvalidInputError, NumericalError, show } from "../errors.ts";
import { cosPi, exp, expm1, log, sinPi } from "./elementary.ts";
import { lgamma } from "./gamma.ts";

const epsilon = 2 ** -53;
const mostTerms = 1e6;

/** Modified Bessel function of the first kind, real order >= 0, x >= 0. Relative error about 1e-14. */
export function besselI(order: number, x: number): number {
  // In halves: exp(x) overflows before I does.
  const half = exp(x / 2);
  return besselIScaled(order, x) * half * half;
}

/** exp(-x) I_order(x), which does not overflow. */
export function besselIScaled(order: number, x: number): number {
  requireArguments(order, x);
  if (x === 0) return order === 0 ? 1 : 0;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (x > asymptoticFrom(order)) return hankelSum(order, x, -1).total / Math.sqrt(2 * Math.PI * x);
  // Wronskian: I_v K_{v+1} + I_{v+1} K_v = 1 / x, with I_{v+1} / I_v from its continued fraction.
  const { k, next } = modifiedPair(order, x);
  if (next === Number.POSITIVE_INFINITY) return leadingTerm(order, x) * seriesOfI(order, x) * exp(-x);
  return 1 / (x * (next + ratioOfI(order, x) * k));
}

/** Modified Bessel function of the second kind, real order >= 0, x >= 0; Infinity at 0. Relative error about 1e-14. */
export function besselK(order: number, x: number): number {
  return besselKScaled(order, x) * exp(-x);
}

/** exp(x) K_order(x), which does not underflow. */
export function besselKScaled(order: number, x: number): number {
  requireArguments(order, x);
  if (x === 0) return Number.POSITIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return 0;
  if (x > asymptoticFrom(order)) return hankelSum(order, x, 1).total * Math.sqrt(Math.PI / (2 * x));
  return modifiedPair(order, x).k;
}

/**
 * Bessel function of the first kind, real order >= 0, x >= 0. Error about 1e-14 max(1, order) relative
 * to the amplitude sqrt(2 / (pi x)) of its oscillation, 1e-12 relative before the first zero. O(order), and O(x) for
 * x below max(order, 50).
 */
export function besselJ(order: number, x: number): number {
  requireArguments(order, x);
  if (x === 0) return order === 0 ? 1 : 0;
  if (0.25 * x * x < epsilon * (order + 1)) return leadingTerm(order, x);
  return ordinaryPair(order, x).j;
}

/** Bessel function of the second kind, real order >= 0, x >= 0; -Infinity at 0. Error as for `besselJ`. */
export function besselY(order: number, x: number): number {
  requireArguments(order, x);
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return ordinaryPair(order, x).y;
}

function requireArguments(order: number, x: number): void {
  if (!(order >= 0 && order < 1e5))
    throw new InvalidInputError("order", `expected a number of at least 0 and below 1e5, got ${show(order)}`);
  if (!(x >= 0)) throw new InvalidInputError("x", `expected a number of at least 0, got ${show(x)}`);
}

/** (x / 2)^order / Gamma(order + 1), with which the power series of I and J begin (DLMF 10.2.2, 10.25.2). */
function leadingTerm(order: number, x: number): number {
  return exp(order * log(x / 2) - lgamma(order + 1));
}

/** What follows that factor in the series of I: positive terms, few where K at so large an order overflows. */
function seriesOfI(order: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * epsilon; k++) {
    term *= (0.25 * x * x) / (k * (order + k));
    sum += term;
  }
  return sum;
}

/** Beyond this x Hankel's expansions reach double precision. */
function asymptoticFrom(order: number): number {
  return Math.max(50, order * order);
}

/**
 * Hankel's series sum of sign^k a_k / x^k with a_k = (4 v^2 - 1)(4 v^2 - 9) ... / (k! 8^k): its total, and with
 * alternating pairs the P and Q of the oscillating functions (DLMF 10.17, 10.40).
 */
function hankelSum(order: number, x: number, sign: 1 | -1): { total: number; p: number; q: number } {
  const square = 4 * order * order;
  let term = 1;
  let total = 1;
  let p = 1;
  let q = 0;
  for (let k = 1; k < 200; k++) {
    term *= (square - (2 * k - 1) * (2 * k - 1)) / (8 * k * x);
    total += sign === 1 || k % 2 === 0 ? term : -term;
    const signed = (k >> 1) % 2 === 0 ? term : -term;
    if (k % 2 === 0) p += signed;
    else q += signed;
    if (Math.abs(term) < epsilon * 0.25) break;
  }
  return { total, p, q };
}

/** I_{v+1}(x) / I_v(x) by its continued fraction of positive terms (DLMF 10.33.1), modified Lentz. */
function ratioOfI(order: number, x: number): number {
  let b = (2 * (order + 1)) / x;
  let f = b;
  let c = b;
  let d = 0;
  for (let k = 2; k < mostTerms; k++) {
    b += 2 / x;
    d = 1 / (b + d);
    c = b + 1 / c;
    const factor = c * d;
    f *= factor;
    if (Math.abs(factor - 1) < 2 * epsilon) return 1 / f;
  }
  throw new NumericalError("Bessel I: continued fraction did not converge", { order, x });
}

/** exp(x) K at the order and the next: from the order nearest 0 by the upward recurrence, which is stable. */
function modifiedPair(order: number, x: number): { k: number; next: number } {
  const steps = Math.floor(order + 0.5);
  const low = order - steps;
  let { k, next } = x < 2 ? temmeK(low, x) : steedK(low, x);
  for (let i = 1; i <= steps; i++) {
    const above = ((2 * (low + i)) / x) * next + k;
    k = next;
    next = above;
  }
  return { k, next };
}

/** Taylor coefficients of (1 / Gamma(1 - m) - 1 / Gamma(1 + m)) / 2m and of half their sum, in m^2. */
const gammaDifference = [
  0.5772156649015329, -0.04200263503409524, -0.04219773455554433, 0.0072189432466631, -0.00021524167411495098,
  -2.013485478078824e-5, 1.133027231981696e-6, 6.116095104481416e-9, -1.18127457048702e-9,
  7.782263439905071e-12, 5.100370287454476e-13, -5.348122539423018e-15, -1.1812593016974588e-16,
] as const;
const gammaSum = [
  1, -0.6558780715202539, 0.16653861138229148, -0.009621971527876973, -0.0011651675918590652,
  0.0001280502823881162, -1.250493482142671e-6, -2.056338416977607e-7, 5.002007644469223e-9,
  1.0434267116911005e-10, -3.696805618642206e-12, -2.0583260535665066e-14, 1.2267786282382608e-15,
] as const;

/** What Temme's series share: for |m| <= 1/2 and x < 2. */
function temmeStart(m: number, x: number) {
  const z = m * m;
  let difference = 0;
  let sum = 0;
  for (let k = gammaSum.length - 1; k >= 0; k--) {
    difference = difference * z - gammaDifference[k]!;
    sum = sum * z + gammaSum[k]!;
  }
  const d = -log(x / 2);
  const e = m * d;
  const sine = m === 0 ? 1 : (Math.PI * m) / sinPi(m);
  const up = exp(e);
  const sinh = Math.abs(e) < 1e-8 ? 1 : (0.5 * (expm1(e) - expm1(-e))) / e;
  return {
    // f_0 of both series, up to their factor.
    f: sine * (difference * 0.5 * (up + 1 / up) + sum * sinh * d),
    // (x / 2)^-m Gamma(1 + m) and (x / 2)^m Gamma(1 - m).
    p: up / (sum - m * difference),
    q: 1 / (up * (sum + m * difference)),
  };
}

/** K_m and K_{m+1} times exp(x). N. M. Temme, J. Comput. Phys. 19 (1975). */
function temmeK(m: number, x: number): { k: number; next: number } {
  let { f, p, q } = temmeStart(m, x);
  p *= 0.5;
  q *= 0.5;
  let c = 1;
  let sum = f;
  let sumNext = p;
  for (let i = 1; i < 500; i++) {
    f = (i * f + p + q) / (i * i - m * m);
    c *= (0.25 * x * x) / i;
    p /= i - m;
    q /= i + m;
    sum += c * f;
    sumNext += c * (p - i * f);
    if (Math.abs(c * f) < Math.abs(sum) * epsilon) break;
  }
  const growth = exp(x);
  return { k: growth * sum, next: (growth * sumNext * 2) / x };
}

/** K_m and K_{m+1} times exp(x), x >= 2, by Steed's sum of Temme's continued fraction (Thompson and Barnett 1987). */
function steedK(m: number, x: number): { k: number; next: number } {
  const first = 0.25 - m * m;
  let b = 2 * (1 + x);
  let d = 1 / b;
  let step = d;
  let h = d;
  let before = 0;
  let q = 1;
  let c = first;
  let weight = first;
  let a = -first;
  let sum = 1 + weight * step;
  for (let i = 2; i < mostTerms; i++) {
    a -= 2 * (i - 1);
    c = (-a * c) / i;
    const q2 = (before - b * q) / a;
    before = q;
    q = q2;
    weight += c * q2;
    b += 2;
    d = 1 / (b + a * d);
    step *= b * d - 1;
    h += step;
    sum += weight * step;
    if (Math.abs(weight * step) < Math.abs(sum) * epsilon) break;
  }
  const k = Math.sqrt(Math.PI / (2 * x)) / sum;
  return { k, next: (k * (m + x + 0.5 - first * h)) / x };
}

/** J and Y of one order. */
function ordinaryPair(order: number, x: number): { j: number; y: number } {
  if (x === Number.POSITIVE_INFINITY) return { j: 0, y: 0 };
  if (x > asymptoticFrom(order)) return oscillating(order, x);
  if (x > Math.max(asymptoticFrom(2), order)) return fromLowOrders(order, x);
  // Down to an order m at which J has begun to oscillate (x >= 2) or that is nearest 0 (x < 2).
  const steps = x < 2 ? Math.floor(order + 0.5) : Math.max(0, Math.floor(order - x + 1.5));
  const m = order - steps;
  let { sign: j, slope } = logarithmicSlope(order, x);
  let derivative = slope * j;
  let top = j;
  let factor = order / x;
  for (let i = 0; i < steps; i++) {
    const lower = factor * j + derivative;
    factor -= 1 / x;
    derivative = factor * lower - j;
    j = lower;
    if (Math.abs(j) > 1e150) {
      j *= 1e-150;
      derivative *= 1e-150;
      top *= 1e-150;
    }
  }
  if (j === 0) j = epsilon;
  slope = derivative / j;
  const low = x < 2 ? temmeY(m, x, slope) : steedJ(m, x, slope, j);
  let y = low.y;
  let above = low.next;
  for (let i = 1; i <= steps; i++) {
    // An overflow stays one: the difference of two infinite values would be NaN.
    const higher = Number.isFinite(above) ? ((2 * (m + i)) / x) * above - y : above;
    y = above;
    above = higher;
  }
  return { j: top * (low.j / j), y };
}

/** J'_v / J_v by its continued fraction, and the sign of J_v (DLMF 10.10.1, modified Lentz). */
function logarithmicSlope(order: number, x: number): { sign: number; slope: number } {
  let sign = 1;
  let slope = Math.max(order / x, 1e-300);
  let b = (2 * order) / x;
  let c = slope;
  let d = 0;
  for (let i = 0; i < mostTerms; i++) {
    b += 2 / x;
    d = b - d;
    if (Math.abs(d) < 1e-300) d = 1e-300;
    c = b - 1 / c;
    if (Math.abs(c) < 1e-300) c = 1e-300;
    d = 1 / d;
    const factor = c * d;
    slope *= factor;
    if (d < 0) sign = -sign;
    if (Math.abs(factor - 1) < 2 * epsilon) return { sign, slope };
  }
  throw new NumericalError("Bessel J: continued fraction did not converge", { order, x });
}

/** Y_m, Y_{m+1} and J_m for x < 2 from Temme's series and the Wronskian; `slope` is J'_m / J_m. */
function temmeY(m: number, x: number, slope: number): { j: number; y: number; next: number } {
  let { f, p, q } = temmeStart(m, x);
  f *= 2 / Math.PI;
  p /= Math.PI;
  q /= Math.PI;
  const half = m === 0 ? 1 : sinPi(m / 2) / ((Math.PI * m) / 2);
  const r = Math.PI * ((Math.PI * m) / 2) * half * half;
  let c = 1;
  let sum = f + r * q;
  let sumNext = p;
  for (let i = 1; i < 500; i++) {
    f = (i * f + p + q) / (i * i - m * m);
    c *= (-0.25 * x * x) / i;
    p /= i - m;
    q /= i + m;
    const term = c * (f + r * q);
    sum += term;
    sumNext += c * p - i * term;
    if (Math.abs(term) < (1 + Math.abs(sum)) * epsilon) break;
  }
  const y = -sum;
  const next = (-sumNext * 2) / x;
  const derivative = (m / x) * y - next;
  return { j: 2 / (Math.PI * x) / (derivative - slope * y), y, next };
}

/** The same for x >= 2 from p + i q = (J' + i Y') / (J + i Y), a continued fraction; `sign` is that of J_m. */
function steedJ(m: number, x: number, slope: number, sign: number): { j: number; y: number; next: number } {
  let a = 0.25 - m * m;
  let p = -0.5 / x;
  let q = 1;
  const br = 2 * x;
  let bi = 2;
  let factor = a / x / (p * p + q * q);
  let cr = br + q * factor;
  let ci = bi + p * factor;
  let norm = br * br + bi * bi;
  let dr = br / norm;
  let di = -bi / norm;
  for (let i = 2; i < mostTerms; i++) {
    const stepRe = cr * dr - ci * di;
    const stepIm = cr * di + ci * dr;
    const previous = p;
    p = p * stepRe - q * stepIm;
    q = previous * stepIm + q * stepRe;
    if (Math.abs(stepRe - 1) + Math.abs(stepIm) < 2 * epsilon) break;
    a += 2 * (i - 1);
    bi += 2;
    dr = a * dr + br;
    di = a * di + bi;
    factor = a / (cr * cr + ci * ci);
    cr = br + cr * factor;
    ci = bi - ci * factor;
    norm = dr * dr + di * di;
    dr /= norm;
    di = -di / norm;
  }
  const gamma = (p - slope) / q;
  const size = Math.sqrt(2 / (Math.PI * x) / ((p - slope) * gamma + q));
  const j = sign < 0 ? -size : size;
  const y = j * gamma;
  // Y' = q J + p Y.
  return { j, y, next: (m / x) * y - (q * j + p * y) };
}

/** J and Y of an order below x by the upward recurrence, which is stable there, from two orders below 2. O(order). */
function fromLowOrders(order: number, x: number): { j: number; y: number } {
  const low = order - Math.floor(order);
  let lower = oscillating(low, x);
  let pair = oscillating(low + 1, x);
  for (let m = low + 1; m < order; m++) {
    const factor = (2 * m) / x;
    [lower, pair] = [pair, { j: factor * pair.j - lower.j, y: factor * pair.y - lower.y }];
  }
  return order < 1 ? lower : pair;
}

/** J and Y by Hankel's expansions for large x (DLMF 10.17.3). */
function oscillating(order: number, x: number): { j: number; y: number } {
  const { p, q } = hankelSum(order, x, 1);
  const quarter = order / 2 + 0.25;
  const cos = Math.cos(x) * cosPi(quarter) + Math.sin(x) * sinPi(quarter);
  const sin = Math.sin(x) * cosPi(quarter) - Math.cos(x) * sinPi(quarter);
  const amplitude = Math.sqrt(2 / (Math.PI * x));
  return { j: amplitude * (p * cos - q * sin), y: amplitude * (p * sin + q * cos) };
}
