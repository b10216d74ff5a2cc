// What every iterative solver promises, on every one of them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  largestDifference,
  randomSymmetric,
  randomVector,
  relativeResidual,
} from "../../../../test/support/sparse-matrices.ts";
import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, NumericalError } from "../../errors.ts";
import {
  bicgstab,
  cg,
  convectionDiffusion2d,
  csrFromTriplets,
  deflatedPcg,
  diagonalMatrix,
  fgmres,
  gcrodr,
  gmres,
  ilu0,
  jacobi,
  type KrylovOptions,
  type KrylovResult,
  type LinearOperator,
  lsmr,
  lsqr,
  minres,
  multiplyVector,
  type Operator,
  poissonFd,
  scaleMatrix,
  sor,
  ssor,
  toDense,
  transpose,
} from "../index.ts";

type Solver = (A: Operator, b: Float64Array, options?: KrylovOptions) => KrylovResult;

const symmetricOnly: readonly (readonly [string, Solver])[] = [
  ["cg", cg],
  ["minres", minres],
  ["deflatedPcg", deflatedPcg],
];
const general: readonly (readonly [string, Solver])[] = [
  ["gmres", gmres],
  ["fgmres", fgmres],
  ["bicgstab", bicgstab],
  ["gcrodr", gcrodr],
  ["lsqr", lsqr],
  ["lsmr", lsmr],
];
const ofOperators = [...symmetricOnly, ...general];
const all = [...ofOperators, ["sor", sor as Solver]] as const;

/** The operator of a matrix as functions that count their calls. */
function counting(A: CsrMatrix): LinearOperator & { calls: number } {
  const T = transpose(A);
  return {
    rows: A.rows,
    cols: A.cols,
    calls: 0,
    apply(x, out) {
      this.calls++;
      multiplyVector(A, x, out);
    },
    applyTranspose(x, out) {
      this.calls++;
      multiplyVector(T, x, out);
    },
  };
}

const leastSquares = (name: string) => name === "lsqr" || name === "lsmr";

describe.each(all)("%s", (name, solve) => {
  test("says converged only of an x whose true relative residual is at most tol", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(999),
        fc.integer({ min: 2, max: 12 }),
        (n, seed, digits) => {
          const A = randomSymmetric(seed, n, 0.15, 2 * n + 1);
          const b = randomVector(seed, n);
          const tol = 10 ** -digits;
          const { x, converged, residuals } = solve(A, b, { tol });
          expect(converged).toBe(true);
          const residual = relativeResidual(A, x, b);
          if (!leastSquares(name)) expect(residual).toBeLessThanOrEqual(tol * (1 + 1e-9));
          expect(Math.abs(residual - residuals.at(-1)!)).toBeLessThan(1e-15 + 1e-6 * residual);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("keeps a history that begins at 1 and has one entry an iteration", () => {
    const A = poissonFd(2, 12);
    const seen: number[] = [];
    const result = solve(A, randomVector(1, A.rows), {
      onIteration: (iteration, residual) => {
        expect(iteration).toBe(seen.length + 1);
        seen.push(residual);
      },
    });
    expect(result.residuals[0]).toBe(1);
    expect(result.residuals.length).toBe(result.iterations + 1);
    expect(seen.length).toBe(result.iterations);
    expect([...result.residuals.slice(1, -1)]).toEqual(seen.slice(0, -1));
    expect(result.breakdown).toBeUndefined();
  });

  test("answers b = 0 with x = 0 in no iterations, whatever the start", () => {
    const result = solve(poissonFd(2, 3), new Float64Array(9), { x0: randomVector(1, 9) });
    expect(result.x).toEqual(new Float64Array(9));
    expect(result).toMatchObject({ converged: true, iterations: 0, matvecs: 0 });
    expect([...result.residuals]).toEqual([0]);
  });

  test("stops at maxIterations without claiming convergence, and returns its best so far", () => {
    const A = poissonFd(2, 16);
    const b = randomVector(1, A.rows);
    for (const maxIterations of [0, 1, 3, 7]) {
      const result = solve(A, b, { maxIterations, tol: 1e-12 });
      expect(result.converged).toBe(false);
      expect(result.iterations).toBe(maxIterations);
      expect(relativeResidual(A, result.x, b)).toBeCloseTo(result.residuals.at(-1)!, 10);
    }
  });

  test("starts from x0 and leaves b and x0 as they are", () => {
    const A = poissonFd(2, 8);
    const exact = randomVector(3, A.rows);
    const b = multiplyVector(A, exact);
    const [bBefore, x0] = [b.slice(), exact.slice()];
    const result = solve(A, b, { x0 });
    expect(result).toMatchObject({ converged: true, iterations: 0 });
    expect(result.x).toEqual(exact);
    const near = exact.map((value, i) => value + 1e-4 * Math.sin(i));
    const fromNear = solve(A, b, { x0: near });
    expect(fromNear.converged).toBe(true);
    expect(fromNear.iterations).toBeLessThan(solve(A, b).iterations);
    expect(b).toEqual(bBefore);
    expect(x0).toEqual(exact);
  });

  test("solves 1 x 1 and empty systems", () => {
    expect([...solve(csrFromTriplets(1, 1, [0], [0], [4]), Float64Array.of(8)).x]).toEqual([2]);
    const empty = solve(csrFromTriplets(0, 0, [], [], []), new Float64Array(0));
    expect(empty).toMatchObject({ converged: true, iterations: 0 });
    expect(empty.x.length).toBe(0);
  });

  test("does not overflow or underflow with tiny and huge right-hand sides", () => {
    const A = poissonFd(2, 6);
    const b = randomVector(1, A.rows);
    for (const power of [-900, -400, 400, 900]) {
      const { x, converged } = solve(
        A,
        b.map((value) => value * 2 ** power),
      );
      expect(converged).toBe(true);
      const back = x.map((value) => value * 2 ** -power);
      expect(largestDifference(back, solve(A, b).x)).toBeLessThan(1e-9);
    }
  });

  test("is the same to the last bit when it is run again", () => {
    const A = poissonFd(2, 10);
    const b = randomVector(1, A.rows);
    expect(solve(A, b)).toEqual(solve(A, b));
  });

  test("refuses what is not finite, naming the first entry", () => {
    const A = poissonFd(2, 2);
    const b = Float64Array.of(1, 2, Number.NaN, Number.NaN);
    expect(() => solve(A, b)).toThrow("b: element 2 is NaN");
    const bad = { ...A, data: A.data.slice() };
    bad.data[4] = Number.POSITIVE_INFINITY;
    expect(() => solve(bad, new Float64Array(4).fill(1))).toThrow(/A.data: entry \(1, 1\) is Infinity/);
    expect(() => solve(A, new Float64Array(4).fill(1), { x0: b })).toThrow("options.x0: element 2 is NaN");
  });

  test("refuses sizes that do not fit and options it does not know", () => {
    const A = poissonFd(2, 2);
    const b = new Float64Array(4).fill(1);
    expect(() => solve(A, new Float64Array(3))).toThrow("b: expected 4 elements, got 3");
    expect(() => solve(A, b, { x0: new Float64Array(5) })).toThrow("options.x0: expected 4 elements, got 5");
    expect(() => solve(A, [1, 2, 3, 4] as unknown as Float64Array)).toThrow(InvalidInputError);
    expect(() => solve(A, b, { tolerance: 1 } as KrylovOptions)).toThrow("options.tolerance: unknown option");
    expect(() => solve(A, b, { tol: -1 })).toThrow(/options.tol/);
    expect(() => solve(A, b, { maxIterations: 1.5 })).toThrow(/options.maxIterations/);
    expect(() => solve({} as Operator, b)).toThrow(/A/);
    if (!leastSquares(name))
      expect(() => solve(csrFromTriplets(4, 3, [0], [0], [1]), b)).toThrow("A: must be square, got 4 x 3");
  });

  test("does not believe a recurrence that has gone below what float64 can reach", () => {
    const A = diagonalMatrix(Float64Array.from({ length: 25 }, (_, i) => 10 ** (i / 2)));
    const b = randomVector(6, 25);
    for (const tol of [1e-6, 1e-12, 1e-15, 1e-17]) {
      const { x, converged, residuals } = solve(A, b, { tol, maxIterations: 3000 });
      const residual = relativeResidual(A, x, b);
      expect(Math.abs(residual - residuals.at(-1)!)).toBeLessThanOrEqual(1e-15 + 1e-6 * residual);
      if (!leastSquares(name)) expect(converged).toBe(residuals.at(-1)! <= tol);
    }
  });

  test("does not loop for ever at tol 0", () => {
    const A = poissonFd(2, 5);
    const result = solve(A, randomVector(2, A.rows), { tol: 0, maxIterations: 2000 });
    expect(result.residuals.at(-1)).toBeLessThan(1e-14);
    if (!result.converged && result.iterations < 2000) expect(result.breakdown).toMatch(/^stagnation/);
  });
});

describe.each(ofOperators)("%s with an operator", (name, solve) => {
  test("gives for a function, a dense matrix and a sparse one the same solution and counts", () => {
    const A = poissonFd(2, 7);
    const b = randomVector(4, A.rows);
    const [sparse, dense, func] = [A, toDense(A), counting(A)].map((operator) => solve(operator, b));
    expect(dense!.iterations).toBe(sparse!.iterations);
    expect(func!.matvecs).toBe(sparse!.matvecs);
    expect(largestDifference(dense!.x, sparse!.x)).toBeLessThan(1e-12);
    expect(largestDifference(func!.x, sparse!.x)).toBeLessThan(1e-12);
  });

  test("counts in matvecs every application of the operator", () => {
    const A = poissonFd(2, 9);
    const operator = counting(A);
    const result = solve(operator, randomVector(4, A.rows), { x0: randomVector(5, A.rows) });
    expect(result.matvecs).toBe(operator.calls);
    expect(result.matvecs).toBeGreaterThan(result.iterations);
  });

  test("reports an operator that gives NaN as a numerical error", () => {
    const operator = {
      rows: 3,
      cols: 3,
      apply: (_x: Float64Array, out: Float64Array) => void out.fill(Number.NaN),
      applyTranspose: (_x: Float64Array, out: Float64Array) => void out.fill(Number.NaN),
    };
    expect(() => solve(operator, Float64Array.of(1, 2, 3))).toThrow(NumericalError);
  });

  test("passes on what the operator throws, and works afterwards", () => {
    const failing = {
      ...counting(poissonFd(1, 3)),
      apply: () => {
        throw new Error("disk on fire");
      },
    };
    expect(() => solve(failing, Float64Array.of(1, 2, 3), { x0: Float64Array.of(1, 1, 1) })).toThrow(
      "disk on fire",
    );
    expect(solve(poissonFd(1, 3), Float64Array.of(1, 2, 3)).converged).toBe(true);
    expect(name).not.toBe("");
  });
});

test.each([...symmetricOnly, ...general].filter(([name]) => !leastSquares(name)))(
  "%s reaches the true residual with a preconditioner too",
  (name, solve) => {
    const A = poissonFd(2, 20);
    const b = randomVector(1, A.rows);
    const symmetric = symmetricOnly.some(([other]) => other === name);
    const precond = symmetric ? ssor(A, 1.5) : ilu0(A);
    const options: object = { precond, tol: 1e-10 };
    const result = solve(A, b, options);
    expect(result.converged).toBe(true);
    expect(relativeResidual(A, result.x, b)).toBeLessThanOrEqual(1e-10 * (1 + 1e-9));
    expect(result.iterations).toBeLessThan(solve(A, b, { tol: 1e-10 }).iterations);
    const wrongSize: object = { precond: jacobi(poissonFd(1, 3)) };
    expect(() => solve(A, b, wrongSize)).toThrow(
      "options.precond: expected one of size 400, got one of size 3",
    );
  },
);

test.each(general.filter(([name]) => !leastSquares(name)))(
  "%s solves unsymmetric systems",
  (_name, solve) => {
    const A = convectionDiffusion2d(20, 1, [40, -25]);
    const b = randomVector(1, A.rows);
    const result = solve(A, b);
    expect(result.converged).toBe(true);
    expect(relativeResidual(A, result.x, b)).toBeLessThanOrEqual(1e-8 * (1 + 1e-9));
  },
);

test.each(ofOperators.filter(([name]) => !leastSquares(name)))(
  "%s does not call the solution of a singular system converged, and says why it stopped",
  (_name, solve) => {
    const A = csrFromTriplets(4, 4, [0, 1, 2], [0, 1, 2], [1, 2, 3]);
    const result = solve(A, new Float64Array(4).fill(1));
    expect(result.converged).toBe(false);
    expect(result.breakdown).toBeDefined();
    expect(result.iterations).toBeLessThan(2000);
  },
);

test.each([
  ["minres", minres],
  ["gmres", gmres],
  ["fgmres", fgmres],
  ["gcrodr", gcrodr],
] as const)("%s ends near the least residual of an inconsistent singular system", (_name, solve) => {
  // The Neumann problem on an interval: constants are its null space, and make up 2 of b.
  const n = 50;
  const inner = [...Array(n - 1).keys()];
  const A = csrFromTriplets(
    n,
    n,
    [...inner, ...inner.map((i) => i + 1), ...inner, ...inner.map((i) => i + 1)],
    [...inner, ...inner.map((i) => i + 1), ...inner.map((i) => i + 1), ...inner],
    [...new Float64Array(2 * n - 2).fill(1), ...new Float64Array(2 * n - 2).fill(-1)],
    { duplicates: "sum" },
  );
  const b = multiplyVector(A, randomVector(1, n)).map((value) => value + 2);
  const result = solve(A, b, { maxIterations: 2000 });
  expect(result.converged).toBe(false);
  expect(result.breakdown).toMatch(/^stagnation/);
  const least = (2 * Math.sqrt(n)) / Math.hypot(...b);
  expect(relativeResidual(A, result.x, b)).toBeGreaterThan(0.99 * least);
  expect(relativeResidual(A, result.x, b)).toBeLessThan(1.05 * least);
});

test.each([...symmetricOnly, ["bicgstab", bicgstab], ["gmres", gmres]] as const)(
  "%s does not start over because the true residual differs from its recurrence by rounding",
  (_name, solve) => {
    const A = poissonFd(2, 24);
    const b = randomVector(1, A.rows);
    const history = solve(A, b, { tol: 1e-13 }).residuals;
    for (let digits = 2; digits <= 11; digits++) {
      for (const tol of [10 ** -digits, 3 * 10 ** -digits]) {
        const expected = history.findIndex((residual) => residual <= tol);
        expect(solve(A, b, { tol }).iterations).toBeLessThanOrEqual(expected + 2);
      }
    }
  },
);

test.each([
  ["cg", cg],
  ["deflatedPcg", deflatedPcg],
] as const)("%s flags a matrix that is not positive definite", (_name, solve) => {
  const result = solve(scaleMatrix(-1, poissonFd(2, 5)), randomVector(1, 25));
  expect(result.converged).toBe(false);
  expect(result.breakdown).toMatch(/^not positive definite/);
});
