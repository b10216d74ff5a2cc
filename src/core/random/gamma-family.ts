import { InvalidInputError, requireFinite, show } from "../errors.ts";
import { exp, log, logSumExp } from "../special/index.ts";
import type { RandomStream } from "./stream.ts";

/**
 * Gamma with density proportional to x^(shape - 1) exp(-x / scale): mean shape * scale. shape, scale > 0. Below a
 * shape of about 0.01 many draws are smaller than the smallest double and come out as 0.
 * Marsaglia and Tsang, "A simple method for generating gamma variables" (2000): 1.05 normals at most a draw.
 */
export function drawGamma(stream: RandomStream, shape: number, scale = 1): number {
  requirePositive("shape", shape);
  requirePositive("scale", scale);
  if (shape >= 1) return scale * standardGamma(stream, shape);
  return scale * exp(logGamma(stream, shape));
}

/** Chi-square with so many degrees of freedom > 0, whole or not: mean that number. */
export function drawChiSquare(stream: RandomStream, degrees: number): number {
  requirePositive("degrees", degrees);
  return drawGamma(stream, degrees / 2, 2);
}

/**
 * Student's t with so many degrees of freedom > 0. Below about 0.01 of them many draws are larger than the largest
 * double and come out as infinite.
 */
export function drawStudent(stream: RandomStream, degrees: number): number {
  requirePositive("degrees", degrees);
  const normal = stream.normal();
  // Through the logarithm, so that few degrees of freedom do not divide by an underflowed chi-square.
  return normal * exp(0.5 * (log(degrees / 2) - logGamma(stream, degrees / 2)));
}

/** Beta on [0, 1] with density proportional to x^(a - 1) (1 - x)^(b - 1); a, b > 0, as small as you like. */
export function drawBeta(stream: RandomStream, a: number, b: number): number {
  requirePositive("a", a);
  requirePositive("b", b);
  const first = logGamma(stream, a);
  const second = logGamma(stream, b);
  return first > second ? 1 / (1 + exp(second - first)) : exp(first - second) / (1 + exp(first - second));
}

/** Dirichlet: nonnegative entries that sum to 1, with mean alpha / sum(alpha); every alpha > 0, as small as you like. */
export function drawDirichlet(stream: RandomStream, alpha: ArrayLike<number>): Float64Array {
  if (alpha.length === 0) throw new InvalidInputError("alpha", "expected at least one entry, got none");
  const logs = new Float64Array(alpha.length);
  for (let i = 0; i < logs.length; i++) {
    requirePositive(`alpha[${i}]`, alpha[i]!);
    logs[i] = logGamma(stream, alpha[i]!);
  }
  const total = logSumExp(logs);
  return logs.map((value) => exp(value - total));
}

export function requirePositive(argument: string, value: number): void {
  requireFinite(argument, value);
  if (value <= 0) throw new InvalidInputError(argument, `expected a number above 0, got ${show(value)}`);
}

/** Gamma of scale 1 and shape at least 1. */
function standardGamma(stream: RandomStream, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (log(1 - stream.uniform()) < 0.5 * x * x + d * (1 - v + log(v))) return d * v;
  }
}

/** Logarithm of a gamma of scale 1; a shape below 1 by way of shape + 1 and a power of a uniform. */
function logGamma(stream: RandomStream, shape: number): number {
  if (shape >= 1) return log(standardGamma(stream, shape));
  return log(standardGamma(stream, shape + 1)) - stream.exponential() / shape;
}
