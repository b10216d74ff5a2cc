import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  hilbert,
  largestEntry,
  matrix,
  orthogonalityDefect,
  product,
  randomMatrix,
  symmetricGallery,
  wilkinson,
  withEigenvalues,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { eigh, eigvalsh, generalizedEigh } from "./index.ts";

onProviders("symmetric eigenproblem", () => {
  describe.each(symmetricGallery)("of %s", (_, a) => {
    test("a v = v diag(values), v orthogonal, values ascending", () => {
      const n = a.shape[0]!;
      const tolerance = 40 * epsilon * n;
      const { values, vectors } = eigh(a);
      expect(distance(product(a, vectors), product(vectors, diagonal(values)))).toBeLessThanOrEqual(
        tolerance * largestEntry(a),
      );
      expect(orthogonalityDefect(vectors)).toBeLessThanOrEqual(tolerance);
      for (let i = 1; i < n; i++) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1]!);
      const alone = eigvalsh(a);
      for (let i = 0; i < n; i++)
        expect(Math.abs(alone[i]! - values[i]!)).toBeLessThanOrEqual(tolerance * n * largestEntry(a));
    });
  });

  test("finds given eigenvalues", () => {
    const given = [-1e4, -2, -2, 0, 1e-9, 1, 1 + 1e-12, 5e3];
    const values = eigvalsh(withEigenvalues(given));
    for (let i = 0; i < given.length; i++)
      expect(Math.abs(values[i]! - given[i]!)).toBeLessThan(1e4 * 30 * epsilon);
  });

  test("the largest eigenvalues of Wilkinson's matrix agree to fourteen digits and are told apart by order only", () => {
    const values = eigvalsh(wilkinson(21));
    expect(values[20]).toBeCloseTo(10.746194182903393, 12);
    expect(values[19]).toBeCloseTo(10.746194182903322, 12);
  });

  test("the second difference matrix has the eigenvalues 2 - 2 cos(k pi / (n + 1))", () => {
    const n = 40;
    const values = eigvalsh(matrix(n, n, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)));
    for (let k = 1; k <= n; k++)
      expect(values[k - 1]).toBeCloseTo(2 - 2 * Math.cos((k * Math.PI) / (n + 1)), 13);
  });

  test("the generalized problem gives vectors orthonormal in b and residuals of rounding size", () => {
    for (const n of [1, 2, 30]) {
      const a = withEigenvalues(Array.from({ length: n }, (_, i) => i - n / 3));
      const factor = randomMatrix(n + 5, n);
      const b = product(flipped(factor), factor);
      const { values, vectors } = generalizedEigh(a, b);
      const cond = eigvalsh(b)[n - 1]! / eigvalsh(b)[0]!;
      const tolerance = 100 * epsilon * n * cond;
      expect(distance(product(a, vectors), product(product(b, vectors), diagonal(values)))).toBeLessThan(
        tolerance * (1 + n),
      );
      expect(
        distance(product(product(flipped(vectors), b), vectors), diagonal(new Float64Array(n).fill(1))),
      ).toBeLessThan(tolerance);
    }
  });

  test("with b the identity the generalized problem is the plain one", () => {
    const a = hilbert(6);
    const { values } = generalizedEigh(a, diagonal(new Float64Array(6).fill(1)));
    expect(distance(diagonal(values), diagonal(eigvalsh(a)))).toBeLessThan(1e-15);
  });

  test("b that is not positive definite or of another order is refused", () => {
    expect(() => generalizedEigh(diagonal([1, 2]), diagonal([1, -1]))).toThrow(/b is not positive definite/);
    expect(() => generalizedEigh(diagonal([1, 2]), diagonal([1]))).toThrow(/b: expected order 2/);
  });

  test("a matrix that is not symmetric is refused", () => {
    expect(() => eigh(matrix(2, 2, (i, j) => i - j))).toThrow(/symmetric/);
    expect(() => eigh(matrix(2, 3, () => 1))).toThrow(/square/);
  });

  test("asymmetry of rounding size is accepted", () => {
    const a = matrix(2, 2, (i, j) => (i < j ? 1 + 1e-15 : 1));
    expect(eigvalsh(a)[1]).toBeCloseTo(2, 14);
  });

  test("the empty matrix has no eigenvalues", () => {
    expect(eigh(matrix(0, 0, () => 0)).values.length).toBe(0);
  });
});
