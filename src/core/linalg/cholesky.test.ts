import fc from "fast-check";
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
  randomVector,
  withEigenvalues,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { NumericalError } from "../errors.ts";
import {
  cholesky,
  choleskyDowndate,
  choleskyLogdet,
  choleskySolve,
  choleskyUpdate,
  logdet,
} from "./index.ts";

const definite = (n: number, seed = 1) => {
  const a = randomMatrix(n + 3, n, seed);
  return product(flipped(a), a);
};
const outer = (x: Float64Array) => matrix(x.length, x.length, (i, j) => x[i]! * x[j]!);
const plus = (a: ReturnType<typeof matrix>, b: ReturnType<typeof matrix>, sign = 1) =>
  matrix(
    a.shape[0]!,
    a.shape[1]!,
    (i, j) => a.data[i * a.shape[1]! + j]! + sign * b.data[i * a.shape[1]! + j]!,
  );

onProviders("Cholesky", () => {
  describe.each([
    ["1 x 1", matrix(1, 1, () => 9)],
    ["random 5", definite(5)],
    ["random 48", definite(48)],
    ["random 101", definite(101)],
    ["Hilbert 11", hilbert(11)],
    ["graded", matrix(12, 12, (i, j) => 10 ** -(i + j) * (i === j ? 2 : 1 / (1 + Math.abs(i - j))))],
    ["ill-conditioned", withEigenvalues(Array.from({ length: 20 }, (_, i) => 10 ** (-i / 2)))],
    ["tiny", matrix(3, 3, (i, j) => (i === j ? 2e-300 : 1e-300))],
  ])("of %s", (_, a) => {
    test("is lower triangular with a positive diagonal and multiplies back", () => {
      const n = a.shape[0]!;
      const l = cholesky(a);
      expect(distance(product(l, flipped(l)), a)).toBeLessThanOrEqual(4 * epsilon * n * largestEntry(a));
      for (let i = 0; i < n; i++) {
        expect(l.data[i * n + i]).toBeGreaterThan(0);
        for (let j = i + 1; j < n; j++) expect(l.data[i * n + j]).toBe(0);
      }
    });
  });

  test("solves with a residual of rounding size, and gives the logarithm of the determinant", () => {
    const a = definite(60);
    const l = cholesky(a);
    const b = randomMatrix(60, 4, 2);
    const x = choleskySolve(l, b);
    expect(distance(product(a, x), b)).toBeLessThan(20 * epsilon * 60 * largestEntry(a) * largestEntry(x));
    expect(choleskyLogdet(l)).toBeCloseTo(logdet(a).logAbsolute, 9);
    const single = choleskySolve(
      l,
      b.data.filter((_, i) => i % 4 === 1),
    );
    expect(single.every((value, i) => Math.abs(value - x.data[4 * i + 1]!) < 1e-9)).toBe(true);
  });

  test.each([
    ["an indefinite matrix", diagonal([1, 2, -1, 3]), 2],
    ["a singular matrix", matrix(3, 3, () => 1), 1],
    ["a zero matrix", matrix(2, 2, () => 0), 0],
    [
      "an indefinite matrix past the first block",
      diagonal(Float64Array.from({ length: 90 }, (_, i) => (i === 70 ? -1 : 1))),
      70,
    ],
  ])("refuses %s and names the pivot", (_, a, pivot) => {
    try {
      cholesky(a);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NumericalError);
      expect((error as NumericalError).diagnostics.pivot).toBe(pivot);
    }
  });

  test("a matrix that is not symmetric is refused with the entries that differ", () => {
    expect(() => cholesky(matrix(2, 2, (i, j) => 2 + i - j))).toThrow(/a: .*symmetric.*\(1, 0\) is 3/);
  });

  test("the factor of a rank-one update is the factor of the updated matrix, and downdating undoes it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 1000 }), (n, seed) => {
        const a = definite(n, seed);
        const x = randomVector(n, seed);
        const l = cholesky(a);
        const up = choleskyUpdate(l, x);
        const bound = 100 * epsilon * n * (largestEntry(a) + 10);
        expect(distance(product(up, flipped(up)), plus(a, outer(x)))).toBeLessThan(bound);
        const down = choleskyDowndate(up, x);
        expect(distance(product(down, flipped(down)), a)).toBeLessThan(bound);
      }),
      { numRuns: 25 },
    );
  });

  test("a downdate that leaves the matrix indefinite is refused", () => {
    const l = cholesky(diagonal([4, 4]));
    expect(() => choleskyDowndate(l, Float64Array.of(0, 2))).toThrow(NumericalError);
    expect(choleskyDowndate(l, Float64Array.of(0, 1)).data[3]).toBeCloseTo(Math.sqrt(3), 15);
  });

  test("empty matrices have empty factors", () => {
    expect(cholesky(matrix(0, 0, () => 0)).shape).toEqual([0, 0]);
    expect(choleskyLogdet(matrix(0, 0, () => 0))).toBe(0);
  });
});
