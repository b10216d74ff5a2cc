import { expect, test } from "vitest";
import { largestDifference } from "../../../test/support/sparse-matrices.ts";
import { fromNested, toNested } from "../array/index.ts";
import { eigvalsh } from "../linalg/index.ts";
import {
  convectionDiffusion2d,
  darcyFv,
  helmholtzFd,
  isSymmetric,
  poissonFd,
  requireCsr,
  rowSums,
  sparseCholesky,
  toDense,
} from "./index.ts";

test("the Poisson matrix on 3 x 3 points has the known solution of A x = 1", () => {
  const A = poissonFd(2, 3, { scaled: false });
  const x = sparseCholesky(A).solve(new Float64Array(9).fill(1));
  const expected = [0.6875, 0.875, 0.6875, 0.875, 1.125, 0.875, 0.6875, 0.875, 0.6875];
  expect(largestDifference(x, expected)).toBeLessThan(1e-15);
});

test.each([1, 2, 3] as const)(
  "the eigenvalues of the Poisson matrix in %d dimensions are the known ones",
  (dim) => {
    const n = dim === 3 ? 3 : 4;
    const A = poissonFd(dim, n);
    const axis = Array.from(
      { length: n },
      (_, k) => 4 * (n + 1) ** 2 * Math.sin((Math.PI * (k + 1)) / (2 * (n + 1))) ** 2,
    );
    let expected = [0];
    for (let d = 0; d < dim; d++) expected = expected.flatMap((sum) => axis.map((value) => sum + value));
    expect(
      largestDifference(
        eigvalsh(toDense(A)),
        expected.sort((a, b) => a - b),
      ),
    ).toBeLessThan(1e-10);
  },
);

test("the Darcy matrix of a 2 x 2 field and its solution are the known ones", () => {
  const A = darcyFv(
    fromNested([
      [1, 2],
      [3, 4],
    ]),
  );
  const expected = [
    [27.3333333333, -5.3333333333, -6, 0],
    [-5.3333333333, 48, 0, -10.6666666667],
    [-6, 0, 67.7142857143, -13.7142857143],
    [0, -10.6666666667, -13.7142857143, 88.380952381],
  ];
  expect(largestDifference((toNested(toDense(A)) as number[][]).flat(), expected.flat())).toBeLessThan(1e-9);
  const x = sparseCholesky(A).solve(new Float64Array(4).fill(1));
  expect(largestDifference(x, [0.0474680053, 0.0302156884, 0.0227180788, 0.0184865953])).toBeLessThan(1e-9);
});

test("the Darcy matrix of a constant field is that of the Laplacian inside", () => {
  const K = { dtype: "float64", shape: [5, 5], data: new Float64Array(25).fill(3) } as const;
  const row = (toNested(toDense(darcyFv(K))) as number[][])[12]!;
  expect([row[7], row[11], row[12], row[13], row[17]]).toEqual([-75, -75, 300, -75, -75]);
});

test("the Helmholtz matrix is the Laplacian shifted by k^2, constant or by point", () => {
  const k2 = Float64Array.from({ length: 9 }, (_, i) => i);
  const [plain, shifted] = [toDense(poissonFd(2, 3)).data, toDense(helmholtzFd(3, k2)).data];
  for (let i = 0; i < 9; i++) expect(shifted[i * 10]).toBe(plain[i * 10]! - i);
  expect(helmholtzFd(3, 0)).toEqual(poissonFd(2, 3));
});

test("convection without wind is the Laplacian, and upwinding keeps an M-matrix", () => {
  expect(largestDifference(convectionDiffusion2d(4, 1, [0, 0]).data, poissonFd(2, 4).data)).toBeLessThan(
    1e-12,
  );
  for (const wind of [
    [50, 0],
    [0, -50],
    [-30, 20],
  ] as const) {
    const A = convectionDiffusion2d(6, 1, wind);
    requireCsr("A", A);
    expect(isSymmetric(A)).toBe(false);
    const sums = rowSums(A);
    for (let row = 0; row < A.rows; row++) {
      expect(sums[row]).toBeGreaterThan(-1e-9);
      for (let k = A.indptr[row]!; k < A.indptr[row + 1]!; k++)
        expect(Math.sign(A.data[k]!)).toBe(A.indices[k] === row ? 1 : -1);
    }
  }
});

test("wind along an axis adds upwind differences to the neighbours against it", () => {
  // h = 1/3: diffusion 9, wind 6 along the rows' index adds 18 to the centre and takes 18 from the point above.
  const A = toNested(toDense(convectionDiffusion2d(2, 1, [6, 0]))) as number[][];
  expect(A[2]!.map((value) => Math.round(value))).toEqual([-27, 0, 54, -9]);
});

test("the gallery refuses what it cannot discretise", () => {
  // @ts-expect-error four dimensions
  expect(() => poissonFd(4, 2)).toThrow(/dim/);
  expect(() => poissonFd(2, 0)).toThrow(/n: expected a whole number of at least 1/);
  expect(() => poissonFd(3, 5000)).toThrow(/number of unknowns/);
  expect(() => darcyFv(fromNested([[1, 2]]))).toThrow(/K: expected shape/);
  expect(() => darcyFv(fromNested([[0]]))).toThrow("K: element 0 is 0; expected positive values");
  expect(() => helmholtzFd(2, new Float64Array(3))).toThrow("k2: expected 4 values, got 3");
  expect(() => convectionDiffusion2d(2, -1, [0, 0])).toThrow(/diffusion/);
});
