import fc from "fast-check";
import { expect, test } from "vitest";
import { projectBall, projectBox, projectSimplex, softThreshold } from "./index.ts";

const vectors = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 8 });
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.hypot(...Array.from(a, (value, i) => value - b[i]!));

test("the simplex projection of (0.5, 0.2, -0.3) is (0.65, 0.35, 0)", () => {
  const u = projectSimplex(Float64Array.of(0.5, 0.2, -0.3));
  expect(distance(u, [0.65, 0.35, 0])).toBeLessThan(1e-15);
});

test("the simplex projection lies in the simplex and no other of its points is nearer", () => {
  fc.assert(
    fc.property(vectors, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (values, weights) => {
      const u = projectSimplex(Float64Array.from(values));
      expect(u.every((value) => value >= 0)).toBe(true);
      expect(u.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
      const other = values.map(() => Number(weights.next().value) + 1e-9);
      const total = other.reduce((sum, value) => sum + value, 0);
      const nearest = distance(u, values);
      expect(
        distance(
          other.map((value) => value / total),
          values,
        ),
      ).toBeGreaterThanOrEqual(nearest - 1e-9);
    }),
  );
});

test("box, ball and soft threshold move a point no further than they must", () => {
  expect([...projectBox(Float64Array.of(-2, 0.5, 3), 0, 1)]).toEqual([0, 0.5, 1]);
  expect([...projectBox(Float64Array.of(-2, 5), 0, Number.POSITIVE_INFINITY)]).toEqual([0, 5]);
  expect([...projectBall(Float64Array.of(3, 4), 10)]).toEqual([3, 4]);
  expect(distance(projectBall(Float64Array.of(3, 4), 1), [0.6, 0.8])).toBeLessThan(1e-15);
  expect([...softThreshold(Float64Array.of(-3, 0.5, 2), 1)]).toEqual([-2, 0, 1]);
});
