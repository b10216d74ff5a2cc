import { describe, expect, test } from "vitest";
import {
  diagonal,
  distance,
  epsilon,
  flipped,
  grcar,
  hilbert,
  largestEntry,
  matrix,
  orthogonalityDefect,
  product,
  randomMatrix,
  withEigenvalues,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { NumericalError } from "../errors.ts";
import { eigh, expm, identity } from "./index.ts";

onProviders("matrix exponential", () => {
  test.each([0, 1e-9, 0.01, 0.2, 0.9, 2, 5, 40])(
    "of a rotation generator at angle %d is the rotation",
    (angle) => {
      const e = expm(matrix(2, 2, (i, j) => (i === j ? 0 : i < j ? -angle : angle)));
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      expect(
        distance(
          e,
          matrix(2, 2, (i, j) => (i === j ? c : i < j ? -s : s)),
        ),
      ).toBeLessThan(1e-14 * Math.max(1, angle));
    },
  );

  test("of a diagonal matrix is the diagonal of exponentials, relatively exact", () => {
    const values = [-30, -1, 0, 0.5, 3, 20];
    const e = expm(diagonal(values));
    values.forEach((value, i) => {
      expect(e.data[7 * i]! / Math.exp(value)).toBeCloseTo(1, 12);
    });
  });

  test("of a nilpotent Jordan block is the finite series", () => {
    let factorial = [1, 1, 2, 6, 24, 120];
    factorial = factorial.map((value) => 1 / value);
    const e = expm(matrix(6, 6, (i, j) => (j === i + 1 ? 1 : 0)));
    expect(
      distance(
        e,
        matrix(6, 6, (i, j) => (j >= i ? factorial[j - i]! : 0)),
      ),
    ).toBeLessThan(4 * epsilon);
  });

  test("a large nonnormal entry does not cost accuracy by overscaling", () => {
    // exp([[1, b], [0, -1]]) = [[e, b sinh 1], [0, 1 / e]]
    const b = 1e6;
    const e = expm(matrix(2, 2, (i, j) => (i === j ? 1 - 2 * i : i < j ? b : 0)));
    expect(e.data[0]! / Math.E).toBeCloseTo(1, 13);
    expect(e.data[1]! / (b * Math.sinh(1))).toBeCloseTo(1, 13);
    expect(e.data[3]! * Math.E).toBeCloseTo(1, 13);
  });

  describe.each([
    ["random", randomMatrix(20, 20)],
    ["Grcar", grcar(20)],
    ["Hilbert", hilbert(10)],
    ["larger norm", matrix(10, 10, (i, j) => 3 * Math.sin(1 + 3 * i + 5 * j))],
  ])("of %s", (_, a) => {
    test("exp(a) exp(-a) is the identity and exp(a^T) the transpose", () => {
      const n = a.shape[0]!;
      const e = expm(a);
      const back = expm(matrix(n, n, (i, j) => -a.data[i * n + j]!));
      const tolerance = 200 * epsilon * n * largestEntry(e) * largestEntry(back);
      expect(distance(product(e, back), identity(n))).toBeLessThan(tolerance);
      expect(distance(expm(flipped(a)), flipped(e))).toBeLessThan(200 * epsilon * n * largestEntry(e));
    });
  });

  test("of a symmetric matrix agrees with its eigendecomposition", () => {
    const a = withEigenvalues([-5, -1, 0, 0.1, 2, 4]);
    const { values, vectors } = eigh(a);
    const expected = product(product(vectors, diagonal(values.map(Math.exp))), flipped(vectors));
    expect(distance(expm(a), expected)).toBeLessThan(1e-12);
  });

  test("of a skew matrix is orthogonal", () => {
    expect(orthogonalityDefect(expm(matrix(12, 12, (i, j) => (i < j ? 1 : i > j ? -1 : 0))))).toBeLessThan(
      1e-13,
    );
  });

  test("overflow is an error, underflow is zero, and the empty matrix stays empty", () => {
    expect(() => expm(diagonal([800, 1]))).toThrow("exponential of a matrix of 1-norm 800 overflows");
    expect(() => expm(diagonal([1e200, 1]))).toThrow(NumericalError);
    expect(expm(diagonal([-800, 0])).data[0]).toBeLessThan(1e-300);
    expect(expm(matrix(0, 0, () => 0)).shape).toEqual([0, 0]);
  });
});
