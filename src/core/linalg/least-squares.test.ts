import { describe, expect, test } from "vitest";
import {
  distance,
  epsilon,
  flipped,
  largestEntry,
  matrix,
  product,
  randomMatrix,
  rectangularGallery,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { lstsq, pinv, solve } from "./index.ts";

onProviders("least squares", () => {
  describe.each([...rectangularGallery, ["square", randomMatrix(20, 20)] as const])("with %s", (_, a) => {
    test("the residual is orthogonal to the columns and the solution is the pseudoinverse's", () => {
      const [m, n] = a.shape as [number, number];
      const b = randomMatrix(m, 3, 4);
      const { x, rank, residuals, singularValues } = lstsq(a, b, { rankTolerance: 1e-9 });
      const fitted = product(a, x);
      const gap = matrix(m, 3, (i, c) => fitted.data[i * 3 + c]! - b.data[i * 3 + c]!);
      const tolerance =
        50 * epsilon * Math.max(m, n) * Math.max(1, largestEntry(x)) * Math.max(1, largestEntry(a));
      expect(largestEntry(product(flipped(a), gap))).toBeLessThanOrEqual(1e-8 * largestEntry(a) + tolerance);
      expect(distance(x, product(pinv(a, { rankTolerance: 1e-9 }), b))).toBeLessThanOrEqual(
        1e-6 * Math.max(1, largestEntry(x)),
      );
      expect(rank).toBe(singularValues.filter((value) => value > 1e-9 * singularValues[0]!).length);
      for (let c = 0; c < 3; c++) {
        let square = 0;
        for (let i = 0; i < m; i++) square += gap.data[i * 3 + c]! ** 2;
        expect(residuals[c]).toBeCloseTo(Math.sqrt(square), 9);
      }
    });
  });

  test("of all solutions the shortest is given", () => {
    const { x, rank } = lstsq(
      matrix(1, 2, () => 1),
      Float64Array.of(2),
    );
    expect(rank).toBe(1);
    expect(x[0]).toBeCloseTo(1, 14);
    expect(x[1]).toBeCloseTo(1, 14);
  });

  test("a regular square system is solved like solve does", () => {
    const a = randomMatrix(15, 15, 9);
    const b = randomMatrix(15, 1).data;
    const exact = solve(a, b);
    lstsq(a, b).x.forEach((value, i) => {
      expect(value).toBeCloseTo(exact[i]!, 9);
    });
  });

  test("a straight line is fitted with the textbook coefficients", () => {
    const { x, residuals } = lstsq(
      matrix(3, 2, (i, j) => (j === 0 ? 1 : i)),
      Float64Array.of(6, 0, 0),
    );
    expect(x[0]).toBeCloseTo(5, 13);
    expect(x[1]).toBeCloseTo(-3, 13);
    expect(residuals[0]).toBeCloseTo(Math.sqrt(6), 13);
  });

  test("rank-deficient, zero and empty systems have rank and solution without NaN", () => {
    const zero = lstsq(
      matrix(3, 2, () => 0),
      Float64Array.of(1, 2, 2),
    );
    expect(zero).toMatchObject({ rank: 0, x: new Float64Array(2), residuals: Float64Array.of(3) });
    expect(
      lstsq(
        matrix(2, 0, () => 0),
        Float64Array.of(3, 4),
      ),
    ).toMatchObject({ rank: 0, residuals: Float64Array.of(5) });
    const ones = squareGallery.find(([name]) => name === "all ones")![1];
    expect(lstsq(ones, new Float64Array(9).fill(9)).x.every((value) => Math.abs(value - 1) < 1e-13)).toBe(
      true,
    );
  });
});
