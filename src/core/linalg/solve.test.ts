import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  hilbert,
  kahan,
  largestEntry,
  matrix,
  product,
  randomMatrix,
  randomVector,
  squareGallery,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { NumericalError } from "../errors.ts";
import {
  conditionEstimate,
  conditionNumber,
  identity,
  inverse,
  norm,
  oneNormEstimate,
  solve,
  solveTriangular,
  triangularConditionEstimate,
} from "./index.ts";

const column = (x: Float64Array) => matrix(x.length, 1, (i) => x[i]!);

onProviders("solving", () => {
  describe.each(
    squareGallery.filter(
      ([name]) => !["zero", "zero 1 x 1", "all ones", "rank 4", "nilpotent", "skew"].includes(name),
    ),
  )("with %s", (_, a) => {
    test("the residual is of rounding size relative to |a| |x|, whatever the condition", () => {
      const n = a.shape[0]!;
      const size = largestEntry(a);
      const b = randomVector(n).map((value) => value * size);
      const x = solve(a, b, { minimumReciprocalCondition: 0 });
      const scaled = matrix(n, n, (i, j) => a.data[i * n + j]! / size);
      const residual = distance(product(scaled, column(x)), column(b.map((value) => value / size)));
      expect(residual).toBeLessThanOrEqual(16 * epsilon * n * Math.max(1, largestEntry(column(x))));
    });
  });

  test("many right-hand sides are solved as each alone", () => {
    const a = randomMatrix(60, 60);
    const b = randomMatrix(60, 5, 2);
    const x = solve(a, b);
    for (let c = 0; c < 5; c++) {
      const alone = solve(
        a,
        Float64Array.from({ length: 60 }, (_, i) => b.data[i * 5 + c]!),
      );
      expect(
        distance(
          column(alone),
          matrix(60, 1, (i) => x.data[i * 5 + c]!),
        ),
      ).toBeLessThan(1e-10);
    }
  });

  test("the inverse multiplies to the identity from both sides", () => {
    const a = randomMatrix(50, 50);
    const tolerance = 10 * epsilon * 50 * conditionNumber(a);
    expect(distance(product(a, inverse(a)), identity(50))).toBeLessThan(tolerance);
    expect(distance(product(inverse(a), a), identity(50))).toBeLessThan(tolerance);
  });

  test("an exactly singular matrix is refused with its pivot, one singular to rounding with its condition", () => {
    const exact = matrix(2, 2, (i, j) => (i + 1) * (j + 1));
    const caught = (f: () => unknown): NumericalError => {
      try {
        f();
      } catch (error) {
        return error as NumericalError;
      }
      throw new Error("did not throw");
    };
    expect(caught(() => solve(exact, Float64Array.of(1, 1)))).toBeInstanceOf(NumericalError);
    expect(caught(() => solve(exact, Float64Array.of(1, 1))).diagnostics).toEqual({ pivot: 1 });
    const counting = matrix(3, 3, (i, j) => 3 * i + j + 1);
    expect(caught(() => solve(counting, Float64Array.of(1, 2, 4))).message).toMatch(/singular/);
    expect(caught(() => inverse(hilbert(14))).diagnostics.reciprocalCondition).toBeLessThan(epsilon);
  });

  test("a solution beyond double precision is an error, not Infinity", () => {
    expect(() => solve(diagonal([1e-300, 1e-300]), Float64Array.of(1e100, 1))).toThrow(/overflows/);
    expect(() => solveTriangular(diagonal([1e-300]), Float64Array.of(1e100))).toThrow(/overflows/);
  });

  test("triangular systems of every kind read one triangle only", () => {
    for (const n of [1, 4, 49, 100]) {
      const full = matrix(n, n, (i, j) => (i === j ? 2 + (i % 3) : Math.sin(i + 3 * j) / n));
      for (const upper of [false, true])
        for (const transpose of [false, true])
          for (const unitDiagonal of [false, true])
            for (const columns of [1, 3]) {
              const triangle = matrix(n, n, (i, j) =>
                i === j
                  ? unitDiagonal
                    ? 1
                    : full.data[i * n + j]!
                  : i < j === upper
                    ? full.data[i * n + j]!
                    : 0,
              );
              const b = randomMatrix(n, columns);
              const x = solveTriangular(full, b, { upper, transpose, unitDiagonal });
              const back = product(transpose ? flipped(triangle) : triangle, x);
              expect(distance(back, b)).toBeLessThan(40 * epsilon * n);
            }
    }
  });

  test("a zero on the diagonal of a triangle is named, unless the diagonal is taken as ones", () => {
    const t = matrix(3, 3, (i, j) => (i === 1 && j === 1 ? 0 : 1));
    expect(() => solveTriangular(t, new Float64Array(3))).toThrow(/diagonal entry 1 is 0/);
    expect(solveTriangular(t, Float64Array.of(1, 2, 3), { unitDiagonal: true })).toEqual(
      Float64Array.of(1, 1, 1),
    );
  });

  test("empty systems have empty solutions", () => {
    const none = matrix(0, 0, () => 0);
    expect(solve(none, new Float64Array(0))).toEqual(new Float64Array(0));
    expect(inverse(none).shape).toEqual([0, 0]);
    expect(conditionEstimate(none)).toBe(1);
  });

  test("the condition estimate is a lower bound within a factor of 3 on the gallery", () => {
    for (const a of [randomMatrix(40, 40), hilbert(8), kahan(20), matrix(5, 5, (i, j) => (i >= j ? 1 : 0))]) {
      const exact = norm(a, "one") * norm(inverse(a, { minimumReciprocalCondition: 0 }), "one");
      expect(conditionEstimate(a)).toBeLessThanOrEqual(exact * 1.0001);
      expect(conditionEstimate(a)).toBeGreaterThanOrEqual(exact / 3);
    }
    const t = kahan(25);
    expect(triangularConditionEstimate(t, { upper: true })).toBeCloseTo(conditionEstimate(t), -1);
  });

  test("singular matrices have infinite condition", () => {
    expect(conditionEstimate(matrix(3, 3, () => 1))).toBe(Number.POSITIVE_INFINITY);
    expect(conditionNumber(matrix(3, 3, () => 0))).toBe(Number.POSITIVE_INFINITY);
    expect(triangularConditionEstimate(matrix(2, 2, () => 0))).toBe(Number.POSITIVE_INFINITY);
    expect(conditionNumber(diagonal([4, 2]))).toBe(2);
  });
});

test("the one-norm estimate of an operator never exceeds its norm and finds it for nonnegative ones", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const a = randomMatrix(15, 15, seed);
    const times = (b: typeof a) => (x: Float64Array) => product(b, column(x)).data;
    const estimate = oneNormEstimate(15, times(a), times(flipped(a)));
    expect(estimate).toBeLessThanOrEqual(norm(a, "one") * (1 + 1e-12));
    expect(estimate).toBeGreaterThan(norm(a, "one") / 3);
  }
});
