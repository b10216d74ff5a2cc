import { multiplyInto } from "../core/linalg/index.ts";
import { log } from "../core/special/index.ts";
import { type MixturePotential, normaliseRows } from "./mixture-potential.ts";

/** The objective of a batch and its derivatives. */
export interface PotentialGradient {
  /** Mean of ln c(x0) less mean of ln v(x1). */
  readonly loss: number;
  /** In ln a_k, [K]. */
  readonly logWeights: Float64Array;
  /** In r_k, [K, d]. */
  readonly centres: Float64Array;
  /** In the logarithms of the eigenvalues of S_k, [K, d]. */
  readonly logScales: Float64Array;
  /** In the skew-symmetric generators W_k of S_k = Q e^W D e^-W Q^T at W = 0, the entries above the diagonal. */
  readonly generators?: Float64Array;
}

/** Number of entries above the diagonal. */
export const pairs = (d: number): number => (d * (d - 1)) / 2;

/**
 * The objective of LightSB, `E ln c(x0) - E ln v(x1)`, equal to the divergence of the true from the model's plan up
 * to a constant, and its gradient by hand. The logarithm of every term is a quadratic form of a point, so both it and
 * the gradient are products of matrices with the points' monomials `1, x_j, x_j^2` (or all `x_i x_j` with rotations).
 * O((n0 + n1) K d), or O((n0 + n1) K d^2 + K d^3) with rotations.
 */
export function potentialGradient(
  potential: MixturePotential,
  x0: Float64Array,
  x1: Float64Array,
): PotentialGradient {
  const { epsilon, centres, scales, rotations } = potential;
  const [K, d] = centres.shape as [number, number];
  const products = productsOf(d, rotations !== undefined);
  const coefficients = termCoefficients(potential, products);
  const source = batchMoments(x0, coefficients.plan, K, d, products);
  const target = batchMoments(x1, coefficients.potential, K, d, products);
  const gradient = {
    loss: source.meanLog - target.meanLog,
    logWeights: new Float64Array(K),
    centres: new Float64Array(K * d),
    logScales: new Float64Array(K * d),
    ...(rotations && { generators: new Float64Array(K * pairs(d)) }),
  };
  const width = 1 + d + products.length;
  const gap = new Float64Array(d);
  const spread = new Float64Array(products.length);
  for (let k = 0; k < K; k++) {
    const r = centres.data.subarray(k * d, (k + 1) * d);
    const D = scales.data.subarray(k * d, (k + 1) * d);
    const own = source.moments.subarray(k * width, (k + 1) * width);
    const their = target.moments.subarray(k * width, (k + 1) * width);
    const mass = their[0]!;
    gradient.logWeights[k] = own[0]! - mass;
    // E[p_k x] / epsilon - S_k^-1 E[q_k (y - r_k)] / epsilon.
    for (let j = 0; j < d; j++) gap[j] = their[1 + j]! - mass * r[j]!;
    const inverse = coefficients.potential.subarray(k * width + 1 + d, (k + 1) * width);
    const pull = gradient.centres.subarray(k * d, (k + 1) * d);
    symmetricTimes(inverse, products, gap, pull);
    for (let j = 0; j < d; j++) pull[j] = own[1 + j]! / epsilon + 2 * pull[j]!;
    // Q^T (E[p_k x x^T] - S_k^-1 E[q_k (y - r_k) (y - r_k)^T] S_k^-1) Q, in two parts.
    for (let c = 0; c < products.length; c++) {
      const { i, j } = products[c]!;
      spread[c] = their[1 + d + c]! - r[i]! * gap[j]! - r[j]! * their[1 + i]!;
    }
    const Q = rotations?.data.subarray(k * d * d, (k + 1) * d * d);
    const [mine, other] = [inBasis(own.subarray(1 + d), Q, d), inBasis(spread, Q, d)];
    let pair = k * pairs(d);
    for (let c = 0; c < products.length; c++) {
      const { i, j } = products[c]!;
      const moment = (mine[c]! - other[c]! / (D[i]! * D[j]!)) / epsilon;
      // d tr(M S) along W is sum_{i<j} 2 W_ij M_ij (D_j - D_i), with M the derivative in S in the eigenbasis.
      if (i !== j) gradient.generators![pair++] = moment * (D[j]! - D[i]!);
      // The half is that of the normal density's 1/2 ln |S_k|.
      else gradient.logScales[k * d + j] = (D[j]! * moment + mass) / 2;
    }
  }
  return gradient;
}

/** A monomial x_i x_j, i <= j. */
interface Product {
  readonly i: number;
  readonly j: number;
}

/** The monomials of second degree that the terms have: squares, or all with rotations. */
function productsOf(d: number, all: boolean): readonly Product[] {
  const products: Product[] = [];
  for (let i = 0; i < d; i++) for (let j = i; j < (all ? d : i + 1); j++) products.push({ i, j });
  return products;
}

/** Coefficients of `1, x_j, x_i x_j` in the logarithms of every component's term, in the plan and the potential. */
function termCoefficients(
  { epsilon, logWeights, centres, scales, rotations }: MixturePotential,
  products: readonly Product[],
): { plan: Float64Array; potential: Float64Array } {
  const [K, d] = centres.shape as [number, number];
  const width = 1 + d + products.length;
  const plan = new Float64Array(K * width);
  const potential = new Float64Array(K * width);
  const turned = new Float64Array(d);
  for (let k = 0; k < K; k++) {
    const r = centres.data.subarray(k * d, (k + 1) * d);
    const D = scales.data.subarray(k * d, (k + 1) * d);
    const Q = rotations?.data.subarray(k * d * d, (k + 1) * d * d);
    const at = k * width + 1;
    for (let c = 0; c < products.length; c++) {
      const { i, j } = products[c]!;
      let [straight, inverse] = [0, 0];
      if (Q === undefined) [straight, inverse] = [D[j]!, 1 / D[j]!];
      else
        for (let l = 0; l < d; l++) {
          const share = Q[i * d + l]! * Q[j * d + l]!;
          straight += share * D[l]!;
          inverse += share / D[l]!;
        }
      const times = (i === j ? 1 : 2) / (2 * epsilon);
      plan[at + d + c] = times * straight;
      potential[at + d + c] = -times * inverse;
    }
    symmetricTimes(potential.subarray(at + d, at + d + products.length), products, r, turned);
    let constant = logWeights[k]! - 0.5 * d * log(2 * Math.PI * epsilon);
    for (let j = 0; j < d; j++) {
      plan[at + j] = r[j]! / epsilon;
      potential[at + j] = -2 * turned[j]!;
      constant += r[j]! * turned[j]! - 0.5 * log(D[j]!);
    }
    plan[at - 1] = logWeights[k]!;
    potential[at - 1] = constant;
  }
  return { plan, potential };
}

/** Mean over a batch of the log-sum of the terms, and of each term's share times `1, x_j, x_i x_j`. */
function batchMoments(
  x: Float64Array,
  coefficients: Float64Array,
  K: number,
  d: number,
  products: readonly Product[],
): { meanLog: number; moments: Float64Array } {
  const n = x.length / d;
  const width = 1 + d + products.length;
  const monomials = new Float64Array(n * width);
  for (let row = 0, at = 0; row < n; row++) {
    monomials[at++] = 1;
    for (let j = 0; j < d; j++) monomials[at++] = x[row * d + j]!;
    for (let c = 0; c < products.length; c++) {
      const { i, j } = products[c]!;
      monomials[at++] = x[row * d + i]! * x[row * d + j]!;
    }
  }
  const shares = new Float64Array(n * K);
  multiplyInto(false, true, n, K, width, monomials, coefficients, shares);
  let meanLog = 0;
  for (const value of normaliseRows(shares, K)) meanLog += value / n;
  const moments = new Float64Array(K * width);
  multiplyInto(true, false, K, width, n, shares, monomials, moments);
  for (let at = 0; at < moments.length; at++) moments[at]! /= n;
  return { meanLog, moments };
}

/** out = A v for the symmetric A with v^T A v = sum_c coefficients_c v_i v_j. */
function symmetricTimes(
  coefficients: Float64Array,
  products: readonly Product[],
  v: Float64Array,
  out: Float64Array,
): void {
  out.fill(0);
  for (let c = 0; c < products.length; c++) {
    const { i, j } = products[c]!;
    const half = coefficients[c]! / 2;
    out[i]! += half * v[j]!;
    out[j]! += half * v[i]!;
  }
}

/** The entries i <= j of Q^T M Q, M symmetric and given by its own; M itself without Q. */
function inBasis(entries: Float64Array, Q: Float64Array | undefined, d: number): Float64Array {
  if (Q === undefined) return entries;
  const M = new Float64Array(d * d);
  for (let i = 0, c = 0; i < d; i++)
    for (let j = i; j < d; j++, c++) M[i * d + j] = M[j * d + i] = entries[c]!;
  const half = new Float64Array(d * d);
  multiplyInto(false, false, d, d, d, M, Q, half);
  multiplyInto(true, false, d, d, d, Q, half, M);
  const out = new Float64Array(entries.length);
  for (let i = 0, c = 0; i < d; i++) for (let j = i; j < d; j++) out[c++] = M[i * d + j]!;
  return out;
}
