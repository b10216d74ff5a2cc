import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { largestDifference, randomSparse, randomVector } from "../../../../test/support/sparse-matrices.ts";
import { fromNested, ndArray } from "../../array/index.ts";
import { lstsq, qr } from "../../linalg/index.ts";
import { randomStream } from "../../random/index.ts";
import {
  addScaled,
  csrFromTriplets,
  diagonalMatrix,
  identity,
  jacobi,
  lsmr,
  lsqr,
  multiplySparse,
  multiplyVector,
  poissonFd,
  sparseCholesky,
  toDense,
  transpose,
  triangularPreconditioner,
} from "../index.ts";

describe.each([
  ["lsqr", lsqr],
  ["lsmr", lsmr],
] as const)("%s", (_name, solve) => {
  test("agrees with the dense least squares solver, of least norm where there are many solutions", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(999),
        (rows, cols, seed) => {
          const A = randomSparse(seed, rows, cols, 0.5);
          const b = randomVector(seed, rows);
          const result = solve(A, b, { tol: 1e-14 });
          const expected = lstsq(toDense(A), b).x;
          const size = 1 + Math.hypot(...expected);
          expect(largestDifference(result.x, expected)).toBeLessThan(1e-6 * size ** 2);
          expect(result.converged || result.breakdown !== undefined).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is converged when A^T r vanishes, and says how nearly it does", () => {
    const A = randomSparse(1, 60, 20, 0.3);
    const b = randomVector(2, 60);
    const result = solve(A, b, { tol: 1e-10 });
    expect(result.converged).toBe(true);
    expect(result.optimality.length).toBe(result.iterations);
    expect(result.optimality.at(-1)).toBeLessThanOrEqual(1e-10);
    const r = multiplyVector(A, result.x).map((value, i) => b[i]! - value);
    expect(result.residuals.at(-1)).toBeCloseTo(Math.hypot(...r) / Math.hypot(...b), 12);
    const gradient = multiplyVector(transpose(A), r);
    const frobenius = Math.hypot(...A.data);
    expect(Math.hypot(...gradient) / (frobenius * Math.hypot(...r))).toBeLessThanOrEqual(1e-10);
  });

  test("damping gives the solution of the regularised normal equations, from any start", () => {
    const A = randomSparse(3, 30, 12, 0.4);
    const b = randomVector(4, 30);
    const damp = 0.7;
    const T = transpose(A);
    const normal = addScaled(1, multiplySparse(T, A), damp ** 2, identity(12));
    const expected = sparseCholesky(normal).solve(multiplyVector(T, b));
    for (const x0 of [undefined, randomVector(5, 12)]) {
      const result = solve(A, b, { damp, tol: 1e-12, ...(x0 === undefined ? {} : { x0 }) });
      expect(result.converged).toBe(true);
      expect(largestDifference(result.x, expected)).toBeLessThan(1e-9);
    }
  });

  test("a triangular factor of A as preconditioner brings convergence in a step or two, whatever the condition", () => {
    const scales = Float64Array.from({ length: 15 }, (_, j) => 10 ** (j - 7));
    const B = randomSparse(6, 80, 15, 0.6);
    const A = multiplySparse(B, diagonalMatrix(scales));
    const b = randomVector(7, 80);
    const expected = lstsq(toDense(B), b).x;
    const error = (x: Float64Array) =>
      largestDifference(
        x.map((value, j) => value * scales[j]!),
        expected,
      );
    const result = solve(A, b, { precond: triangularPreconditioner(qr(toDense(A)).r), tol: 1e-12 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThanOrEqual(3);
    expect(error(result.x)).toBeLessThan(1e-12);
    expect(error(solve(A, b, { tol: 1e-12, maxIterations: 100 }).x)).toBeGreaterThan(1e-3);
  });

  test("the factor of a sketch halves the error in every step", () => {
    const [rows, cols] = [600, 20];
    const A = multiplySparse(
      randomSparse(8, rows, cols, 0.2),
      diagonalMatrix(Float64Array.from({ length: cols }, (_, j) => 1.7 ** j)),
    );
    // Sparse sign sketch to 4 cols rows, four entries a column.
    const stream = randomStream(9);
    const entries = Array.from({ length: 4 * rows }, (_, k) => ({
      row: 4 * cols > 0 ? stream.integer(4 * cols) : 0,
      column: k >> 2,
      value: stream.integer(2) === 0 ? 0.5 : -0.5,
    }));
    const S = csrFromTriplets(
      4 * cols,
      rows,
      entries.map((entry) => entry.row),
      entries.map((entry) => entry.column),
      entries.map((entry) => entry.value),
    );
    const precond = triangularPreconditioner(qr(toDense(multiplySparse(S, A))).r);
    const result = solve(A, randomVector(10, rows), { precond, tol: 1e-12 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThanOrEqual(45);
  });

  test("takes dense matrices and a Jacobi preconditioner, and counts both products", () => {
    const A = fromNested([
      [3, 1],
      [1, 2],
      [0, 1],
    ]);
    const calls = { apply: 0, transpose: 0 };
    const operator = {
      rows: 3,
      cols: 2,
      apply(x: Float64Array, out: Float64Array) {
        calls.apply++;
        for (let i = 0; i < 3; i++) out[i] = A.data[2 * i]! * x[0]! + A.data[2 * i + 1]! * x[1]!;
      },
      applyTranspose(y: Float64Array, out: Float64Array) {
        calls.transpose++;
        for (let j = 0; j < 2; j++)
          out[j] = A.data[j]! * y[0]! + A.data[2 + j]! * y[1]! + A.data[4 + j]! * y[2]!;
      },
    };
    const b = Float64Array.of(1, 2, 3);
    const precond = jacobi(csrFromTriplets(2, 2, [0, 1], [0, 1], [3, 2]));
    const [dense, func] = [solve(A, b, { precond }), solve(operator, b, { precond })];
    expect(largestDifference(dense.x, lstsq(A, b).x)).toBeLessThan(1e-7);
    expect(largestDifference(dense.x, func.x)).toBeLessThan(1e-14);
    expect(func.matvecs).toBe(calls.apply + calls.transpose);
  });

  test("refuses an operator or a preconditioner without transpose, and one of the wrong size", () => {
    const b = Float64Array.of(1, 2);
    expect(() => solve({ rows: 2, cols: 2, apply: (x, out) => out.set(x) }, b)).toThrow(
      "A.applyTranspose: this method needs products with the transpose",
    );
    const A = poissonFd(1, 2);
    const noTranspose = { size: 2, apply: (r: Float64Array, out: Float64Array) => out.set(r) };
    expect(() => solve(A, b, { precond: noTranspose })).toThrow(/options.precond: .*applyTranspose/);
    expect(() => solve(A, b, { precond: jacobi(poissonFd(1, 3)) })).toThrow(
      /expected one of size 2, the columns of A, got one of size 3/,
    );
    expect(() => solve(A, b, { damp: -1 })).toThrow(/options.damp/);
  });
});

test("LSMR never increases ||A^T r||, LSQR never ||r||", () => {
  const A = randomSparse(11, 80, 40, 0.15);
  const b = randomVector(12, 80);
  const T = transpose(A);
  let [before, residualBefore] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let maxIterations = 1; maxIterations < 25; maxIterations++) {
    const residual = (x: Float64Array) => multiplyVector(A, x).map((value, i) => b[i]! - value);
    const gradient = Math.hypot(...multiplyVector(T, residual(lsmr(A, b, { maxIterations, tol: 1e-13 }).x)));
    const norm = Math.hypot(...residual(lsqr(A, b, { maxIterations, tol: 1e-13 }).x));
    expect(gradient).toBeLessThanOrEqual(before * (1 + 1e-10));
    expect(norm).toBeLessThanOrEqual(residualBefore * (1 + 1e-12));
    [before, residualBefore] = [gradient, norm];
  }
});

test("LSMR's estimate of ||r|| is the norm of the residual", () => {
  const A = randomSparse(13, 50, 30, 0.2);
  const b = randomVector(14, 50);
  const history = lsmr(A, b, { maxIterations: 20, tol: 1e-13 }).residuals;
  for (let maxIterations = 1; maxIterations < 20; maxIterations++) {
    const r = multiplyVector(A, lsmr(A, b, { maxIterations, tol: 1e-13 }).x).map((value, i) => b[i]! - value);
    expect(history[maxIterations]).toBeCloseTo(Math.hypot(...r) / Math.hypot(...b), 10);
  }
});

test("a zero matrix has the solution 0", () => {
  const result = lsqr(ndArray("float64", [2, 2], new Float64Array(4)), Float64Array.of(1, 2));
  expect(result).toMatchObject({ converged: true, iterations: 0 });
  expect([...result.x]).toEqual([0, 0]);
});
