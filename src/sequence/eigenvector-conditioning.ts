import type { Matrix } from "../core/array/index.ts";
import { NumericalError } from "../core/errors.ts";
import { type ComplexMatrix, type ComplexVector, eig, matmul, svd } from "../core/linalg/index.ts";
import { complexProduct, complexZeros } from "./complex-matrix.ts";

/** A matrix as v diag(values) v^-1, and how well conditioned its eigenvectors are. */
export interface Diagonalization {
  readonly values: ComplexVector;
  /** Unit columns. */
  readonly vectors: ComplexMatrix;
  readonly inverse: ComplexMatrix;
  /** sigma_max / sigma_min of `vectors`. */
  readonly condition: number;
  /** Derivative of `condition` with respect to the vectors, without regard to their lengths. */
  readonly slope: ComplexMatrix;
}

/**
 * Eigenvalues, eigenvectors, their inverse and condition. The pairs of conjugate columns of a real matrix span what
 * sqrt(2) times their real and imaginary parts do, by a unitary change of basis: all is done on that real matrix.
 * About 60 n^3 operations.
 *
 * @throws NumericalError where the eigenvectors are dependent to working precision.
 */
export function diagonalize(a: Matrix): Diagonalization {
  const n = a.shape[0]!;
  const { values, vectors } = eig(a);
  const real = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const im = values.im[j]!;
      real[i * n + j] =
        im === 0
          ? vectors.re.data[i * n + j]!
          : Math.SQRT2 * (im > 0 ? vectors.re.data[i * n + j]! : vectors.im.data[i * n + j - 1]!);
    }
  const { u, s, vt } = svd({ dtype: "float64", shape: [n, n], data: real });
  const [largest, smallest] = [s[0]!, s[n - 1]!];
  if (!(smallest > 1e-15 * largest))
    throw new NumericalError("the eigenvectors are dependent to working precision", {
      condition: largest / smallest,
    });
  const scaled = vt.data.slice();
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) scaled[i * n + j] = vt.data[i * n + j]! / s[i]!;
  const inverse = matmul({ dtype: "float64", shape: [n, n], data: scaled }, u, {
    transposeA: true,
    transposeB: true,
  });
  const slope = new Float64Array(n * n);
  const last = n - 1;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      slope[i * n + j] =
        (u.data[i * n]! * vt.data[j]!) / smallest -
        (u.data[i * n + last]! * vt.data[last * n + j]! * largest) / smallest ** 2;
  return {
    values,
    vectors,
    inverse: rowsOfPairs(n, values, inverse.data),
    condition: largest / smallest,
    slope: columnsOfPairs(n, values, slope),
  };
}

/** Columns r1, r2 of a pair become (r1 + i r2) / sqrt(2) and its conjugate. */
function columnsOfPairs(n: number, values: ComplexVector, real: Float64Array): ComplexMatrix {
  const { re, im } = complexZeros(n, n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const p = i * n + j;
      const sign = Math.sign(values.im[j]!);
      if (sign === 0) re.data[p] = real[p]!;
      else {
        const first = sign > 0 ? p : p - 1;
        re.data[p] = real[first]! * Math.SQRT1_2;
        im.data[p] = sign * real[first + 1]! * Math.SQRT1_2;
      }
    }
  return { re, im };
}

/** Rows r1, r2 of a pair become (r1 - i r2) / sqrt(2) and its conjugate. */
function rowsOfPairs(n: number, values: ComplexVector, real: Float64Array): ComplexMatrix {
  const { re, im } = complexZeros(n, n);
  for (let i = 0; i < n; i++) {
    const sign = Math.sign(values.im[i]!);
    const first = sign >= 0 ? i : i - 1;
    for (let j = 0; j < n; j++) {
      const p = i * n + j;
      if (sign === 0) re.data[p] = real[p]!;
      else {
        re.data[p] = real[first * n + j]! * Math.SQRT1_2;
        im.data[p] = -sign * real[(first + 1) * n + j]! * Math.SQRT1_2;
      }
    }
  }
  return { re, im };
}

/**
 * Derivative of the condition number of the unit eigenvectors with respect to the matrix, [n, n], from dv = v (f o
 * (v^-1 da v)) with f[j, k] = 1 / (lambda_k - lambda_j), projected on unit columns. Undefined where two eigenvalues
 * are nearer than `gap`.
 */
export function conditionGradient(
  { values, vectors, inverse, slope }: Diagonalization,
  gap: number,
): Float64Array | undefined {
  const n = values.re.length;
  const projected = complexZeros(n, n);
  for (let k = 0; k < n; k++) {
    let along = 0;
    for (let p = k; p < n * n; p += n)
      along += vectors.re.data[p]! * slope.re.data[p]! + vectors.im.data[p]! * slope.im.data[p]!;
    for (let p = k; p < n * n; p += n) {
      projected.re.data[p] = slope.re.data[p]! - along * vectors.re.data[p]!;
      projected.im.data[p] = slope.im.data[p]! - along * vectors.im.data[p]!;
    }
  }
  const inner = complexProduct(vectors, projected, { adjointA: true });
  for (let j = 0; j < n; j++)
    for (let k = 0; k < n; k++) {
      const p = j * n + k;
      const [x, y] = [inner.re.data[p]!, inner.im.data[p]!];
      if (j === k) {
        inner.re.data[p] = 0;
        inner.im.data[p] = 0;
        continue;
      }
      const re = values.re[k]! - values.re[j]!;
      const im = values.im[k]! - values.im[j]!;
      const size = re * re + im * im;
      if (!(size >= gap * gap)) return undefined;
      // Times the conjugate of f, which is (re + i im) / |.|^2.
      inner.re.data[p] = (x * re - y * im) / size;
      inner.im.data[p] = (x * im + y * re) / size;
    }
  const outer = complexProduct(inner, vectors, { adjointB: true });
  return complexProduct(inverse, outer, { adjointA: true }).re.data;
}

/** Derivative of sum_j weights[j] Re(lambda_j) with respect to the matrix, [n, n]. */
export function realPartGradient({ vectors, inverse }: Diagonalization, weights: Float64Array): Float64Array {
  const n = weights.length;
  const result = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    if (weights[j] === 0) continue;
    for (let row = 0; row < n; row++)
      for (let col = 0; col < n; col++)
        result[row * n + col]! +=
          weights[j]! *
          (inverse.re.data[j * n + row]! * vectors.re.data[col * n + j]! -
            inverse.im.data[j * n + row]! * vectors.im.data[col * n + j]!);
  }
  return result;
}
