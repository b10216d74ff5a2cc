import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromNested, type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import { csrFromDense } from "../core/sparse/index.ts";
import { fitSeparator, iterationBound, maxMargin, separatorMargin, separatorMethods } from "./index.ts";

/** One sample (0.5, -1) against n - 1 samples (-0.5, -1). */
function worstCase(n: number): { x: Matrix; y: number[] } {
  const data = Float64Array.from({ length: 2 * n }, (_, k) => (k % 2 === 1 ? -1 : k === 0 ? 0.5 : -0.5));
  return { x: ndArray("float64", [n, 2], data), y: Array.from({ length: n }, (_, i) => (i === 0 ? 1 : -1)) };
}

test.each([
  [100, "normalized-lr-gd", 100, 2],
  [100, "normalized-lr-gd", 10, 2],
  [100, "normalized-lr-gd", 1, 11],
  [100, "normalized-lr-gd", 0.1, 110],
  [100, "lr-gd", 100, 31],
  [100, "lr-gd", 10, 55],
  [100, "lr-gd", 1, 561],
  [100, "batch-perceptron", 1, 31],
  [100, "normalized-batch-perceptron", 1, 2],
  [1000, "normalized-lr-gd", 100, 2],
  [1000, "normalized-lr-gd", 10, 2],
  [1000, "normalized-lr-gd", 1, 16],
  [1000, "normalized-lr-gd", 0.1, 157],
  [1000, "lr-gd", 100, 308],
  [1000, "lr-gd", 10, 729],
  [1000, "lr-gd", 1, 7313],
  [1000, "batch-perceptron", 1, 301],
  [1000, "normalized-batch-perceptron", 1, 2],
] as const)(
  "the worst case of %i samples takes %s with step %f exactly %i updates",
  async (n, method, stepSize, count) => {
    const { x, y } = worstCase(n);
    for (const features of n === 100 ? [x, csrFromDense(x)] : [csrFromDense(x)]) {
      const found = await fitSeparator(features, y, { method, stepSize });
      expect([found.separated, found.iterations]).toEqual([true, count]);
    }
  },
);

test("two samples take the known course", async () => {
  const x = fromNested([
    [1, -1],
    [-1, -4],
  ]);
  const thetas: number[][] = [];
  const found = await fitSeparator(x, [1, -1], {
    method: "lr-gd",
    stepSize: 100,
    recordEvery: 1,
    onIterate: (_, theta) => thetas.push([...theta].map((value) => value / 100)),
  });
  expect(found.iterations).toBe(2);
  expect(thetas[1]).toEqual([0.5, 0.75]);
  expect(thetas[2]![0]).toBeCloseTo(1, 6);
  expect(thetas[2]![1]).toBeCloseTo(0.25, 6);
  expect(found.history[1]!.loss).toBeCloseTo(12.5, 9);
});

test("the bound of the theorem has its known value", () => {
  expect(iterationBound(1, 0.5, 100, 1, "normalized-lr-gd")).toBeCloseTo(46.3464, 3);
  expect(iterationBound(2, 0.5, 10, 1, "perceptron")).toBe(16);
  expect(iterationBound(2, 0.5, 10, 1, "batch-perceptron")).toBe(160);
});

/** Points with a margin of at least 0.05 to a hidden hyperplane through 0. */
const separable = fc
  .record({
    points: fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }), {
      minLength: 4,
      maxLength: 20,
    }),
    normal: fc.constantFrom([1, 0, 0], [0.6, 0.8, 0], [0.48, -0.6, 0.64]),
  })
  .map(({ points, normal }) => {
    const side = (point: number[]) => point.reduce((sum, value, j) => sum + value * normal[j]!, 0);
    const kept = points.filter((point) => Math.abs(side(point)) > 0.05);
    return { points: kept, y: kept.map((point) => (side(point) > 0 ? 1 : 0)), normal };
  })
  .filter(({ y }) => new Set(y).size === 2);

test("every method separates what can be separated, within the bound of its theorem", async () => {
  await fc.assert(
    fc.asyncProperty(separable, fc.constantFrom(...separatorMethods), async ({ points, y }, method) => {
      const x = fromNested(points);
      const { margin, upperBound, theta, converged } = await maxMargin(x, y);
      expect(converged).toBe(true);
      expect(separatorMargin(x, y, theta)).toBeCloseTo(margin, 12);
      const found = await fitSeparator(x, y, { method, stepSize: 10 });
      expect(found.separated).toBe(true);
      const radius = Math.max(...points.map((point) => Math.hypot(...point)));
      expect(found.iterations).toBeLessThanOrEqual(
        iterationBound(radius, upperBound, y.length, 10, method) + 1e-9,
      );
      expect(found.margin).toBeGreaterThan(0);
      expect(found.margin).toBeLessThanOrEqual(upperBound * (1 + 1e-12));
      expect(found.bound).toBeGreaterThanOrEqual(found.iterations);
    }),
    { numRuns: 60 },
  );
});

test("the largest margin of two opposite points and of a triangle is known", async () => {
  const two = await maxMargin(
    fromNested([
      [3, 4],
      [-3, -4],
    ]),
    [1, -1],
  );
  expect(two.margin).toBeCloseTo(5, 9);
  const triangle = await maxMargin(
    fromNested([
      [1, 1],
      [1, -1],
      [-2, 0],
    ]),
    [1, 1, -1],
  );
  expect([...triangle.theta]).toEqual([expect.closeTo(1, 6), expect.closeTo(0, 6)]);
  expect(triangle.margin).toBeCloseTo(1, 6);
});

test("a huge step, divided out, takes the course of the batch perceptron", async () => {
  const x = fromNested([
    [1, 0.2],
    [0.9, -0.5],
    [0.05, 1],
    [-1, 0.4],
    [-0.2, -0.9],
  ]);
  const y = [1, 1, 1, -1, -1];
  const course = async (method: "lr-gd" | "batch-perceptron", scale: number) => {
    const thetas: number[][] = [];
    const onIterate = (_: number, theta: Float64Array) =>
      thetas.push(Array.from(theta, (value) => value / scale));
    await fitSeparator(x, y, { method, stepSize: 1e6, onIterate });
    return thetas;
  };
  const [descent, limit] = [await course("lr-gd", 1e6), await course("batch-perceptron", 1)];
  expect(descent.length).toBe(limit.length);
  for (const [t, theta] of limit.entries())
    for (const [j, value] of theta.entries()) expect(descent[t]![j]).toBeCloseTo(value, 9);
});

test("a constant feature separates points on one side of 0", async () => {
  const x = fromNested([[1], [2], [3], [4]]);
  const y = [0, 0, 1, 1];
  expect((await fitSeparator(x, y, { maxIterations: 500 })).separated).toBe(false);
  const found = await fitSeparator(x, y, { bias: true });
  expect(found.separated).toBe(true);
  expect(separatorMargin(x, y, found.theta)).toBeCloseTo(found.margin, 12);
});

test("what is not separated at the limit is said with its rows, not thrown", async () => {
  const x = fromNested([
    [1, 0],
    [2, 0],
    [0.5, 1],
    [3, 0.1],
  ]);
  const found = await fitSeparator(x, [1, -1, 1, 1], { maxIterations: 20 });
  expect([found.separated, found.converged, found.iterations]).toEqual([false, false, 20]);
  expect(found.misclassified.length).toBeGreaterThan(0);
  expect(found.bound).toBeUndefined();
  await expect(maxMargin(x, [1, -1, 1, 1])).rejects.toThrow(NumericalError);
});

test("the perceptron takes the first, the next or a random mistake", async () => {
  const { x, y } = worstCase(20);
  for (const order of ["first", "cyclic", "random"] as const)
    expect((await fitSeparator(x, y, { method: "perceptron", order })).separated).toBe(true);
});

describe("bad input is refused by name", () => {
  const x = () =>
    fromNested([
      [1, 2],
      [3, -1],
      [0, 1],
    ]);
  test.each([
    [
      "a value that is not finite",
      fromNested([
        [1, 2],
        [3, Number.NaN],
        [0, 1],
      ]),
      [1, -1, 1],
      {},
      /row 1, column 1 is NaN/,
    ],
    ["three labels", x(), [1, 2, 3], {}, /exactly two labels.*\[1, 2, 3\]/],
    ["one class", x(), [1, 1, 1], {}, /exactly two labels.*\[1\]/],
    [
      "a row of zeros",
      fromNested([
        [1, 2],
        [0, 0],
        [0, 1],
      ]),
      [1, -1, 1],
      {},
      /row 1 is zero/,
    ],
    [
      "equal rows",
      fromNested([
        [1, 2],
        [0, 3],
        [1, 2],
      ]),
      [1, -1, -1],
      {},
      /rows 0 and 2 are equal/,
    ],
    ["no rows", ndArray("float64", [0, 2], new Float64Array(0)), [], {}, /x: holds no rows/],
    ["too few labels", x(), [1, -1], {}, /y: expected 3 labels/],
    [
      "a start of another length",
      x(),
      [1, -1, 1],
      { initial: new Float64Array(3) },
      /options.initial: expected 2/,
    ],
    ["a step of 0", x(), [1, -1, 1], { stepSize: 0 }, /options.stepSize/],
  ])("%s", async (_, features, labels, options, message) => {
    const error = await fitSeparator(features, labels, options).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as Error).message).toMatch(message);
  });
});

test("a step that overflows is an error, not a direction of NaN", async () => {
  const x = fromNested([
    [1e200, 1],
    [1, 1e200],
    [1e200, 1e199],
  ]);
  await expect(fitSeparator(x, [1, -1, -1], { stepSize: 1e200 })).rejects.toThrow(NumericalError);
});

test("one update is the weighted sum of the samples, dense or sparse, however a pass is cut into rows", async () => {
  for (const bias of [false, true])
    for (const [n, d] of [
      [7, 5],
      [130, 9],
      [300, 4],
    ] as const) {
      const stream = randomStream(n, "update");
      const x = ndArray("float64", [n + 1, d], stream.fillNormal(new Float64Array((n + 1) * d)));
      const y = Array.from({ length: n + 1 }, (_, i) => (i === 0 ? -1 : stream.sign()));
      y[n] = 1;
      const initial = stream.fillNormal(new Float64Array(d + Number(bias)));
      const expected = new Float64Array(initial.length);
      let total = 0;
      for (let i = 0; i <= n; i++) {
        const row = [...x.data.slice(i * d, (i + 1) * d), ...(bias ? [1] : [])];
        const margin = y[i]! * row.reduce((sum, value, j) => sum + value * initial[j]!, 0);
        const weight = 1 / (1 + Math.exp(margin));
        total += weight;
        for (const [j, value] of row.entries()) expected[j]! += weight * y[i]! * value;
      }
      for (const samples of [x, csrFromDense(x)]) {
        const { theta, iterations } = await fitSeparator(samples, y, {
          bias,
          initial,
          stepSize: 3,
          maxIterations: 1,
        });
        expect(iterations).toBe(1);
        for (const [j, value] of theta.entries())
          expect(value).toBeCloseTo(initial[j]! + (3 * expected[j]!) / total, 12);
      }
    }
});
