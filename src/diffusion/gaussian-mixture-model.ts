import { type Matrix, type NdArray, requireArray, requireMatrix, zeros } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireFinite, requireInteger, show } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import { drawCategorical, type RandomStream } from "../core/random/index.ts";
import { exp, log } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

/** A mixture of K normal distributions in d dimensions. */
export interface GaussianMixture {
  /** Positive, [K]; need not sum to one. */
  readonly weights: Float64Array;
  /** [K, d]. */
  readonly means: Matrix;
  /** Eigenvalues of the covariances, or their diagonals where `eigenvectors` is absent, [K, d]; positive. */
  readonly variances: Matrix;
  /** Orthonormal eigenvectors in columns, [K, d, d]; absent for diagonal covariances. */
  readonly eigenvectors?: NdArray<"float64">;
}

/**
 * The exact diffusion model of data that follow a Gaussian mixture: at a level (alpha, sigma) each component is
 * normal with mean alpha mu_k and covariance alpha^2 C_k + sigma^2 I. Nothing is trained; every quantity is exact.
 */
export interface GaussianMixtureModel extends DiffusionModel {
  readonly mixture: GaussianMixture;
  eps(x: Float64Array, batch: number, t: number): Float64Array;
  jvp(x: Float64Array, direction: Float64Array, batch: number, t: number): Float64Array;
  /** Gradient of the log-density at time t, [n, d] like x. */
  score(x: Matrix, t: number): Matrix;
  /** Log-density at time t of each row of x, [n]; time 0 is the data. */
  logDensity(x: Matrix, t: number): Float64Array;
  /** Probability of each component given x at time t, [n, K]. */
  responsibilities(x: Matrix, t: number): Matrix;
  /** Exact samples at time t, default 0 (the data), [n, d]. */
  sample(n: number, stream: RandomStream, t?: number): Matrix;
  /** The model of some components alone: those of a class. */
  conditional(components: readonly number[]): GaussianMixtureModel;
}

/** Builds the model. An evaluation costs O(n K d^2), or O(n K d) for diagonal covariances. */
export function gaussianMixtureModel(
  schedule: NoiseSchedule,
  mixture: GaussianMixture,
): GaussianMixtureModel {
  requireMixture(mixture);
  const { weights, means, variances, eigenvectors } = mixture;
  const [K, d] = means.shape as [number, number];
  let total = 0;
  for (const weight of weights) total += weight;
  const logWeights = weights.map((weight) => log(weight / total));
  const basisOf = (k: number): Float64Array | undefined =>
    eigenvectors?.data.subarray(k * d * d, (k + 1) * d * d);
  // Means in each component's own basis.
  const centres = means.data.slice();
  if (eigenvectors !== undefined)
    for (let k = 0; k < K; k++)
      multiplyInto(
        false,
        false,
        1,
        d,
        d,
        means.data.subarray(k * d, (k + 1) * d),
        basisOf(k)!,
        centres.subarray(k * d, (k + 1) * d),
      );

  const levelAt = (t: number): readonly [alpha: number, sigma: number] => {
    requireFinite("t", t);
    return t === 0 ? [1, 0] : [schedule.alpha(t), schedule.sigma(t)];
  };

  /** Whitened deviations C^-1 (x - alpha mu) of every component in its basis, [K][n, d]; log-joints [n, K]. */
  const evaluate = (x: Float64Array, n: number, alpha: number, sigma: number) => {
    const pulls: Float64Array[] = [];
    const logJoint = new Float64Array(n * K);
    for (let k = 0; k < K; k++) {
      const basis = basisOf(k);
      const pull = basis === undefined ? x.slice() : new Float64Array(n * d);
      if (basis !== undefined) multiplyInto(false, false, n, d, d, x, basis, pull);
      const precision = new Float64Array(d);
      let constant = logWeights[k]! - 0.5 * d * log(2 * Math.PI);
      for (let j = 0; j < d; j++) {
        const variance = alpha * alpha * variances.data[k * d + j]! + sigma * sigma;
        precision[j] = 1 / variance;
        constant -= 0.5 * log(variance);
      }
      for (let i = 0, at = 0; i < n; i++) {
        let square = 0;
        for (let j = 0; j < d; j++, at++) {
          const z = pull[at]! - alpha * centres[k * d + j]!;
          pull[at] = z * precision[j]!;
          square += z * pull[at]!;
        }
        logJoint[i * K + k] = constant - 0.5 * square;
      }
      pulls.push(pull);
    }
    return { pulls, logJoint };
  };

  /** Turns log-joints into responsibilities in place; gives the log-densities. */
  const normalise = (logJoint: Float64Array, n: number): Float64Array => {
    const logDensities = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < K; k++) largest = Math.max(largest, logJoint[i * K + k]!);
      if (!Number.isFinite(largest))
        throw new NumericalError(`the mixture's log-density of row ${i} is ${largest}`, { row: i });
      let sum = 0;
      for (let k = 0; k < K; k++) sum += logJoint[i * K + k] = exp(logJoint[i * K + k]! - largest);
      for (let k = 0; k < K; k++) logJoint[i * K + k]! /= sum;
      logDensities[i] = largest + log(sum);
    }
    return logDensities;
  };

  /** Adds `rows` in component k's basis to `out` in the common one. */
  const addFromBasis = (k: number, rows: Float64Array, n: number, out: Float64Array): void => {
    const basis = basisOf(k);
    let back = rows;
    if (basis !== undefined) {
      back = new Float64Array(n * d);
      multiplyInto(false, true, n, d, d, rows, basis, back);
    }
    for (let i = 0; i < out.length; i++) out[i]! += back[i]!;
  };

  const negativeScore = (x: Float64Array, n: number, alpha: number, sigma: number): Float64Array => {
    const { pulls, logJoint } = evaluate(x, n, alpha, sigma);
    normalise(logJoint, n);
    const out = new Float64Array(n * d);
    for (let k = 0; k < K; k++) {
      const pull = pulls[k]!;
      for (let i = 0, at = 0; i < n; i++) {
        const share = logJoint[i * K + k]!;
        for (let j = 0; j < d; j++, at++) pull[at]! *= share;
      }
      addFromBasis(k, pull, n, out);
    }
    return out;
  };

  const requirePoints = (x: Matrix): number => requireMatrix("x", x, { dtype: "float64", cols: d }).rows;

  return {
    dim: d,
    schedule,
    mixture,
    eps(x, batch, t) {
      const [alpha, sigma] = levelAt(t);
      const out = negativeScore(x, batch, alpha, sigma);
      for (let i = 0; i < out.length; i++) out[i]! *= sigma;
      return out;
    },
    jvp(x, direction, batch, t) {
      const [alpha, sigma] = levelAt(t);
      const { pulls, logJoint } = evaluate(x, batch, alpha, sigma);
      normalise(logJoint, batch);
      // With s_k = -C_k^-1 (x - alpha mu_k), the score s = sum r_k s_k has the derivative
      // J v = sum r_k (s_k (s_k.v) - C_k^-1 v) - s (s.v).
      const score = new Float64Array(batch * d);
      const along = new Float64Array(batch * d);
      const moved = new Float64Array(batch * d);
      const weighted = new Float64Array(batch * d);
      for (let k = 0; k < K; k++) {
        const pull = pulls[k]!;
        const basis = basisOf(k);
        if (basis === undefined) moved.set(direction);
        else multiplyInto(false, false, batch, d, d, direction, basis, moved);
        for (let i = 0; i < batch; i++) {
          const share = logJoint[i * K + k]!;
          let dot = 0;
          for (let at = i * d; at < (i + 1) * d; at++) dot -= pull[at]! * moved[at]!;
          for (let j = 0, at = i * d; j < d; j++, at++) {
            const variance = alpha * alpha * variances.data[k * d + j]! + sigma * sigma;
            weighted[at] = share * (-pull[at]! * dot - moved[at]! / variance);
            pull[at]! *= -share;
          }
        }
        addFromBasis(k, weighted, batch, along);
        addFromBasis(k, pull, batch, score);
      }
      for (let i = 0; i < batch; i++) {
        let dot = 0;
        for (let at = i * d; at < (i + 1) * d; at++) dot += score[at]! * direction[at]!;
        for (let at = i * d; at < (i + 1) * d; at++) along[at] = -sigma * (along[at]! - score[at]! * dot);
      }
      return along;
    },
    score(x, t) {
      const n = requirePoints(x);
      const out = negativeScore(x.data, n, ...levelAt(t));
      for (let i = 0; i < out.length; i++) out[i] = -out[i]!;
      return { dtype: "float64", shape: [n, d], data: out };
    },
    logDensity(x, t) {
      const n = requirePoints(x);
      return normalise(evaluate(x.data, n, ...levelAt(t)).logJoint, n);
    },
    responsibilities(x, t) {
      const n = requirePoints(x);
      const { logJoint } = evaluate(x.data, n, ...levelAt(t));
      normalise(logJoint, n);
      return { dtype: "float64", shape: [n, K], data: logJoint };
    },
    sample(n, stream, t = 0) {
      requireInteger("n", n, 0);
      const [alpha, sigma] = levelAt(t);
      const out = zeros([n, d]);
      const z = new Float64Array(d);
      const row = new Float64Array(d);
      for (let i = 0; i < n; i++) {
        const own = stream.split(i);
        const k = drawCategorical(own, weights);
        own.fillNormal(z);
        const basis = basisOf(k);
        for (let j = 0; j < d; j++)
          z[j]! *= Math.sqrt(alpha * alpha * variances.data[k * d + j]! + sigma * sigma);
        if (basis === undefined) row.set(z);
        else multiplyInto(false, true, 1, d, d, z, basis, row);
        for (let j = 0; j < d; j++) out.data[i * d + j] = alpha * means.data[k * d + j]! + row[j]!;
      }
      return out;
    },
    conditional(components) {
      for (const [i, k] of components.entries()) requireInteger(`components[${i}]`, k, 0, K - 1);
      const pick = (values: Float64Array, width: number): Float64Array => {
        const out = new Float64Array(components.length * width);
        for (const [i, k] of components.entries())
          out.set(values.subarray(k * width, (k + 1) * width), i * width);
        return out;
      };
      const shape = [components.length, d];
      return gaussianMixtureModel(schedule, {
        weights: pick(weights, 1),
        means: { dtype: "float64", shape, data: pick(means.data, d) },
        variances: { dtype: "float64", shape, data: pick(variances.data, d) },
        ...(eigenvectors && {
          eigenvectors: {
            dtype: "float64" as const,
            shape: [components.length, d, d],
            data: pick(eigenvectors.data, d * d),
          },
        }),
      });
    },
  };
}

function requireMixture({ weights, means, variances, eigenvectors }: GaussianMixture): void {
  const { rows, cols } = requireMatrix("mixture.means", means, { dtype: "float64" });
  if (rows === 0 || cols === 0)
    throw new InvalidInputError(
      "mixture.means",
      `expected at least one component, got shape [${rows}, ${cols}]`,
    );
  requireMatrix("mixture.variances", variances, { dtype: "float64", rows, cols });
  if (!(weights instanceof Float64Array) || weights.length !== rows)
    throw new InvalidInputError(
      "mixture.weights",
      `expected a Float64Array of ${rows}, got ${show(weights)}`,
    );
  for (const [k, weight] of weights.entries())
    requireFinite(`mixture.weights[${k}]`, weight, Number.MIN_VALUE);
  for (const [i, variance] of variances.data.entries())
    if (!(variance > 0))
      throw new InvalidInputError(
        "mixture.variances",
        `expected positive values, element ${i} is ${variance}`,
      );
  if (eigenvectors !== undefined) {
    requireArray("mixture.eigenvectors", eigenvectors, { rank: 3, dtype: "float64" });
    if (eigenvectors.shape.join() !== `${rows},${cols},${cols}`)
      throw new InvalidInputError(
        "mixture.eigenvectors",
        `expected shape [${rows}, ${cols}, ${cols}], got [${eigenvectors.shape.join(", ")}]`,
      );
  }
}
