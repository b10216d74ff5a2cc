import { describe, expect, test } from "vitest";
import { matrix, randomMatrix } from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import type { Matrix } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import * as linalg from "./index.ts";

const one = (a: Matrix) => matrix(a.shape[0]!, 1, () => 1);
const any: Readonly<Record<string, (a: Matrix) => unknown>> = {
  matmul: (a) => linalg.matmul(a, linalg.transpose(a)),
  gram: linalg.gram,
  lu: linalg.lu,
  qr: linalg.qr,
  qrTriangle: linalg.qrTriangle,
  pivotedQr: linalg.pivotedQr,
  svd: linalg.svd,
  singularValues: linalg.singularValues,
  pinv: linalg.pinv,
  norm: linalg.norm,
  conditionNumber: linalg.conditionNumber,
  lstsq: (a) => linalg.lstsq(a, one(a)),
  transpose: linalg.transpose,
  kron: (a) => linalg.kron(a, a),
};
const square: Readonly<Record<string, (a: Matrix) => unknown>> = {
  cholesky: linalg.cholesky,
  eigh: linalg.eigh,
  eigvalsh: linalg.eigvalsh,
  generalizedEigh: (a) => linalg.generalizedEigh(a, a),
  eig: linalg.eig,
  eigvals: linalg.eigvals,
  schur: linalg.schur,
  solve: (a) => linalg.solve(a, one(a)),
  inverse: linalg.inverse,
  solveTriangular: (a) => linalg.solveTriangular(a, one(a)),
  expm: linalg.expm,
  logdet: linalg.logdet,
  conditionEstimate: linalg.conditionEstimate,
  triangularConditionEstimate: linalg.triangularConditionEstimate,
};

onProviders("hostile input", () => {
  describe.each(Object.entries({ ...any, ...square }))("%s", (_, method) => {
    test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
      "refuses a matrix with %d",
      (value) => {
        const a = matrix(3, 3, (i, j) => (i === j ? 2 : 0));
        a.data[4] = value;
        expect(() => method(a)).toThrow(InvalidInputError);
        expect(() => method(a)).toThrow(/element 4 is/);
      },
    );

    test("refuses what is no float64 matrix", () => {
      const wrong: readonly unknown[] = [
        undefined,
        null,
        [[1]],
        { dtype: "float64", shape: [2, 2], data: new Float64Array(3) },
        { dtype: "float64", shape: [4], data: new Float64Array(4) },
        { dtype: "float32", shape: [2, 2], data: new Float32Array(4) },
        { dtype: "float64", shape: [-1, 2], data: new Float64Array(0) },
      ];
      for (const a of wrong) expect(() => method(a as Matrix)).toThrow();
    });

    test("leaves its argument as it was", () => {
      const a = matrix(4, 4, (i, j) => (i === j ? 5 + i : 1 / (1 + i + j)));
      const before = a.data.slice();
      method(a);
      expect(a.data).toEqual(before);
    });
  });

  test.each(Object.entries(square))("%s refuses a matrix that is not square", (_, method) => {
    expect(() => method(randomMatrix(2, 3))).toThrow(/square/);
  });

  test("right-hand sides that do not fit are refused", () => {
    const a = randomMatrix(3, 3);
    expect(() => linalg.solve(a, new Float64Array(2))).toThrow(/b: expected 3 entries, got 2/);
    expect(() => linalg.solve(a, randomMatrix(2, 1))).toThrow(/b: expected shape \[3, any\]/);
    expect(() => linalg.lstsq(a, [1, 2, 3] as unknown as Float64Array)).toThrow(/b/);
    expect(() => linalg.solve(a, Float64Array.of(1, Number.NaN, 0))).toThrow(/element 1 is NaN/);
    expect(() => linalg.choleskyUpdate(linalg.identity(2), new Float64Array(3))).toThrow(/x: expected 2/);
  });
});
