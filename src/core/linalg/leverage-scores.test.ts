import { expect, test } from "vitest";
import { matrix, product, randomMatrix } from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { fromNested } from "../array/index.ts";
import { NumericalError } from "../errors.ts";
import { leverageScores, lewisWeights, sketchedLeverageScores, svd } from "./index.ts";

const small = fromNested([
  [1, 0],
  [0, 1],
  [1, 1],
  [2, -1],
]);

const sum = (x: Float64Array) => x.reduce((total, value) => total + value, 0);

onProviders("importance scores", () => {
  test("leverage scores of a known matrix are its known fractions", () => {
    leverageScores(small).forEach((value, i) => {
      expect(value).toBeCloseTo([3, 6, 11, 14][i]! / 17, 14);
    });
  });

  test("leverage scores are the squared row norms of the left singular vectors and sum to the rank", () => {
    for (const a of [
      randomMatrix(40, 7),
      product(randomMatrix(30, 3), randomMatrix(3, 8, 2)),
      randomMatrix(4, 9),
    ]) {
      const { u, s } = svd(a);
      const rank = s.filter((value) => value > 1e-10 * s[0]!).length;
      const k = s.length;
      const scores = leverageScores(a);
      expect(sum(scores)).toBeCloseTo(rank, 11);
      scores.forEach((score, i) => {
        let expected = 0;
        for (let j = 0; j < rank; j++) expected += u.data[i * k + j]! ** 2;
        expect(score).toBeCloseTo(expected, 11);
      });
    }
    expect(leverageScores(matrix(3, 2, () => 0))).toEqual(new Float64Array(3));
    expect(leverageScores(matrix(0, 2, () => 0)).length).toBe(0);
  });

  test.each(["sparseSign", "srht"] as const)(
    "scores by a %s sketch have a relative error of about 1 / sqrt(8)",
    (sketch) => {
      const base = randomMatrix(2000, 10);
      const a = matrix(2000, 10, (i, j) => base.data[i * 10 + j]! * (i % 100 === 0 ? 30 : 1));
      const exact = leverageScores(a);
      const estimated = sketchedLeverageScores(a, { sketch, seed: 3, rows: 800 });
      let square = 0;
      estimated.forEach((value, i) => {
        square += (value / exact[i]! - 1) ** 2 / 2000;
        expect(value / exact[i]!).toBeGreaterThan(0.05);
        expect(value / exact[i]!).toBeLessThan(5);
      });
      expect(Math.sqrt(square)).toBeLessThan(1.25 / Math.sqrt(8));
      expect(Math.sqrt(square)).toBeGreaterThan(0.75 / Math.sqrt(8));
      // By default (60 rows) the whole is too large by about 10 / 60.
      expect(sum(sketchedLeverageScores(a, { sketch, seed: 3, directions: 512 })) / 10).toBeLessThan(1.6);
      const many = sketchedLeverageScores(a, { sketch, seed: 3, directions: 512, rows: 2000 });
      expect(Math.abs(sum(many) / 10 - 1)).toBeLessThan(0.15);
    },
  );

  test("a dependent column is named", () => {
    const a = matrix(50, 3, (i, j) => (j === 2 ? 2 : 1) * Math.sin(i + (j === 1 ? i * i : 0)));
    try {
      sketchedLeverageScores(a);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(NumericalError);
      expect((error as NumericalError).diagnostics).toEqual({ column: 2 });
    }
    expect(() => sketchedLeverageScores(randomMatrix(2, 3))).toThrow(/at least as many rows/);
  });

  test.each([
    [1, [0.308235, 0.429223, 0.562358, 0.700183]],
    [2, [3 / 17, 6 / 17, 11 / 17, 14 / 17]],
    [3, [0.095378, 0.283407, 0.729135, 0.89208]],
    [4, [0.049133, 0.223827, 0.795979, 0.931061]],
  ] as const)("Lewis weights for p = %d have their known values", (p, known) => {
    const { weights, converged } = lewisWeights(small, p);
    expect(converged).toBe(true);
    known.forEach((value, i) => {
      expect(Math.abs(weights[i]! - value)).toBeLessThan(2e-6);
    });
  });

  test.each([0.5, 1, 1.5, 2, 2.5, 3, 3.4, 3.6, 4, 6, 10])(
    "Lewis weights for p = %d are the leverage scores of the reweighted matrix",
    (p) => {
      const a = randomMatrix(60, 5, 8);
      const { weights, converged, changes, iterations } = lewisWeights(a, p);
      expect(converged).toBe(true);
      expect(changes.length).toBe(iterations);
      expect(sum(weights)).toBeCloseTo(5, 7);
      const scaled = matrix(60, 5, (i, j) => weights[i]! ** (1 / 2 - 1 / p) * a.data[i * 5 + j]!);
      leverageScores(scaled).forEach((score, i) => {
        expect(score / weights[i]!).toBeCloseTo(1, 7);
      });
    },
  );

  test("p = 2 needs one iteration and one to see it, p = 1 at most sixty", () => {
    expect(lewisWeights(randomMatrix(30, 4), 2).iterations).toBeLessThanOrEqual(2);
    expect(lewisWeights(randomMatrix(30, 4), 1).iterations).toBeLessThanOrEqual(60);
  });

  test("zero rows have weight 0, rank-deficient matrices sum to their rank, and a stopped iteration says so", () => {
    const a = product(randomMatrix(20, 2), randomMatrix(2, 4, 3));
    a.data.fill(0, 12, 16);
    const { weights } = lewisWeights(a, 1);
    expect(weights[3]).toBe(0);
    expect(sum(weights)).toBeCloseTo(2, 8);
    expect(lewisWeights(a, 1, { maxIterations: 2 }).converged).toBe(false);
    expect(
      lewisWeights(
        matrix(3, 2, () => 0),
        1,
      ),
    ).toMatchObject({ converged: true, weights: new Float64Array(3) });
    expect(() => lewisWeights(a, 0)).toThrow(/p: expected a positive number/);
  });
});
