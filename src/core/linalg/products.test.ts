import { expect, test } from "vitest";
import {
  distance,
  epsilon,
  flipped,
  largestEntry,
  matrix,
  product,
  randomMatrix,
  randomVector,
} from "../../../test/support/matrices.ts";
import { onProviders } from "../../../test/support/providers.ts";
import { gram, identity, kron, matmul, matvec, transpose } from "./index.ts";

onProviders("products", () => {
  test.each([
    [1, 1, 1],
    [3, 5, 2],
    [7, 1, 9],
    [1, 8, 4],
    [17, 33, 65],
    [100, 101, 103],
    [5, 600, 3],
    [130, 4, 270],
  ])("matmul of %i x %i x %i is the triple loop to rounding, with every choice of transposes", (m, k, n) => {
    const a = randomMatrix(m, k);
    const b = randomMatrix(k, n, 2);
    const expected = product(a, b);
    const tolerance = 4 * epsilon * k * largestEntry(a) * largestEntry(b);
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const c = matmul(transposeA ? flipped(a) : a, transposeB ? flipped(b) : b, {
          transposeA,
          transposeB,
        });
        expect(distance(c, expected)).toBeLessThanOrEqual(tolerance);
      }
  });

  test.each([
    [1, 1],
    [9, 4],
    [4, 9],
    [150, 101],
  ])("the Gram matrix of %i x %i is the product with the transpose, exactly symmetric", (m, n) => {
    const a = randomMatrix(m, n);
    const c = gram(a);
    expect(distance(c, product(flipped(a), a))).toBeLessThanOrEqual(20 * epsilon * m);
    expect(c).toEqual(flipped(c));
  });

  test("a product over no terms is zero and empty factors give empty products", () => {
    expect(
      matmul(
        matrix(2, 0, () => 0),
        matrix(0, 3, () => 0),
      ),
    ).toEqual(matrix(2, 3, () => 0));
    expect(
      matmul(
        matrix(0, 2, () => 0),
        matrix(2, 3, () => 0),
      ).shape,
    ).toEqual([0, 3]);
    expect(gram(matrix(0, 2, () => 0))).toEqual(matrix(2, 2, () => 0));
  });

  test("inner extents that differ are refused with both shapes' figures", () => {
    expect(() => matmul(randomMatrix(2, 3), randomMatrix(2, 3))).toThrow(/b: expected 3 rows .*\[2, 3\]/);
    expect(() => matmul(randomMatrix(2, 3), randomMatrix(2, 4), { transposeB: true })).toThrow(
      /expected 3 columns/,
    );
  });
});

test.each([
  [1, 1],
  [5, 7],
  [8, 3],
  [40, 61],
])("matvec of %i x %i agrees with the product, both ways", (m, n) => {
  const a = randomMatrix(m, n);
  const column = (x: Float64Array) => matrix(x.length, 1, (i) => x[i]!);
  const x = randomVector(n);
  const y = randomVector(m);
  expect(distance(column(matvec(a, x)), product(a, column(x)))).toBeLessThan(1e-13);
  expect(distance(column(matvec(a, y, { transpose: true })), product(flipped(a), column(y)))).toBeLessThan(
    1e-13,
  );
  expect(() => matvec(a, new Float64Array(n + 1))).toThrow(/x: expected/);
});

test("transpose moves entry (i, j) to (j, i) for any shape", () => {
  for (const [m, n] of [
    [1, 5],
    [17, 16],
    [33, 50],
    [0, 3],
  ] as const)
    expect(transpose(randomMatrix(m, n))).toEqual(flipped(randomMatrix(m, n)));
});

test("the Kronecker product satisfies (a x b)(c x d) = ac x bd", () => {
  const [a, b, c, d] = [
    randomMatrix(2, 3),
    randomMatrix(4, 2, 2),
    randomMatrix(3, 2, 3),
    randomMatrix(2, 5, 4),
  ];
  expect(distance(product(kron(a, b), kron(c, d)), kron(product(a, c), product(b, d)))).toBeLessThan(1e-13);
  expect(
    kron(
      matrix(1, 2, (_, j) => j + 1),
      identity(2),
    ),
  ).toEqual(matrix(2, 4, (i, j) => (j % 2 === i ? 1 + (j >> 1) : 0)));
});
