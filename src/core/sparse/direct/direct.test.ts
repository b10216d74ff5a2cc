import fc from "fast-check";
import { expect, test } from "vitest";
import {
  largestDifference,
  randomSparse,
  randomSymmetric,
  randomVector,
  relativeResidual,
} from "../../../../test/support/sparse-matrices.ts";
import type { CsrMatrix } from "../../array/index.ts";
import { NumericalError } from "../../errors.ts";
import { logdet, solve } from "../../linalg/index.ts";
import {
  addScaled,
  convectionDiffusion2d,
  csrFromTriplets,
  helmholtzFd,
  identity,
  multiplySparse,
  multiplyVector,
  permute,
  poissonFd,
  scaleColumns,
  scaleRows,
  sparseCholesky,
  sparseLu,
  toDense,
  transpose,
} from "../index.ts";

test("Cholesky solves random positive definite systems to backward error of rounding size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(999), (n, seed) => {
      const A = randomSymmetric(seed, n, 0.1, 2 * n + 1);
      const b = randomVector(seed, n);
      expect(relativeResidual(A, sparseCholesky(A).solve(b), b)).toBeLessThan(1e-14);
    }),
    { numRuns: 60 },
  );
});

test.each(["minimum-degree", "reverse-cuthill-mckee", "natural"] as const)(
  "L L^T is the permuted matrix with the %s order",
  (order) => {
    const A = poissonFd(2, 7);
    const F = sparseCholesky(A, { order });
    const product = multiplySparse(transpose(F.factor), F.factor);
    const expected = toDense(permute(A, F.order)).data;
    expect(largestDifference(toDense(product).data, expected)).toBeLessThan(1e-11);
    expect(F.logDeterminant).toBeCloseTo(logdet(toDense(A)).logAbsolute, 9);
  },
);

test("an order of one's own is used, and refused when it is none", () => {
  const A = poissonFd(1, 4);
  const order = Int32Array.of(3, 1, 0, 2);
  expect(sparseCholesky(A, { order }).order).toEqual(order);
  expect(() => sparseCholesky(A, { order: Int32Array.of(0, 1, 2, 2) })).toThrow(/2 occurs twice/);
  // @ts-expect-error unknown order
  expect(() => sparseCholesky(A, { order: "random" })).toThrow(/options.order/);
});

test("minimum degree keeps the factor of a grid far sparser than the natural order, at any size", () => {
  const grid = poissonFd(2, 60);
  const minimum = sparseCholesky(grid).factor.data.length;
  // 31 n log2 n / 4 bounds nested dissection (George 1973); minimum degree does better in practice.
  expect(minimum).toBeLessThan((31 / 4) * 3600 * Math.log2(60));
  expect(minimum).toBeLessThan(0.4 * sparseCholesky(grid, { order: "natural" }).factor.data.length);
});

test("an arrow matrix has no fill once its hub goes last", () => {
  const n = 200;
  const spokes = Array.from({ length: n - 1 }, (_, i) => i + 1);
  const arrow = csrFromTriplets(
    n,
    n,
    [...spokes, ...spokes.map(() => 0), ...Array(n).keys()],
    [...spokes.map(() => 0), ...spokes, ...Array(n).keys()],
    [...new Float64Array(2 * n - 2).fill(1), ...new Float64Array(n).fill(n)],
  );
  expect(sparseCholesky(arrow).factor.data.length).toBe(2 * n - 1);
  expect(sparseLu(arrow).entries).toBe(3 * n - 2);
});

test("Cholesky flags a matrix that is not positive definite with the row of A", () => {
  const A = csrFromTriplets(3, 3, [0, 1, 2], [0, 1, 2], [1, -2, 3]);
  expect(() => sparseCholesky(A)).toThrow(NumericalError);
  expect(() => sparseCholesky(A)).toThrow(/not positive definite: the pivot of row 1 is -2/);
  expect(() => sparseCholesky(helmholtzFd(8, 300))).toThrow(/not positive definite/);
  expect(() => sparseCholesky(convectionDiffusion2d(3, 1, [9, 9]))).toThrow(/must be symmetric/);
});

test("LU solves random systems to backward error of rounding size", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(999), (n, seed) => {
      const A = addScaled(1, randomSparse(seed, n, n, 0.15), 0.05, identity(n));
      const b = randomVector(seed, n);
      const { solve: solveSparse, pivotRatio } = sparseLu(A);
      const x = solveSparse(b);
      expect(pivotRatio).toBeGreaterThan(0);
      const size = A.data.reduce((sum, value) => sum + value * value, 0) ** 0.5;
      const length = Math.hypot(...x);
      const residual = relativeResidual(A, x, b) * Math.hypot(...b);
      expect(residual).toBeLessThan(1e-14 * size * length);
    }),
    { numRuns: 80 },
  );
});

test.each<[string, CsrMatrix]>([
  ["indefinite", helmholtzFd(12, 400)],
  ["unsymmetric", convectionDiffusion2d(12, 1, [300, -200])],
  ["a permutation", permute(identity(6), [3, 5, 0, 1, 4, 2], [0, 1, 2, 3, 4, 5])],
])("LU agrees with the dense solver on a matrix that is %s", (_name, A) => {
  const b = randomVector(2, A.rows);
  const x = sparseLu(A).solve(b);
  const expected = solve(toDense(A), b);
  const size = Math.max(...expected.map(Math.abs));
  expect(largestDifference(x, expected)).toBeLessThan(1e-9 * size);
});

test("scaling the rows of a system by powers of ten does not change what LU gives", () => {
  const A = convectionDiffusion2d(9, 1, [40, 40]);
  const b = randomVector(3, A.rows);
  const factors = Float64Array.from({ length: A.rows }, (_, i) => 10 ** (7 * (i % 41) - 140));
  const x = sparseLu(scaleRows(A, factors)).solve(b.map((value, i) => value * factors[i]!));
  expect(largestDifference(x, sparseLu(A).solve(b))).toBeLessThan(1e-12);
});

test("refinement makes LU exact for a matrix whose every entry is changed by rounding only", () => {
  for (let seed = 0; seed < 12; seed++) {
    const n = 60;
    const scales = Float64Array.from({ length: n }, (_, i) => 10 ** ((i * 7) % 13));
    const A = scaleColumns(addScaled(1, randomSparse(seed, n, n, 0.2), 0.01, identity(n)), scales);
    const b = randomVector(seed, n);
    const x = sparseLu(A).solve(b);
    // Componentwise backward error, max_i |b - A x|_i / (|A| |x| + |b|)_i.
    const r = multiplyVector(A, x);
    const size = multiplyVector({ ...A, data: A.data.map(Math.abs) }, x.map(Math.abs));
    for (let i = 0; i < n; i++)
      expect(Math.abs(b[i]! - r[i]!) / (size[i]! + Math.abs(b[i]!))).toBeLessThan(4e-16);
  }
});

test("LU names the column or row at which a matrix turns out to be singular", () => {
  expect(() => sparseLu(csrFromTriplets(2, 2, [0, 1], [0, 0], [1, 1]))).toThrow(
    /singular: no pivot for column 1/,
  );
  expect(() => sparseLu(csrFromTriplets(2, 2, [0], [0], [1]))).toThrow(
    "singular: row 1 has no nonzero entry",
  );
  expect(() => sparseLu(csrFromTriplets(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 2, 4]))).toThrow(
    NumericalError,
  );
});

test("factorizations of one matrix solve for many right-hand sides and may write over them", () => {
  const A = poissonFd(2, 10);
  const [cholesky, lu] = [sparseCholesky(A), sparseLu(A)];
  for (let seed = 0; seed < 3; seed++) {
    const b = randomVector(seed, A.rows);
    const [x, y] = [b.slice(), b.slice()];
    cholesky.solve(x, x);
    lu.solve(y, y);
    expect(relativeResidual(A, x, b)).toBeLessThan(1e-13);
    expect(relativeResidual(A, y, b)).toBeLessThan(1e-13);
  }
});

test("empty and 1 x 1 systems are solved, wrong right-hand sides refused", () => {
  const empty = csrFromTriplets(0, 0, [], [], []);
  expect(sparseCholesky(empty).solve(new Float64Array(0))).toEqual(new Float64Array(0));
  expect(sparseLu(empty).solve(new Float64Array(0))).toEqual(new Float64Array(0));
  const one = csrFromTriplets(1, 1, [0], [0], [4]);
  expect([...sparseCholesky(one).solve(Float64Array.of(8))]).toEqual([2]);
  expect([...sparseLu(one).solve(Float64Array.of(8))]).toEqual([2]);
  expect(() => sparseLu(one).solve(Float64Array.of(1, 2))).toThrow("b: expected 1 elements, got 2");
  expect(() => sparseCholesky(one).solve(Float64Array.of(Number.NaN))).toThrow("b: element 0 is NaN");
  expect(() => sparseLu(csrFromTriplets(2, 3, [], [], []))).toThrow("must be square");
});
