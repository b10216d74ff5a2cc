import fc from "fast-check";
import { expect, test } from "vitest";
import { ndArray } from "../core/array/index.ts";
import { solve } from "../core/linalg/index.ts";
import { randomStream } from "../core/random/index.ts";
import { leastAbsoluteDeviations } from "./least-absolute-deviations.ts";
import { lpRegression } from "./lp-regression.ts";

const sum = (a: Float64Array, k: number, b: Float64Array, x: ArrayLike<number>): number =>
  b.reduce((total, value, i) => {
    let r = value;
    for (let l = 0; l < k; l++) r -= a[i * k + l]! * x[l]!;
    return total + Math.abs(r);
  }, 0);

/** The best of all fits through k rows, among which the solution is. */
function bestCorner(a: Float64Array, k: number, b: Float64Array): number {
  let best = Number.POSITIVE_INFINITY;
  const choose = (from: number, rows: readonly number[]): void => {
    if (rows.length < k) {
      for (let i = from; i < b.length; i++) choose(i + 1, [...rows, i]);
      return;
    }
    const square = Float64Array.from(rows.flatMap((i) => [...a.subarray(i * k, (i + 1) * k)]));
    try {
      const x = solve(
        ndArray("float64", [k, k], square),
        Float64Array.from(rows, (i) => b[i]!),
      );
      best = Math.min(best, sum(a, k, b, x as unknown as Float64Array));
    } catch {
      // These rows are dependent.
    }
  };
  choose(0, []);
  return best;
}

test("the fit is the best of all that go through as many rows as there are columns", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e6 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 4, max: 9 }),
      fc.boolean(),
      (seed, k, n, whole) => {
        const stream = randomStream(seed, "deviations");
        // Small whole numbers make many ties and residuals of 0.
        const draw = () => (whole ? stream.integer(3) - 1 : stream.normal());
        const a = Float64Array.from({ length: n * k }, draw);
        for (let j = 0; j < k; j++) a[j * k + j]! += 3;
        const b = Float64Array.from({ length: n }, draw);
        const found = leastAbsoluteDeviations(a, k, b, b);
        expect(found.optimal).toBe(true);
        expect(found.value).toBeCloseTo(bestCorner(a, k, b), 10);
        expect(sum(a, k, b, found.x)).toBeCloseTo(found.value, 10);
      },
    ),
    { numRuns: 60 },
  );
});

test("a column of ones gives a median", () => {
  const b = Float64Array.of(3, 1, 4, 1, 5, 9, 2, 6, 5);
  const { x, optimal, value } = leastAbsoluteDeviations(new Float64Array(9).fill(1), 1, b, b);
  expect([x[0], optimal, value]).toEqual([4, true, 18]);
});

test("no direction leads down from the solution of a larger problem, ties or not", async () => {
  for (const whole of [false, true]) {
    const stream = randomStream(7, "larger");
    const [n, k] = [400, 5];
    const draw = () => (whole ? stream.integer(5) - 2 : stream.normal() / Math.abs(stream.normal()));
    const a = Float64Array.from({ length: n * k }, draw);
    const b = Float64Array.from({ length: n }, draw);
    const { x, cost, converged } = await lpRegression(ndArray("float64", [n, k], a), b, 1);
    expect(converged).toBe(true);
    expect(cost).toBeCloseTo(sum(a, k, b, x), 8);
    for (let probe = 0; probe < 200; probe++) {
      const moved = x.map((value) => value + 10 ** -(1 + (probe % 6)) * stream.normal());
      expect(sum(a, k, b, moved)).toBeGreaterThanOrEqual(cost * (1 - 1e-12));
    }
  }
});
