import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matrix, randomMatrix, randomVector } from "../../test/support/matrices.ts";
import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import {
  countSketch,
  gaussianSketch,
  kron,
  lstsq,
  matvec,
  rademacherSketch,
  type SketchOperator,
  sparseSignSketch,
  srht,
  tensorSrht,
} from "../core/linalg/index.ts";
import { csrFromDense } from "../core/sparse/index.ts";
import { coordinateEmbeddingError } from "./coordinate-embedding.ts";
import { sketchRows } from "./sketch-rows.ts";
import { regressionSketches, sketchedLeastSquares } from "./sketched-least-squares.ts";
import { tensorRegression } from "./tensor-regression.ts";

const largest = (x: Float64Array, y: Float64Array): number =>
  x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);

/** [I; 0] with b of k equal entries below the identity: the exact solution is 0. */
function collision(d: number, k: number, n: number): { a: CsrMatrix; b: Float64Array } {
  const a: CsrMatrix = {
    rows: n,
    cols: d,
    indptr: Int32Array.from({ length: n + 1 }, (_, i) => Math.min(i, d)),
    indices: Int32Array.from({ length: d }, (_, j) => j),
    data: new Float64Array(d).fill(1),
  };
  const b = new Float64Array(n);
  b.fill(1 / Math.sqrt(k), d, d + k);
  return { a, b };
}

describe("sketched least squares", () => {
  const a = randomMatrix(400, 6, 3);
  const b = randomVector(400, 4);

  test.each(regressionSketches)("finds an exact solution whatever the draw (%s)", (sketch) => {
    const x0 = Float64Array.of(1, -2, 0.5, 3, 0, 1e-3);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (seed) => {
        const { x, residualNorm } = sketchedLeastSquares(a, matvec(a, x0), { sketch, rows: 60, seed });
        expect(largest(x, x0)).toBeLessThan(1e-10);
        expect(residualNorm).toBeLessThan(1e-10);
      }),
      { numRuns: 20 },
    );
  });

  test("takes sparse matrices as dense ones", () => {
    const thin = matrix(400, 6, (i, j) => ((i + j) % 3 === 0 ? a.data[i * 6 + j]! : 0));
    for (const sketch of regressionSketches)
      expect(
        largest(
          sketchedLeastSquares(csrFromDense(thin), b, { sketch, rows: 60 }).x,
          sketchedLeastSquares(thin, b, { sketch, rows: 60 }).x,
        ),
      ).toBeLessThan(1e-12);
  });

  test("keeps every coefficient within its bounds, and its standard errors are those over draws", () => {
    const exact = lstsq(a, b).x;
    const draws = 300;
    const squares = new Float64Array(6);
    let outside = 0;
    let expected = new Float64Array(6);
    for (let seed = 0; seed < draws; seed++) {
      const found = sketchedLeastSquares(a, b, { sketch: "gaussian", rows: 200, seed });
      if (largest(found.x, exact) > found.bound) outside++;
      for (let j = 0; j < 6; j++) {
        squares[j]! += (found.x[j]! - exact[j]!) ** 2 / draws;
        expect(Math.abs(found.x[j]! - exact[j]!)).toBeLessThan(found.coordinateBounds[j]!);
      }
      expected = new Float64Array(found.standardErrors);
    }
    expect(outside).toBeLessThanOrEqual(0.01 * draws + 3);
    for (let j = 0; j < 6; j++) {
      expect(Math.sqrt(squares[j]!) / expected[j]!).toBeGreaterThan(0.8);
      expect(Math.sqrt(squares[j]!) / expected[j]!).toBeLessThan(1.3);
    }
  });

  test("refinement reaches the exact solution of an ill-conditioned problem", () => {
    const bad = matrix(600, 8, (i, j) => Math.cos((i * j * Math.PI) / 300) * 10 ** -j + (j === 0 ? 1 : 0));
    const right = randomVector(600, 9);
    const exact = lstsq(bad, right).x;
    const relative = (x: Float64Array) =>
      Math.max(...x.map((value, j) => Math.abs(value - exact[j]!) / Math.abs(exact[j]!)));
    const rough = sketchedLeastSquares(bad, right, { rows: 64 });
    const fine = sketchedLeastSquares(bad, right, { rows: 64, refine: 60 });
    expect(relative(rough.x)).toBeGreaterThan(1e-3);
    expect(relative(fine.x)).toBeLessThan(1e-7);
    expect(fine.residualNorm).toBeLessThanOrEqual(rough.residualNorm);
    expect(fine.warnings).toEqual([]);
    expect(sketchedLeastSquares(bad, right, { rows: 64, refine: 1 }).warnings).toEqual([
      "refinement-not-converged",
    ]);
  });

  test("is exact where the sketch would not be shorter, and says so", () => {
    const line = matrix(3, 2, (i, j) => (j === 0 ? 1 : i));
    const found = sketchedLeastSquares(line, Float64Array.of(1, 2, 2));
    expect(found.x[0]).toBeCloseTo(7 / 6, 12);
    expect(found.x[1]).toBeCloseTo(1 / 2, 12);
    expect(found).toMatchObject({
      rows: 3,
      sketch: "none",
      epsilon: 0,
      bound: 0,
      warnings: ["all-rows-used"],
    });
    expect(sketchedLeastSquares(line, new Float64Array(3)).x.every((value) => value === 0)).toBe(true);
  });

  test("warns that sparse sketches carry no guarantee", () => {
    for (const sketch of ["countSketch", "sparseSign", "leverage"] as const)
      expect(sketchedLeastSquares(a, b, { sketch, rows: 60 }).warnings).toEqual([
        "sparse-sketch-no-linf-guarantee",
      ]);
    for (const sketch of ["srht", "gaussian", "rademacher"] as const)
      expect(sketchedLeastSquares(a, b, { sketch, rows: 60 }).warnings).toEqual([]);
  });

  test("a CountSketch that joins one entry of b with one column puts all of it into that coefficient", () => {
    const k = 16;
    const { a: identity, b: right } = collision(8, k, 64);
    // Row j of S holds column j; entry 8 of b shares the row of column 3, the others go elsewhere.
    const dense = new Float64Array(32 * 64);
    for (let i = 0; i < 64; i++) dense[(i < 8 ? i : i === 8 ? 3 : 8 + (i % 24)) * 64 + i] = 1;
    const rows = (x: Float64Array, columns: number): Float64Array => {
      const result = new Float64Array(32 * columns);
      for (let r = 0; r < 32; r++)
        for (let i = 0; i < 64; i++)
          if (dense[r * 64 + i] !== 0)
            for (let c = 0; c < columns; c++) result[r * columns + c]! += x[i * columns + c]!;
      return result;
    };
    const operator: SketchOperator = {
      kind: "countSketch",
      m: 32,
      n: 64,
      apply: () => ({
        dtype: "float64",
        shape: [32, 8],
        data: rows(matrix(64, 8, (i, j) => (i === j ? 1 : 0)).data, 8),
      }),
      applyVector: (x) => rows(x, 1),
      toDense: () => ({ dtype: "float64", shape: [32, 64], data: dense }),
    };
    const { x } = sketchedLeastSquares(identity, right, { sketch: operator });
    expect(x[3]).toBeCloseTo(1 / Math.sqrt(k), 14);
    expect(x.filter((value) => Math.abs(value) > 1e-12)).toHaveLength(1);
  });

  test("names the column that depends on others", () => {
    const dependent = matrix(50, 3, (i, j) => (j === 2 ? 2 * Math.sin(i) - i : j === 1 ? i : Math.sin(i)));
    const attempt = () => sketchedLeastSquares(dependent, new Float64Array(50).fill(1), { rows: 20 });
    expect(attempt).toThrow(NumericalError);
    expect(attempt).toThrow(/rank 2 of 3; column 2 depends/);
  });

  test("refuses problems that are not tall, vectors that do not fit, and sketches with too few rows", () => {
    expect(() => sketchedLeastSquares(randomMatrix(3, 4), new Float64Array(3))).toThrow(InvalidInputError);
    expect(() => sketchedLeastSquares(a, new Float64Array(7))).toThrow(/b: expected 400 elements/);
    expect(() =>
      sketchedLeastSquares(
        a,
        b.map((v, i) => (i === 5 ? Number.NaN : v)),
      ),
    ).toThrow(/element 5/);
    expect(() => sketchedLeastSquares(a, b, { rows: 5 })).toThrow(/options.rows: expected .* at least 6/);
    expect(() => sketchedLeastSquares(a, b, { sketch: srht(4, 400) })).toThrow(/at least 6 rows/);
    expect(() => sketchedLeastSquares(a, b, { sketch: srht(50, 399) })).toThrow(/operator for 400 rows/);
    expect(() => sketchedLeastSquares(a, b, { sketch: srht(50, 400), rows: 50 })).toThrow(/own number/);
    expect(() => sketchedLeastSquares(a, b, { sketch: "hadamard" as "srht" })).toThrow(/options.sketch/);
  });
});

describe("the collision instance", () => {
  test("is answered evenly by a dense sketch and not by a CountSketch", () => {
    const { a, b } = collision(64, 16, 1024);
    const median = (errorOf: (seed: number) => number): number =>
      Array.from({ length: 9 }, (_, seed) => errorOf(seed)).sort((x, y) => x - y)[4]!;
    const zero = new Float64Array(64);
    const dense = median((seed) => largest(sketchedLeastSquares(a, b, { rows: 512, seed }).x, zero));
    // Columns that share a row of the CountSketch are dependent: its solution of least norm.
    const sparse = median((seed) => {
      const s = countSketch(512, 1024, { seed });
      return largest(lstsq(s.apply(a), s.applyVector(b)).x, zero);
    });
    expect(dense).toBeLessThan(1.5 * Math.sqrt((2 * Math.log(64)) / 512));
    expect(sparse).toBeCloseTo(0.25, 10);
  });
});

describe("rows of a sketch", () => {
  test("have the known number", () => {
    expect(sketchRows(1e6, 10)).toBe(609);
    expect(sketchRows(1e6, 10, { epsilon: 10 })).toBe(80);
    expect(sketchRows(100, 10)).toBe(100);
    expect(sketchRows(1e6, 100, { rule: "theory" })).toBeGreaterThan(1e6);
  });

  test("refuse accuracies that mean nothing", () => {
    expect(() => sketchRows(100, 10, { epsilon: 0 })).toThrow(/options.epsilon/);
    expect(() => sketchRows(100, 10, { delta: 2 })).toThrow(/options.delta/);
    expect(() => sketchRows(10, 11)).toThrow(/d: expected/);
  });
});

describe("coordinate-wise embedding", () => {
  const kinds: readonly (readonly [string, (seed: number) => SketchOperator])[] = [
    ["srht", (seed) => srht(4, 4, { seed })],
    ["gaussian", (seed) => gaussianSketch(4, 4, { seed })],
    ["rademacher", (seed) => rademacherSketch(4, 4, { seed })],
    ["countSketch", (seed) => countSketch(4, 4, { seed })],
    ["sparseSign", (seed) => sparseSignSketch(4, 4, { seed, nonzerosPerColumn: 2 })],
    ["tensorSrht", (seed) => tensorSrht(4, [2, 2], { seed })],
  ];

  test.each(kinds)("inner products are unbiased (%s)", (_, draw) => {
    const g = Float64Array.of(1, 0, 0, 0);
    const h = new Float64Array(4).fill(0.5);
    let mean = 0;
    for (let seed = 0; seed < 2000; seed++) {
      const s = draw(seed);
      const [u, v] = [s.applyVector(g), s.applyVector(h)];
      mean += u.reduce((sum, value, i) => sum + value * v[i]!, 0) / 2000;
    }
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });

  test("its error is 0 for the identity and is refused for a zero vector", () => {
    const one: SketchOperator = { ...srht(4, 4), applyVector: (x) => x };
    expect(coordinateEmbeddingError(one, Float64Array.of(1, 2, 3, 4), Float64Array.of(0, 1, 0, 1))).toBe(0);
    expect(() => coordinateEmbeddingError(one, new Float64Array(4), Float64Array.of(0, 1, 0, 1))).toThrow(
      /other than zero/,
    );
  });
});

describe("tensor regression", () => {
  const a1 = randomMatrix(40, 3, 1);
  const a2 = randomMatrix(30, 2, 2);

  test("finds an exact solution without forming the product", () => {
    const x0 = Float64Array.of(1, 2, -1, 0.5, 0, 3);
    const b = matvec(kron(a1, a2), x0);
    const found = tensorRegression(a1, a2, b, { rows: 200, seed: 5 });
    expect(largest(found.x, x0)).toBeLessThan(1e-10);
    expect(found).toMatchObject({ rows: 200, sketch: "tensorSrht", warnings: [] });
  });

  test("is near the least-squares solution, and exact with all rows", () => {
    const b = randomVector(1200, 8);
    const product: Matrix = kron(a1, a2);
    const exact = lstsq(product, b);
    const near = tensorRegression(a1, a2, b, { rows: 600 });
    expect(near.residualNorm).toBeLessThan(1.03 * exact.residuals[0]!);
    expect(largest(near.x, exact.x)).toBeLessThan(near.bound);
    expect(largest(tensorRegression(a1, a2, b, { rows: 1200 }).x, exact.x)).toBeLessThan(1e-12);
  });

  test("refuses factors that are not tall and right-hand sides that do not fit", () => {
    expect(() => tensorRegression(randomMatrix(2, 3), a2, new Float64Array(60))).toThrow(/a1: expected/);
    expect(() => tensorRegression(a1, a2, new Float64Array(60))).toThrow(/b: expected 1200/);
  });
});
