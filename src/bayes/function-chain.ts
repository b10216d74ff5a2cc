import { NumericalError } from "../core/errors.ts";
import { type MaternKernel, type MaternStateSpace, maternStateSpace } from "./matern.ts";
import {
  choleskySolveInPlace,
  multiply,
  multiplyTransposed,
  semidefiniteCholesky,
  solveInPlace,
  symmetrize,
} from "./small-matrix.ts";

/** Moments of R functions at n places: means [n, R], covariances [n, R, R]. */
export interface FunctionMoments {
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
}

/**
 * R independent Gaussian processes with one Matern covariance over n ascending distinct nodes of a line, as a Markov
 * chain whose state holds all of them (A (x) I_R), observed through Gaussian messages in natural parameters. Smoothing
 * costs O(n (s R)^3), s the length of the state of one function.
 */
export class FunctionChain {
  readonly nodes: Float64Array;
  readonly rank: number;
  readonly #space: MaternStateSpace;
  readonly #d: number;
  readonly #stationary: Float64Array;
  /** Step t - 1 -> t, [n, d, d]. */
  readonly #transition: Float64Array;
  readonly #noise: Float64Array;
  readonly #predictedMean: Float64Array;
  readonly #predictedCov: Float64Array;
  readonly #filteredMean: Float64Array;
  readonly #filteredCov: Float64Array;
  readonly #mean: Float64Array;
  readonly #cov: Float64Array;

  constructor(
    nodes: Float64Array,
    rank: number,
    kernel: MaternKernel,
    lengthscale: number,
    variance: number,
  ) {
    this.nodes = nodes;
    this.rank = rank;
    this.#space = maternStateSpace(kernel, lengthscale, variance);
    const d = this.#space.dim * rank;
    this.#d = d;
    const n = nodes.length;
    this.#stationary = repeated(this.#space.stationary.data, this.#space.dim, rank);
    this.#transition = new Float64Array(n * d * d);
    this.#noise = new Float64Array(n * d * d);
    for (let t = 1; t < n; t++) {
      const { transition, noise } = this.#step(nodes[t]! - nodes[t - 1]!);
      this.#transition.set(transition, t * d * d);
      this.#noise.set(noise, t * d * d);
    }
    this.#predictedMean = new Float64Array(n * d);
    this.#predictedCov = new Float64Array(n * d * d);
    this.#filteredMean = new Float64Array(n * d);
    this.#filteredCov = new Float64Array(n * d * d);
    this.#mean = new Float64Array(n * d);
    this.#cov = new Float64Array(n * d * d);
  }

  #step(dt: number): { transition: Float64Array; noise: Float64Array } {
    const { transition, noise } = this.#space.step(dt);
    const { dim } = this.#space;
    return {
      transition: repeated(transition.data, dim, this.rank),
      noise: repeated(noise.data, dim, this.rank),
    };
  }

  /**
   * Smooths with the messages exp(eta^T u - u^T lambda u / 2) on the functions at every node: `lambda` [n, R, R], possibly
   * singular, `eta` [n, R]. Writes the moments at the nodes.
   */
  smooth(lambda: Float64Array, eta: Float64Array, out: FunctionMoments): void {
    const d = this.#d;
    const dd = d * d;
    const n = this.nodes.length;
    const half = new Float64Array(dd);
    for (let t = 0; t < n; t++) {
      if (t === 0) this.#predictedCov.set(this.#stationary);
      else {
        multiply(
          d,
          d,
          1,
          this.#transition,
          t * dd,
          this.#filteredMean,
          (t - 1) * d,
          this.#predictedMean,
          t * d,
        );
        multiply(d, d, d, this.#transition, t * dd, this.#filteredCov, (t - 1) * dd, half);
        multiplyTransposed(d, d, d, half, 0, this.#transition, t * dd, this.#predictedCov, t * dd);
        for (let i = 0; i < dd; i++) this.#predictedCov[t * dd + i]! += this.#noise[t * dd + i]!;
      }
      this.#filteredMean.set(this.#predictedMean.subarray(t * d, (t + 1) * d), t * d);
      this.#filteredCov.set(this.#predictedCov.subarray(t * dd, (t + 1) * dd), t * dd);
      informationUpdate(this.#filteredMean, t * d, this.#filteredCov, t * dd, d, this.rank, lambda, eta, t);
    }
    this.#mean.set(this.#filteredMean);
    this.#cov.set(this.#filteredCov);
    for (let t = n - 2; t >= 0; t--)
      this.#pull(this.#mean, t * d, this.#cov, t * dd, this.#transition, (t + 1) * dd, t + 1);
    this.#read(out);
  }

  /** Conditions moments without knowledge of what comes after, at `at`, on the smoothed node t ahead of them. */
  #pull(
    mean: Float64Array,
    meanAt: number,
    cov: Float64Array,
    covAt: number,
    transition: Float64Array,
    transitionAt: number,
    t: number,
  ): void {
    const d = this.#d;
    const dd = d * d;
    const l = new Float64Array(dd);
    semidefiniteCholesky(d, this.#predictedCov, t * dd, l);
    const gainT = new Float64Array(dd);
    multiply(d, d, d, transition, transitionAt, cov, covAt, gainT);
    choleskySolveInPlace(d, d, l, gainT);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++)
        mean[meanAt + i]! += gainT[j * d + i]! * (this.#mean[t * d + j]! - this.#predictedMean[t * d + j]!);
    const difference = new Float64Array(dd);
    for (let i = 0; i < dd; i++) difference[i] = this.#cov[t * dd + i]! - this.#predictedCov[t * dd + i]!;
    const half = new Float64Array(dd);
    multiply(d, d, d, difference, 0, gainT, 0, half);
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++)
        for (let k = 0; k < d; k++) cov[covAt + i * d + j]! += gainT[k * d + i]! * half[k * d + j]!;
    symmetrize(d, cov, covAt);
  }

  #read(out: FunctionMoments): void {
    const d = this.#d;
    const r = this.rank;
    for (let t = 0; t < this.nodes.length; t++)
      for (let i = 0; i < r; i++) {
        out.mean[t * r + i] = this.#mean[t * d + i]!;
        for (let j = 0; j < r; j++) out.covariance[(t * r + i) * r + j] = this.#cov[t * d * d + i * d + j]!;
      }
  }

  /**
   * Moments at any places, from the last smoothing: exactly those that a node without data would have had. Beyond the
   * ends the stationary process runs on, in either direction.
   */
  at(places: Float64Array): FunctionMoments {
    const { rank, nodes } = this;
    const d = this.#d;
    const dd = d * d;
    const result = {
      mean: new Float64Array(places.length * rank),
      covariance: new Float64Array(places.length * rank * rank),
    };
    const half = new Float64Array(dd);
    for (const [p, place] of places.entries()) {
      // Number of nodes at or before the place.
      let low = 0;
      let high = nodes.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (nodes[middle]! <= place) low = middle + 1;
        else high = middle;
      }
      const mean = new Float64Array(d);
      const cov = this.#stationary.slice();
      if (low > 0) {
        const { transition, noise } = this.#step(place - nodes[low - 1]!);
        multiply(d, d, 1, transition, 0, this.#filteredMean, (low - 1) * d, mean);
        multiply(d, d, d, transition, 0, this.#filteredCov, (low - 1) * dd, half);
        multiplyTransposed(d, d, d, half, 0, transition, 0, cov);
        for (let i = 0; i < dd; i++) cov[i]! += noise[i]!;
      }
      if (low < nodes.length) this.#pull(mean, 0, cov, 0, this.#step(nodes[low]! - place).transition, 0, low);
      for (let i = 0; i < rank; i++) {
        result.mean[p * rank + i] = mean[i]!;
        for (let j = 0; j < rank; j++) result.covariance[(p * rank + i) * rank + j] = cov[i * d + j]!;
      }
    }
    return result;
  }
}

/** a (x) I of order `rank`. */
function repeated(a: Float64Array, dim: number, rank: number): Float64Array {
  const d = dim * rank;
  const out = new Float64Array(d * d);
  for (let i = 0; i < dim; i++)
    for (let j = 0; j < dim; j++)
      for (let r = 0; r < rank; r++) out[(i * rank + r) * d + j * rank + r] = a[i * dim + j]!;
  return out;
}

/**
 * Multiplies N(mean, cov) of d components by the message exp(eta^T u - u^T lambda u / 2) on the first r components u. In
 * information form, so that lambda may be singular: with S the covariance of u and W = (I + lambda S)^-1,
 * mean += P H^T W (eta - lambda H mean) and P -= P H^T W lambda H P. The message is that of node t.
 */
function informationUpdate(
  mean: Float64Array,
  meanAt: number,
  cov: Float64Array,
  covAt: number,
  d: number,
  r: number,
  lambda: Float64Array,
  eta: Float64Array,
  t: number,
): void {
  const system = new Float64Array(r * r);
  // Right-hand sides: lambda H P (d columns), then eta - lambda H mean.
  const right = new Float64Array(r * (d + 1));
  for (let i = 0; i < r; i++) {
    for (let j = 0; j < r; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = 0; k < r; k++) sum += lambda[(t * r + i) * r + k]! * cov[covAt + k * d + j]!;
      system[i * r + j] = sum;
    }
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let k = 0; k < r; k++) sum += lambda[(t * r + i) * r + k]! * cov[covAt + k * d + j]!;
      right[i * (d + 1) + j] = sum;
    }
    let residual = eta[t * r + i]!;
    for (let k = 0; k < r; k++) residual -= lambda[(t * r + i) * r + k]! * mean[meanAt + k]!;
    right[i * (d + 1) + d] = residual;
  }
  if (!solveInPlace(r, d + 1, system, right))
    throw new NumericalError(`smoothing broke down at node ${t}: its message is not positive semidefinite`, {
      node: t,
    });
  const columns = new Float64Array(d * r);
  for (let i = 0; i < d; i++) for (let k = 0; k < r; k++) columns[i * r + k] = cov[covAt + i * d + k]!;
  for (let i = 0; i < d; i++)
    for (let k = 0; k < r; k++) {
      const c = columns[i * r + k]!;
      mean[meanAt + i]! += c * right[k * (d + 1) + d]!;
      for (let j = 0; j < d; j++) cov[covAt + i * d + j]! -= c * right[k * (d + 1) + j]!;
    }
  symmetrize(d, cov, covAt);
}
