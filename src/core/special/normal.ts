import { log, log1p } from "./elementary.ts";
import { erfcx, gaussian } from "./error-function.ts";
import { halfLogTwoPi } from "./gamma.ts";

// M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Appl. Statist. 37 (1988):
// rational approximations for the centre and two tails, lowest power first.
const centreTop = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
] as const;
const centreBottom = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
] as const;
const tailTop = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
] as const;
const tailBottom = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
] as const;
const farTop = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
] as const;
const farBottom = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
] as const;

function ratio(top: readonly number[], bottom: readonly number[], z: number): number {
  let p = 0;
  let q = 0;
  for (let k = 7; k >= 0; k--) {
    p = p * z + top[k]!;
    q = q * z + bottom[k]!;
  }
  return p / q;
}

/** Standard normal distribution function; relative error a few ulp in the lower tail, down to x = -38. */
export function normalCdf(x: number): number {
  if (x > 0) return 1 - normalCdf(-x);
  if (x < -38.6) return 0;
  return 0.5 * gaussian(x, 0.5) * erfcx(-x * Math.SQRT1_2);
}

/** log of {@link normalCdf}, finite for every finite x above -1e154. */
export function logNormalCdf(x: number): number {
  if (x > 0) return log1p(-normalCdf(-x));
  return -0.5 * x * x + log(0.5 * erfcx(-x * Math.SQRT1_2));
}

/** log of the standard normal density. */
export function logNormalDensity(x: number): number {
  return -0.5 * x * x - halfLogTwoPi;
}

/** Standard normal quantile: the x with normalCdf(x) = p; -Infinity at 0, Infinity at 1, NaN outside. */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return quantileFromCentre(q);
  return q < 0 ? -quantileFromTail(p) : quantileFromTail(1 - p);
}

/** Inverse of erf on [-1, 1], accurate for small x too. */
export function erfinv(x: number): number {
  if (Math.abs(x) <= 0.85) return quantileFromCentre(0.5 * x) * Math.SQRT1_2;
  const tail = quantileFromTail(0.5 * (1 - Math.abs(x))) * Math.SQRT1_2;
  return x < 0 ? -tail : tail;
}

/** Inverse of erfc on [0, 2], accurate for small x. */
export function erfcinv(x: number): number {
  return -normalQuantile(0.5 * x) * Math.SQRT1_2;
}

/** The x with normalCdf(x) = 1/2 + q, |q| <= 0.425. */
function quantileFromCentre(q: number): number {
  return q * ratio(centreTop, centreBottom, 0.180625 - q * q);
}

/** The x > 0 that a normal exceeds with probability p <= 0.075. */
function quantileFromTail(p: number): number {
  if (p === 0) return Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-log(p));
  return r <= 5 ? ratio(tailTop, tailBottom, r - 1.6) : ratio(farTop, farBottom, r - 5);
}
