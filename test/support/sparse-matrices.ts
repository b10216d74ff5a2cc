// Matrices that the tests of this folder share. Not part of the library.
import fc from "fast-check";
import type { CsrMatrix } from "ockham/array";
import { randomStream } from "ockham/random";
import { addScaled, csrFromTriplets, identity, transpose } from "ockham/sparse";

/** Entries uniform on [-1, 1], each present with the given probability. */
export function randomSparse(seed: number, rows: number, cols: number, density: number): CsrMatrix {
  const stream = randomStream(seed, "random-sparse");
  const I: number[] = [];
  const J: number[] = [];
  const V: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      if (stream.uniform() >= density) continue;
      I.push(i);
      J.push(j);
      V.push(2 * stream.uniform() - 1);
    }
  }
  return csrFromTriplets(rows, cols, I, J, V);
}

/** B + B^T + shift I, positive definite for a shift above 2 n, which no row sum of B + B^T exceeds. */
export function randomSymmetric(seed: number, n: number, density: number, shift: number): CsrMatrix {
  const B = randomSparse(seed, n, n, density);
  return addScaled(1, addScaled(1, B, 1, transpose(B)), shift, identity(n));
}

export function randomVector(seed: number, n: number): Float64Array {
  const stream = randomStream(seed, "random-vector");
  return Float64Array.from({ length: n }, () => 2 * stream.uniform() - 1);
}

/** Small sparse matrices with small whole entries, some rows and columns empty. */
export const smallSparse: fc.Arbitrary<CsrMatrix> = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 0, max: 7 }))
  .chain(([rows, cols]) =>
    fc
      .array(
        fc.tuple(
          fc.integer({ min: 0, max: Math.max(0, rows - 1) }),
          fc.integer({ min: 0, max: Math.max(0, cols - 1) }),
          fc.integer({ min: -5, max: 5 }),
        ),
        { maxLength: rows * cols === 0 ? 0 : 20 },
      )
      .map((entries) =>
        csrFromTriplets(
          rows,
          cols,
          entries.map(([i]) => i),
          entries.map(([, j]) => j),
          entries.map(([, , v]) => v),
        ),
      ),
  );

/** ||b - A x|| / ||b|| by plain loops that share nothing with the solvers. */
export function relativeResidual(A: CsrMatrix, x: Float64Array, b: Float64Array): number {
  let [top, bottom] = [0, 0];
  for (let i = 0; i < A.rows; i++) {
    let sum = b[i]!;
    for (let k = A.indptr[i]!; k < A.indptr[i + 1]!; k++) sum -= A.data[k]! * x[A.indices[k]!]!;
    top += sum * sum;
    bottom += b[i]! ** 2;
  }
  return Math.sqrt(top / bottom);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
