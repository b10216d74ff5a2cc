import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  hilbert,
  largestEntry,
  matrix,
  product,
  randomMatrix,
  rectangularGallery,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { logdet, lu, luSolve } from "./index.ts";

onProviders("LU", () => {
  describe.each([...squareGallery, ...rectangularGallery])("of %s", (_, a) => {
    test("multiplies back to the permuted matrix, with multipliers of at most 1", () => {
      const [m, n] = a.shape as [number, number];
      const { lower, upper, permutation } = lu(a);
      const permuted = matrix(m, n, (i, j) => a.data[permutation[i]! * n + j]!);
      const growth = Math.max(largestEntry(upper), largestEntry(a));
      expect(distance(product(lower, upper), permuted)).toBeLessThanOrEqual(
        4 * epsilon * Math.max(m, n) * growth,
      );
      expect(largestEntry(lower)).toBeLessThanOrEqual(1);
      expect([...permutation].sort((x, y) => x - y)).toEqual(Array.from({ length: m }, (_, i) => i));
      for (let i = 0; i < upper.shape[0]!; i++)
        for (let j = 0; j < Math.min(i, n); j++) expect(upper.data[i * n + j]).toBe(0);
    });
  });

  test("factors solve for vectors and matrices, with the matrix and its transpose", () => {
    for (const n of [1, 7, 60]) {
      const a = randomMatrix(n, n, 2);
      const factors = lu(a);
      const b = randomMatrix(n, 3, 3);
      for (const transpose of [false, true]) {
        const x = luSolve(factors, b, { transpose });
        const residual = distance(product(transpose ? flipped(a) : a, x), b);
        expect(residual).toBeLessThan(20 * epsilon * n * Math.max(1, largestEntry(x)) * largestEntry(a));
        const single = luSolve(
          factors,
          Float64Array.from({ length: n }, (_, i) => b.data[3 * i]!),
          { transpose },
        );
        single.forEach((value, i) => {
          expect(Math.abs(value - x.data[3 * i]!)).toBeLessThan(1e-10 * Math.max(1, largestEntry(x)));
        });
      }
    }
    expect(() => luSolve(lu(matrix(2, 2, () => 1)), new Float64Array(2))).toThrow(/diagonal entry 1 is 0/);
    expect(() =>
      luSolve({ ...lu(randomMatrix(2, 2)), permutation: Int32Array.of(1, 1) }, new Float64Array(2)),
    ).toThrow(/factors.permutation: expected a permutation of 0 to 1, but entry 1 is 1/);
  });

  test("the determinant's logarithm and sign are those of the eigenvalues' product", () => {
    expect(logdet(diagonal([2, -3, 4]))).toEqual({ sign: -1, logAbsolute: expect.closeTo(Math.log(24), 14) });
    expect(logdet(matrix(2, 2, (i, j) => (i === j ? 0 : 1))).sign).toBe(-1);
    expect(logdet(matrix(0, 0, () => 0))).toEqual({ sign: 1, logAbsolute: 0 });
    expect(logdet(matrix(3, 3, () => 1))).toEqual({ sign: 0, logAbsolute: Number.NEGATIVE_INFINITY });
    // det H_5 = 1 / 266716800000.
    expect(logdet(hilbert(5)).logAbsolute).toBeCloseTo(-Math.log(266716800000), 9);
  });

  test("determinants beyond double precision have finite logarithms", () => {
    const { sign, logAbsolute } = logdet(diagonal(new Float64Array(400).fill(1e-3)));
    expect(sign).toBe(1);
    expect(logAbsolute).toBeCloseTo(-1200 * Math.log(10), 8);
  });

  test("the determinant of a product is the product of the determinants", () => {
    const [a, b] = [randomMatrix(12, 12, 3), randomMatrix(12, 12, 4)];
    const whole = logdet(product(a, b));
    expect(whole.logAbsolute).toBeCloseTo(logdet(a).logAbsolute + logdet(b).logAbsolute, 11);
    expect(whole.sign).toBe(logdet(a).sign * logdet(b).sign);
  });
});
