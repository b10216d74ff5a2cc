import type { Matrix } from "../../src/core/array/index.ts";
import { randomStream } from "../../src/core/random/index.ts";

/** Spacing of double precision at 1. */
export const epsilon = 2 ** -52;

/** Matrix of a formula in the row and the column. */
export function matrix(rows: number, cols: number, entry: (i: number, j: number) => number): Matrix {
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) data[i * cols + j] = entry(i, j);
  return { dtype: "float64", shape: [rows, cols], data };
}

export function randomMatrix(rows: number, cols: number, seed = 1): Matrix {
  const data = randomStream(seed, "matrix", rows, cols).fillNormal(new Float64Array(rows * cols));
  return { dtype: "float64", shape: [rows, cols], data };
}

export function randomVector(length: number, seed = 1): Float64Array {
  return randomStream(seed, "vector").fillNormal(new Float64Array(length));
}

/** The plain triple loop, in no part shared with what is tested. */
export function product(a: Matrix, b: Matrix): Matrix {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[1]!;
  return matrix(m, n, (i, j) => {
    let sum = 0;
    for (let p = 0; p < k; p++) sum += a.data[i * k + p]! * b.data[p * n + j]!;
    return sum;
  });
}

export function flipped(a: Matrix): Matrix {
  const [m, n] = a.shape as [number, number];
  return matrix(n, m, (i, j) => a.data[j * n + i]!);
}

export function diagonal(values: ArrayLike<number>): Matrix {
  return matrix(values.length, values.length, (i, j) => (i === j ? values[i]! : 0));
}

export function largestEntry(a: Matrix): number {
  return a.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

/** Largest absolute difference of entries; NaN if any entry is. */
export function distance(a: Matrix, b: Matrix): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`shapes [${a.shape}] and [${b.shape}] differ`);
  return a.data.reduce((largest, value, i) => {
    const gap = Math.abs(value - b.data[i]!);
    return gap > largest || Number.isNaN(gap) ? gap : largest;
  }, 0);
}

/** Largest deviation of q^T q from the identity. */
export function orthogonalityDefect(q: Matrix): number {
  return distance(product(flipped(q), q), diagonal(new Float64Array(q.shape[1]!).fill(1)));
}

/** Orthogonal matrix by Gram-Schmidt, twice, on random columns. */
export function randomOrthogonal(n: number, seed = 1): Matrix {
  const rows = Array.from({ length: n }, (_, i) => randomVector(n, 1000 * seed + i));
  for (let i = 0; i < n; i++) {
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const dot = rows[i]!.reduce((sum, value, k) => sum + value * rows[j]![k]!, 0);
        rows[i] = rows[i]!.map((value, k) => value - dot * rows[j]![k]!);
      }
    const norm = Math.sqrt(rows[i]!.reduce((sum, value) => sum + value * value, 0));
    rows[i] = rows[i]!.map((value) => value / norm);
  }
  return matrix(n, n, (i, j) => rows[i]![j]!);
}

/** Symmetric matrix with the given eigenvalues. */
export function withEigenvalues(values: readonly number[], seed = 1): Matrix {
  const q = randomOrthogonal(values.length, seed);
  const a = product(product(q, diagonal(values)), flipped(q));
  return matrix(
    values.length,
    values.length,
    (i, j) => a.data[Math.max(i, j) * values.length + Math.min(i, j)]!,
  );
}

export const hilbert = (n: number): Matrix => matrix(n, n, (i, j) => 1 / (i + j + 1));

/** Wilkinson's tridiagonal W+ with pairs of eigenvalues that agree to many digits. */
export const wilkinson = (n: number): Matrix =>
  matrix(n, n, (i, j) => (i === j ? Math.abs(i - (n - 1) / 2) : Math.abs(i - j) === 1 ? 1 : 0));

/** Kahan's upper triangular matrix, whose pivoted QR hides its small singular value. */
export const kahan = (n: number, angle = 1.2): Matrix =>
  matrix(n, n, (i, j) => Math.sin(angle) ** i * (i === j ? 1 : i < j ? -Math.cos(angle) : 0));

/** Grcar's matrix: eigenvalues that are very sensitive. */
export const grcar = (n: number): Matrix =>
  matrix(n, n, (i, j) => (i === j + 1 ? -1 : j >= i && j <= i + 3 ? 1 : 0));

export const vandermonde = (n: number): Matrix => matrix(n, n, (i, j) => (i / (n - 1)) ** j);

/** Square matrices that make factorizations difficult, each in its own way. */
export const squareGallery: readonly (readonly [string, Matrix])[] = [
  ["1 x 1", matrix(1, 1, () => -3)],
  ["zero 1 x 1", matrix(1, 1, () => 0)],
  ["random 2 x 2", randomMatrix(2, 2)],
  ["random 5 x 5", randomMatrix(5, 5)],
  ["random 33 x 33", randomMatrix(33, 33)],
  ["random 97 x 97", randomMatrix(97, 97)],
  ["zero", matrix(6, 6, () => 0)],
  ["identity", diagonal(new Float64Array(7).fill(1))],
  ["all ones", matrix(9, 9, () => 1)],
  ["graded", matrix(20, 20, (i, j) => 10 ** -i * Math.cos(3 * i + 7 * j))],
  ["rank 4", product(randomMatrix(18, 4), randomMatrix(4, 18, 2))],
  ["clustered", withEigenvalues(Array.from({ length: 16 }, (_, i) => 1 + (i % 4) + 1e-13 * i))],
  ["indefinite", withEigenvalues(Array.from({ length: 15 }, (_, i) => (i - 7) ** 3))],
  [
    "badly scaled",
    matrix(14, 14, (i, j) => 10 ** ((7 * i) % 13) * 10 ** -((5 * j) % 13) * Math.sin(1 + i + 2.3 * j)),
  ],
  ["tiny", matrix(8, 8, (i, j) => 1e-290 * Math.cos(i * i * j + 3 * i))],
  ["huge", matrix(8, 8, (i, j) => 1e290 * Math.cos(i * i * j + 3 * i))],
  ["Hilbert 12", hilbert(12)],
  ["Wilkinson 21", wilkinson(21)],
  ["Kahan 30", kahan(30)],
  ["Grcar 30", grcar(30)],
  ["Vandermonde 12", vandermonde(12)],
  ["Jordan block", matrix(10, 10, (i, j) => (i === j ? 2 : j === i + 1 ? 1 : 0))],
  ["nilpotent", matrix(10, 10, (i, j) => (j === i + 1 ? 1 : 0))],
  ["cyclic permutation", matrix(9, 9, (i, j) => ((i + 1) % 9 === j ? 1 : 0))],
  ["rotation", matrix(2, 2, (i, j) => (i === j ? 0 : i < j ? 1 : -1))],
  ["skew", matrix(11, 11, (i, j) => (i < j ? 1 : i > j ? -1 : 0))],
];

/** Symmetric matrices among them, and more. */
export const symmetricGallery: readonly (readonly [string, Matrix])[] = [
  ...squareGallery.filter(([, a]) => distance(a, flipped(a)) === 0),
  ["random symmetric", withEigenvalues(Array.from(randomVector(40)))],
  ["geometric spectrum", withEigenvalues(Array.from({ length: 24 }, (_, i) => 10 ** -i))],
  ["multiple eigenvalues", withEigenvalues([1, 1, 1, 1, 2, 2, 2, -3, -3, 0])],
  ["tiny symmetric", matrix(6, 6, (i, j) => 1e-295 / (i + j + 1))],
  ["huge symmetric", matrix(6, 6, (i, j) => 1e295 / (i + j + 1))],
];

export const rectangularGallery: readonly (readonly [string, Matrix])[] = [
  ["one row", randomMatrix(1, 7)],
  ["one column", randomMatrix(7, 1)],
  ["tall", randomMatrix(60, 13)],
  ["wide", randomMatrix(13, 60)],
  ["slightly tall", randomMatrix(50, 49)],
  ["tall, rank 3", product(randomMatrix(30, 3), randomMatrix(3, 11, 2))],
  ["wide, rank 3", product(randomMatrix(11, 3), randomMatrix(3, 30, 2))],
  ["tall zero", matrix(9, 4, () => 0)],
  ["tall graded", matrix(30, 12, (i, j) => 10 ** -j * Math.cos(3 * i + 7 * j))],
];
