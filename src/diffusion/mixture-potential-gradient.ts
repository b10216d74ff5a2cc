import {
  inBasis,
  type MixturePotential,
  normaliseRows,
  planLogWeights,
  potentialLogTerms,
} from "./mixture-potential.ts";

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
 * to a constant, and its gradient by hand. O(n K d), or O(n K d^2) with rotations.
 */
export function potentialGradient(
  potential: MixturePotential,
  x0: Float64Array,
  x1: Float64Array,
): PotentialGradient {
  const { epsilon, centres, scales, rotations } = potential;
  const [K, d] = centres.shape as [number, number];
  const [n0, n1] = [x0.length / d, x1.length / d];
  const p = planLogWeights(potential, x0, n0);
  const q = potentialLogTerms(potential, x1, n1);
  let loss = 0;
  for (const value of normaliseRows(p, K)) loss += value / n0;
  for (const value of normaliseRows(q, K)) loss -= value / n1;
  const gradient = {
    loss,
    logWeights: new Float64Array(K),
    centres: new Float64Array(K * d),
    logScales: new Float64Array(K * d),
    ...(rotations && { generators: new Float64Array(K * pairs(d)) }),
  };
  const moments = rotations && new Float64Array(d * d);
  for (let k = 0; k < K; k++) {
    moments?.fill(0);
    addSource(gradient, moments, k, K, inBasis(rotations?.data, k, x0, n0, d), p, n0, d);
    const centre = inBasis(rotations?.data, k, centres.data.subarray(k * d, (k + 1) * d), 1, d);
    const own = inBasis(rotations?.data, k, x1, n1, d);
    addTarget(gradient, moments, k, K, own, centre, scales.data, q, n1, d);
    for (let j = 0; j < d; j++) {
      gradient.centres[k * d + j]! /= epsilon;
      gradient.logScales[k * d + j]! *= scales.data[k * d + j]! / (2 * epsilon);
    }
    addNormalisation(gradient.logScales, k, K, q, n1, d);
    if (moments !== undefined) {
      // d tr(M S) along W is sum_{i<j} 2 W_ij M_ij (D_j - D_i), with M the derivative in S in the eigenbasis.
      let at = k * pairs(d);
      for (let i = 0; i < d; i++)
        for (let j = i + 1; j < d; j++)
          gradient.generators![at++] =
            (moments[i * d + j]! / epsilon) * (scales.data[k * d + j]! - scales.data[k * d + i]!);
      // Centres' derivatives were collected in the eigenbasis.
      const row = gradient.centres.subarray(k * d, (k + 1) * d);
      row.set(inBasis(rotations?.data, k, row, 1, d, true));
    }
  }
  return gradient;
}

type Sums = Omit<PotentialGradient, "loss">;

/** Adds E[p_k], E[p_k x], E[p_k x^2] and E[p_k x x^T] of component k. */
function addSource(
  { logWeights, centres, logScales }: Sums,
  moments: Float64Array | undefined,
  k: number,
  K: number,
  x: Float64Array,
  p: Float64Array,
  n: number,
  d: number,
): void {
  const base = k * d;
  for (let i = 0; i < n; i++) {
    const share = p[i * K + k]! / n;
    logWeights[k]! += share;
    for (let j = 0, at = i * d; j < d; j++, at++) {
      const weighted = share * x[at]!;
      centres[base + j]! += weighted;
      logScales[base + j]! += weighted * x[at]!;
      if (moments !== undefined)
        for (let l = j + 1; l < d; l++) moments[j * d + l]! += weighted * x[i * d + l]!;
    }
  }
}

/** Takes away E[q_k], E[q_k u], E[q_k u^2] and E[q_k u u^T], u = S_k^-1 (y - r_k). */
function addTarget(
  { logWeights, centres, logScales }: Sums,
  moments: Float64Array | undefined,
  k: number,
  K: number,
  y: Float64Array,
  centre: Float64Array,
  scales: Float64Array,
  q: Float64Array,
  n: number,
  d: number,
): void {
  const base = k * d;
  const inverse = new Float64Array(d);
  for (let j = 0; j < d; j++) inverse[j] = 1 / scales[base + j]!;
  for (let i = 0; i < n; i++) {
    const share = q[i * K + k]! / n;
    logWeights[k]! -= share;
    for (let j = 0, at = i * d; j < d; j++, at++) {
      const u = (y[at]! - centre[j]!) * inverse[j]!;
      const weighted = share * u;
      centres[base + j]! -= weighted;
      logScales[base + j]! -= weighted * u;
      if (moments !== undefined)
        for (let l = j + 1; l < d; l++)
          moments[j * d + l]! -= weighted * (y[i * d + l]! - centre[l]!) * inverse[l]!;
    }
  }
}

/** Adds E[q_k] / 2 to the derivative in every logarithm of scale: that of the normal density's 1/2 ln |S_k|. */
function addNormalisation(
  logScales: Float64Array,
  k: number,
  K: number,
  q: Float64Array,
  n: number,
  d: number,
): void {
  let half = 0;
  for (let i = 0; i < n; i++) half += q[i * K + k]! / (2 * n);
  for (let j = 0; j < d; j++) logScales[k * d + j]! += half;
}
