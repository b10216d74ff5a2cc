import { type RandomStream, randomStream } from "ockham/random";
import { gammaQ } from "ockham/special";
import { expect } from "vitest";

/** Size of the samples that are tested. */
export const draws = 20000;
/** Chance of a false alarm that a fixed seed is allowed to be; a wrong sampler gives far smaller ones. */
export const level = 1e-3;

/** Draws from the stream of that label. */
export function sampleOf(label: string, draw: (stream: RandomStream) => number, count = draws): Float64Array {
  const stream = randomStream(7, label);
  return Float64Array.from({ length: count }, () => draw(stream));
}

/** p-value of the Kolmogorov-Smirnov test, by Kolmogorov's limit with Stephens' correction. */
export function kolmogorovSmirnov(sample: Float64Array, cdf: (x: number) => number): number {
  const sorted = sample.slice().sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const value = cdf(x);
    distance = Math.max(distance, (i + 1) / n - value, value - i / n);
  });
  const t = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  let p = 0;
  for (let k = 1; k < 101; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * t * t);
  return t < 0.2 ? 1 : p;
}

/** p-value of Pearson's test; neighbouring cells are pooled until they are expected 5 times. */
export function chiSquare(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let statistic = 0;
  let cells = 0;
  let seen = 0;
  let due = 0;
  for (let i = 0; i < expected.length; i++) {
    seen += observed[i]!;
    due += expected[i]!;
    if (due < 5 && i < expected.length - 1) continue;
    statistic += (seen - due) ** 2 / Math.max(due, 1);
    cells++;
    seen = 0;
    due = 0;
  }
  return gammaQ((cells - 1) / 2, statistic / 2);
}

/** Chi-square of whole numbers against their probabilities; what lies outside [0, length) fails by its count. */
export function countsTest(sample: Float64Array, first: number, probabilities: Float64Array): number {
  const observed = new Float64Array(probabilities.length);
  let inside = 0;
  for (const k of sample)
    if (k >= first && k - first < observed.length) {
      observed[k - first]!++;
      inside++;
    }
  const covered = probabilities.reduce((sum, p) => sum + p, 0);
  expect(Math.abs(inside - covered * sample.length)).toBeLessThan(
    5 * Math.sqrt((1 - covered) * sample.length + 1e-6) + 1,
  );
  return chiSquare(
    observed,
    probabilities.map((p) => (p / covered) * inside),
  );
}

/** Mean and variance within 4 standard errors of known values; `kurtosis` (3 for normals) sets that of the variance. */
export function momentsTest(sample: Float64Array, mean: number, variance: number, kurtosis: number): void {
  const n = sample.length;
  const m = sample.reduce((sum, x) => sum + x, 0) / n;
  const v = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  expect(Math.abs(m - mean)).toBeLessThan(4 * Math.sqrt(variance / n));
  expect(Math.abs(v - variance)).toBeLessThan(4 * variance * Math.sqrt((kurtosis - 1) / n));
}
