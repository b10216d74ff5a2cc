import fc from "fast-check";
import { expect, test } from "vitest";
import {
  largestDifference,
  randomSparse,
  randomVector,
  smallSparse,
} from "../../../test/support/sparse-matrices.ts";
import { toNested } from "../array/index.ts";
import {
  addScaled,
  approximateMinimumDegree,
  bandwidth,
  type CsrExpectation,
  csrFromTriplets,
  diagonal,
  diagonalMatrix,
  identity,
  inversePermutation,
  isSymmetric,
  multiplySparse,
  multiplyTransposed,
  multiplyVector,
  permute,
  poissonFd,
  prepareProduct,
  requireCsr,
  reverseCuthillMcKee,
  scaleMatrix,
  selectColumns,
  selectRows,
  submatrix,
  toDense,
  transpose,
  tril,
  triu,
  withoutZeros,
} from "./index.ts";

const dense = (matrix: Parameters<typeof toDense>[0]) => toNested(toDense(matrix)) as number[][];
const wellFormed = (matrix: unknown, expected: CsrExpectation = {}) => requireCsr("result", matrix, expected);
const indicesBelow = (bound: number) =>
  fc.array(fc.integer({ min: 0, max: Math.max(0, bound - 1) }), { maxLength: bound === 0 ? 0 : 9 });

test("row selection takes any rows in any order, repeated ones too", () => {
  fc.assert(
    fc.property(
      smallSparse.chain((A) => fc.tuple(fc.constant(A), indicesBelow(A.rows))),
      ([A, rows]) => {
        const selected = selectRows(A, rows);
        wellFormed(selected);
        expect(dense(selected)).toEqual(rows.map((row) => dense(A)[row]));
      },
    ),
  );
});

test("column selection is row selection of the transpose", () => {
  fc.assert(
    fc.property(
      smallSparse.chain((A) =>
        fc.tuple(fc.constant(A), fc.shuffledSubarray(Array.from({ length: A.cols }, (_, j) => j))),
      ),
      ([A, columns]) => {
        const selected = selectColumns(A, columns);
        wellFormed(selected);
        expect(selected).toEqual(transpose(selectRows(transpose(A), columns)));
        const rows = Array.from({ length: A.rows }, (_, i) => A.rows - 1 - i);
        expect(submatrix(A, rows, columns)).toEqual(selectRows(selected, rows));
      },
    ),
  );
});

test("selections refuse indices outside the matrix and repeated columns, naming the entry", () => {
  const A = poissonFd(1, 3);
  expect(() => selectRows(A, [0, 3])).toThrow(/rows: entry 1 is 3; expected a whole number from 0 to 2/);
  expect(() => selectRows(A, [-1])).toThrow(/rows: entry 0 is -1/);
  expect(() => selectColumns(A, [0.5])).toThrow(/columns: entry 0 is 0.5/);
  expect(() => selectColumns(A, [1, 1])).toThrow(/columns: column 1 is selected twice/);
});

test("sums and products of sparse matrices are those of the dense ones", () => {
  fc.assert(
    fc.property(
      smallSparse,
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 6 }),
      (A, seed, width) => {
        const B = randomSparse(seed, A.rows, A.cols, 0.4);
        const sum = addScaled(2, A, -3, B);
        wellFormed(sum);
        const [a, b] = [dense(A), dense(B)];
        expect(dense(sum)).toEqual(a.map((row, i) => row.map((value, j) => 2 * value - 3 * b[i]![j]!)));
        const C = randomSparse(seed + 1, A.cols, width, 0.5);
        const product = multiplySparse(A, C);
        wellFormed(product, { rows: A.rows, cols: width });
        const c = dense(C);
        for (let i = 0; i < A.rows; i++) {
          for (let j = 0; j < width; j++) {
            let expected = 0;
            for (let k = 0; k < A.cols; k++) expected += a[i]![k]! * c[k]![j]!;
            expect(dense(product)[i]![j]).toBeCloseTo(expected, 12);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("the identity is neutral, and scaling is multiplication by a diagonal", () => {
  fc.assert(
    fc.property(smallSparse, (A) => {
      expect(multiplySparse(identity(A.rows), A)).toEqual(A);
      expect(multiplySparse(A, identity(A.cols))).toEqual(A);
      expect(dense(scaleMatrix(3, A))).toEqual(
        dense(multiplySparse(diagonalMatrix(new Float64Array(A.rows).fill(3)), A)),
      );
    }),
  );
});

test("arithmetic refuses shapes that do not fit", () => {
  const [A, B] = [poissonFd(1, 3), poissonFd(1, 4)];
  expect(() => addScaled(1, A, 1, B)).toThrow("B: expected 3 x 3, got 4 x 4");
  expect(() => multiplySparse(A, B)).toThrow("B: expected 3 rows, as A has columns, got 4");
  expect(() => addScaled(Number.NaN, A, 1, A)).toThrow(/alpha/);
  expect(() => diagonalMatrix([1, Number.POSITIVE_INFINITY])).toThrow(/values\[1\]/);
});

test("lower triangle, diagonal and upper triangle add up to the matrix", () => {
  fc.assert(
    fc.property(smallSparse, fc.integer({ min: -3, max: 3 }), (A, k) => {
      const together = addScaled(1, tril(A, k), 1, triu(A, k + 1));
      wellFormed(tril(A, k));
      expect(together).toEqual(A);
      expect(dense(A).flatMap((row, i) => (i < A.cols ? [row[i]] : []))).toEqual([...diagonal(A)]);
      expect(withoutZeros(A).data.every((value) => value !== 0)).toBe(true);
      expect(dense(withoutZeros(A))).toEqual(dense(A));
    }),
  );
});

test("symmetry is seen exactly, and up to a tolerance relative to the largest entry", () => {
  expect(isSymmetric(poissonFd(2, 4))).toBe(true);
  expect(isSymmetric(csrFromTriplets(2, 2, [0, 1], [1, 0], [1, 1 + 1e-13]))).toBe(false);
  expect(isSymmetric(csrFromTriplets(2, 2, [0, 1], [1, 0], [1, 1 + 1e-13]), 1e-12)).toBe(true);
  expect(isSymmetric(csrFromTriplets(2, 2, [0], [1], [1]))).toBe(false);
  expect(isSymmetric(csrFromTriplets(2, 3, [], [], []))).toBe(false);
  fc.assert(
    fc.property(smallSparse, (A) => {
      if (A.rows !== A.cols) return;
      expect(isSymmetric(addScaled(1, A, 1, transpose(A)))).toBe(true);
    }),
  );
});

test("permuting by an order and then by its inverse is the identity", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 99 }), (n, seed) => {
      const A = randomSparse(seed, n, n, 0.4);
      const order = [...randomVector(seed, n).keys()].sort(
        (i, j) => randomVector(seed, n)[i]! - randomVector(seed, n)[j]!,
      );
      const permuted = permute(A, order);
      wellFormed(permuted);
      expect(dense(permuted)).toEqual(order.map((i) => order.map((j) => dense(A)[i]![j])));
      expect(permute(permuted, inversePermutation(order))).toEqual(A);
    }),
    { numRuns: 40 },
  );
  expect(() => permute(poissonFd(1, 3), [0, 1])).toThrow("rowOrder: expected 3 entries, got 2");
  expect(() => permute(poissonFd(1, 3), [0, 1, 1])).toThrow(/rowOrder: 1 occurs twice/);
  expect(() => permute(poissonFd(1, 3), [0, 1, 7])).toThrow(/rowOrder: entry 2 is 7/);
});

test("reverse Cuthill-McKee gives a shuffled grid its band back", () => {
  const n = 15;
  const A = poissonFd(2, n);
  const noise = randomVector(5, A.rows);
  const shuffled = permute(
    A,
    [...noise.keys()].sort((i, j) => noise[i]! - noise[j]!),
  );
  expect(bandwidth(A)).toEqual({ lower: n, upper: n });
  expect(bandwidth(shuffled).lower).toBeGreaterThan(150);
  const band = bandwidth(permute(shuffled, reverseCuthillMcKee(shuffled)));
  expect(band.lower).toBeLessThanOrEqual(n + 2);
  expect(band.upper).toBe(band.lower);
});

test("orderings are permutations of every graph, disconnected and unsymmetric ones too", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 }),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.nat(99),
      (n, density, seed) => {
        const A = randomSparse(seed, n, n, density);
        for (const order of [reverseCuthillMcKee(A), approximateMinimumDegree(A)])
          expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      },
    ),
  );
  expect(() => reverseCuthillMcKee(csrFromTriplets(2, 3, [], [], []))).toThrow("must be square, got 2 x 3");
});

test("the transposed product is the product with the transpose", () => {
  fc.assert(
    fc.property(smallSparse, fc.nat(99), (A, seed) => {
      const x = randomVector(seed, A.rows);
      const expected = multiplyVector(transpose(A), x);
      expect(
        largestDifference(multiplyTransposed(A, x, new Float64Array(A.cols).fill(7)), expected),
      ).toBeLessThan(1e-14);
    }),
  );
  expect(() => multiplyTransposed(poissonFd(1, 3), new Float64Array(2))).toThrow(/vector: expected 3/);
});

test("a prepared product gives the bits of the plain one", () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(60), fc.nat(99), (rows, cols, seed) => {
      const A = randomSparse(seed, rows, cols, 0.2);
      const product = prepareProduct(A);
      product.x.set(randomVector(seed, cols));
      product.multiply();
      expect(product.y).toEqual(multiplyVector(A, randomVector(seed, cols)));
    }),
    { numRuns: 25 },
  );
});
