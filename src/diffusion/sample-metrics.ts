import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { eigh, gram, matmul } from "../core/linalg/index.ts";
import { drawUnitVector, randomStream } from "../core/random/index.ts";
import { exp } from "../core/special/index.ts";

/** Two sets of points of the same dimension, each with at least `least` rows. */
function requirePair(a: Matrix, b: Matrix, least: number): { n: number; m: number; d: number } {
  const { rows: n, cols: d } = requireMatrix("a", a, { dtype: "float64" });
  const { rows: m } = requireMatrix("b", b, { dtype: "float64", cols: d });
  for (const [name, rows] of [
    ["a", n],
    ["b", m],
  ] as const)
    if (rows < least) throw new InvalidInputError(name, `expected at least ${least} rows, got ${rows}`);
  return { n, m, d };
}

/** Points of two runs from the same start noise, row by row. */
function requireTwins(x: Matrix, reference: Matrix): { n: number; d: number } {
  const { rows: n, cols: d } = requireMatrix("x", x, { dtype: "float64" });
  requireMatrix("reference", reference, { dtype: "float64", rows: n, cols: d });
  if (n * d === 0) throw new InvalidInputError("x", `expected at least one point, got shape [${n}, ${d}]`);
  return { n, d };
}

/** Root mean square difference over all coordinates of samples that began with the same noise. */
export function trajectoryRmse(x: Matrix, reference: Matrix): number {
  const { n, d } = requireTwins(x, reference);
  let sum = 0;
  for (let i = 0; i < n * d; i++) sum += (x.data[i]! - reference.data[i]!) ** 2;
  return Math.sqrt(sum / (n * d));
}

/**
 * Mean over samples of the root mean square difference of each: hardly moved by the few paths that end in another
 * mode, which dominate {@link trajectoryRmse}.
 */
export function meanPathError(x: Matrix, reference: Matrix): number {
  const { n, d } = requireTwins(x, reference);
  let total = 0;
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let at = i * d; at < (i + 1) * d; at++) sum += (x.data[at]! - reference.data[at]!) ** 2;
    total += Math.sqrt(sum / d);
  }
  return total / n;
}

export interface SlicedWassersteinOptions {
  /** Random directions, default 64. */
  readonly projections?: number;
  /** Seed of the directions, default 0. */
  readonly seed?: number | bigint;
}

/**
 * Sliced Wasserstein-2 distance: the root of the mean over random unit directions of the squared distance of the
 * projections, which in one dimension is that of the quantile functions. O(projections n (d + log n)).
 */
export function slicedWasserstein2(a: Matrix, b: Matrix, options: SlicedWassersteinOptions = {}): number {
  requireKnownOptions("options", options, ["projections", "seed"]);
  const { n, m, d } = requirePair(a, b, 1);
  const projections = requireInteger("options.projections", options.projections ?? 64, 1);
  const root = randomStream(options.seed ?? 0, "sliced-wasserstein");
  let sum = 0;
  for (let p = 0; p < projections; p++) {
    const direction = drawUnitVector(root.split(p), d);
    sum += quantileDistance(projected(a, n, direction), projected(b, m, direction));
  }
  return Math.sqrt(sum / projections);
}

function projected({ data }: Matrix, n: number, direction: Float64Array): Float64Array {
  const d = direction.length;
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) out[i]! += data[i * d + j]! * direction[j]!;
  return out.sort();
}

/** Squared Wasserstein-2 distance of two sorted samples: the integral of the squared gap of their quantiles. */
function quantileDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  let [i, j, position] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [endA, endB] = [(i + 1) / a.length, (j + 1) / b.length];
    const end = Math.min(endA, endB);
    sum += (end - position) * (a[i]! - b[j]!) ** 2;
    position = end;
    // Both advance where both stretches end, up to rounding of the fractions.
    if (endA <= endB + 1e-15) i++;
    if (endB <= endA + 1e-15) j++;
  }
  return sum;
}

/** Mean [d] and sample covariance [d, d] of rows. */
export function momentsOf(x: Matrix): { mean: Float64Array; covariance: Matrix } {
  const { rows: n, cols: d } = requireMatrix("x", x, { dtype: "float64" });
  if (n < 2) throw new InvalidInputError("x", `expected at least 2 rows, got ${n}`);
  const mean = new Float64Array(d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) mean[j]! += x.data[i * d + j]! / n;
  const centred = new Float64Array(n * d);
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) centred[i * d + j] = x.data[i * d + j]! - mean[j]!;
  const product = gram({ dtype: "float64", shape: [n, d], data: centred });
  return { mean, covariance: { ...product, data: product.data.map((value) => value / (n - 1)) } };
}

/**
 * Squared Wasserstein-2 (Bures) distance of two normal distributions:
 * `|m_a - m_b|^2 + tr A + tr B - 2 tr (A^1/2 B A^1/2)^1/2`. Eigenvalues below zero, left by rounding, count as zero.
 */
export function gaussianWasserstein2Squared(
  meanA: Float64Array,
  covarianceA: Matrix,
  meanB: Float64Array,
  covarianceB: Matrix,
): number {
  const { rows: d } = requireMatrix("covarianceA", covarianceA, { dtype: "float64" });
  requireMatrix("covarianceB", covarianceB, { dtype: "float64", rows: d, cols: d });
  for (const [name, mean] of [
    ["meanA", meanA],
    ["meanB", meanB],
  ] as const)
    if (!(mean instanceof Float64Array) || mean.length !== d || !mean.every(Number.isFinite))
      throw new InvalidInputError(name, `expected a Float64Array of ${d} finite values`);
  let total = 0;
  for (let j = 0; j < d; j++)
    total += (meanA[j]! - meanB[j]!) ** 2 + covarianceA.data[j * d + j]! + covarianceB.data[j * d + j]!;
  const { values, vectors } = eigh(covarianceA);
  // With A = V D V^T, the trace of the root is that of (D^1/2 V^T B V D^1/2)^1/2.
  const inner = matmul(matmul(vectors, covarianceB, { transposeA: true }), vectors);
  const roots = values.map((value) => Math.sqrt(Math.max(0, value)));
  const symmetric = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++)
      symmetric[i * d + j] = 0.5 * roots[i]! * roots[j]! * (inner.data[i * d + j]! + inner.data[j * d + i]!);
  for (const value of eigh({ dtype: "float64", shape: [d, d], data: symmetric }).values)
    total -= 2 * Math.sqrt(Math.max(0, value));
  return Math.max(0, total);
}

/**
 * Fréchet distance (squared) of the normal distributions that have mean and covariance of the two sets. Biased
 * upwards by the finite sets: compare with the figure for two true sets of the same sizes. O(n d^2 + d^3).
 */
export function frechetDistance(a: Matrix, b: Matrix): number {
  requirePair(a, b, 2);
  const [one, two] = [momentsOf(a), momentsOf(b)];
  return gaussianWasserstein2Squared(one.mean, one.covariance, two.mean, two.covariance);
}

/**
 * Unbiased estimate of the squared maximum mean discrepancy with the mean of five Gaussian kernels
 * exp(-|x - y|^2 / (2 w^2)), w the median distance between points times 1/4, 1/2, 1, 2, 4; may fall below zero.
 * O((n + m)^2 d). Gretton et al. 2012.
 */
export function maximumMeanDiscrepancy2(a: Matrix, b: Matrix): number {
  const { n, m, d } = requirePair(a, b, 2);
  const squared = (x: Float64Array, i: number, y: Float64Array, j: number): number => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += (x[i * d + k]! - y[j * d + k]!) ** 2;
    return sum;
  };
  const between = new Float64Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) between[i * m + j] = squared(a.data, i, b.data, j);
  const within = (x: Float64Array, count: number): Float64Array => {
    const distances = new Float64Array((count * (count - 1)) / 2);
    let at = 0;
    for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) distances[at++] = squared(x, i, x, j);
    return distances;
  };
  const [ofA, ofB] = [within(a.data, n), within(b.data, m)];
  const all = new Float64Array(between.length + ofA.length + ofB.length);
  all.set(between);
  all.set(ofA, between.length);
  all.set(ofB, between.length + ofA.length);
  const median = all.sort()[all.length >> 1]!;
  if (median === 0) return 0;
  const rates = [1 / 4, 1 / 2, 1, 2, 4].map((factor) => 1 / (2 * factor * factor * median));
  const meanKernel = (distances: Float64Array): number => {
    let sum = 0;
    for (const distance of distances) for (const rate of rates) sum += exp(-rate * distance);
    return sum / (rates.length * distances.length);
  };
  return meanKernel(ofA) + meanKernel(ofB) - 2 * meanKernel(between);
}

/**
 * Squared energy distance, `2 E|x - y| - E|x - x'| - E|y - y'|`, unbiased; may fall below zero.
 * O((n + m)^2 d). Székely and Rizzo 2013.
 */
export function energyDistance(a: Matrix, b: Matrix): number {
  const { n, m, d } = requirePair(a, b, 2);
  const meanDistance = (x: Float64Array, y: Float64Array, count: number): number => {
    let total = 0;
    for (let i = 0; i < x.length; i += d)
      for (let j = 0; j < y.length; j += d) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += (x[i + k]! - y[j + k]!) ** 2;
        total += Math.sqrt(sum);
      }
    return total / count;
  };
  return (
    2 * meanDistance(a.data, b.data, n * m) -
    meanDistance(a.data, a.data, n * (n - 1)) -
    meanDistance(b.data, b.data, m * (m - 1))
  );
}

/** Total variation distance of two histograms of modes, given as each sample's mode from 0 to `modes` - 1. */
export function modeHistogramDistance(a: ArrayLike<number>, b: ArrayLike<number>, modes: number): number {
  requireInteger("modes", modes, 1);
  const shares = (name: string, labels: ArrayLike<number>): Float64Array => {
    if (labels.length === 0) throw new InvalidInputError(name, "expected at least one label");
    const counts = new Float64Array(modes);
    for (let i = 0; i < labels.length; i++)
      counts[requireInteger(`${name}[${i}]`, labels[i], 0, modes - 1)]! += 1 / labels.length;
    return counts;
  };
  const [p, q] = [shares("a", a), shares("b", b)];
  let sum = 0;
  for (let k = 0; k < modes; k++) sum += Math.abs(p[k]! - q[k]!) / 2;
  return sum;
}
