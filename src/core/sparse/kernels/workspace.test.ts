import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { largestDifference, randomSparse, randomVector } from "../../../../test/support/sparse-matrices.ts";
import { convectionDiffusion2d, multiplyVector, transpose } from "../index.ts";
import { wasmKernels } from "./wasm-kernels.ts";
import { type Workspace, withWorkspace } from "./workspace.ts";

const room = 1 << 20;

/** Runs the same calls on the WebAssembly kernels and on the plain ones. */
function both<T>(body: (workspace: Workspace) => T): [T, T] {
  return [withWorkspace(room, body), withWorkspace(room, body, true)];
}

function filled(workspace: Workspace, seed: number, length: number): Float64Array {
  const vector = workspace.vector(length);
  vector.set(randomVector(seed, length));
  return vector;
}

test("WebAssembly is used here, so that the comparisons below compare two things", () => {
  expect(wasmKernels(new WebAssembly.Memory({ initial: 1 }))).toBeDefined();
});

test("vector kernels give the same bits in WebAssembly and in plain loops, for every length", () => {
  for (let length = 0; length <= 37; length++) {
    const [fast, plain] = both((w) => {
      const [x, y, p, q] = [1, 2, 3, 4].map((seed) => filled(w, seed, length)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const sums = [w.dot(x, y)];
      w.axpy(0.3, x, y);
      w.xpay(x, -1.7, p);
      w.scale(0.9, q);
      sums.push(w.stepAndDot(0.37, p, q, x, y));
      // The direction may be the residual itself.
      sums.push(w.stepAndDot(0.11, y, q, x, y));
      return { sums, vectors: [x, y, p, q].map((vector) => vector.slice()) };
    });
    expect(fast).toEqual(plain);
  }
});

test("dot products are right", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), (length) => {
      const expected = randomVector(1, length).reduce(
        (sum, x, i) => sum + x * randomVector(2, length)[i]!,
        0,
      );
      const [fast] = both((w) => w.dot(filled(w, 1, length), filled(w, 2, length)));
      expect(Math.abs(fast - expected)).toBeLessThan(1e-14 * Math.max(1, length));
    }),
    { numRuns: 30 },
  );
});

test("basis kernels give the same bits in WebAssembly and in plain loops, and the right sums", () => {
  for (const [length, columns] of [
    [1, 1],
    [7, 3],
    [16, 4],
    [33, 9],
    [1100, 6],
  ] as const) {
    const [fast, plain] = both((w) => {
      const basis = w.basis(length, columns);
      basis.data.set(randomVector(5, length * columns));
      const target = w.basis(length, 3);
      const vector = filled(w, 6, length);
      const products = new Float64Array(columns);
      w.project(basis, columns, vector, products);
      w.combine(basis, columns, -2, products, vector);
      const orthogonal = filled(w, 7, length);
      const parts = new Float64Array(columns);
      w.orthogonalize(basis, columns, orthogonal, parts);
      w.transform([{ basis, count: columns }], (i, j) => 0.1 * i - j, target, 3);
      return [products, vector.slice(), orthogonal.slice(), parts, target.data.slice()] as const;
    });
    expect(fast).toEqual(plain);
    const data = randomVector(5, length * columns);
    const column = (j: number) => data.subarray(j * length, (j + 1) * length);
    const expected = new Float64Array(length);
    for (let j = 0; j < columns; j++)
      for (let i = 0; i < length; i++) expected[i]! += (0.1 * j - 2) * data[j * length + i]!;
    expect(largestDifference(fast[4].subarray(2 * length), expected)).toBeLessThan(1e-12);
    for (let j = 0; j < columns; j++) {
      const product = randomVector(6, length).reduce((sum, value, i) => sum + value * column(j)[i]!, 0);
      expect(Math.abs(fast[0][j]! - product)).toBeLessThan(1e-12);
    }
  }
});

test("orthogonalising against an orthonormal basis leaves nothing along it and says what there was", () => {
  const [parts] = both((w) => {
    const basis = w.basis(6, 5);
    // Memory of a workspace is not cleared.
    for (let j = 0; j < 5; j++) basis.columns[j]!.fill(0)[j] = 1;
    const vector = w.vector(6);
    vector.set([1, 2, 3, 4, 5, 6]);
    const products = new Float64Array(5);
    w.orthogonalize(basis, 5, vector, products);
    return [[...products], [...vector]];
  });
  expect(parts).toEqual([
    [1, 2, 3, 4, 5],
    [0, 0, 0, 0, 0, 6],
  ]);
});

test("sparse products have the bits of the plain loop, and the transpose those of the scattered one", () => {
  fc.assert(
    fc.property(fc.nat(40), fc.nat(40), fc.nat(9), (rows, cols, seed) => {
      const A = randomSparse(seed, rows, cols, 0.3);
      const [fast, plain] = both((w) => {
        const matrix = w.matrix(A);
        const [y, z] = [w.vector(rows), w.vector(cols)];
        matrix.multiply(filled(w, 1, cols), y);
        matrix.multiplyTranspose(filled(w, 2, rows), z);
        return [y.slice(), z.slice()] as const;
      });
      expect(fast).toEqual(plain);
      expect(fast[0]).toEqual(multiplyVector(A, randomVector(1, cols)));
      const direct = multiplyVector(transpose(A), randomVector(2, rows));
      expect(largestDifference(fast[1], direct)).toBeLessThan(1e-13);
    }),
    { numRuns: 40 },
  );
});

test("a workspace begins with zeros although its memory is used again, and nested ones are apart", () => {
  for (let round = 0; round < 3; round++) {
    withWorkspace(room, (outer) => {
      const kept = outer.vector(100);
      expect(kept.every((value) => value === 0)).toBe(true);
      kept.fill(7);
      withWorkspace(room, (inner) => inner.vector(100).fill(9));
      expect(kept.every((value) => value === 7)).toBe(true);
    });
  }
});

test("a workspace is given back when the body throws", () => {
  expect(() =>
    withWorkspace(room, () => {
      throw new Error("stop");
    }),
  ).toThrow("stop");
  expect(withWorkspace(room, (w) => w.vector(3).length)).toBe(3);
});

test("solvers give the same bits where there is no WebAssembly", async () => {
  const A = convectionDiffusion2d(9, 1, [20, 5]);
  const b = randomVector(1, A.rows);
  const solveAll = (library: typeof import("../index.ts")) => [
    library.cg(library.poissonFd(2, 9), b, { precond: library.ic0(library.poissonFd(2, 9)) }),
    library.gmres(A, b, { restart: 7 }),
    library.bicgstab(A, b),
    library.gcrodr(A, b, { m: 12, k: 5 }),
    library.lsmr(A, b),
    library.minres(library.helmholtzFd(9, 150), b),
    library.deflatedPcg(library.poissonFd(2, 9), b),
  ];
  const fast = solveAll(await import("../index.ts"));
  vi.resetModules();
  vi.stubGlobal("WebAssembly", undefined);
  try {
    const plain = solveAll(await import("../index.ts"));
    expect(plain).toEqual(fast);
  } finally {
    vi.unstubAllGlobals();
  }
});
