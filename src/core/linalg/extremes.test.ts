import fc from "fast-check";
import { expect, test } from "vitest";
import { matrix } from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import type { Matrix } from "../array/index.ts";
import { NumericalError } from "../errors.ts";
import * as linalg from "./index.ts";

const gentle = fc.constantFrom(0, 1, -1, 2, 0.5, 3);
const extreme = fc.constantFrom(0, 1, -1, 1e-308, -1e308, 1.7e308, 5e-324, 1e-160, 1e160);
const anything = fc.double({ noNaN: true, noDefaultInfinity: true });
const entries = fc
  .constantFrom(gentle, extreme, anything)
  .chain((entry) => fc.array(entry, { minLength: 49, maxLength: 49 }));

/** Whether everything in a result is finite, where a condition number may be infinite. */
function finite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isNaN(value);
  if (value instanceof Float64Array) return value.every(Number.isFinite);
  if (typeof value === "object" && value !== null) return Object.values(value).every(finite);
  return true;
}

onProviders("matrices of any entries", () => {
  const tolerant = (method: (a: Matrix) => unknown, a: Matrix): void => {
    let result: unknown;
    try {
      result = method(a);
    } catch (error) {
      expect(error).toBeInstanceOf(NumericalError);
      return;
    }
    expect(finite(result)).toBe(true);
  };

  test("are factored to finite results or refused with a NumericalError", () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), (values, m, n) => {
        const a = matrix(m, n, (i, j) => values[i * 7 + j]!);
        const square = matrix(n, n, (i, j) => values[i * 7 + j]!);
        const symmetric = matrix(n, n, (i, j) => values[Math.max(i, j) * 7 + Math.min(i, j)]!);
        const b = matrix(n, 2, (i, j) => values[j * 7 + i]!);
        for (const method of [
          linalg.lu,
          (x: Matrix) => linalg.qr(x),
          (x: Matrix) => linalg.pivotedQr(x, { full: true }),
          (x: Matrix) => linalg.svd(x, { full: true }),
          linalg.singularValues,
          (x: Matrix) => linalg.pinv(x),
          (x: Matrix) =>
            linalg.lstsq(
              x,
              matrix(m, 1, (i) => values[i]!),
            ),
          (x: Matrix) => linalg.leverageScores(x),
          (x: Matrix) => linalg.lewisWeights(x, 1),
          linalg.conditionNumber,
          linalg.gram,
        ])
          tolerant(method, a);
        for (const method of [
          (x: Matrix) => linalg.eig(x, { left: true }),
          linalg.schur,
          linalg.expm,
          (x: Matrix) => linalg.solve(x, b, { minimumReciprocalCondition: 0 }),
          (x: Matrix) => linalg.solve(x, b),
          (x: Matrix) => linalg.inverse(x),
          linalg.conditionEstimate,
          (x: Matrix) => linalg.solveTriangular(x, b),
        ])
          tolerant(method, square);
        for (const method of [linalg.eigh, linalg.eigvalsh, linalg.cholesky]) tolerant(method, symmetric);
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
