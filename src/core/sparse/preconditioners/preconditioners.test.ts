import { expect, test } from "vitest";
import {
  largestDifference,
  randomSparse,
  randomSymmetric,
  randomVector,
} from "../../../../test/support/sparse-matrices.ts";
import { type CsrMatrix, fromNested, toNested } from "../../array/index.ts";
import { NumericalError } from "../../errors.ts";
import { solve } from "../../linalg/index.ts";
import {
  addScaled,
  blockJacobi,
  cg,
  convectionDiffusion2d,
  csrFromDense,
  csrFromTriplets,
  diagonal,
  diagonalMatrix,
  gmres,
  ic0,
  identity,
  ilu0,
  jacobi,
  multiplySparse,
  multiplyVector,
  type Preconditioner,
  permute,
  poissonFd,
  scaleMatrix,
  sorSweep,
  sparseCholesky,
  ssor,
  toDense,
  transpose,
  triangularPreconditioner,
  tril,
  triu,
} from "../index.ts";

const applied = (M: Preconditioner, r: Float64Array): Float64Array => {
  const out = new Float64Array(r.length).fill(Number.NaN);
  M.apply(r, out);
  return out;
};

const diagonallyDominant = (seed: number, n: number): CsrMatrix =>
  addScaled(1, randomSparse(seed, n, n, 0.3), n, identity(n));

const all: readonly [string, (A: CsrMatrix) => Preconditioner][] = [
  ["jacobi", jacobi],
  ["blockJacobi", (A) => blockJacobi(A, 3)],
  ["ssor", (A) => ssor(A, 1.3)],
  ["sorSweep", (A) => sorSweep(A, 1.3)],
  ["ilu0", ilu0],
  ["ic0", ic0],
];

test.each(all)("%s may write to the vector it reads, and is linear", (_name, make) => {
  const A = poissonFd(2, 4);
  const M = make(A);
  const [r, s] = [randomVector(1, A.rows), randomVector(2, A.rows)];
  const inPlace = r.slice();
  M.apply(inPlace, inPlace);
  expect(inPlace).toEqual(applied(M, r));
  const sum = r.map((value, i) => 2 * value - s[i]!);
  const expected = applied(M, r).map((value, i) => 2 * value - applied(M, s)[i]!);
  expect(largestDifference(applied(M, sum), expected)).toBeLessThan(1e-14);
});

test.each(all)("%s is what it should be for a 1 x 1 and an empty matrix", (name, make) => {
  const factor = name === "ssor" ? 1.3 * 0.7 : name === "sorSweep" ? 1.3 : 1;
  const [value] = applied(make(csrFromTriplets(1, 1, [0], [0], [4])), Float64Array.of(8));
  expect(value).toBeCloseTo(2 * factor, 14);
  expect(make(csrFromTriplets(0, 0, [], [], [])).size).toBe(0);
});

test.each(all)("%s names the row without diagonal entry, and refuses what is not square", (name, make) => {
  const missing = csrFromTriplets(3, 3, [0, 1, 2, 2, 0], [0, 1, 0, 1, 2], [2, 2, 1, 1, 1]);
  if (name === "blockJacobi") expect(() => blockJacobi(missing, 1)).toThrow(/row 2 is singular/);
  else expect(() => make(missing)).toThrow(/A: row 2 has no diagonal entry/);
  expect(() => make(csrFromTriplets(2, 3, [0], [0], [1]))).toThrow("A: must be square, got 2 x 3");
  const wrong = { ...poissonFd(1, 3), data: new Float64Array(7).fill(Number.NaN) };
  expect(() => make(wrong)).toThrow(/A.data: entry \(0, 0\) is NaN/);
});

test.each([
  ["jacobi", jacobi],
  ["ssor", ssor],
  ["sorSweep", sorSweep],
] as const)("%s refuses a zero on the diagonal, naming the row", (_name, make) => {
  expect(() => make(csrFromTriplets(2, 2, [0, 1], [0, 1], [1, 0]))).toThrow(
    "row 1 has a zero diagonal entry",
  );
});

test("relaxation factors outside (0, 2) are refused", () => {
  for (const omega of [0, 2, 2.1, -1, Number.NaN]) {
    expect(() => ssor(poissonFd(1, 3), omega)).toThrow(`omega: must lie in (0, 2), got ${omega}`);
    expect(() => sorSweep(poissonFd(1, 3), omega)).toThrow(/must lie in \(0, 2\)/);
  }
});

test("ssor inverts (D + omega L) D^-1 (D + omega U) / (omega (2 - omega))", () => {
  for (const omega of [0.7, 1, 1.9]) {
    const A = diagonallyDominant(3, 12);
    const D = diagonalMatrix(diagonal(A));
    const lower = addScaled(1, D, omega, tril(A, -1));
    const upper = addScaled(1, D, omega, triu(A, 1));
    const M = scaleMatrix(
      1 / (omega * (2 - omega)),
      multiplySparse(multiplySparse(lower, diagonalMatrix(diagonal(A).map((value) => 1 / value))), upper),
    );
    const r = randomVector(4, 12);
    expect(largestDifference(multiplyVector(M, applied(ssor(A, omega), r)), r)).toBeLessThan(1e-13);
  }
});

test("a sweep inverts D / omega + L", () => {
  const A = diagonallyDominant(5, 12);
  const M = addScaled(1 / 1.4, diagonalMatrix(diagonal(A)), 1, tril(A, -1));
  const r = randomVector(6, 12);
  expect(largestDifference(multiplyVector(M, applied(sorSweep(A, 1.4), r)), r)).toBeLessThan(1e-13);
});

test("block Jacobi solves with the diagonal blocks, pivots inside them, and is exact for one block", () => {
  const A = addScaled(1, randomSparse(7, 10, 10, 0.9), 0.1, identity(10));
  const r = randomVector(8, 10);
  const full = applied(blockJacobi(A, 10), r);
  expect(largestDifference(full, solve(toDense(A), r))).toBeLessThan(1e-10);
  const blocks = applied(blockJacobi(A, 4), r);
  for (const [first, last] of [
    [0, 4],
    [4, 8],
    [8, 10],
  ] as const) {
    const dense = toNested(toDense(A)) as number[][];
    const block = dense.slice(first, last).map((row) => row.slice(first, last));
    expect(
      largestDifference(blocks.slice(first, last), solve(fromNested(block), r.slice(first, last))),
    ).toBeLessThan(1e-9);
  }
  const swap = fromNested([
    [0, 1],
    [1, 0],
  ]);
  expect([...applied(blockJacobi(csrFromDense(swap), 2), Float64Array.of(3, 5))]).toEqual([5, 3]);
  expect(() => blockJacobi(poissonFd(1, 4), 0)).toThrow(/blockSize/);
});

test("ILU(0) reproduces A on A's pattern, and A itself for a tridiagonal matrix", () => {
  const A = convectionDiffusion2d(6, 1, [20, -10]);
  const { factors } = ilu0(A);
  const product = multiplySparse(addScaled(1, tril(factors, -1), 1, identity(A.rows)), triu(factors));
  const [a, p] = [toDense(A).data, toDense(product).data];
  for (let i = 0; i < a.length; i++)
    if (a[i] !== 0) expect(Math.abs(a[i]! - p[i]!)).toBeLessThan(1e-11 * Math.abs(a[i]!));
  const T = addScaled(1, poissonFd(1, 30), 100, diagonalMatrix(randomVector(3, 30)));
  const b = randomVector(4, 30);
  expect(largestDifference(multiplyVector(T, applied(ilu0(T), b)), b)).toBeLessThan(1e-12);
});

test("ILU(0) reports the row of a vanishing pivot", () => {
  const A = csrFromTriplets(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1]);
  expect(() => ilu0(A)).toThrow(NumericalError);
  expect(() => ilu0(A)).toThrow("ILU(0) has pivot 0 in row 1");
});

test("IC(0) of the 3 x 3 Poisson matrix has the known diagonal", () => {
  const { factor, alpha } = ic0(poissonFd(2, 3, { scaled: false }));
  const expected = [
    2, 1.9364916731, 1.9321835662, 1.9364916731, 1.8618986725, 1.8557158507, 1.9321835662, 1.8557158507,
    1.8491149685,
  ];
  expect(largestDifference(diagonal(factor), expected)).toBeLessThan(1e-9);
  expect(alpha).toBe(0);
});

test("IC(0) reproduces A on A's pattern and inverts its own product", () => {
  const A = poissonFd(3, 3);
  const M = ic0(A);
  const product = multiplySparse(M.factor, transpose(M.factor));
  const [a, p] = [toDense(A).data, toDense(product).data];
  for (let i = 0; i < a.length; i++)
    if (a[i] !== 0) expect(Math.abs(a[i]! - p[i]!)).toBeLessThan(1e-12 * Math.abs(a[i]!));
  const r = randomVector(1, A.rows);
  expect(largestDifference(multiplyVector(product, applied(M, r)), r)).toBeLessThan(1e-12);
});

test("IC(0) shifts a definite matrix whose incomplete factorization fails, and says by how much", () => {
  // Kershaw's matrix: positive definite, but a pivot of IC(0) is -5.
  const A = csrFromDense(
    fromNested([
      [3, -2, 0, 2],
      [-2, 3, -2, 0],
      [0, -2, 3, -2],
      [2, 0, -2, 3],
    ]),
  );
  const M = ic0(A);
  expect(M.alpha).toBeGreaterThan(0);
  expect(Math.log2(M.alpha / 1e-3) % 1).toBeCloseTo(0, 12);
  expect(cg(A, Float64Array.of(1, 2, 3, 4), { precond: M }).converged).toBe(true);
});

test("IC(0) refuses an indefinite and an unsymmetric matrix", () => {
  expect(() => ic0(csrFromTriplets(2, 2, [0, 1], [0, 1], [1, -1]))).toThrow(/not positive in row 1/);
  expect(() => ic0(csrFromTriplets(2, 2, [0, 1, 1], [0, 0, 1], [2, 1, 2]))).toThrow(
    "must be symmetric, but entry (0, 1) is 0 and entry (1, 0) is 1",
  );
});

test("triangular preconditioners solve with R and with its transpose", () => {
  const R = fromNested([
    [2, 1, -1],
    [0, 3, 4],
    [0, 0, 5],
  ]);
  const M = triangularPreconditioner(R);
  const r = Float64Array.of(1, 2, 3);
  expect(largestDifference(applied(M, r), solve(R, r))).toBeLessThan(1e-15);
  const out = r.slice();
  M.applyTranspose!(out, out);
  const T = fromNested([
    [2, 0, 0],
    [1, 3, 0],
    [-1, 4, 5],
  ]);
  expect(largestDifference(out, solve(T, r))).toBeLessThan(1e-15);
  expect(() =>
    triangularPreconditioner(
      fromNested([
        [1, 1],
        [0, 1e-17],
      ]),
    ),
  ).toThrow(/column 1 depends/);
});

test("each preconditioner cuts the iterations of its solver on the Poisson matrix", () => {
  const A = poissonFd(2, 30);
  const b = randomVector(1, A.rows);
  const plain = cg(A, b).iterations;
  for (const M of [ssor(A, 1.5), ic0(A), blockJacobi(A, 30)]) {
    const result = cg(A, b, { precond: M });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(plain);
  }
  const general = gmres(A, b).iterations;
  for (const M of [sorSweep(A, 1.5), ilu0(A)])
    expect(gmres(A, b, { precond: M }).iterations).toBeLessThan(general);
});

test("the complete factorization is IC(0) where the order makes no fill", () => {
  const A = randomSymmetric(2, 8, 0, 3);
  const M = ic0(permute(A, [...Array(8).keys()].reverse()));
  const b = randomVector(3, 8);
  expect(largestDifference(applied(M, b), sparseCholesky(A).solve(b))).toBeLessThan(1e-15);
});
