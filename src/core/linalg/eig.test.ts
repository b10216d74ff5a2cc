import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  grcar,
  largestEntry,
  matrix,
  orthogonalityDefect,
  product,
  randomMatrix,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import type { Matrix } from "../array/index.ts";
import { type ComplexMatrix, eig, eigenvectorCondition, eigvals, schur } from "./index.ts";

/** Largest residual |a v - lambda v| over the vectors, relative to the largest entry of a. */
function residual(
  a: Matrix,
  values: { re: Float64Array; im: Float64Array },
  vectors: ComplexMatrix,
  sign = 1,
): number {
  const n = a.shape[0]!;
  const size = largestEntry(a) || 1;
  const scaled = matrix(n, n, (i, j) => a.data[i * n + j]! / size);
  const re = product(scaled, vectors.re);
  const im = product(scaled, vectors.im);
  let worst = 0;
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const [x, y] = [values.re[k]! / size, (sign * values.im[k]!) / size];
      const [p, q] = [vectors.re.data[i * n + k]!, vectors.im.data[i * n + k]!];
      worst = Math.max(
        worst,
        Math.hypot(re.data[i * n + k]! - x * p + y * q, im.data[i * n + k]! - x * q - y * p),
      );
    }
  return worst;
}

onProviders("nonsymmetric eigenproblem", () => {
  describe.each(squareGallery)("of %s", (_, a) => {
    const n = a.shape[0]!;
    const tolerance = 60 * epsilon * n;

    test("a = z t z^T with orthogonal z and t in standard quasi-triangular form", () => {
      const { t, z } = schur(a);
      expect(distance(product(product(z, t), flipped(z)), a)).toBeLessThanOrEqual(
        tolerance * largestEntry(a) * n,
      );
      expect(orthogonalityDefect(z)).toBeLessThanOrEqual(tolerance);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i - 1; j++) expect(Math.abs(t.data[i * n + j]!)).toBe(0);
        if (i === 0 || t.data[i * n + i - 1] === 0) continue;
        if (i > 1) expect(Math.abs(t.data[(i - 1) * n + i - 2]!)).toBe(0);
        expect(t.data[i * n + i]).toBe(t.data[(i - 1) * n + i - 1]);
        expect(Math.sign(t.data[i * n + i - 1]!) * Math.sign(t.data[(i - 1) * n + i]!)).toBe(-1);
      }
    });

    test("a v = lambda v and y^H a = lambda y^H for unit vectors", () => {
      const { values, vectors, left } = eig(a, { left: true });
      expect(residual(a, values, vectors)).toBeLessThanOrEqual(tolerance * Math.sqrt(n));
      expect(residual(flipped(a), values, left!, -1)).toBeLessThanOrEqual(tolerance * Math.sqrt(n));
      for (const v of [vectors, left!])
        for (let k = 0; k < n; k++) {
          let square = 0;
          for (let i = 0; i < n; i++) square += v.re.data[i * n + k]! ** 2 + v.im.data[i * n + k]! ** 2;
          expect(square).toBeCloseTo(1, 12);
        }
    });

    test("complex values and vectors come in exactly conjugate neighbours", () => {
      const { values, vectors } = eig(a);
      expect(eigvals(a).re.length).toBe(n);
      for (let k = 0; k < n; k++) {
        if (values.im[k] === 0) {
          for (let i = 0; i < n; i++) expect(vectors.im.data[i * n + k]).toBe(0);
          continue;
        }
        expect(values.im[k]).toBeGreaterThan(0);
        expect(values.re[k + 1]).toBe(values.re[k]);
        expect(values.im[k + 1]).toBe(-values.im[k]!);
        for (let i = 0; i < n; i++) {
          expect(vectors.re.data[i * n + k + 1]).toBe(vectors.re.data[i * n + k]);
          expect(vectors.im.data[i * n + k + 1]).toBe(-vectors.im.data[i * n + k]!);
        }
        k++;
      }
    });

    test("the eigenvalues sum to the trace", () => {
      let trace = 0;
      for (let i = 0; i < n; i++) trace += a.data[i * n + i]! / (largestEntry(a) || 1);
      const sum = eigvals(a).re.reduce((total, value) => total + value / (largestEntry(a) || 1), 0);
      expect(Math.abs(sum - trace)).toBeLessThanOrEqual(tolerance * n);
    });
  });

  test("the eigenvalues of a companion matrix are the roots of its polynomial", () => {
    // (x - 1)(x - 2)(x - 3)(x^2 + 1) = x^5 - 6 x^4 + 12 x^3 - 12 x^2 + 11 x - 6
    const last = [6, -11, 12, -12, 6];
    const { re, im } = eigvals(matrix(5, 5, (i, j) => (j === 4 ? last[i]! : i === j + 1 ? 1 : 0)));
    const found = Array.from(re, (value, k) => [value, im[k]!] as const).sort(
      (x, y) => x[0] - y[0] || x[1] - y[1],
    );
    const roots = [
      [0, -1],
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0],
    ];
    for (const root of roots)
      expect(found.some(([x, y]) => Math.hypot(x - root[0]!, y - root[1]!) < 1e-11)).toBe(true);
  });

  test("a cyclic permutation, on which unshifted QR stands still, has the roots of unity", () => {
    const { re, im } = eigvals(matrix(16, 16, (i, j) => ((i + 1) % 16 === j ? 1 : 0)));
    for (let k = 0; k < 16; k++) expect(Math.hypot(re[k]!, im[k]!)).toBeCloseTo(1, 13);
    const angles = Array.from(
      re,
      (value, k) => Math.round((Math.atan2(im[k]!, value) * 8) / Math.PI + 16) % 16,
    );
    expect(new Set(angles).size).toBe(16);
  });

  test("eigenvectors of a defective matrix are nearly parallel, never infinite", () => {
    const { vectors, values } = eig(matrix(6, 6, (i, j) => (j === i + 1 ? 1 : 0)));
    expect(values.re.every((value) => Math.abs(value) < 1e-12)).toBe(true);
    expect(vectors.re.data.every(Number.isFinite)).toBe(true);
    expect(eigenvectorCondition(vectors)).toBeGreaterThan(1e10);
  });

  test("the condition of eigenvectors is 1 for normal matrices and large for Grcar's", () => {
    const skew = matrix(8, 8, (i, j) => (i < j ? i + j : i > j ? -(i + j) : 0));
    expect(eigenvectorCondition(eig(skew).vectors)).toBeCloseTo(1, 9);
    expect(eigenvectorCondition(eig(diagonal([1, 2, 3])).vectors)).toBeCloseTo(1, 13);
    expect(eigenvectorCondition(eig(grcar(30)).vectors)).toBeGreaterThan(1e3);
  });

  const legendre = (n: number) =>
    matrix(n, n, (i, j) => (i > j ? -Math.sqrt(2 * i + 1) * Math.sqrt(2 * j + 1) : i === j ? -(i + 1) : 0));

  test.each([
    [2, 3.7320508076, 1e-8],
    [3, 16.900381893, 1e-8],
    [4, 86.112393564, 1e-8],
    [8, 77032.418, 1e-5],
  ])(
    "eigenvectors of the Legendre state matrix of order %i have the known condition",
    (n, known, tolerance) => {
      expect(Math.abs(eigenvectorCondition(eig(legendre(n)).vectors) / known - 1)).toBeLessThan(tolerance);
    },
  );

  test.each([
    [4, 4.6032930071],
    [8, 19.857410371],
    [16, 80.9660809245],
  ])("its normal part of order %i has eigenvalues -1/2 + iw up to the known w", (n, known) => {
    const part = legendre(n);
    const { re, im } = eigvals(
      matrix(n, n, (i, j) => part.data[i * n + j]! + Math.sqrt(i + 0.5) * Math.sqrt(j + 0.5)),
    );
    expect(Math.max(...im)).toBeCloseTo(known, 8);
    for (const value of re) expect(value).toBeCloseTo(-0.5, 11);
  });

  test("larger random matrices pass the same bounds", () => {
    const a = randomMatrix(120, 120, 5);
    const { values, vectors } = eig(a);
    expect(residual(a, values, vectors)).toBeLessThan(60 * epsilon * 120);
    expect(values.im.some((value) => value !== 0)).toBe(true);
  });

  test("empty and 1 x 1 matrices are solved at once", () => {
    expect(eig(matrix(0, 0, () => 0)).values.re.length).toBe(0);
    expect(eig(matrix(1, 1, () => -4))).toMatchObject({ values: { re: Float64Array.of(-4) } });
    expect(schur(matrix(0, 0, () => 0)).t.shape).toEqual([0, 0]);
  });
});
