import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import { exp, log } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

export interface EmpiricalModelOptions {
  /** Deviation of the normal distribution around each point, default 0: the data are the points themselves. */
  readonly bandwidth?: number;
}

/**
 * The exact diffusion model of a set of points: what a network would learn that fitted its training data perfectly.
 * At a level (alpha, sigma) the density is a mixture of one normal distribution a point.
 */
export interface EmpiricalModel extends DiffusionModel {
  readonly bandwidth: number;
  eps(x: Float64Array, batch: number, t: number): Float64Array;
  jvp(x: Float64Array, direction: Float64Array, batch: number, t: number): Float64Array;
  /** Gradient of the log-density at time t, [n, d] like x. */
  score(x: Matrix, t: number): Matrix;
  /** Log-density at time t of each row of x, [n]. */
  logDensity(x: Matrix, t: number): Float64Array;
  /** Exact samples at time t, default 0 (the data), [n, d]. */
  sample(n: number, stream: RandomStream, t?: number): Matrix;
}

/**
 * Builds the model of points [n, d]. An evaluation of B states costs O(B n d), as two matrix products, and keeps B n
 * numbers. With bandwidth 0 the density does not exist at noise level 0; sampling ends at a small positive level.
 */
export function empiricalModel(
  schedule: NoiseSchedule,
  points: Matrix,
  options: EmpiricalModelOptions = {},
): EmpiricalModel {
  requireKnownOptions("options", options, ["bandwidth"]);
  const bandwidth = requireFinite("options.bandwidth", options.bandwidth ?? 0, 0);
  const { rows: n, cols: d } = requireMatrix("points", points, { dtype: "float64" });
  if (n === 0 || d === 0)
    throw new InvalidInputError("points", `expected at least one point, got shape [${n}, ${d}]`);
  const { data } = points;
  const squares = new Float64Array(n);
  for (let at = 0; at < n * d; at++) squares[Math.floor(at / d)]! += data[at]! * data[at]!;

  const levelAt = (t: number): readonly [alpha: number, sigma: number, variance: number] => {
    requireFinite("t", t);
    const [alpha, sigma] = t === 0 ? [1, 0] : [schedule.alpha(t), schedule.sigma(t)];
    const variance = alpha * alpha * bandwidth * bandwidth + sigma * sigma;
    if (!(variance > 0))
      throw new InvalidInputError("t", "the points have no density at noise level 0 without a bandwidth");
    return [alpha, sigma, variance];
  };

  /** Probabilities of the points given each state, [batch, n], and log-densities, [batch]. */
  const posterior = (x: Float64Array, batch: number, alpha: number, variance: number) => {
    const shares = new Float64Array(batch * n);
    multiplyInto(false, true, batch, n, d, x, data, shares);
    const logDensities = new Float64Array(batch);
    const constant = log(n) + 0.5 * d * log(2 * Math.PI * variance);
    for (let i = 0; i < batch; i++) {
      const row = shares.subarray(i * n, (i + 1) * n);
      // -|x - alpha p|^2 / (2 v) without its part in x alone, which is common to all points.
      let largest = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < n; k++) {
        row[k] = (alpha * (row[k]! - 0.5 * alpha * squares[k]!)) / variance;
        if (row[k]! > largest) largest = row[k]!;
      }
      let sum = 0;
      for (let k = 0; k < n; k++) sum += row[k] = exp(row[k]! - largest);
      for (let k = 0; k < n; k++) row[k]! /= sum;
      let square = 0;
      for (let at = i * d; at < (i + 1) * d; at++) square += x[at]! * x[at]!;
      logDensities[i] = largest + log(sum) - square / (2 * variance) - constant;
    }
    return { shares, logDensities };
  };

  /** Means of the points by shares [batch, n]. */
  const meansOf = (shares: Float64Array, batch: number): Float64Array => {
    const out = new Float64Array(batch * d);
    multiplyInto(false, false, batch, d, n, shares, data, out);
    return out;
  };

  /** Minus the score, (x - alpha E[p | x]) / v. */
  const pull = (x: Float64Array, batch: number, alpha: number, variance: number): Float64Array => {
    const out = meansOf(posterior(x, batch, alpha, variance).shares, batch);
    for (let i = 0; i < out.length; i++) out[i] = (x[i]! - alpha * out[i]!) / variance;
    return out;
  };

  const requireStates = (x: Matrix): number => requireMatrix("x", x, { dtype: "float64", cols: d }).rows;

  return {
    dim: d,
    schedule,
    bandwidth,
    eps(x, batch, t) {
      const [alpha, sigma, variance] = levelAt(t);
      return pull(x, batch, alpha, variance).map((value) => sigma * value);
    },
    jvp(x, direction, batch, t) {
      const [alpha, sigma, variance] = levelAt(t);
      const { shares } = posterior(x, batch, alpha, variance);
      // The mean moves by the covariance of the points given x: sum_k w_k (p_k.u - sum_j w_j p_j.u) p_k alpha / v.
      const slopes = new Float64Array(batch * n);
      multiplyInto(false, true, batch, n, d, direction, data, slopes);
      for (let i = 0; i < batch; i++) {
        let mean = 0;
        for (let at = i * n; at < (i + 1) * n; at++) mean += shares[at]! * slopes[at]!;
        for (let at = i * n; at < (i + 1) * n; at++) shares[at]! *= slopes[at]! - mean;
      }
      const moved = meansOf(shares, batch);
      const factor = (alpha * alpha) / variance;
      return moved.map((value, i) => (sigma * (direction[i]! - factor * value)) / variance);
    },
    score(x, t) {
      const rows = requireStates(x);
      const [alpha, , variance] = levelAt(t);
      const score = pull(x.data, rows, alpha, variance).map((value) => -value);
      return { dtype: "float64", shape: [rows, d], data: score };
    },
    logDensity(x, t) {
      const rows = requireStates(x);
      const [alpha, , variance] = levelAt(t);
      return posterior(x.data, rows, alpha, variance).logDensities;
    },
    sample(count, stream, t = 0) {
      requireInteger("n", count, 0);
      requireFinite("t", t);
      const [alpha, sigma] = t === 0 ? [1, 0] : [schedule.alpha(t), schedule.sigma(t)];
      const deviation = Math.sqrt(alpha * alpha * bandwidth * bandwidth + sigma * sigma);
      const out = new Float64Array(count * d);
      for (let i = 0; i < count; i++) {
        const own = stream.split(i);
        const row = own.integer(n) * d;
        const z = own.fillNormal(out.subarray(i * d, (i + 1) * d));
        for (let j = 0; j < d; j++) z[j] = alpha * data[row + j]! + deviation * z[j]!;
      }
      return { dtype: "float64", shape: [count, d], data: out };
    },
  };
}
