import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  matrix,
  orthogonalityDefect,
  product,
  randomMatrix,
  randomOrthogonal,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import type { CsrMatrix, Matrix } from "../array/index.ts";
import {
  adaptiveRangeFinder,
  type BlockOperator,
  matmul,
  norm,
  randomizedSvd,
  rangeFinder,
  svd,
} from "./index.ts";

/** 90 x 40 with singular values 2^-i. */
const decaying = (): Matrix => {
  const left = matrix(
    90,
    40,
    (i, j) => Math.sqrt(2 / 90) * Math.cos(((2 * i + 1) * (j + 1) * Math.PI) / 180),
  );
  return product(
    product(left, diagonal(Array.from({ length: 40 }, (_, i) => 2 ** -i))),
    randomOrthogonal(40),
  );
};

const sparseOf = (a: Matrix): CsrMatrix => {
  const [rows, cols] = a.shape as [number, number];
  return {
    rows,
    cols,
    indptr: Int32Array.from({ length: rows + 1 }, (_, i) => i * cols),
    indices: Int32Array.from({ length: rows * cols }, (_, k) => k % cols),
    data: a.data,
  };
};

const operatorOf = (a: Matrix): BlockOperator => ({
  rows: a.shape[0]!,
  cols: a.shape[1]!,
  apply: (x) => matmul(a, x),
  applyTranspose: (x) => matmul(a, x, { transposeA: true }),
});

const minus = (a: Matrix, b: Matrix): Matrix => ({
  ...a,
  data: a.data.map((value, i) => value - b.data[i]!),
});

onProviders("randomized range", () => {
  test("the basis is orthonormal and its error within the bound of Halko, Martinsson and Tropp", () => {
    const a = decaying();
    for (const powerIterations of [0, 1, 2]) {
      const q = rangeFinder(a, 12, { powerIterations, seed: 4 });
      expect(q.shape).toEqual([90, 12]);
      expect(orthogonalityDefect(q)).toBeLessThan(1e-13);
      const error = norm(minus(a, matmul(q, matmul(q, a, { transposeA: true }))), "two");
      // Rank 8 and oversampling 4: expected factor below 1 + sqrt(8 / 3) + e sqrt(12) / 4 sqrt(32) < 16.
      expect(error).toBeLessThan(2 ** -8 * 16 ** (1 / (2 * powerIterations + 1)));
      expect(error).toBeGreaterThanOrEqual(2 ** -12 * 0.999);
    }
  });

  test("leading singular triplets agree with the full decomposition, for every kind of matrix alike", () => {
    const a = decaying();
    const exact = svd(a);
    const dense = randomizedSvd(a, 6, { seed: 2 });
    for (let i = 0; i < 6; i++) {
      expect(dense.s[i]! / exact.s[i]!).toBeCloseTo(1, 9);
      for (let r = 0; r < 90; r++) expect(dense.u.data[r * 6 + i]).toBeCloseTo(exact.u.data[r * 40 + i]!, 6);
      for (let c = 0; c < 40; c++)
        expect(dense.vt.data[i * 40 + c]).toBeCloseTo(exact.vt.data[i * 40 + c]!, 6);
    }
    for (const other of [sparseOf(a), operatorOf(a)]) {
      const { u, s, vt } = randomizedSvd(other, 6, { seed: 2 });
      expect(distance(u, dense.u)).toBeLessThan(1e-11);
      expect(distance(vt, dense.vt)).toBeLessThan(1e-11);
      expect(distance(diagonal(s), diagonal(dense.s))).toBeLessThan(1e-13);
    }
  });

  test("wide matrices and exact ranks come out exactly", () => {
    const a = product(randomMatrix(15, 3), randomMatrix(3, 50, 2));
    const { u, s, vt } = randomizedSvd(a, 5);
    expect(distance(product(product(u, diagonal(s)), vt), a)).toBeLessThan(1e-12);
    expect(s[3]).toBeLessThan(1e-12);
    expect(randomizedSvd(a, 0).s.length).toBe(0);
  });

  describe.each([1e-1, 1e-3, 1e-6])("the adaptive basis for a tolerance of %d", (tolerance) => {
    test("reaches it, reports the true error, and is not much larger than the best", () => {
      const a = decaying();
      for (const kind of [a, sparseOf(a), operatorOf(a)]) {
        const { q, b, errors, converged } = adaptiveRangeFinder(kind, tolerance, { blockSize: 4 });
        expect(converged).toBe(true);
        const error = norm(minus(a, matmul(q, b))) / norm(a);
        expect(error).toBeLessThanOrEqual(tolerance);
        expect(Math.abs(error - errors.at(-1)!)).toBeLessThan(1e-8);
        expect(orthogonalityDefect(q)).toBeLessThan(1e-12);
        expect(q.shape[1]).toBeLessThanOrEqual(Math.ceil(-Math.log2(tolerance)) + 8);
      }
    });
  });

  test("an adaptive basis that may not grow enough says so", () => {
    const result = adaptiveRangeFinder(randomMatrix(20, 20), 1e-3, { maximumColumns: 5 });
    expect(result.converged).toBe(false);
    expect(result.q.shape).toEqual([20, 5]);
    expect(
      adaptiveRangeFinder(
        matrix(4, 3, () => 0),
        0.1,
      ),
    ).toMatchObject({ converged: true, errors: new Float64Array(0) });
  });

  test("the same seed gives the same result, and bad sizes are refused", () => {
    const a = randomMatrix(30, 20);
    expect(randomizedSvd(a, 4, { seed: 9 })).toEqual(randomizedSvd(a, 4, { seed: 9 }));
    expect(() => randomizedSvd(a, 21)).toThrow(/rank: expected/);
    expect(() => rangeFinder(a, -1)).toThrow(/columns: expected/);
    expect(() => adaptiveRangeFinder(a, 1e-9)).toThrow(/tolerance: expected/);
    const broken = { ...sparseOf(a), indices: new Int32Array(600).fill(20) };
    expect(() => randomizedSvd(broken, 2)).toThrow(/a.indices: entry 0 is 20/);
  });
});
