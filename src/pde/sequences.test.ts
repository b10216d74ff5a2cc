import fc from "fast-check";
import type { Matrix } from "ockham/array";
import {
  darcyLapK,
  type InvariantSubspaces,
  type LinearSystem,
  logNormalField,
  preconditionerKinds,
  preconditionerOf,
  smallestInvariantSubspace,
  solveSequence,
  sortSystems,
  subspaceDelta,
  threeParameterField,
} from "ockham/pde";
import { randomStream } from "ockham/random";
import {
  darcyFv,
  gcrodr,
  gmres,
  type LinearOperator,
  multiplyVector,
  poissonFd,
  sparseLu,
} from "ockham/sparse";
import { describe, expect, test } from "vitest";

const largest = (values: Iterable<number>) => Math.max(...Array.from(values, Math.abs));
const matrix = (rows: number, cols: number, data: ArrayLike<number>): Matrix => ({
  dtype: "float64",
  shape: [rows, cols],
  data: Float64Array.from(data),
});
const ones = (n: number) => new Float64Array(n).fill(1);

function systems(n: number, count: number, seed = 0): LinearSystem[] {
  return Array.from({ length: count }, (_, i) => {
    const K = logNormalField(randomStream(seed, "K", i), n);
    return { A: darcyLapK(K), b: ones(n * n), params: K.data };
  });
}

describe("sorting", () => {
  const points = [
    [0, 0],
    [3, 0],
    [1, 1],
    [1, 0],
    [3, 1],
  ].map((point) => Float64Array.from(point));

  test("walks to the nearest point that is left, the known order from index 0", async () => {
    expect([...(await sortSystems(points))]).toEqual([0, 3, 2, 4, 1]);
    expect((await sortSystems(points, { start: 4 }))[0]).toBe(4);
  });

  test("gives each system once, in groups and in either metric, and keeps the first of equals", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("frobenius" as const, "fft" as const),
        async (count, groupSize, metric) => {
          const stream = randomStream(count, "points");
          const arrays = Array.from({ length: count }, () => stream.fillNormal(new Float64Array(16)));
          const order = await sortSystems(arrays, { groupSize, metric, start: count - 1 });
          expect([...order].sort((a, b) => a - b)).toEqual(arrays.map((_, i) => i));
          expect(order[0]).toBe(count - 1);
        },
      ),
      { numRuns: 30 },
    );
    const equal = [Float64Array.of(1), Float64Array.of(1), Float64Array.of(1)];
    expect([...(await sortSystems(equal))]).toEqual([0, 1, 2]);
  });

  test("by low frequencies tells smooth families apart whatever their noise", async () => {
    const fields = Array.from({ length: 8 }, (_, i) => {
      const noise = randomStream(i, "noise");
      return Float64Array.from(
        { length: 400 },
        (_, k) => (i % 2) * Math.cos((2 * Math.PI * (k % 20)) / 20) + 0.1 * noise.normal(),
      );
    });
    const order = await sortSystems(fields, { metric: "fft", fft: { modes: 3, pca: 1 } });
    expect([...order].map((i) => i % 2)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });
});

describe("the distance of subspaces", () => {
  test("is the sine of the largest angle, 0 within and 1 against a smaller space", () => {
    const angle = 0.3;
    const Q = matrix(3, 1, [1, 0, 0]);
    expect(subspaceDelta(Q, matrix(3, 1, [Math.cos(angle), Math.sin(angle), 0]))).toBeCloseTo(
      Math.sin(angle),
      14,
    );
    const plane = matrix(3, 2, [1, 1, 0, 1, 0, 0]);
    expect(subspaceDelta(Q, plane)).toBeLessThan(1e-15);
    expect(subspaceDelta(plane, Q)).toBe(1);
  });

  test("keeps the digits of small angles", () => {
    expect(subspaceDelta(matrix(2, 1, [1, 0]), matrix(2, 1, [1, 1e-12]))).toBeCloseTo(1e-12, 24);
  });

  test("refuses dependent columns by name", () => {
    expect(() => subspaceDelta(matrix(3, 1, [1, 0, 0]), matrix(3, 2, [1, 1, 2, 2, 3, 3]))).toThrow(
      /^C: expected independent columns/,
    );
  });
});

describe("the invariant subspace of the smallest eigenvalues", () => {
  test("of Poisson's matrix is that of the lowest sines", () => {
    const n = 12;
    const A = poissonFd(2, n);
    const sine = (a: number, b: number) =>
      Float64Array.from(
        { length: n * n },
        (_, k) =>
          Math.sin((a * Math.PI * (Math.floor(k / n) + 1)) / (n + 1)) *
          Math.sin((b * Math.PI * ((k % n) + 1)) / (n + 1)),
      );
    const lowest = [
      [1, 1],
      [1, 2],
      [2, 1],
      [2, 2],
      [1, 3],
      [3, 1],
    ].map(([a, b]) => sine(a!, b!));
    const exact = matrix(
      n * n,
      6,
      Array.from({ length: 6 * n * n }, (_, p) => lowest[p % 6]![Math.floor(p / 6)]!),
    );
    expect(subspaceDelta(exact, smallestInvariantSubspace(A, 6))).toBeLessThan(1e-8);
  });

  test("when recycled makes the first cycle GMRES on the deflated operator", () => {
    const n = 12;
    const size = n * n;
    const A = poissonFd(2, n);
    const Q = smallestInvariantSubspace(A, 6, { tol: 1e-12 });
    const column = (j: number) => Float64Array.from({ length: size }, (_, i) => Q.data[i * 6 + j]!);
    const basis = Array.from({ length: 6 }, (_, j) => column(j));
    const b = randomStream(5).fillNormal(new Float64Array(size));
    // The deflated operator (I - Q Q^T) A and right-hand side.
    const project = (v: Float64Array): void => {
      for (const q of basis) {
        const part = q.reduce((sum, value, i) => sum + value * v[i]!, 0);
        for (let i = 0; i < size; i++) v[i]! -= part * q[i]!;
      }
    };
    const deflated: LinearOperator = {
      rows: size,
      cols: size,
      apply: (x, out) => {
        out.set(multiplyVector(A, x));
        project(out);
      },
    };
    const rest = b.slice();
    project(rest);
    const norm = (v: Float64Array) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));
    const vectors = new Float64Array(6 * size);
    for (const [j, q] of basis.entries()) vectors.set(q, j * size);
    const steps = 30;
    const recycled = gcrodr(A, b, {
      m: 36,
      k: 6,
      maxIterations: steps,
      recycle: { k: 6, vectors },
      tol: 1e-14,
    });
    const reference = gmres(deflated, rest, { restart: 40, maxIterations: steps, tol: 1e-14 });
    for (let i = 1; i < steps; i++)
      expect(recycled.residuals[i]! * norm(b)).toBeCloseTo(reference.residuals[i]! * norm(rest), 9);
  });
});

describe("a sequence", () => {
  test("gives the solutions in the caller's order, each with its true residual below the tolerance", async () => {
    const all = systems(12, 6);
    const solved = await solveSequence(all, { precond: "jacobi" });
    expect(solved.converged).toBe(true);
    expect([...solved.order]).not.toEqual([0, 1, 2, 3, 4, 5]);
    for (const [i, { A, b }] of all.entries()) {
      const exact = sparseLu(A).solve(b);
      expect(largest(solved.x[i]!.map((value, j) => value - exact[j]!)) / largest(exact)).toBeLessThan(1e-6);
      expect(solved.relResiduals[i]).toBeLessThanOrEqual(1e-8);
    }
  });

  test("solved twice takes strictly fewer iterations the second time, and fewer than without recycling", async () => {
    const [system] = systems(16, 1);
    const options = { precond: "jacobi", m: 20, k: 8 } as const;
    const warm = await solveSequence([system!, system!], options);
    const cold = await solveSequence([system!, system!], { ...options, recycle: false });
    expect(warm.iterations[1]).toBeLessThan(warm.iterations[0]!);
    expect(warm.iterations[1]).toBeLessThan(cold.iterations[1]!);
    expect(cold.iterations[1]).toBe(cold.iterations[0]);
    // The products that adapt the space are counted, but not as iterations.
    expect(warm.matvecs[1]! - warm.iterations[1]!).toBeGreaterThanOrEqual(8);
  });

  test("with m = n gives the direct solution", async () => {
    const all = systems(5, 3);
    const solved = await solveSequence(all, { m: 25, k: 5, tol: 1e-12 });
    for (const [i, { A, b }] of all.entries()) {
      const exact = sparseLu(A).solve(b);
      expect(largest(solved.x[i]!.map((value, j) => value - exact[j]!))).toBeLessThan(1e-10);
    }
  });

  test.each(preconditionerKinds)("converges with precond %s, carried in either variable", async (precond) => {
    const all = Array.from({ length: 3 }, (_, i) => {
      const K = threeParameterField([i / 3, -i / 4, 0.5], 14);
      return { A: darcyFv(K), b: ones(196), params: Float64Array.of(i) };
    });
    for (const carry of ["preconditioned", "physical"] as const) {
      const { converged, relResiduals } = await solveSequence(all, { precond, carry, m: 16, k: 6 });
      expect(converged).toBe(true);
      expect(Math.max(...relResiduals)).toBeLessThanOrEqual(1e-8);
    }
  });

  test.each(preconditionerKinds)("precond %s multiplies by what it divides by", (kind) => {
    const M = preconditionerOf(kind, darcyFv(logNormalField(randomStream(1), 9)));
    if (M === undefined) return expect(kind).toBe("none");
    const z = randomStream(2).fillNormal(new Float64Array(81));
    const back = z.slice();
    M.multiply(back);
    M.apply(back, back);
    expect(largest(back.map((value, i) => value - z[i]!))).toBeLessThan(1e-12);
  });

  test("measures how near the recycled space is to the next matrix's", async () => {
    const [first, second] = systems(10, 2);
    const { delta } = await solveSequence([first!, first!, second!], {
      delta: true,
      sort: false,
      m: 30,
      k: 4,
    });
    expect(delta![0]).toBe(1);
    expect(delta![1]).toBeLessThan(0.05);
    expect(delta![2]).toBeGreaterThan(delta![1]!);
    expect(delta![2]).toBeLessThanOrEqual(1);
  });

  test("measures the same distances with invariant subspaces that solvers share", async () => {
    const [first, second] = systems(10, 2);
    const shared: InvariantSubspaces = new WeakMap();
    const sequence = [first!, first!, second!];
    for (const carry of ["preconditioned", "physical"] as const) {
      const options = { sort: false, precond: "jacobi", carry } as const;
      const alone = await solveSequence(sequence, { ...options, delta: true });
      const together = await solveSequence(sequence, { ...options, delta: shared });
      expect(together.delta).toEqual(alone.delta);
    }
    expect(shared.has(second!.A)).toBe(true);
  });

  test("reports the system that does not converge and solves the others", async () => {
    const [first, , third] = systems(8, 3);
    const singular = { ...first!.A, data: new Float64Array(first!.A.data.length) };
    const solved = await solveSequence([first!, { ...first!, A: singular }, third!]);
    expect(solved.converged).toBe(false);
    expect(solved.failures.map(({ system }) => system)).toEqual([1]);
    expect(solved.failures[0]!.reason).toMatch(/stagnation/);
    expect(solved.relResiduals[2]).toBeLessThanOrEqual(1e-8);
  });

  test("refuses systems of different sizes and missing parameters by name", async () => {
    const small = systems(4, 1)[0]!;
    const big = systems(5, 1)[0]!;
    await expect(solveSequence([big, small])).rejects.toThrow("systems[1].A: is 16 x 16, expected 25 x 25");
    const { A, b } = big;
    await expect(solveSequence([big, { A, b }])).rejects.toThrow(/systems\[1\].params: missing/);
    await expect(solveSequence([big], { m: 10, k: 10 })).rejects.toThrow(
      /options.k: expected less than m = 10/,
    );
    await expect(solveSequence([big], { m: 26 })).rejects.toThrow(/options.m: expected at most 25/);
  });
});
