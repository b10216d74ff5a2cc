import { type Matrix, type NdArray, requireArray, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, show } from "../core/errors.ts";
import { multiplyInto } from "../core/linalg/index.ts";
import { exp, log } from "../core/special/index.ts";

/**
 * The adjusted Schrödinger potential of LightSB, `v(y) = sum_k a_k N(y | r_k, epsilon S_k)`, which determines the
 * whole bridge. The a_k need not sum to one.
 */
export interface MixturePotential {
  /** Volatility of the Wiener prior, > 0. */
  readonly epsilon: number;
  /** ln a_k, [K]. */
  readonly logWeights: Float64Array;
  /** r_k, [K, d]. */
  readonly centres: Matrix;
  /** Eigenvalues of S_k, or its diagonal without `rotations`, positive, [K, d]. */
  readonly scales: Matrix;
  /** Orthonormal eigenvectors of S_k in columns, [K, d, d]; absent for diagonal S_k. */
  readonly rotations?: NdArray<"float64">;
}

/** Refuses anything but a potential; returns its K and d. */
export function requirePotential(argument: string, potential: MixturePotential): { K: number; d: number } {
  if (typeof potential !== "object" || potential === null)
    throw new InvalidInputError(argument, `expected a mixture potential, got ${show(potential)}`);
  const { epsilon, logWeights, centres, scales, rotations } = potential;
  requireFinite(`${argument}.epsilon`, epsilon, Number.MIN_VALUE);
  const { rows: K, cols: d } = requireMatrix(`${argument}.centres`, centres, { dtype: "float64" });
  if (K === 0 || d === 0)
    throw new InvalidInputError(
      `${argument}.centres`,
      `expected at least one component, got shape [${K}, ${d}]`,
    );
  requireMatrix(`${argument}.scales`, scales, { dtype: "float64", rows: K, cols: d });
  for (const [i, value] of scales.data.entries())
    if (!(value > 0))
      throw new InvalidInputError(`${argument}.scales`, `expected positive values, element ${i} is ${value}`);
  if (!(logWeights instanceof Float64Array) || logWeights.length !== K || !logWeights.every(Number.isFinite))
    throw new InvalidInputError(`${argument}.logWeights`, `expected a Float64Array of ${K} finite values`);
  if (rotations !== undefined) {
    requireArray(`${argument}.rotations`, rotations, { rank: 3, dtype: "float64" });
    if (rotations.shape.join() !== `${K},${d},${d}`)
      throw new InvalidInputError(
        `${argument}.rotations`,
        `expected shape [${K}, ${d}, ${d}], got [${rotations.shape.join(", ")}]`,
      );
  }
  return { K, d };
}

/** Rows of x [n, d] in the eigenbasis of component k; x itself where S_k is diagonal. */
export function inBasis(
  rotations: Float64Array | undefined,
  k: number,
  x: Float64Array,
  n: number,
  d: number,
  back = false,
): Float64Array {
  if (rotations === undefined) return x;
  const out = new Float64Array(n * d);
  multiplyInto(false, back, n, d, d, x, rotations.subarray(k * d * d, (k + 1) * d * d), out);
  return out;
}

/**
 * Logarithms of the unnormalised weights of the plan's components given each row of x:
 * `ln w_k(x) = ln a_k + (x^T S_k x + 2 r_k^T x) / (2 epsilon)`, [n, K]. O(n K d), or O(n K d^2) with rotations.
 */
export function planLogWeights(potential: MixturePotential, x: Float64Array, n: number): Float64Array {
  const { epsilon, logWeights, centres, scales, rotations } = potential;
  const [K, d] = centres.shape as [number, number];
  const out = new Float64Array(n * K);
  const factor = 1 / (2 * epsilon);
  for (let k = 0; k < K; k++) {
    const own = inBasis(rotations?.data, k, x, n, d);
    const base = k * d;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0, at = i * d; j < d; j++, at++)
        sum += scales.data[base + j]! * own[at]! * own[at]! + 2 * centres.data[base + j]! * x[at]!;
      out[i * K + k] = logWeights[k]! + factor * sum;
    }
  }
  return out;
}

/** Logarithms of a_k N(y | r_k, epsilon S_k) for each row of y, [n, K]. Same cost. */
export function potentialLogTerms(potential: MixturePotential, y: Float64Array, n: number): Float64Array {
  const { epsilon, logWeights, centres, scales, rotations } = potential;
  const [K, d] = centres.shape as [number, number];
  const out = new Float64Array(n * K);
  const factor = 1 / (2 * epsilon);
  const inverse = new Float64Array(d);
  for (let k = 0; k < K; k++) {
    const base = k * d;
    const own = inBasis(rotations?.data, k, y, n, d);
    const centre = inBasis(rotations?.data, k, centres.data.subarray(base, base + d), 1, d);
    let constant = logWeights[k]! - 0.5 * d * log(2 * Math.PI * epsilon);
    for (let j = 0; j < d; j++) {
      inverse[j] = 1 / scales.data[base + j]!;
      constant -= 0.5 * log(scales.data[base + j]!);
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0, at = i * d; j < d; j++, at++) {
        const gap = own[at]! - centre[j]!;
        sum += gap * gap * inverse[j]!;
      }
      out[i * K + k] = constant - factor * sum;
    }
  }
  return out;
}

/** Turns each row of K logarithms into shares that sum to one, in place; gives the rows' log-sums, [n]. */
export function normaliseRows(logs: Float64Array, K: number): Float64Array {
  const n = logs.length / K;
  const sums = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = i * K; at < (i + 1) * K; at++) if (logs[at]! > largest) largest = logs[at]!;
    let sum = 0;
    for (let at = i * K; at < (i + 1) * K; at++) sum += logs[at] = exp(logs[at]! - largest);
    for (let at = i * K; at < (i + 1) * K; at++) logs[at]! /= sum;
    sums[i] = largest + log(sum);
  }
  return sums;
}
