import { describe, expect, test } from "vitest";
import {
  distance,
  epsilon,
  matrix,
  product,
  randomMatrix,
  randomVector,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import {
  type BandedMatrix,
  bandedCholesky,
  bandedCholeskySolve,
  type SymmetricBanded,
  solveBanded,
} from "./index.ts";

const dense = ({ n, lower, upper, data }: BandedMatrix) =>
  matrix(n, n, (i, j) =>
    j < i - lower || j > i + upper ? 0 : data[i * (lower + upper + 1) + j - i + lower]!,
  );

const symmetric = ({ n, bandwidth: w, data }: SymmetricBanded) =>
  matrix(n, n, (i, j) => (Math.abs(i - j) > w ? 0 : data[Math.min(i, j) * (w + 1) + Math.abs(i - j)]!));

/** The 5-point Laplacian on an m x m grid. */
function grid(m: number): SymmetricBanded {
  const n = m * m;
  const data = new Float64Array(n * (m + 1));
  for (let i = 0; i < n; i++) {
    data[i * (m + 1)] = 4;
    if ((i + 1) % m !== 0) data[i * (m + 1) + 1] = -1;
    if (m > 1) data[i * (m + 1) + m] = -1;
  }
  return { n, bandwidth: m, data };
}

onProviders("banded systems", () => {
  describe.each([
    [1, 0, 0],
    [5, 0, 2],
    [5, 2, 0],
    [12, 1, 1],
    [30, 3, 5],
    [30, 5, 3],
    [4, 6, 7],
  ])("of order %i with %i sub- and %i superdiagonals", (n, lower, upper) => {
    test("are solved with residuals of rounding size, with row exchanges", () => {
      const a = { n, lower, upper, data: randomVector(n * (lower + upper + 1), 3) };
      // A small diagonal forces exchanges where there are subdiagonals.
      for (let i = 0; i < n; i++)
        a.data[i * (lower + upper + 1) + lower]! *= lower > 0 && upper > 0 ? 1e-3 : 1;
      const b = randomMatrix(n, 2);
      const x = solveBanded(a, b);
      const size = x.data.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
      expect(distance(product(dense(a), x), b)).toBeLessThan(100 * epsilon * n * size);
      const single = solveBanded(
        a,
        b.data.filter((_, i) => i % 2 === 0),
      );
      single.forEach((value, i) => {
        expect(Math.abs(value - x.data[2 * i]!)).toBeLessThan(1e-9 * size);
      });
    });
  });

  test.each([1, 2, 7, 12])("the Laplacian of a %i x %i grid is factored and solved", (m) => {
    const a = grid(m);
    const u = bandedCholesky(a);
    const upper = matrix(a.n, a.n, (i, j) => (j < i || j > i + m ? 0 : u.data[i * (m + 1) + j - i]!));
    const back = product(
      matrix(a.n, a.n, (i, j) => upper.data[j * a.n + i]!),
      upper,
    );
    expect(distance(back, symmetric(a))).toBeLessThan(20 * epsilon * a.n);
    const b = randomMatrix(a.n, 3);
    expect(distance(product(symmetric(a), bandedCholeskySolve(u, b)), b)).toBeLessThan(1e-12);
    const ones = bandedCholeskySolve(u, new Float64Array(a.n).fill(1));
    expect(
      distance(
        product(
          symmetric(a),
          matrix(a.n, 1, (i) => ones[i]!),
        ),
        matrix(a.n, 1, () => 1),
      ),
    ).toBeLessThan(1e-12);
  });

  test("the 3 x 3 grid has the known solution for a right-hand side of ones", () => {
    const x = bandedCholeskySolve(bandedCholesky(grid(3)), new Float64Array(9).fill(1));
    const expected = [0.6875, 0.875, 0.6875, 0.875, 1.125, 0.875, 0.6875, 0.875, 0.6875];
    expected.forEach((value, i) => {
      expect(x[i]).toBeCloseTo(value, 14);
    });
  });

  test("singular and indefinite bands are refused with the pivot", () => {
    const singular = { n: 3, lower: 0, upper: 0, data: Float64Array.of(1, 0, 1) };
    expect(() => solveBanded(singular, new Float64Array(3))).toThrow(/pivot 1 is 0/);
    expect(() => bandedCholesky({ n: 2, bandwidth: 1, data: Float64Array.of(1, 2, 1, 0) })).toThrow(
      /pivot 1/,
    );
  });

  test("malformed bands are refused by name", () => {
    expect(() =>
      solveBanded({ n: 2, lower: -1, upper: 0, data: new Float64Array(2) }, new Float64Array(2)),
    ).toThrow(/a.lower/);
    expect(() =>
      solveBanded({ n: 2, lower: 0, upper: 0, data: new Float64Array(3) }, new Float64Array(2)),
    ).toThrow(/a.data: expected 2 entries/);
    expect(() => bandedCholesky(undefined as unknown as SymmetricBanded)).toThrow(
      /a: expected \{ n, bandwidth, data \}/,
    );
    expect(() =>
      bandedCholeskySolve({ n: 1, bandwidth: 0, data: Float64Array.of(-1) }, new Float64Array(1)),
    ).toThrow(/not positive/);
    expect(
      solveBanded({ n: 0, lower: 1, upper: 1, data: new Float64Array(0) }, new Float64Array(0)).length,
    ).toBe(0);
  });
});
