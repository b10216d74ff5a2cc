import type { Matrix } from "ockham/array";
import { fromNested } from "ockham/array";
import {
  darcyLapK,
  logNormalField,
  maskedPoisson3d,
  projectOut,
  threeParameterField,
  twoPhaseField,
} from "ockham/pde";
import { randomStream } from "ockham/random";
import { cg, darcyFv, isSymmetric, multiplyVector, poissonFd, sparseLu, toDense } from "ockham/sparse";
import { describe, expect, test } from "vitest";

const largest = (values: Iterable<number>) => Math.max(...Array.from(values, Math.abs));

describe("the operator -Laplacian(K u)", () => {
  test("of a 2 x 2 field is the known matrix", () => {
    expect(
      toDense(
        darcyLapK(
          fromNested([
            [1, 2],
            [3, 4],
          ]),
        ),
      ).data,
    ).toEqual(Float64Array.of(36, -18, -27, 0, -9, 72, 0, -36, -9, 0, 108, -36, 0, -18, -27, 144));
  });

  test("is Poisson's for K = 1, and Poisson's on K u for every K", () => {
    const n = 7;
    const ones: Matrix = { dtype: "float64", shape: [n, n], data: new Float64Array(n * n).fill(1) };
    expect(darcyLapK(ones)).toEqual(poissonFd(2, n));
    const K = logNormalField(randomStream(3), n);
    const u = randomStream(4).fillNormal(new Float64Array(n * n));
    const Ku = u.map((value, i) => value * K.data[i]!);
    const difference = multiplyVector(darcyLapK(K), u).map(
      (value, i) => value - multiplyVector(poissonFd(2, n), Ku)[i]!,
    );
    expect(largest(difference)).toBeLessThan(1e-10);
  });

  test("solves a manufactured problem to second order", () => {
    const errors = [16, 32].map((n) => {
      const at = (value: (x: number, y: number) => number) =>
        Float64Array.from({ length: n * n }, (_, k) =>
          value((Math.floor(k / n) + 1) / (n + 1), ((k % n) + 1) / (n + 1)),
        );
      const coefficient = (x: number, y: number) => 2 + x * y;
      const product = (x: number, y: number) => Math.sin(Math.PI * x) * Math.sin(2 * Math.PI * y);
      const K: Matrix = { dtype: "float64", shape: [n, n], data: at(coefficient) };
      // With K u = sin(pi x) sin(2 pi y) the right-hand side is 5 pi^2 K u.
      const u = sparseLu(darcyLapK(K)).solve(at((x, y) => 5 * Math.PI ** 2 * product(x, y)));
      const exact = at((x, y) => product(x, y) / coefficient(x, y));
      return largest(u.map((value, i) => value - exact[i]!));
    });
    expect(errors[0]! / errors[1]!).toBeGreaterThan(3.5);
  });
});

describe("the finite volumes of Darcy flow", () => {
  test("solve a manufactured problem with a variable coefficient to second order", () => {
    // -div(K grad u) with K = 1 + x and u = sin(pi x) sin(pi y).
    const errors = [16, 32].map((n) => {
      const at = (value: (x: number, y: number) => number) =>
        Float64Array.from({ length: n * n }, (_, k) =>
          value((Math.floor(k / n) + 0.5) / n, ((k % n) + 0.5) / n),
        );
      const K: Matrix = { dtype: "float64", shape: [n, n], data: at((x) => 1 + x) };
      const f = at(
        (x, y) =>
          2 * Math.PI ** 2 * (1 + x) * Math.sin(Math.PI * x) * Math.sin(Math.PI * y) -
          Math.PI * Math.cos(Math.PI * x) * Math.sin(Math.PI * y),
      );
      const u = sparseLu(darcyFv(K)).solve(f);
      const exact = at((x, y) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y));
      return largest(u.map((value, i) => value - exact[i]!));
    });
    expect(errors[0]! / errors[1]!).toBeGreaterThan(3.5);
  });

  test("lose nothing between cells: what flows in through sources leaves through the border", () => {
    const n = 12;
    const K = twoPhaseField(randomStream(1), n);
    const u = sparseLu(darcyFv(K)).solve(new Float64Array(n * n).fill(1));
    let outflow = 0;
    for (let k = 0; k < n * n; k++) {
      const [i, j] = [Math.floor(k / n), k % n];
      const faces = [i === 0, i === n - 1, j === 0, j === n - 1].filter(Boolean).length;
      outflow += faces * 2 * K.data[k]! * u[k]!;
    }
    // The integral of the source 1 over the unit square.
    expect(outflow).toBeCloseTo(1, 10);
  });
});

describe("the masked Poisson operator", () => {
  const box = (nx: number, ny: number, nz: number) => new Uint8Array(nx * ny * nz).fill(1);

  test("of a cube of fluid between Dirichlet walls is Poisson's", () => {
    expect(maskedPoisson3d(box(4, 4, 4), [4, 4, 4]).A).toEqual(poissonFd(3, 4, { scaled: false }));
  });

  test("between Neumann walls has the constants on each part of the fluid as null vectors, and is solvable without them", () => {
    const dims = [5, 3, 4] as const;
    const mask = box(...dims);
    // A solid plane parts the fluid.
    for (let y = 0; y < 3; y++) for (let z = 0; z < 4; z++) mask[(2 * 3 + y) * 4 + z] = 0;
    mask[0] = 0;
    const { A, cells, nullVectors } = maskedPoisson3d(mask, dims, { boundary: "neumann" });
    expect(isSymmetric(A)).toBe(true);
    expect(cells.length).toBe(47);
    expect(nullVectors.length).toBe(2);
    for (const vector of nullVectors) expect(largest(multiplyVector(A, vector))).toBeLessThan(1e-14);
    const b = randomStream(2).fillNormal(new Float64Array(47));
    projectOut(nullVectors, b);
    const { x, converged } = cg(A, b, { tol: 1e-10 });
    expect(converged).toBe(true);
    const r = multiplyVector(A, x).map((value, i) => value - b[i]!);
    expect(largest(r)).toBeLessThan(1e-8);
  });

  test("refuses masks that do not fit, by name", () => {
    expect(() => maskedPoisson3d(box(2, 2, 2), [2, 2, 3])).toThrow(/mask: expected a Uint8Array of 12/);
    expect(() => maskedPoisson3d(Uint8Array.of(2), [1, 1, 1])).toThrow(/mask\[0\]: expected 0 or 1/);
  });
});

describe("coefficient fields", () => {
  test("have the stated values", () => {
    const phases = twoPhaseField(randomStream(0), 32).data;
    expect([...new Set(phases)].sort((a, b) => a - b)).toEqual([3, 12]);
    expect(Math.min(...logNormalField(randomStream(0), 16).data)).toBeGreaterThan(0);
    const field = threeParameterField([1, 0, 0], 3);
    expect(field.data[0]).toBeCloseTo(Math.exp(1.5 * Math.cos(Math.PI / 4)), 12);
    expect(field.data[4]).toBeCloseTo(1, 12);
  });
});
