import { type Matrix, requireMatrix } from "../array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, show } from "../errors.ts";
import { drawChiSquare } from "./gamma-family.ts";
import type { RandomStream } from "./stream.ts";

/**
 * Normal vector with that mean and covariance F F^T, where the `factor` F is d x d and lower triangular: the
 * Cholesky factor of the covariance (`cholesky` of `ockham/linalg`), of which only the lower triangle is read. A
 * factor is asked for, and not the covariance, so that many draws factor once. O(d^2).
 */
export function drawMultivariateNormal(
  stream: RandomStream,
  mean: Float64Array,
  factor: Matrix,
): Float64Array {
  if (!(mean instanceof Float64Array))
    throw new InvalidInputError("mean", `expected a Float64Array, got ${show(mean)}`);
  const d = mean.length;
  requireMatrix("factor", factor, { dtype: "float64", rows: d, cols: d });
  for (let i = 0; i < d; i++) requireFinite(`mean[${i}]`, mean[i]);
  const z = stream.fillNormal(new Float64Array(d));
  return mean.map((center, i) => {
    let sum = center;
    for (let j = 0; j <= i; j++) sum += factor.data[i * d + j]! * z[j]!;
    return sum;
  });
}

/**
 * Wishart: the d x d matrix sum of `degrees` outer products of normal vectors of covariance F F^T, F the lower
 * triangular `factor` of the scale matrix; degrees > d - 1, whole or not. Mean degrees * F F^T. Symmetric to the
 * last bit. By Bartlett's decomposition, O(d^3).
 */
export function drawWishart(stream: RandomStream, degrees: number, factor: Matrix): Matrix {
  const d = requireScale(degrees, factor);
  const a = bartlett(stream, degrees, d);
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = j; k <= i; k++) sum += factor.data[i * d + k]! * a[k * d + j]!;
      root[i * d + j] = sum;
    }
  return gram(root, d);
}

/**
 * Inverse Wishart: the inverse of a Wishart of the inverse scale matrix. `factor` is the lower triangular factor of
 * the scale matrix Psi itself; degrees > d - 1. Mean Psi / (degrees - d - 1) where that exists. No matrix is
 * inverted: with Bartlett's A, the draw is M M^T for M = F A^-T. O(d^3).
 */
export function drawInverseWishart(stream: RandomStream, degrees: number, factor: Matrix): Matrix {
  const d = requireScale(degrees, factor);
  const a = bartlett(stream, degrees, d);
  // Row i of M solves M A^T = F: forward substitution with the lower triangular A.
  const root = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      let sum = j <= i ? factor.data[i * d + j]! : 0;
      for (let k = 0; k < j; k++) sum -= root[i * d + k]! * a[j * d + k]!;
      root[i * d + j] = sum / a[j * d + j]!;
    }
  return gram(root, d);
}

/** Uniform on the unit sphere of R^d, d >= 1. */
export function drawUnitVector(stream: RandomStream, d: number): Float64Array {
  requireInteger("d", d, 1);
  for (;;) {
    const x = stream.fillNormal(new Float64Array(d));
    let square = 0;
    for (const value of x) square += value * value;
    if (square > 0) return x.map((value) => value / Math.sqrt(square));
  }
}

/**
 * Orthogonal n x n matrix, uniform (Haar): the product of reflections that take normal vectors of n, n - 1, ..., 1
 * entries to the axes, with random signs. G. W. Stewart (1980). O(n^3). The first k columns are k orthonormal
 * vectors of uniform direction.
 */
export function drawOrthogonalMatrix(stream: RandomStream, n: number): Matrix {
  requireInteger("n", n, 1);
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const products = new Float64Array(n);
  for (let start = n - 1; start >= 0; start--) {
    // Reflection of rows start .. n - 1 that takes v to its first axis, then a sign for that row.
    const v = stream.fillNormal(new Float64Array(n - start));
    const length = Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    const sign = v[0]! < 0 ? -1 : 1;
    v[0]! += sign * length;
    const square = v.reduce((sum, value) => sum + value * value, 0);
    products.fill(0);
    for (let i = start; i < n; i++)
      for (let j = start; j < n; j++) products[j]! += v[i - start]! * q[i * n + j]!;
    for (let i = start; i < n && square > 0; i++) {
      const factor = (2 * v[i - start]!) / square;
      for (let j = start; j < n; j++) q[i * n + j]! -= factor * products[j]!;
    }
    // The reflection sends v to -sign * length on the axis; undoing that sign makes the column v / length.
    for (let i = start; i < n; i++) q[i * n + start]! *= -sign;
  }
  return { dtype: "float64", shape: [n, n], data: q };
}

/** Lower triangular A: chi variables of degrees, degrees - 1, ... on the diagonal, normals below it. */
function bartlett(stream: RandomStream, degrees: number, d: number): Float64Array {
  const a = new Float64Array(d * d);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) a[i * d + j] = stream.normal();
    a[i * d + i] = Math.sqrt(drawChiSquare(stream, degrees - i));
  }
  return a;
}

function requireScale(degrees: number, factor: Matrix): number {
  const { rows, cols } = requireMatrix("factor", factor, { dtype: "float64" });
  if (rows === 0 || rows !== cols)
    throw new InvalidInputError("factor", `expected a square matrix, got ${rows} x ${cols}`);
  requireFinite("degrees", degrees);
  if (degrees <= rows - 1)
    throw new InvalidInputError(
      "degrees",
      `expected more than ${rows - 1} for ${rows} x ${rows}, got ${show(degrees)}`,
    );
  for (let i = 0; i < rows; i++)
    if (!(factor.data[i * rows + i]! > 0))
      throw new InvalidInputError(
        "factor",
        `expected a positive diagonal, entry ${i} is ${factor.data[i * rows + i]}`,
      );
  return rows;
}

/** M M^T. */
function gram(root: Float64Array, d: number): Matrix {
  const data = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += root[i * d + k]! * root[j * d + k]!;
      data[i * d + j] = sum;
      data[j * d + i] = sum;
    }
  return { dtype: "float64", shape: [d, d], data };
}
