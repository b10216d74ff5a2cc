import type { Matrix } from "../array/index.ts";
import { requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireSquare } from "./checks.ts";
import { kernels } from "./provider.ts";
import { quasiTriangularVectors, schurValues } from "./quasi-triangular.ts";
import { bringIntoRange } from "./range.ts";
import { realSchur } from "./schur.ts";
import { singularValues } from "./svd.ts";

/** Complex numbers as a pair of arrays of equal length. */
export interface ComplexVector {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** A complex matrix as a pair of matrices of equal shape. */
export interface ComplexMatrix {
  readonly re: Matrix;
  readonly im: Matrix;
}

export interface EigOptions {
  /** Also compute the left eigenvectors; default false. */
  readonly left?: boolean;
}

export interface Eigen {
  /**
   * Eigenvalues in the order of the Schur form, which differs between providers. A complex pair is exactly
   * conjugate, adjacent, the one with positive imaginary part first.
   */
  readonly values: ComplexVector;
  /** Eigenvectors in columns: unit 2-norm, the first significant component real and positive. */
  readonly vectors: ComplexMatrix;
  /** Left eigenvectors y in columns, y^H a = lambda y^H, normalised alike; present when asked for. */
  readonly left?: ComplexMatrix;
}

/**
 * Eigenvalues and eigenvectors of a square matrix that need not be symmetric, through its real Schur form and
 * back substitution. The matrix is not balanced: balancing would change how well conditioned the eigenvectors
 * come out. Residuals |a v - lambda v| are of rounding size relative to |a|; how far single eigenvalues and
 * vectors can be trusted depends on {@link eigenvectorCondition}. About 30 n^3 operations.
 */
export function eig(a: Matrix, options: EigOptions = {}): Eigen {
  requireKnownOptions("options", options, ["left"]);
  const n = requireSquare("a", a);
  const { t, z } = realSchur(n, a.data);
  // Exact scaling by a power of two keeps back substitution away from the ends of the range.
  const scaled = t.slice();
  const scale = bringIntoRange(scaled);
  const values = schurValues(n, scaled);
  const vectors = eigenvectors(n, scaled, z, values, false);
  const result = {
    values: { re: values.re.map((value) => value / scale), im: values.im.map((value) => value / scale) },
    vectors,
  };
  requireFiniteResult("eig: an eigenvalue", result.values.re, result.values.im);
  if (options.left !== true) return result;
  return { ...result, left: eigenvectors(n, scaled, z, values, true) };
}

/** The eigenvalues of a square matrix alone, as in {@link eig}. */
export function eigvals(a: Matrix): ComplexVector {
  const n = requireSquare("a", a);
  return schurValues(n, realSchur(n, a.data).t);
}

/**
 * Condition of an eigenvector matrix in the 2-norm, sigma_max / sigma_min: eigenvalues move by at most this
 * times a perturbation's norm (Bauer and Fike). Infinity for a defective matrix at working precision.
 */
export function eigenvectorCondition(vectors: ComplexMatrix): number {
  const n = requireSquare("vectors.re", vectors.re);
  requireSquare("vectors.im", vectors.im);
  if (n === 0) return 1;
  // [[re, -im], [im, re]] has the singular values of re + i im, each twice.
  const order = 2 * n;
  const real = new Float64Array(order * order);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const re = vectors.re.data[i * n + j]!;
      const im = vectors.im.data[i * n + j]!;
      real[i * order + j] = re;
      real[(n + i) * order + n + j] = re;
      real[(n + i) * order + j] = im;
      real[i * order + n + j] = -im;
    }
  const s = singularValues(matrixOf(order, order, real));
  return s[0]! / s[order - 1]!;
}

function eigenvectors(
  n: number,
  t: Float64Array,
  z: Float64Array,
  values: ComplexVector,
  left: boolean,
): ComplexMatrix {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  if (n === 0) return { re: matrixOf(0, 0, re), im: matrixOf(0, 0, im) };
  // Left vectors of t are right vectors of its transpose, which is of the same form read from the other corner.
  const rows = left
    ? reversedRows(n, quasiTriangularVectors(n, reversedTranspose(n, t), reversedValues(n, values)))
    : quasiTriangularVectors(n, t, values);
  kernels().multiply(false, true, n, n, n, z, rows.re, re);
  kernels().multiply(false, true, n, n, n, z, rows.im, im);
  if (left) for (let p = 0; p < im.length; p++) im[p] = -im[p]!;
  normalise(n, values, re, im);
  return { re: matrixOf(n, n, re), im: matrixOf(n, n, im) };
}

/** j t^T j for the exchange matrix j. */
function reversedTranspose(n: number, t: Float64Array): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = t[(n - 1 - j) * n + n - 1 - i]!;
  return result;
}

/** The eigenvalues from last to first, the positive imaginary part still first in each pair. */
function reversedValues(n: number, { re, im }: ComplexVector): ComplexVector {
  return {
    re: Float64Array.from(re).reverse(),
    im: Float64Array.from({ length: n }, (_, i) => -im[n - 1 - i]!),
  };
}

/** Undoes the reversal: eigenvectors from last to first, and their components too. */
function reversedRows(n: number, rows: ComplexVector): ComplexVector {
  const re = new Float64Array(n * n);
  const im = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    // Of a pair the vector lies in the first row of two; it must again after the reversal.
    const empty = isZero(rows.re, rows.im, i * n, n);
    const paired = empty || (i + 1 < n && isZero(rows.re, rows.im, (i + 1) * n, n));
    const target = empty ? i - 1 : i;
    const row = n - 1 - target - (paired ? 1 : 0);
    if (empty) continue;
    for (let j = 0; j < n; j++) {
      re[row * n + j] = rows.re[i * n + n - 1 - j]!;
      im[row * n + j] = rows.im[i * n + n - 1 - j]!;
    }
  }
  return { re, im };
}

function isZero(re: Float64Array, im: Float64Array, offset: number, length: number): boolean {
  for (let p = offset; p < offset + length; p++) if (re[p] !== 0 || im[p] !== 0) return false;
  return true;
}

/** Unit columns with the first significant component real and positive; second columns of pairs by conjugation. */
function normalise(n: number, values: ComplexVector, re: Float64Array, im: Float64Array): void {
  for (let k = 0; k < n; k++) {
    let largest = 0;
    for (let i = 0; i < n; i++)
      largest = Math.max(largest, Math.abs(re[i * n + k]!), Math.abs(im[i * n + k]!));
    let sum = 0;
    let peak = 0;
    for (let i = 0; i < n; i++) {
      const x = re[i * n + k]! / largest;
      const y = im[i * n + k]! / largest;
      re[i * n + k] = x;
      im[i * n + k] = y;
      sum += x * x + y * y;
      peak = Math.max(peak, x * x + y * y);
    }
    let first = 0;
    while (re[first * n + k]! ** 2 + im[first * n + k]! ** 2 < 0.5 * peak) first++;
    const size = Math.hypot(re[first * n + k]!, im[first * n + k]!) * Math.sqrt(sum);
    const cos = re[first * n + k]! / size;
    const sin = im[first * n + k]! / size;
    for (let i = 0; i < n; i++) {
      const x = re[i * n + k]!;
      const y = im[i * n + k]!;
      re[i * n + k] = x * cos + y * sin;
      im[i * n + k] = i === first || values.im[k] === 0 ? 0 : y * cos - x * sin;
    }
    if (values.im[k] === 0) continue;
    for (let i = 0; i < n; i++) {
      re[i * n + k + 1] = re[i * n + k]!;
      im[i * n + k + 1] = -im[i * n + k]!;
    }
    k++;
  }
}
