// What the mathematics of each method promises.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  largestDifference,
  randomSymmetric,
  randomVector,
  relativeResidual,
} from "../../../../test/support/sparse-matrices.ts";
import { eigh, solve } from "../../linalg/index.ts";
import {
  addScaled,
  bicgstab,
  cg,
  convectionDiffusion2d,
  csrFromTriplets,
  deflatedPcg,
  diagonal,
  diagonalMatrix,
  fgmres,
  gcrodr,
  gmres,
  helmholtzFd,
  ic0,
  identity,
  ilu0,
  jacobi,
  minres,
  multiplyVector,
  poissonFd,
  type RecycleSpace,
  scaleRows,
  sor,
  toDense,
} from "../index.ts";

const nonIncreasing = (values: Float64Array, slack = 1e-12) => {
  for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1]! * (1 + slack));
};

describe("conjugate gradients", () => {
  test("end after as many steps as A has distinct eigenvalues", () => {
    const A = diagonalMatrix(Float64Array.from({ length: 60 }, (_, i) => [1, 4, 9, 25][i % 4]!));
    expect(cg(A, randomVector(1, 60), { tol: 1e-12 }).iterations).toBe(4);
  });

  test("never increase the A-norm of the error", () => {
    const A = poissonFd(2, 10);
    const exact = randomVector(2, 100);
    const b = multiplyVector(A, exact);
    const errors = Float64Array.from({ length: 25 }, (_, maxIterations) => {
      const error = cg(A, b, { maxIterations, tol: 1e-14 }).x.map((value, i) => value - exact[i]!);
      return multiplyVector(A, error).reduce((sum, value, i) => sum + value * error[i]!, 0);
    });
    nonIncreasing(errors);
  });

  test("report the curvature that shows that A is indefinite", () => {
    const result = cg(helmholtzFd(10, 200), randomVector(1, 100));
    expect(result.breakdown).toMatch(/^not positive definite: p \. A p = -\d/);
  });

  test("report a preconditioner that is not positive definite", () => {
    const precond = jacobi(diagonalMatrix(Float64Array.from({ length: 25 }, (_, i) => (i < 20 ? -1 : 1))));
    expect(cg(poissonFd(2, 5), new Float64Array(25).fill(1), { precond }).breakdown).toMatch(
      /not positive definite: r \. M\^-1 r/,
    );
  });

  test("need as many iterations with IC(0) as the factorization's quality promises on a fine grid", () => {
    const A = poissonFd(2, 64);
    const b = new Float64Array(A.rows).fill(1);
    const plain = cg(A, b).iterations;
    expect(cg(A, b, { precond: ic0(A) }).iterations).toBeLessThan(plain / 2);
  });
});

describe("MINRES", () => {
  test("has the residuals of GMRES without restarts on symmetric matrices", () => {
    for (const A of [helmholtzFd(8, 150), poissonFd(2, 8), randomSymmetric(3, 64, 0.1, 0.3)]) {
      const b = randomVector(1, 64);
      const [a, g] = [minres(A, b, { maxIterations: 25 }), gmres(A, b, { maxIterations: 25, restart: 64 })];
      expect(largestDifference(a.residuals, g.residuals)).toBeLessThan(1e-9);
    }
  });

  test("never increases the residual, and solves indefinite systems", () => {
    const A = helmholtzFd(20, 500);
    const b = randomVector(2, 400);
    const result = minres(A, b, { tol: 1e-10 });
    expect(result.converged).toBe(true);
    nonIncreasing(result.residuals.slice(0, -1));
  });

  test("solves singular consistent systems", () => {
    const A = csrFromTriplets(5, 5, [0, 1, 2, 3], [0, 1, 2, 3], [1, -2, 3, 4]);
    const result = minres(A, Float64Array.of(1, 1, 1, 1, 0));
    expect(result.converged).toBe(true);
    expect(largestDifference(result.x, [1, -0.5, 1 / 3, 0.25, 0])).toBeLessThan(1e-8);
  });

  test("minimises the residual of inconsistent systems and says so", () => {
    const A = csrFromTriplets(5, 5, [0, 1, 2, 3], [0, 1, 2, 3], [1, -2, 3, 4]);
    const result = minres(A, Float64Array.of(1, 1, 1, 1, 3));
    expect(result.breakdown).toMatch(/^stagnation: x minimises the residual/);
    expect(result.residuals.at(-1)).toBeCloseTo(3 / Math.sqrt(13), 8);
  });
});

describe("GMRES", () => {
  test("never increases the residual, restarts included", () => {
    const A = convectionDiffusion2d(15, 1, [60, 10]);
    for (const restart of [3, 10, 225]) {
      const result = gmres(A, randomVector(1, 225), { restart, maxIterations: 120, tol: 1e-12 });
      nonIncreasing(result.residuals.slice(0, -1), 1e-9);
    }
  });

  test("without restarts ends after n steps with the direct solution, and its end is no breakdown", () => {
    const A = convectionDiffusion2d(5, 1, [30, 30]);
    const b = randomVector(4, 25);
    const result = gmres(A, b, { restart: 25, tol: 1e-13 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThanOrEqual(25);
    expect(result.breakdown).toBeUndefined();
    expect(largestDifference(result.x, solve(toDense(A), b))).toBeLessThan(1e-12);
  });

  test("needs n steps for the cyclic shift, whose residual stays at 1 until the last", () => {
    const n = 12;
    const A = csrFromTriplets(
      n,
      n,
      [...Array(n).keys()],
      Array.from({ length: n }, (_, i) => (i + 1) % n),
      new Float64Array(n).fill(1),
    );
    const b = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1 : 0));
    const full = gmres(A, b, { restart: n });
    expect(full).toMatchObject({ converged: true, iterations: n });
    expect([...full.residuals.slice(0, n)]).toEqual([...new Float64Array(n).fill(1)]);
    const restarted = gmres(A, b, { restart: n - 1 });
    expect(restarted.converged).toBe(false);
    expect(restarted.breakdown).toBe("stagnation: three cycles without progress");
  });

  test("happy breakdown: an invariant subspace holds the solution", () => {
    const A = diagonalMatrix(Float64Array.from({ length: 30 }, (_, i) => i + 1));
    const b = Float64Array.from({ length: 30 }, (_, i) => (i % 10 === 0 ? 1 : 0));
    const result = gmres(A, b, { tol: 1e-13 });
    expect(result.iterations).toBe(3);
    expect(
      largestDifference(
        result.x,
        b.map((value, i) => value / (i + 1)),
      ),
    ).toBeLessThan(1e-13);
  });

  test("keeps its basis orthogonal where nearly all of A v lies along it", () => {
    // One eigenvalue is 1e9 times the others: what is left of A v after orthogonalisation has lost 9 digits.
    const n = 40;
    const A = diagonalMatrix(Float64Array.from({ length: n }, (_, i) => (i === 0 ? 1e9 : 1 + i / n)));
    const basis: Float64Array[] = [];
    const apply = (x: Float64Array, out: Float64Array) => {
      basis.push(x.slice());
      multiplyVector(A, x, out);
    };
    gmres({ rows: n, cols: n, apply }, randomVector(8, n), { maxIterations: 12, tol: 0 });
    for (const [i, v] of basis.slice(0, 12).entries()) {
      for (const w of basis.slice(0, i))
        expect(Math.abs(v.reduce((sum, value, k) => sum + value * w[k]!, 0))).toBeLessThan(1e-14);
    }
  });

  test("with a fixed preconditioner is what flexible GMRES is", () => {
    const A = convectionDiffusion2d(12, 1, [20, 20]);
    const b = randomVector(1, 144);
    const options = { precond: ilu0(A), restart: 8, tol: 1e-10 };
    const [plain, flexible] = [gmres(A, b, options), fgmres(A, b, options)];
    expect(flexible.iterations).toBe(plain.iterations);
    expect(largestDifference(flexible.x, plain.x)).toBeLessThan(1e-12);
  });

  test("flexible GMRES takes an inner solver of varying accuracy as preconditioner", () => {
    const A = poissonFd(2, 20);
    const b = randomVector(2, 400);
    let calls = 0;
    const precond = {
      size: 400,
      apply: (r: Float64Array, out: Float64Array) =>
        out.set(cg(A, r, { tol: 0.1, maxIterations: 5 + (calls++ % 20) }).x),
    };
    const result = fgmres(A, b, { precond });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBe(calls);
    expect(result.iterations).toBeLessThan(20);
  });
});

describe("BiCGSTAB", () => {
  test("counts both products of a step", () => {
    const A = convectionDiffusion2d(10, 1, [10, 5]);
    const result = bicgstab(A, randomVector(1, 100), { maxIterations: 10, tol: 1e-14 });
    expect(result.iterations).toBe(10);
    expect(result.matvecs).toBe(11);
  });

  test("ends with a reason for a skew-symmetric matrix, on which it must break down", () => {
    const A = csrFromTriplets(2, 2, [0, 1], [1, 0], [1, -1]);
    const result = bicgstab(A, Float64Array.of(1, 0));
    expect(result.converged).toBe(false);
    expect(result.breakdown).toMatch(/^breakdown: the shadow residual is orthogonal to A p/);
  });
});

describe("SOR", () => {
  const b = new Float64Array(100).fill(1);
  const omegas = [1, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9];

  test.each([
    [0, [223, 145, 88, 62, 43, 58, 89, 187]],
    [0.2, [103, 66, 34, 32, 44, 57, 91, 185]],
  ])("takes the known numbers of sweeps on the 10 x 10 grid plus %f I", (shift, counts) => {
    const A = addScaled(1, poissonFd(2, 10, { scaled: false }), shift, identity(100));
    for (const [i, omega] of omegas.entries()) {
      const result = sor(A, b, { omega });
      expect(result.converged).toBe(true);
      expect(Math.abs(result.iterations - counts[i]!)).toBeLessThanOrEqual(1);
    }
  });

  test("converges fastest at Young's factor", () => {
    const A = poissonFd(2, 10, { scaled: false });
    const best = sor(A, b, { omega: 1.5603879213 }).iterations;
    for (const omega of omegas) expect(best).toBeLessThanOrEqual(sor(A, b, { omega }).iterations + 1);
  });

  test("stops when it diverges", () => {
    const A = csrFromTriplets(2, 2, [0, 0, 1, 1], [0, 1, 0, 1], [1, 5, 5, 1]);
    const result = sor(A, Float64Array.of(1, 1));
    expect(result.converged).toBe(false);
    expect(result.breakdown).toMatch(/^divergence/);
    expect(() => sor(A, Float64Array.of(1, 1), { omega: 2.1 })).toThrow(
      "options.omega: must lie in (0, 2), got 2.1",
    );
  });
});

/** Eigenvectors of the k smallest eigenvalues. */
function smallestEigenvectors(A: Parameters<typeof toDense>[0], k: number): RecycleSpace {
  const n = A.rows;
  const { vectors } = eigh(toDense({ ...A, data: Float64Array.from(A.data) }));
  const space = new Float64Array(n * k);
  for (let j = 0; j < k; j++) for (let i = 0; i < n; i++) space[j * n + i] = vectors.data[i * n + j]!;
  return { k, vectors: space };
}

/** b less its part in the space, whose vectors are orthonormal. */
function projectedOut(b: Float64Array, { k, vectors }: RecycleSpace): Float64Array {
  const n = b.length;
  const result = b.slice();
  for (let j = 0; j < k; j++) {
    const v = vectors.subarray(j * n, (j + 1) * n);
    const product = v.reduce((sum, value, i) => sum + value * b[i]!, 0);
    for (let i = 0; i < n; i++) result[i]! -= product * v[i]!;
  }
  return result;
}

describe("GCRO-DR", () => {
  test("with an exact invariant subspace has the residuals of GMRES on the rest", () => {
    const A = poissonFd(2, 12);
    const b = randomVector(1, 144);
    const recycle = smallestEigenvectors(A, 6);
    const rest = projectedOut(b, recycle);
    const deflated = gcrodr(A, b, { m: 40, k: 6, recycle, maxIterations: 30, tol: 1e-13 });
    const expected = gmres(A, rest, { restart: 40, maxIterations: 30, tol: 1e-13 });
    const factor = Math.hypot(...rest) / Math.hypot(...b);
    for (let i = 1; i < 30; i++)
      expect(Math.abs(deflated.residuals[i]! - factor * expected.residuals[i]!)).toBeLessThan(1e-10);
  });

  test("finds the invariant subspace of the smallest eigenvalues by itself", () => {
    const A = poissonFd(2, 12);
    const { recycle } = gcrodr(A, randomVector(1, 144), { m: 40, k: 6, tol: 1e-12 });
    const exact = smallestEigenvectors(A, 6);
    for (let j = 0; j < 4; j++) {
      const v = recycle.vectors.subarray(j * 144, (j + 1) * 144);
      const outside = projectedOut(v, exact);
      expect(Math.hypot(...outside)).toBeLessThan(0.05 * Math.hypot(...v));
    }
  });

  test("solves the same system again in strictly fewer iterations", () => {
    for (const A of [poissonFd(2, 20), convectionDiffusion2d(20, 1, [30, -10]), helmholtzFd(20, 300)]) {
      const b = randomVector(3, 400);
      const first = gcrodr(A, b);
      const second = gcrodr(A, b, { recycle: first.recycle });
      expect(first.converged && second.converged).toBe(true);
      expect(second.iterations).toBeLessThan(first.iterations);
    }
  });

  test("counts the products that adapt the recycled space, and not as iterations", () => {
    const A = poissonFd(2, 12);
    const b = randomVector(3, 144);
    const { recycle } = gcrodr(A, b);
    const again = gcrodr(A, b, { recycle, maxIterations: 5, tol: 1e-14 });
    expect(again.iterations).toBe(5);
    expect(again.matvecs).toBe(5 + recycle.k + 1);
  });

  test("with m = n gives the direct solution", () => {
    const A = convectionDiffusion2d(6, 1, [25, 25]);
    const b = randomVector(5, 36);
    const result = gcrodr(A, b, { m: 36, k: 10, tol: 1e-13 });
    expect(largestDifference(result.x, solve(toDense(A), b))).toBeLessThan(1e-10);
  });

  test("with k = 0 is restarted GMRES", () => {
    const A = convectionDiffusion2d(15, 1, [20, 0]);
    const b = randomVector(2, 225);
    const [recycled, plain] = [gcrodr(A, b, { m: 10, k: 0 }), gmres(A, b, { restart: 10 })];
    expect(recycled.iterations).toBe(plain.iterations);
    expect(largestDifference(recycled.residuals, plain.residuals)).toBeLessThan(1e-9);
  });

  test("keeps the residual from growing where the spectrum is complex", () => {
    const A = convectionDiffusion2d(16, 0.05, [10, -7]);
    for (const [m, k] of [
      [12, 5],
      [12, 6],
      [20, 1],
    ] as const) {
      const result = gcrodr(A, randomVector(1, 256), { m, k, tol: 1e-10 });
      expect(result.converged).toBe(true);
      expect(result.recycle.k).toBe(k);
      nonIncreasing(result.residuals.slice(0, -1), 1e-9);
    }
  });

  test("beats restarted GMRES where the smallest eigenvalues hold it up", () => {
    const A = poissonFd(2, 40);
    const b = randomVector(1, 1600);
    expect(gcrodr(A, b).iterations).toBeLessThan(0.7 * gmres(A, b).iterations);
  });

  test("drops dependent and zero vectors of a recycled space", () => {
    const A = poissonFd(2, 8);
    const v = randomVector(1, 64);
    const vectors = new Float64Array(64 * 4);
    vectors.set(v);
    vectors.set(
      v.map((value) => 2 * value),
      64,
    );
    vectors.set(randomVector(2, 64), 192);
    const result = gcrodr(A, randomVector(3, 64), { m: 10, k: 4, recycle: { k: 4, vectors } });
    expect(result.converged).toBe(true);
  });

  test("hands a space from one preconditioned solve to the next", () => {
    const A = convectionDiffusion2d(24, 1, [20, 20]);
    const near = addScaled(1, A, 3, identity(576));
    const b = randomVector(1, 576);
    const first = gcrodr(A, b, { precond: ilu0(A), m: 16, k: 6 });
    const cold = gcrodr(near, b, { precond: ilu0(near), m: 16, k: 6 });
    const warm = gcrodr(near, b, { precond: ilu0(near), m: 16, k: 6, recycle: first.recycle });
    expect(warm.converged).toBe(true);
    expect(warm.iterations).toBeLessThan(cold.iterations);
    expect(relativeResidual(near, warm.x, b)).toBeLessThanOrEqual(1.000001e-8);
  });

  test("preconditioned from either side reaches the same solution, and tells its true residual", () => {
    const settings = fc.record({
      seed: fc.nat(1000),
      cells: fc.integer({ min: 5, max: 9 }),
      wind: fc.double({ min: -30, max: 30, noNaN: true }),
      precond: fc.constantFrom(jacobi, ilu0),
      // Cycles of a few steps may stagnate.
      m: fc.integer({ min: 10, max: 16 }),
      k: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(settings, ({ seed, cells, wind, precond, m, k }) => {
        const grid = convectionDiffusion2d(cells, 1, [wind, 5]);
        // Rows of very different sizes: preconditioned and true residual say different things.
        const sizes = randomVector(seed, grid.rows).map((value) => 10 ** Math.max(-2, Math.min(2, value)));
        const A = scaleRows(grid, sizes);
        const b = randomVector(seed + 1, A.rows);
        const [left, right] = (["left", "right"] as const).map((side) =>
          gcrodr(A, b, { precond: precond(A), side, m, k, tol: 1e-11 }),
        );
        for (const { converged, x, residuals } of [left!, right!]) {
          expect(converged).toBe(true);
          expect(Math.abs(residuals.at(-1)! - relativeResidual(A, x, b))).toBeLessThan(1e-14);
        }
        const size = Math.hypot(...right!.x);
        expect(largestDifference(left!.x, right!.x)).toBeLessThan(1e-6 * size);
      }),
      { numRuns: 40 },
    );
  });

  test("preconditioned from the left is the method for M^-1 A x = M^-1 b", () => {
    const A = scaleRows(
      convectionDiffusion2d(12, 1, [20, 10]),
      randomVector(5, 144).map((value) => 2 + Math.abs(value)),
    );
    const b = randomVector(6, 144);
    const inverse = diagonal(A).map((value) => 1 / value);
    for (const maxIterations of [3, 12, 30]) {
      const options = { m: 10, k: 4, maxIterations, tol: 1e-13 };
      const left = gcrodr(A, b, { ...options, precond: jacobi(A), side: "left" });
      const scaled = gcrodr(
        scaleRows(A, inverse),
        b.map((value, i) => inverse[i]! * value),
        options,
      );
      expect(left.iterations).toBe(maxIterations);
      expect(largestDifference(left.x, scaled.x)).toBeLessThan(1e-10 * Math.hypot(...scaled.x));
    }
  });

  test("preconditioned from the left hands its space on", () => {
    const A = convectionDiffusion2d(24, 1, [20, 20]);
    const near = addScaled(1, A, 3, identity(576));
    const b = randomVector(1, 576);
    const options = (matrix: typeof A) => ({ precond: ilu0(matrix), side: "left", m: 16, k: 6 }) as const;
    const { recycle } = gcrodr(A, b, options(A));
    const warm = gcrodr(near, b, { ...options(near), recycle });
    expect(warm.iterations).toBeLessThan(gcrodr(near, b, options(near)).iterations);
    expect(relativeResidual(near, warm.x, b)).toBeLessThanOrEqual(1.000001e-8);
  });

  test("says stagnation for a singular matrix", () => {
    const A = addScaled(1, poissonFd(1, 30, { scaled: false }), 0, identity(30));
    const singular = { ...A, data: A.data.slice() };
    singular.data[0] = 1;
    singular.data[singular.data.length - 1] = 1;
    const result = gcrodr(
      singular,
      Float64Array.from({ length: 30 }, (_, i) => (i === 3 ? 1 : 0)),
      { m: 10, k: 4 },
    );
    expect(result.converged).toBe(false);
    expect(result.breakdown).toMatch(/^stagnation/);
  });

  test("refuses spaces and sizes that do not fit", () => {
    const A = poissonFd(1, 5);
    const b = new Float64Array(5).fill(1);
    expect(() => gcrodr(A, b, { m: 6 })).toThrow(
      "options.m: expected at most 5, the number of unknowns, got 6",
    );
    expect(() => gcrodr(A, b, { m: 3, k: 3 })).toThrow("options.k: expected less than m = 3, got 3");
    const recycle = { k: 2, vectors: new Float64Array(8) };
    expect(() => gcrodr(A, b, { recycle })).toThrow("options.recycle.vectors: expected 10 elements, got 8");
    expect(() => gcrodr(A, b, { recycle: { k: 1, vectors: new Float64Array(5).fill(Number.NaN) } })).toThrow(
      "options.recycle.vectors: element 0 is NaN",
    );
  });
});

describe("deflated conjugate gradients", () => {
  test("with an empty space are conjugate gradients, bit for bit", () => {
    const A = poissonFd(2, 12);
    const b = randomVector(4, 144);
    const deflation = { k: 0, vectors: new Float64Array(0) };
    for (const options of [
      {},
      { precond: ic0(A), tol: 1e-12 },
      { x0: randomVector(5, 144), maxIterations: 7 },
    ]) {
      const { deflation: kept, ...result } = deflatedPcg(A, b, { ...options, deflation });
      expect(result).toEqual(cg(A, b, options));
      expect(kept.k).toBe(0);
    }
  });

  test("with exact eigenvectors are conjugate gradients on the rest", () => {
    const A = poissonFd(2, 12);
    const b = randomVector(1, 144);
    const deflation = smallestEigenvectors(A, 6);
    const rest = projectedOut(b, deflation);
    const result = deflatedPcg(A, b, { deflation, maxIterations: 20, tol: 1e-13 });
    const expected = cg(A, rest, { maxIterations: 20, tol: 1e-13 });
    const factor = Math.hypot(...rest) / Math.hypot(...b);
    for (let i = 1; i < 20; i++)
      expect(Math.abs(result.residuals[i]! - factor * expected.residuals[i]!)).toBeLessThan(1e-10);
  });

  test("end after n - k steps with any space of dimension k", () => {
    const A = diagonalMatrix(Float64Array.from({ length: 24 }, (_, i) => i + 1));
    const b = randomVector(6, 24);
    const deflation = { k: 8, vectors: randomVector(5, 24 * 8) };
    const result = deflatedPcg(A, b, { deflation, tol: 1e-10 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThanOrEqual(17);
    expect(cg(A, b, { tol: 1e-10 }).iterations).toBeGreaterThan(20);
  });

  test("need fewer iterations than conjugate gradients, and reuse the space for other right-hand sides", () => {
    const A = poissonFd(2, 30);
    const [b, c] = [randomVector(1, 900), randomVector(2, 900)];
    const first = deflatedPcg(A, b);
    expect(first.deflation.k).toBe(16);
    expect(first.iterations).toBeLessThan(cg(A, b).iterations);
    const second = deflatedPcg(A, c, { deflation: first.deflation });
    expect(second.converged).toBe(true);
    expect(second.iterations).toBeLessThan(cg(A, c).iterations);
    expect(second.matvecs).toBeLessThan(second.iterations + 16 + 4);
  });

  test("count the Lanczos steps and the products with the space in matvecs", () => {
    const A = poissonFd(2, 10);
    const result = deflatedPcg(A, randomVector(1, 100), {
      numVectors: 4,
      lanczosSteps: 12,
      maxIterations: 3,
      tol: 1e-14,
    });
    expect(result.iterations).toBe(3);
    expect(result.matvecs).toBe(12 + 4 + 3 + 1);
  });

  test("take a Jacobi preconditioner", () => {
    const A = diagonalMatrix(Float64Array.from({ length: 80 }, (_, i) => 1 + i ** 3));
    const result = deflatedPcg(A, randomVector(1, 80), { precond: jacobi(A), numVectors: 3 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(3);
  });

  test("solve where the Krylov space is smaller than the space asked for", () => {
    const A = identity(20);
    const result = deflatedPcg(A, randomVector(1, 20));
    expect(result).toMatchObject({ converged: true, iterations: 0 });
    expect(result.deflation.k).toBe(1);
  });
});
