import { NumericalError } from "../core/errors.ts";
import { type MaternKernel, type MaternStateSpace, maternStateSpace } from "./matern.ts";
import {
  choleskySolveInPlace,
  multiply,
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
  /** Of one function, [s, s]. */
  readonly #stationary: Float64Array;
  /** Step t - 1 -> t of one function, [n, s, s]. */
  readonly #transition: Float64Array;
  readonly #noise: Float64Array;
  readonly #predictedMean: Float64Array;
  readonly #predictedCov: Float64Array;
  readonly #filteredMean: Float64Array;
  readonly #filteredCov: Float64Array;
  readonly #mean: Float64Array;
  readonly #cov: Float64Array;
  /** Scratch memory, [d, d] each; the last two for an update. */
  readonly #half: Float64Array;
  readonly #triangle: Float64Array;
  readonly #gainT: Float64Array;
  readonly #difference: Float64Array;
  readonly #system: Float64Array;
  readonly #right: Float64Array;

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
    const order = this.#space.dim;
    const d = order * rank;
    this.#d = d;
    const n = nodes.length;
    this.#stationary = this.#space.stationary.data;
    this.#transition = new Float64Array(n * order * order);
    this.#noise = new Float64Array(n * order * order);
    for (let t = 1; t < n; t++) {
      const { transition, noise } = this.#space.step(nodes[t]! - nodes[t - 1]!);
      this.#transition.set(transition.data, t * order * order);
      this.#noise.set(noise.data, t * order * order);
    }
    this.#predictedMean = new Float64Array(n * d);
    this.#predictedCov = new Float64Array(n * d * d);
    this.#filteredMean = new Float64Array(n * d);
    this.#filteredCov = new Float64Array(n * d * d);
    this.#mean = new Float64Array(n * d);
    this.#cov = new Float64Array(n * d * d);
    this.#half = new Float64Array(d * d);
    this.#triangle = new Float64Array(d * d);
    this.#gainT = new Float64Array(d * d);
    this.#difference = new Float64Array(d * d);
    this.#system = new Float64Array(rank * rank);
    this.#right = new Float64Array(rank * (d + 1));
  }

  /**
   * Smooths with the messages exp(eta^T u - u^T lambda u / 2) on the functions at every node: `lambda` [n, R, R], possibly
   * singular, `eta` [n, R]. Writes the moments at the nodes.
   */
  smooth(lambda: Float64Array, eta: Float64Array, out: FunctionMoments): void {
    const d = this.#d;
    const dd = d * d;
    const n = this.nodes.length;
    const ss = this.#space.dim ** 2;
    for (let t = 0; t < n; t++) {
      const mean = this.#predictedMean;
      const cov = this.#predictedCov;
      if (t === 0) {
        cov.fill(0, 0, dd);
        this.#addRepeated(this.#stationary, 0, cov, 0);
      } else this.#predict(this.#transition, t * ss, this.#noise, t * ss, t - 1, mean, t * d, cov, t * dd);
      this.#filteredMean.set(mean.subarray(t * d, (t + 1) * d), t * d);
      this.#filteredCov.set(cov.subarray(t * dd, (t + 1) * dd), t * dd);
      this.#update(t, lambda, eta);
    }
    this.#mean.set(this.#filteredMean);
    this.#cov.set(this.#filteredCov);
    for (let t = n - 2; t >= 0; t--)
      this.#pull(this.#mean, t * d, this.#cov, t * dd, this.#transition, (t + 1) * ss, t + 1);
    this.#read(out);
  }

  /** Adds a (x) I to a d x d matrix, a of one function. */
  #addRepeated(a: Float64Array, aAt: number, out: Float64Array, outAt: number): void {
    const { rank } = this;
    const order = this.#space.dim;
    const d = this.#d;
    for (let i = 0; i < order; i++)
      for (let j = 0; j < order; j++)
        for (let r = 0; r < rank; r++)
          out[outAt + (i * rank + r) * d + j * rank + r]! += a[aAt + i * order + j]!;
  }

  /** out = (a (x) I) b, b of d rows. */
  #multiplyRepeated(
    a: Float64Array,
    aAt: number,
    b: Float64Array,
    bAt: number,
    columns: number,
    out: Float64Array,
    outAt: number,
  ): void {
    const { rank } = this;
    const order = this.#space.dim;
    const stride = rank * columns;
    for (let i = 0; i < order; i++)
      for (let e = 0; e < stride; e++) {
        let sum = 0;
        for (let j = 0; j < order; j++) sum += a[aAt + i * order + j]! * b[bAt + j * stride + e]!;
        out[outAt + i * stride + e] = sum;
      }
  }

  /** Moves the filtered moments of node t by a step: mean A m, covariance A P A^T + Q. */
  #predict(
    transition: Float64Array,
    transitionAt: number,
    noise: Float64Array,
    noiseAt: number,
    t: number,
    mean: Float64Array,
    meanAt: number,
    cov: Float64Array,
    covAt: number,
  ): void {
    const { rank } = this;
    const order = this.#space.dim;
    const d = this.#d;
    const half = this.#half;
    this.#multiplyRepeated(transition, transitionAt, this.#filteredMean, t * d, 1, mean, meanAt);
    this.#multiplyRepeated(transition, transitionAt, this.#filteredCov, t * d * d, d, half, 0);
    for (let i = 0; i < d; i++)
      for (let c = 0; c < order; c++)
        for (let r = 0; r < rank; r++) {
          let sum = 0;
          for (let j = 0; j < order; j++)
            sum += half[i * d + j * rank + r]! * transition[transitionAt + c * order + j]!;
          cov[covAt + i * d + c * rank + r] = sum;
        }
    this.#addRepeated(noise, noiseAt, cov, covAt);
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
    const gainT = this.#gainT;
    const half = this.#half;
    semidefiniteCholesky(d, this.#predictedCov, t * dd, this.#triangle);
    this.#multiplyRepeated(transition, transitionAt, cov, covAt, d, gainT, 0);
    choleskySolveInPlace(d, d, this.#triangle, gainT);
    for (let j = 0; j < d; j++) {
      const difference = this.#mean[t * d + j]! - this.#predictedMean[t * d + j]!;
      for (let i = 0; i < d; i++) mean[meanAt + i]! += gainT[j * d + i]! * difference;
    }
    for (let i = 0; i < dd; i++)
      this.#difference[i] = this.#cov[t * dd + i]! - this.#predictedCov[t * dd + i]!;
    multiply(d, d, d, this.#difference, 0, gainT, 0, half);
    // Symmetric: the lower triangle, mirrored.
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += gainT[k * d + i]! * half[k * d + j]!;
        const value = cov[covAt + i * d + j]! + sum;
        cov[covAt + i * d + j] = value;
        cov[covAt + j * d + i] = value;
      }
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
      const cov = new Float64Array(dd);
      if (low === 0) this.#addRepeated(this.#stationary, 0, cov, 0);
      else {
        const { transition, noise } = this.#space.step(place - nodes[low - 1]!);
        this.#predict(transition.data, 0, noise.data, 0, low - 1, mean, 0, cov, 0);
      }
      if (low < nodes.length)
        this.#pull(mean, 0, cov, 0, this.#space.step(nodes[low]! - place).transition.data, 0, low);
      for (let i = 0; i < rank; i++) {
        result.mean[p * rank + i] = mean[i]!;
        for (let j = 0; j < rank; j++) result.covariance[(p * rank + i) * rank + j] = cov[i * d + j]!;
      }
    }
    return result;
  }

  /**
   * Multiplies the filtered moments of node t by its message exp(eta^T u - u^T lambda u / 2). In information form, so that
   * lambda may be singular: with S the covariance of u and W = (I + lambda S)^-1, mean += P H^T W (eta - lambda H mean)
   * and P -= P H^T W lambda H P.
   */
  #update(t: number, lambda: Float64Array, eta: Float64Array): void {
    const r = this.rank;
    const d = this.#d;
    const mean = this.#filteredMean;
    const cov = this.#filteredCov;
    const meanAt = t * d;
    const covAt = t * d * d;
    const system = this.#system;
    // Right-hand sides: lambda H P (d columns), then eta - lambda H mean.
    const right = this.#right;
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let k = 0; k < r; k++) sum += lambda[(t * r + i) * r + k]! * cov[covAt + k * d + j]!;
        right[i * (d + 1) + j] = sum;
        if (j < r) system[i * r + j] = i === j ? 1 + sum : sum;
      }
      let residual = eta[t * r + i]!;
      for (let k = 0; k < r; k++) residual -= lambda[(t * r + i) * r + k]! * mean[meanAt + k]!;
      right[i * (d + 1) + d] = residual;
    }
    if (!solveInPlace(r, d + 1, system, right))
      throw new NumericalError(
        `smoothing broke down at node ${t}: its message is not positive semidefinite`,
        { node: t },
      );
    // P H^T: the first r columns of P before they change.
    const columns = this.#half;
    for (let i = 0; i < d; i++) for (let k = 0; k < r; k++) columns[i * r + k] = cov[covAt + i * d + k]!;
    for (let i = 0; i < d; i++)
      for (let k = 0; k < r; k++) {
        const c = columns[i * r + k]!;
        mean[meanAt + i]! += c * right[k * (d + 1) + d]!;
        for (let j = 0; j < d; j++) cov[covAt + i * d + j]! -= c * right[k * (d + 1) + j]!;
      }
    symmetrize(d, cov, covAt);
  }
}
