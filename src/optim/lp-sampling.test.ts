import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matrix, product, randomMatrix, randomVector } from "../../test/support/matrices.ts";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { rowSampling } from "../core/linalg/index.ts";
import { threadPool } from "../core/parallel/index.ts";
import { csrFromDense } from "../core/sparse/index.ts";
import { collapseRows } from "./collapse-rows.ts";
import { lpRegression } from "./lp-regression.ts";
import { lpSample, lpSampleSize } from "./lp-sample.ts";
import { lpScoreKinds, lpScores } from "./lp-scores.ts";
import { subspaceDistortion } from "./subspace-distortion.ts";

const small = fromNested([
  [1, 0],
  [0, 1],
  [1, 1],
  [2, -1],
]);

const vandermonde = (n: number, degree: number): Matrix =>
  matrix(n, degree + 1, (i, j) => (-1 + (2 * i) / (n - 1)) ** j);

/** n rows of signs, and one long row for every column. */
function spikes(n: number, d: number, seed = 1): Matrix {
  const signs = randomMatrix(n, d, seed).data.map(Math.sign);
  const data = new Float64Array((n + d) * d);
  data.set(signs);
  for (let j = 0; j < d; j++) data[(n + j) * d + j] = n ** 0.25;
  return { dtype: "float64", shape: [n + d, d], data };
}

const norm = (x: Float64Array, p: number): number =>
  x.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p);

describe("scores", () => {
  test.each([
    [1, [0.25, 1 / 3, 0.5, 0.6], 1.683333],
    [1.5, [0.20815, 0.348587, 0.57586, 0.723716], 1.856312],
    [2, [3 / 17, 6 / 17, 11 / 17, 14 / 17], 2],
    [3, [0.127201, 0.351694, 0.777389, 0.935368], 2.191651],
    [4, [0.089403, 0.34996, 0.872385, 0.977556], 2.289304],
  ])("are the known sensitivities for p = %d", async (p, known, total) => {
    const found = await lpScores(small, p);
    for (const [i, value] of known.entries()) expect(Math.abs(found.scores[i]! - value)).toBeLessThan(2e-6);
    expect(Math.abs(found.total - total)).toBeLessThan(4e-6);
    expect(found).toMatchObject({ kind: "sensitivity", p, exact: true, rank: 2, fallbacks: 0 });
  });

  test("are exact for p = 1: fractions of a linear program", async () => {
    const { scores } = await lpScores(small, 1);
    for (const [i, value] of [1 / 4, 1 / 3, 1 / 2, 3 / 5].entries()) expect(scores[i]).toBeCloseTo(value, 13);
  });

  test("are the known Lewis weights and leverage scores", async () => {
    const known = { 1: [0.308235, 0.429223, 0.562358, 0.700183], 3: [0.095378, 0.283407, 0.729135, 0.89208] };
    for (const [p, values] of Object.entries(known)) {
      const { scores } = await lpScores(small, Number(p), { kind: "lewis" });
      for (const [i, value] of values.entries()) expect(Math.abs(scores[i]! - value)).toBeLessThan(2e-6);
    }
    const leverage = await lpScores(small, 1, { kind: "leverage" });
    const root = await lpScores(small, 1, { kind: "root-leverage" });
    for (const [i, value] of [3, 6, 11, 14].entries()) {
      expect(leverage.scores[i]).toBeCloseTo(value / 17, 12);
      expect(root.scores[i]).toBeCloseTo(Math.sqrt(value / 17), 12);
    }
    expect((await lpScores(small, 1, { kind: "uniform" })).total).toBe(4);
  });

  test("of a Vandermonde matrix of degree 5 add up to about 8.936 for p = 4 when approximated", async () => {
    const { total } = await lpScores(vandermonde(3000, 5), 4, { approximate: true });
    expect(Math.abs(total / 8.936 - 1)).toBeLessThan(0.2);
  });

  test("of long rows among signs are those known", async () => {
    const a = spikes(20000, 6);
    const { scores, total } = await lpScores(a, 4);
    expect(Math.abs(scores[20000]! / 0.50005 - 1)).toBeLessThan(0.02);
    expect(Math.abs(total / 15.7 - 1)).toBeLessThan(0.02);
    expect(Math.abs((await lpScores(a, 4, { kind: "leverage" })).scores[20000]! / 0.007 - 1)).toBeLessThan(
      0.02,
    );
    expect(Math.abs((await lpScores(a, 4, { kind: "lewis" })).scores[20000]! / 0.143 - 1)).toBeLessThan(0.02);
  });

  test("bound the share of every row in every combination, and are attained", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(1, 1.3, 2, 2.5, 4, 7),
        async (seed, p) => {
          const a = randomMatrix(30, 3, seed);
          const { scores } = await lpScores(a, p);
          for (let trial = 0; trial < 20; trial++) {
            const y = product(
              a,
              matrix(3, 1, (i) => randomVector(3, seed + trial)[i]!),
            ).data;
            const sum = norm(y, p) ** p;
            for (let i = 0; i < 30; i++)
              expect(Math.abs(y[i]!) ** p / sum).toBeLessThanOrEqual(
                scores[i]! * (p === 1 ? 1.015 : 1 + 1e-4),
              );
          }
          for (const score of scores) expect(score).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("do not depend on the basis, and dependent columns change nothing", async () => {
    const a = randomMatrix(40, 3, 2);
    const mixed = product(
      a,
      fromNested([
        [1, 2, 0, 3],
        [0, 1e3, 0, 1],
        [5, 0, 1e-2, 0],
      ]),
    );
    for (const kind of lpScoreKinds.filter((kind) => kind !== "uniform")) {
      const one = await lpScores(a, 3, { kind });
      const other = await lpScores(mixed, 3, { kind });
      expect(other.rank).toBe(3);
      for (let i = 0; i < 40; i++) expect(Math.abs(other.scores[i]! - one.scores[i]!)).toBeLessThan(1e-5);
    }
  });

  test("of equal rows are those of one row split among them", async () => {
    const a = randomMatrix(20, 3, 5);
    const doubled = matrix(40, 3, (i, j) => (i < 20 ? 1 : -1) * a.data[(i % 20) * 3 + j]!);
    for (const kind of ["sensitivity", "lewis", "leverage"] as const)
      for (const p of [1, 3]) {
        const once = await lpScores(a, p, { kind });
        const twice = await lpScores(doubled, p, { kind });
        for (let i = 0; i < 40; i++)
          expect(Math.abs(twice.scores[i]! - once.scores[i % 20]! / 2)).toBeLessThan(1e-6);
      }
  });

  test("are the same from a sparse matrix, and whatever the number of workers", async () => {
    const a = randomMatrix(300, 3, 4);
    const alone = await lpScores(a, 1.5);
    expect(await lpScores(csrFromDense(a), 1.5)).toEqual(alone);
    const pool = threadPool({ threads: 2 });
    expect(await lpScores(a, 1.5, { pool })).toEqual(alone);
    await pool.close();
  });

  test("are near the exact ones when approximated", async () => {
    const a = spikes(3000, 6);
    const exact = await lpScores(a, 4);
    const near = await lpScores(a, 4, { approximate: true, seed: 3 });
    expect(near.exact).toBe(false);
    for (let i = 0; i < exact.scores.length; i++) {
      expect(near.scores[i]! / exact.scores[i]!).toBeGreaterThan(0.6);
      expect(near.scores[i]! / exact.scores[i]!).toBeLessThan(1.7);
    }
  });

  test("are 0 for zero rows and refused for exponents below 1", async () => {
    const a = matrix(20, 2, (i, j) => (i % 4 === 0 ? 0 : Math.sin(i + 5 * j)));
    for (const kind of lpScoreKinds.filter((kind) => kind !== "uniform"))
      for (let i = 0; i < 20; i += 4) expect((await lpScores(a, 3, { kind })).scores[i]).toBe(0);
    for (const p of [0.5, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(lpScores(a, p)).rejects.toThrow(/p: expected a number in \[1, inf\)/);
  });
});

describe("equal rows", () => {
  test("are found up to sign, zeros of either sign alike", () => {
    const { representatives, counts, classOf } = collapseRows(
      fromNested([
        [1, -2],
        [0, 3],
        [-1, 2],
        [-0, -3],
        [1, 2],
        [0, 0],
        [-0, 0],
      ]),
    );
    expect([...classOf]).toEqual([0, 1, 0, 1, 2, 3, 3]);
    expect([...counts]).toEqual([2, 2, 1, 2]);
    expect([...representatives]).toEqual([0, 1, 4, 5]);
  });
});

describe("samples", () => {
  const scores = Float64Array.of(0.089403, 0.34996, 0.872385, 0.977556);

  test("keep rows with the known probabilities and weights", () => {
    const seen = new Map<number, number>();
    for (let seed = 0; seed < 200; seed++) {
      const { rows, scales } = rowSampling(scores, 2, { scheme: "poisson", p: 4, seed });
      for (const [k, row] of rows.entries()) seen.set(row, scales[k]!);
    }
    expect(seen.get(0)! ** -4).toBeCloseTo(0.078105, 5);
    expect(seen.get(3)! ** -4).toBeCloseTo(0.85402, 5);
    expect(seen.get(0)).toBeCloseTo(1.891604, 4);
  });

  test("have the p-th power of the norm in expectation, and about as many rows as asked for", async () => {
    const a = randomMatrix(400, 3, 6);
    const x = matrix(3, 1, (i) => [1, -2, 0.5][i]!);
    const exact = norm(product(a, x).data, 3) ** 3;
    let mean = 0;
    let rows = 0;
    const { scores: known } = await lpScores(a, 3);
    for (let seed = 0; seed < 200; seed++) {
      const sample = await lpSample(a, 3, { size: 60, scores: known, seed });
      mean += norm(product(sample.a, x).data, 3) ** 3 / 200;
      rows += sample.rows.length / 200;
      for (const [k, i] of sample.rows.entries()) {
        expect(sample.weights[k]! ** -3).toBeCloseTo(sample.probabilities[k]!, 10);
        expect(sample.a.data[3 * k]).toBeCloseTo(sample.weights[k]! * a.data[3 * i]!, 10);
      }
    }
    expect(Math.abs(mean / exact - 1)).toBeLessThan(0.05);
    expect(Math.abs(rows - 60)).toBeLessThan(2);
  });

  test("keep all rows where as many are asked for, and say so", async () => {
    const a = randomMatrix(50, 3);
    const sample = await lpSample(a, 4, { size: 60 });
    expect(sample).toMatchObject({ a, warnings: ["all-rows-used"] });
    expect(sample.weights).toEqual(new Float64Array(50).fill(1));
  });

  test("by root leverage come down in rounds and keep their probabilities", async () => {
    const a = randomMatrix(4000, 3, 8);
    const sample = await lpSample(a, 1, { kind: "root-leverage", size: 60, seed: 2 });
    expect(Math.abs(sample.rows.length - 60)).toBeLessThan(30);
    const { max } = await subspaceDistortion(a, sample.a, 1, { probes: 50 });
    expect(max).toBeLessThan(0.6);
  });

  test("have sizes that grow with the total as the theorems say", () => {
    expect(lpSampleSize(4, 10, 6) / lpSampleSize(4, 5, 6)).toBeCloseTo(2 ** 1.5, 1);
    expect(lpSampleSize(1, 10, 2) / lpSampleSize(1, 5, 2)).toBeCloseTo(4, 1);
    expect(lpSampleSize(2, 10, 6, { epsilon: 0.1 })).toBe(2000);
    expect(lpSampleSize(4, 10, 6, { kind: "leverage+sensitivity" })).toBe(Math.ceil(8 * 6 ** 0.5 * 10));
    expect(() => lpSampleSize(0.5, 1, 1)).toThrow(InvalidInputError);
  });

  test("refuse fewer rows than columns and a matrix of zeros", async () => {
    await expect(lpSample(randomMatrix(50, 3), 4, { size: 2 })).rejects.toThrow(/options.size/);
    await expect(
      lpSample(
        matrix(50, 3, () => 0),
        4,
        { size: 10 },
      ),
    ).rejects.toThrow(/all scores are zero/);
  });
});

describe("distortion", () => {
  test("finds the missing row that random directions hide", async () => {
    const a = spikes(2000, 4);
    const without = { ...a, shape: [2003, 4], data: a.data.slice(0, 2003 * 4) } as Matrix;
    const { max, argmax } = await subspaceDistortion(a, without, 4, { probes: 100 });
    expect(max).toBeGreaterThan(0.4);
    const size = (b: Matrix) => norm(product(b, { ...a, shape: [4, 1], data: argmax }).data, 4) ** 4;
    expect(Math.abs(size(without) / size(a) - 1)).toBeCloseTo(max, 8);
  });

  test("is 0 for the matrix itself and that of the scale for a scaled one", async () => {
    const a = randomMatrix(60, 3, 3);
    const scaled = { ...a, data: a.data.map((value) => 1.1 * value) };
    expect((await subspaceDistortion(a, a, 1.5)).max).toBeLessThan(1e-12);
    expect((await subspaceDistortion(a, scaled, 1.5)).max).toBeCloseTo(1.1 ** 1.5 - 1, 10);
  });
});

describe("regression in the p-norm", () => {
  test("is the median, the mean and the midpoint of a constant fit", async () => {
    const ones = matrix(5, 1, () => 1);
    const b = Float64Array.of(1, 2, 3, 10, 30);
    expect((await lpRegression(ones, b, 1)).x[0]).toBeCloseTo(3, 13);
    expect((await lpRegression(ones, b, 2)).x[0]).toBeCloseTo(9.2, 8);
    expect((await lpRegression(ones, b, 40)).x[0]).toBeCloseTo(15.5, 0);
  });

  test.each([1, 1.5, 2, 3, 4])("has a smaller cost than its neighbours for p = %d", async (p) => {
    const a = randomMatrix(200, 4, 7);
    const b = randomVector(200, 8);
    const { x, cost, converged } = await lpRegression(a, b, p);
    expect(converged).toBe(true);
    const costOf = (y: Float64Array) =>
      norm(
        product(a, { ...a, shape: [4, 1], data: y }).data.map((value, i) => value - b[i]!),
        p,
      );
    expect(costOf(x)).toBeCloseTo(cost, 10);
    for (let seed = 0; seed < 40; seed++)
      expect(costOf(x.map((value, j) => value + 1e-3 * randomVector(4, seed)[j]!))).toBeGreaterThan(
        cost * (1 - 1e-8),
      );
  });

  test("of a sample costs little more than of all rows", async () => {
    const a = randomMatrix(2000, 3, 2);
    const noise = randomVector(2000, 3);
    const b = product(
      a,
      matrix(3, 1, (i) => i + 1),
    ).data.map((value, i) => value + noise[i]!);
    const all = await lpRegression(a, b, 1);
    const some = await lpRegression(a, b, 1, { sample: { size: 300, kind: "lewis" }, seed: 4 });
    expect(some.rows!.length).toBeLessThan(400);
    expect(some.cost / all.cost).toBeLessThan(1.05);
    expect(some.cost).toBeGreaterThanOrEqual(all.cost * (1 - 1e-7));
  });

  test("gives coefficient 0 to columns that depend on others, and takes an exact fit", async () => {
    const a = matrix(30, 3, (i, j) => (j === 2 ? 2 * Math.sin(i) : j === 1 ? Math.cos(i) : Math.sin(i)));
    const b = Float64Array.from({ length: 30 }, (_, i) => 3 * Math.cos(i));
    const { x, cost } = await lpRegression(a, b, 1.5);
    expect(cost).toBeLessThan(1e-10);
    expect(x[1]).toBeCloseTo(3, 10);
    expect(x[0] === 0 || x[2] === 0).toBe(true);
  });
});
