import { type Matrix, type NdArray, ndArray, requireArray } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import { log } from "../core/special/index.ts";
import {
  atStep,
  type LinearGaussianModel,
  requireLinearGaussian,
  requireObservations,
  singularInnovation,
} from "./linear-gaussian.ts";
import {
  choleskySolveInPlace,
  multiply,
  multiplyTransposed,
  semidefiniteCholesky,
  symmetrize,
} from "./small-matrix.ts";

/** Moments of every state given the observations up to its step, and up to the step before. */
export interface KalmanFilterResult {
  /** [T, d] and [T, d, d]: given y_0 .. y_t. */
  readonly mean: Matrix;
  readonly covariance: NdArray<"float64">;
  /** [T, d] and [T, d, d]: given y_0 .. y_{t-1}. */
  readonly predictedMean: Matrix;
  readonly predictedCovariance: NdArray<"float64">;
  /** log p(y_0 .. y_{T-1}), missing values left out. */
  readonly logLikelihood: number;
  /** Values that were NaN, taken as missing. */
  readonly missing: number;
}

/** Moments of every state given all observations. */
export interface SmootherResult {
  /** [T, d]. */
  readonly mean: Matrix;
  /** [T, d, d]. */
  readonly covariance: NdArray<"float64">;
  /** [T - 1, d, d]: Cov(x_t, x_{t+1}), rows of x_t. */
  readonly lagOneCovariance: NdArray<"float64">;
}

const logTwoPi = log(2 * Math.PI);

/**
 * Kalman filter with the update in Joseph's form. NaN among the observations is a missing value. O(T (d + p)^3).
 *
 * Reference: Sarkka, "Bayesian Filtering and Smoothing" (2013), theorem 4.2.
 *
 * @param observations [T, p]
 * @throws NumericalError when a predicted observation has a singular covariance
 */
export function kalmanFilter(model: LinearGaussianModel, observations: Matrix): KalmanFilterResult {
  const { steps, p } = requireObservations("observations", observations);
  const d = requireLinearGaussian("model", model, steps, p);
  const dd = d * d;
  const mean = new Float64Array(steps * d);
  const covariance = new Float64Array(steps * dd);
  const predictedMean = new Float64Array(steps * d);
  const predictedCovariance = new Float64Array(steps * dd);
  const work = new Float64Array(dd);
  let logLikelihood = 0;
  let missing = 0;
  for (let t = 0; t < steps; t++) {
    if (t === 0) {
      predictedMean.set(model.initialMean);
      predictedCovariance.set(model.initialCovariance.data);
    } else {
      const a = atStep(model.transition, t - 1).data;
      const q = atStep(model.transitionNoise, t - 1).data;
      multiply(d, d, 1, a, 0, mean, (t - 1) * d, predictedMean, t * d);
      multiply(d, d, d, a, 0, covariance, (t - 1) * dd, work);
      multiplyTransposed(d, d, d, work, 0, a, 0, predictedCovariance, t * dd);
      for (let i = 0; i < dd; i++) predictedCovariance[t * dd + i]! += q[i]!;
    }
    const m = predictedMean.slice(t * d, (t + 1) * d);
    let cov: Float64Array = predictedCovariance.slice(t * dd, (t + 1) * dd);
    const present: number[] = [];
    for (let i = 0; i < p; i++) if (!Number.isNaN(observations.data[t * p + i])) present.push(i);
    missing += p - present.length;
    const k = present.length;
    if (k > 0) {
      const fullH = atStep(model.observation, t).data;
      const fullR = atStep(model.observationNoise, t).data;
      const h = Float64Array.from(
        { length: k * d },
        (_, e) => fullH[present[Math.floor(e / d)]! * d + (e % d)]!,
      );
      const r = Float64Array.from(
        { length: k * k },
        (_, e) => fullR[present[Math.floor(e / k)]! * p + present[e % k]!]!,
      );
      // Innovation, its covariance S = H P H^T + R, and K^T = S^-1 H P.
      const hp = new Float64Array(k * d);
      multiply(k, d, d, h, 0, cov, 0, hp);
      const s = new Float64Array(k * k);
      multiplyTransposed(k, d, k, hp, 0, h, 0, s);
      for (let i = 0; i < k * k; i++) s[i]! += r[i]!;
      symmetrize(k, s);
      const l = new Float64Array(k * k);
      semidefiniteCholesky(k, s, 0, l);
      const innovation = Float64Array.from(present, (i) => observations.data[t * p + i]!);
      for (let i = 0; i < k; i++) for (let j = 0; j < d; j++) innovation[i]! -= h[i * d + j]! * m[j]!;
      const solved = innovation.slice();
      choleskySolveInPlace(k, 1, l, solved);
      let quadratic = 0;
      for (let i = 0; i < k; i++) {
        const pivot = l[i * k + i]!;
        if (pivot === 0) throw singularInnovation(t);
        logLikelihood -= log(pivot);
        quadratic += innovation[i]! * solved[i]!;
      }
      logLikelihood -= 0.5 * (quadratic + k * logTwoPi);
      for (let j = 0; j < d; j++) for (let i = 0; i < k; i++) m[j]! += hp[i * d + j]! * solved[i]!;
      const gainT = hp.slice();
      choleskySolveInPlace(k, d, l, gainT);
      cov = joseph(d, k, cov, gainT, h, r);
    }
    mean.set(m, t * d);
    covariance.set(cov, t * dd);
  }
  return {
    mean: ndArray("float64", [steps, d], mean),
    covariance: ndArray("float64", [steps, d, d], covariance),
    predictedMean: ndArray("float64", [steps, d], predictedMean),
    predictedCovariance: ndArray("float64", [steps, d, d], predictedCovariance),
    logLikelihood,
    missing,
  };
}

/** (I - K H) P (I - K H)^T + K R K^T, with K^T given. */
function joseph(
  d: number,
  k: number,
  cov: Float64Array,
  gainT: Float64Array,
  h: Float64Array,
  r: Float64Array,
): Float64Array {
  const rest = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let sum = i === j ? 1 : 0;
      for (let o = 0; o < k; o++) sum -= gainT[o * d + i]! * h[o * d + j]!;
      rest[i * d + j] = sum;
    }
  }
  const half = new Float64Array(d * d);
  const result = new Float64Array(d * d);
  multiply(d, d, d, rest, 0, cov, 0, half);
  multiplyTransposed(d, d, d, half, 0, rest, 0, result);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++)
      for (let a = 0; a < k; a++)
        for (let b = 0; b < k; b++)
          result[i * d + j]! += gainT[a * d + i]! * r[a * k + b]! * gainT[b * d + j]!;
  symmetrize(d, result);
  return result;
}

/**
 * Rauch-Tung-Striebel smoother: moments of every state given all observations, from the result of
 * {@link kalmanFilter}. Gains come from Cholesky solves with the predicted covariances. O(T d^3).
 */
export function rtsSmoother(model: LinearGaussianModel, filtered: KalmanFilterResult): SmootherResult {
  const { steps, d } = requireFiltered(model, filtered);
  const dd = d * d;
  const mean = filtered.mean.data.slice();
  const covariance = filtered.covariance.data.slice();
  const lagOne = new Float64Array(Math.max(0, steps - 1) * dd);
  const difference = new Float64Array(dd);
  const work = new Float64Array(dd);
  for (let t = steps - 2; t >= 0; t--) {
    const gain = backwardGain(model, filtered, t, d);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++)
        mean[t * d + i]! +=
          gain[i * d + j]! * (mean[(t + 1) * d + j]! - filtered.predictedMean.data[(t + 1) * d + j]!);
    for (let i = 0; i < dd; i++)
      difference[i] = covariance[(t + 1) * dd + i]! - filtered.predictedCovariance.data[(t + 1) * dd + i]!;
    multiply(d, d, d, gain, 0, covariance, (t + 1) * dd, lagOne, t * dd);
    multiply(d, d, d, gain, 0, difference, 0, work);
    multiplyTransposed(d, d, d, work, 0, gain, 0, difference);
    for (let i = 0; i < dd; i++) covariance[t * dd + i]! += difference[i]!;
    symmetrize(d, covariance, t * dd);
  }
  return {
    mean: ndArray("float64", [steps, d], mean),
    covariance: ndArray("float64", [steps, d, d], covariance),
    lagOneCovariance: ndArray("float64", [Math.max(0, steps - 1), d, d], lagOne),
  };
}

/** G_t = P_t F^T (P^-_{t+1})^-1. */
function backwardGain(
  model: LinearGaussianModel,
  filtered: KalmanFilterResult,
  t: number,
  d: number,
): Float64Array {
  const dd = d * d;
  const l = new Float64Array(dd);
  semidefiniteCholesky(d, filtered.predictedCovariance.data, (t + 1) * dd, l);
  // G^T = (P^-)^-1 F P.
  const transposed = new Float64Array(dd);
  multiply(d, d, d, atStep(model.transition, t).data, 0, filtered.covariance.data, t * dd, transposed);
  choleskySolveInPlace(d, d, l, transposed);
  const gain = new Float64Array(dd);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) gain[i * d + j] = transposed[j * d + i]!;
  return gain;
}

/** Options of {@link kalmanSampler}. */
export interface KalmanSamplerOptions {
  /** Default 0. */
  readonly seed?: number | bigint;
}

/**
 * A path x_0 .. x_{T-1}, [T, d], drawn from its law given all observations, by backward sampling from the result of
 * {@link kalmanFilter}. O(T d^3).
 */
export function kalmanSampler(
  model: LinearGaussianModel,
  filtered: KalmanFilterResult,
  options: KalmanSamplerOptions = {},
): Matrix {
  requireKnownOptions("options", options, ["seed"]);
  const { steps, d } = requireFiltered(model, filtered);
  const stream = randomStream(options.seed, "kalman-sampler");
  const dd = d * d;
  const path = new Float64Array(steps * d);
  const l = new Float64Array(dd);
  for (let t = steps - 1; t >= 0; t--) {
    const centre = filtered.mean.data.slice(t * d, (t + 1) * d);
    const covariance = filtered.covariance.data.slice(t * dd, (t + 1) * dd);
    if (t < steps - 1) {
      const gain = backwardGain(model, filtered, t, d);
      const half = new Float64Array(dd);
      const explained = new Float64Array(dd);
      for (let i = 0; i < d; i++)
        for (let j = 0; j < d; j++)
          centre[i]! +=
            gain[i * d + j]! * (path[(t + 1) * d + j]! - filtered.predictedMean.data[(t + 1) * d + j]!);
      multiply(d, d, d, gain, 0, filtered.predictedCovariance.data, (t + 1) * dd, half);
      multiplyTransposed(d, d, d, half, 0, gain, 0, explained);
      for (let i = 0; i < dd; i++) covariance[i]! -= explained[i]!;
      symmetrize(d, covariance);
    }
    semidefiniteCholesky(d, covariance, 0, l);
    const noise = stream.fillNormal(new Float64Array(d));
    for (let i = 0; i < d; i++) {
      let value = centre[i]!;
      for (let j = 0; j <= i; j++) value += l[i * d + j]! * noise[j]!;
      path[t * d + i] = value;
    }
  }
  return ndArray("float64", [steps, d], path);
}

function requireFiltered(
  model: LinearGaussianModel,
  filtered: KalmanFilterResult,
): { steps: number; d: number } {
  if (typeof filtered !== "object" || filtered === null)
    throw new InvalidInputError("filtered", "expected what kalmanFilter returned");
  const steps = requireArray("filtered.mean", filtered.mean, { rank: 2, dtype: "float64" }).shape[0]!;
  const d = requireLinearGaussian("model", model, steps);
  for (const name of ["covariance", "predictedCovariance"] as const) {
    const { shape } = requireArray(`filtered.${name}`, filtered[name], { rank: 3, dtype: "float64" });
    if (shape[0] !== steps || shape[1] !== d || shape[2] !== d)
      throw new InvalidInputError(
        `filtered.${name}`,
        `expected shape [${steps}, ${d}, ${d}], got [${shape}]`,
      );
  }
  return { steps, d };
}
