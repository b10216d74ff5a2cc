import { describe, expect, test } from "vitest";
import {
  distance,
  flipped,
  matrix,
  product,
  randomMatrix,
  randomVector,
} from "../../../../test/support/matrices.ts";
import { onProviders } from "../../../../test/support/providers.ts";
import type { CsrMatrix, Matrix } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import {
  countSketch,
  gaussianSketch,
  kron,
  rademacherSketch,
  rowSampling,
  type SketchOperator,
  singularValues,
  sparseSignSketch,
  srht,
  tensorSrht,
  walshHadamard,
} from "../index.ts";

const column = (x: Float64Array) => matrix(x.length, 1, (i) => x[i]!);

/** Every second entry of a matrix, sparse and dense. */
function sparsePair(rows: number, cols: number): { sparse: CsrMatrix; dense: Matrix } {
  const full = randomMatrix(rows, cols, 5);
  const dense = matrix(rows, cols, (i, j) =>
    (i + j) % 2 === 0 && i % 5 !== 1 ? full.data[i * cols + j]! : 0,
  );
  const indptr = [0];
  const indices: number[] = [];
  const data: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++)
      if (dense.data[i * cols + j] !== 0) {
        indices.push(j);
        data.push(dense.data[i * cols + j]!);
      }
    indptr.push(indices.length);
  }
  return {
    dense,
    sparse: {
      rows,
      cols,
      indptr: Int32Array.from(indptr),
      indices: Int32Array.from(indices),
      data: Float64Array.from(data),
    },
  };
}

type Maker = (m: number, n: number, seed: number) => SketchOperator;
const kinds: readonly (readonly [string, Maker])[] = [
  ["gaussian", (m, n, seed) => gaussianSketch(m, n, { seed })],
  ["rademacher", (m, n, seed) => rademacherSketch(m, n, { seed })],
  ["srht", (m, n, seed) => srht(m, n, { seed })],
  ["srht without replacement", (m, n, seed) => srht(m, n, { seed, replace: false })],
  ["countSketch", (m, n, seed) => countSketch(m, n, { seed })],
  ["sparseSign", (m, n, seed) => sparseSignSketch(m, n, { seed, nonzerosPerColumn: 3 })],
  ["tensorSrht", (m, n, seed) => tensorSrht(m, [2, n / 2], { seed })],
  [
    "rowSampling",
    (m, n, seed) =>
      rowSampling(
        Float64Array.from({ length: n }, (_, i) => 1 + (i % 3)),
        m,
        { seed },
      ),
  ],
  [
    "poisson",
    (m, n, seed) =>
      rowSampling(
        Float64Array.from({ length: n }, (_, i) => 1 + (i % 3)),
        m,
        { seed, scheme: "poisson" },
      ),
  ],
];

onProviders("sketching", () => {
  describe.each(kinds)("%s", (_, make) => {
    test("applies one and the same matrix to dense and sparse matrices and to vectors", () => {
      const s = make(7, 12, 3);
      const explicit = s.toDense();
      expect(explicit.shape).toEqual([s.m, 12]);
      const { sparse, dense } = sparsePair(12, 5);
      expect(distance(s.apply(dense), product(explicit, dense))).toBeLessThan(1e-13);
      expect(distance(s.apply(sparse), product(explicit, dense))).toBeLessThan(1e-13);
      const b = randomVector(12);
      expect(distance(column(s.applyVector(b)), product(explicit, column(b)))).toBeLessThan(1e-13);
    });

    test("is drawn by its seed", () => {
      expect(make(5, 12, 1).toDense()).toEqual(make(5, 12, 1).toDense());
      expect(make(5, 12, 1).toDense()).not.toEqual(make(5, 12, 2).toDense());
    });

    test("has E[S^T S] = I", () => {
      const draws = 3000;
      const n = 8;
      const mean = new Float64Array(n * n);
      const square = new Float64Array(n * n);
      for (let seed = 0; seed < draws; seed++) {
        const s = make(4, n, seed).toDense();
        product(flipped(s), s).data.forEach((value, i) => {
          mean[i]! += value / draws;
          square[i]! += (value * value) / draws;
        });
      }
      for (let i = 0; i < n * n; i++) {
        const expected = i % (n + 1) === 0 ? 1 : 0;
        const error = Math.sqrt(Math.max(0, square[i]! - mean[i]! ** 2) / draws);
        expect(Math.abs(mean[i]! - expected)).toBeLessThanOrEqual(4.5 * error + 1e-12);
      }
    });

    test("refuses matrices of another number of rows", () => {
      const s = make(4, 8, 1);
      expect(() => s.apply(randomMatrix(7, 2))).toThrow(InvalidInputError);
      expect(() => s.applyVector(new Float64Array(9))).toThrow(InvalidInputError);
      expect(() => s.apply(sparsePair(7, 2).sparse)).toThrow(/a: expected 8 rows/);
    });
  });

  test.each(kinds.filter(([name]) => name !== "rowSampling" && name !== "poisson"))(
    "%s embeds a subspace of dimension 5 in 400 rows within a factor of 1.5",
    (_, make) => {
      const n = 1000;
      const q = matrix(
        n,
        5,
        (i, j) => Math.sqrt(2 / n) * Math.cos(((2 * i + 1) * (j + 1) * Math.PI) / (2 * n)),
      );
      const s = singularValues(make(400, n, 11).apply(q));
      expect(s[0]).toBeLessThan(1.5);
      expect(s[4]).toBeGreaterThan(1 / 1.5);
    },
  );

  test("pieces of a large dense sketch fit together", () => {
    const s = gaussianSketch(5, 2 ** 19, { seed: 2 });
    const b = new Float64Array(2 ** 19);
    b[7] = 1;
    b[2 ** 19 - 1] = 2;
    const y = s.applyVector(b);
    expect(y.every((value) => value !== 0)).toBe(true);
    expect(s.apply(matrix(2 ** 19, 1, (i) => b[i]!)).data).toEqual(y);
  });
});

test("the Walsh-Hadamard transform has the known answers and is its own inverse up to its length", () => {
  const transform = (values: readonly number[]) => {
    const data = Float64Array.from(values);
    walshHadamard(data);
    return [...data];
  };
  expect(transform([1, 0, 0, 0])).toEqual([1, 1, 1, 1]);
  expect(transform([1, 2, 3, 4])).toEqual([10, -2, -4, 0]);
  for (const n of [1, 2, 8, 16, 64]) {
    const x = randomVector(n);
    const y = x.slice();
    walshHadamard(y);
    walshHadamard(y);
    for (let i = 0; i < n; i++) expect(y[i]).toBeCloseTo(n * x[i]!, 11);
  }
  const block = randomMatrix(8, 3);
  const all = block.data.slice();
  walshHadamard(all, 3);
  for (let c = 0; c < 3; c++) {
    const one = Float64Array.from({ length: 8 }, (_, i) => block.data[i * 3 + c]!);
    walshHadamard(one);
    for (let i = 0; i < 8; i++) expect(all[i * 3 + c]).toBeCloseTo(one[i]!, 13);
  }
  expect(() => walshHadamard(new Float64Array(6))).toThrow(/power of two/);
});

test("a tensor sketch of a Kronecker product is the sketch of the vectors", () => {
  for (const [n1, n2] of [
    [4, 8],
    [3, 5],
    [1, 6],
  ] as const) {
    const s = tensorSrht(9, [n1, n2], { seed: 4 });
    const [a, b] = [randomVector(n1, 1), randomVector(n2, 2)];
    const whole = s.applyVector(kron(column(a), column(b)).data);
    s.applyTensor(a, b).forEach((value, r) => {
      expect(value).toBeCloseTo(whole[r]!, 12);
    });
    const [left, right] = [randomMatrix(n1, 2, 3), randomMatrix(n2, 3, 4)];
    expect(distance(s.applyKronecker(left, right), s.apply(kron(left, right)))).toBeLessThan(1e-12);
  }
});

test("a CountSketch has one sign in each column, a sparse sign sketch s distinct entries", () => {
  const entries = (s: Matrix, j: number) =>
    Array.from({ length: s.shape[0]! }, (_, i) => s.data[i * s.shape[1]! + j]!).filter(
      (value) => value !== 0,
    );
  const count = countSketch(6, 40, { seed: 1 }).toDense();
  const sparse = sparseSignSketch(9, 40, { seed: 1, nonzerosPerColumn: 4 }).toDense();
  for (let j = 0; j < 40; j++) {
    expect(entries(count, j).map(Math.abs)).toEqual([1]);
    expect(entries(sparse, j).map(Math.abs)).toEqual([0.5, 0.5, 0.5, 0.5]);
  }
  expect(entries(sparseSignSketch(3, 5).toDense(), 0).length).toBe(3);
});

describe("row sampling", () => {
  const scores = Float64Array.of(5, 1, 0, 2, 0.5, 0.5, 1);

  test("keeps |a x|_p^p in expectation for both schemes", () => {
    const y = Float64Array.of(1, -2, 7, 0.5, 3, -1, 2);
    for (const p of [1, 1.5, 2, 3])
      for (const scheme of ["independent", "poisson"] as const) {
        const power = (x: Float64Array) => x.reduce((sum, value) => sum + Math.abs(value) ** p, 0);
        const expected = power(y.map((value, i) => (scores[i] === 0 ? 0 : value)));
        const draws = 4000;
        let mean = 0;
        let square = 0;
        for (let seed = 0; seed < draws; seed++) {
          const value = power(rowSampling(scores, 4, { seed, scheme, p }).applyVector(y));
          mean += value / draws;
          square += value ** 2 / draws;
        }
        expect(Math.abs(mean - expected)).toBeLessThan(4.5 * Math.sqrt((square - mean ** 2) / draws));
      }
  });

  test("never draws a row of score 0, and keeps rows of great score surely under the Poisson scheme", () => {
    let drawn = 0;
    for (let seed = 0; seed < 500; seed++) {
      const poisson = rowSampling(scores, 4, { seed, scheme: "poisson" });
      expect(poisson.rows.includes(2)).toBe(false);
      expect(poisson.rows[0]).toBe(0);
      expect(poisson.scales[0]).toBe(1);
      drawn += poisson.m;
      expect(rowSampling(scores, 4, { seed }).rows.includes(2)).toBe(false);
    }
    expect(Math.abs(drawn / 500 - 4)).toBeLessThan(0.25);
    expect(rowSampling(scores, 6, { scheme: "poisson" }).m).toBe(6);
  });

  test("refuses negative, empty and all-zero scores, and more rows than can be kept", () => {
    expect(() => rowSampling(Float64Array.of(1, -1), 1)).toThrow(/element 1 is -1/);
    expect(() => rowSampling(new Float64Array(3), 1)).toThrow(/positive, finite sum/);
    expect(() => rowSampling(new Float64Array(0), 1)).toThrow(InvalidInputError);
    expect(() => rowSampling(scores, 7, { scheme: "poisson" })).toThrow(/m: expected/);
    expect(() => rowSampling(scores, 2, { p: 0 })).toThrow(/options.p/);
  });
});

test("sizes and options that make no sense are refused", () => {
  expect(() => gaussianSketch(0, 3)).toThrow(/m: expected/);
  expect(() => srht(9, 8, { replace: false })).toThrow(/m: expected .* 8/);
  expect(() => sparseSignSketch(3, 5, { nonzerosPerColumn: 4 })).toThrow(/nonzerosPerColumn/);
  expect(() => countSketch(3, 5, { seeds: 1 } as object)).toThrow(/options.seeds: unknown/);
  expect(() => tensorSrht(3, [0, 2])).toThrow(/n\[0\]/);
});
