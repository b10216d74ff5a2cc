import { requireFinite, requireInteger } from "../errors.ts";
import { binomialProbability, exp, log, log1p, poissonProbability } from "../special/index.ts";
import type { RandomStream } from "./stream.ts";

/** Below this mean the distribution function is summed up; above, transformed rejection takes over. */
const smallMean = 10;

/**
 * Poisson with mean from 0 to 1e15. W. Hörmann, "The transformed rejection method for generating Poisson random
 * variables" (1993), algorithm PTRS, from a mean of 10 on: O(1) at any mean.
 */
export function drawPoisson(stream: RandomStream, mean: number): number {
  requireFinite("mean", mean, 0, 1e15);
  if (mean < smallMean) return invert(stream, exp(-mean), (k) => mean / k, Number.POSITIVE_INFINITY);
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const scale = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = 1 - stream.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + mean + 0.43);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (edge < 0.013 && v > edge)) continue;
    if (v * scale <= poissonProbability(k, mean) * (a / (edge * edge) + b)) return k;
  }
}

/**
 * Number of successes in n trials of chance p; n up to 1e15. W. Hörmann, "The generation of binomial random
 * variates" (1993), algorithm BTRS, where n p and n (1 - p) are at least 10: O(1) at any n.
 */
export function drawBinomial(stream: RandomStream, n: number, p: number): number {
  requireInteger("n", n, 0, 1e15);
  requireFinite("p", p, 0, 1);
  if (p > 0.5) return n - drawBinomial(stream, n, 1 - p);
  if (p === 0) return 0;
  if (n * p < smallMean) {
    const odds = p / (1 - p);
    return invert(stream, exp(n * log1p(-p)), (k) => (odds * (n - k + 1)) / k, n);
  }
  const deviation = Math.sqrt(n * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const scale = (2.83 + 5.1 / b) * deviation;
  const squeeze = 0.92 - 4.2 / b;
  const logPeak = log(binomialProbability(Math.floor((n + 1) * p), n, p));
  for (;;) {
    const u = stream.uniform() - 0.5;
    const v = 1 - stream.uniform();
    const edge = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / edge + b) * u + n * p + 0.5);
    if (edge >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const height = log((v * scale) / (a / (edge * edge) + b));
    if (height <= log(binomialProbability(k, n, p)) - logPeak) return k;
  }
}

/** Smallest k whose distribution function exceeds a uniform, given the chance of 0 and the ratios of k to k - 1. */
function invert(
  stream: RandomStream,
  chanceOfZero: number,
  ratio: (k: number) => number,
  most: number,
): number {
  let rest = stream.uniform();
  let chance = chanceOfZero;
  let k = 0;
  while (rest >= chance && k < most) {
    rest -= chance;
    k++;
    const next = chance * ratio(k);
    // Rounding may leave a crumb that no further probability covers.
    if (next === 0) return k - 1;
    chance = next;
  }
  return k;
}
