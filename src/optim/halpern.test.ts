import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromNested, ndArray } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import {
  ballResolvent,
  bilinearSaddle,
  boxResolvent,
  extraAnchoredGradient,
  extragradient,
  type FiniteSumOperator,
  finiteSumLeastSquares,
  forwardBackwardSplitting,
  fullEvaluationProbability,
  gameGap,
  halpern,
  halpernAnchorWeight,
  halpernInexact,
  halpernVr,
  identityResolvent,
  matrixGame,
  minibatchHalpern,
  robustRegression,
  varianceReducedExtragradient,
} from "./index.ts";

const solvers = {
  halpernVr,
  halpernInexact,
  extragradient,
  extraAnchoredGradient,
  varianceReducedExtragradient,
};

/** F(u) = u, one component. */
const identityOperator: FiniteSumOperator = {
  n: 1,
  dimension: 1,
  lipschitz: 1,
  full: (u, out) => out.set(u),
  component: (_, u, out, scale) => {
    out[0]! += scale * u[0]!;
  },
};

test("anchor weights and probabilities are those of the algorithm", () => {
  expect([0, 1, 2, 3].map(halpernAnchorWeight)).toEqual([0.5, 0.4, 1 / 3, 2 / 7]);
  expect([0, 1, 2, 11, 12, 50].map((k) => fullEvaluationProbability(k, 100))).toEqual([
    1,
    1,
    4 / 6,
    4 / 15,
    4 / 15,
    4 / 15,
  ]);
});

test("one component takes the known course", async () => {
  for (const [k, value] of [0.75, 0.6625, 0.609375].entries()) {
    // An iteration costs one evaluation or, by difference, two.
    const seen: number[] = [];
    const f: FiniteSumOperator = {
      ...identityOperator,
      full: (u, out) => {
        seen.push(u[0]!);
        out.set(u);
      },
      component: (_, u, out, scale) => {
        if (scale > 0) seen.push(u[0]!);
        out[0]! += scale * u[0]!;
      },
    };
    await halpernVr(f, identityResolvent, Float64Array.of(1), { tolerance: 0, maxEvaluations: 20 });
    expect(seen[k + 1]).toBeCloseTo(value, 14);
  }
});

describe.each(Object.entries(solvers))("%s", (name, solve) => {
  test("finds the equilibria of games and certifies them", async () => {
    const rockPaperScissors = fromNested([
      [0, -1, 1],
      [1, 0, -1],
      [-1, 1, 0],
    ]);
    const { f, g } = matrixGame(rockPaperScissors);
    const found = await solve(f, g, Float64Array.of(1, 0, 0, 0, 1, 0), {
      // Games are not cocoercive: for the first, a small step is what helps.
      ...(name === "halpernVr" ? { stepSize: 0.02 } : {}),
      tolerance: 0.02,
      maxEvaluations: 3e5,
    });
    expect(found.converged).toBe(true);
    const { gap, value } = gameGap(rockPaperScissors, found.u);
    expect(gap).toBeLessThan(0.1);
    expect(Math.abs(value)).toBeLessThan(0.05);
  });

  test("stays at the equilibrium of the coin game, with residual 0", async () => {
    const coins = fromNested([
      [0, 1],
      [1, 0],
    ]);
    const { f, g } = matrixGame(coins);
    const found = await solve(f, g, new Float64Array(4).fill(0.5));
    expect([found.residual, found.iterations, gameGap(coins, found.u).value]).toEqual([0, 0, 0.5]);
  });

  test("fits least squares in a box, where the residual vanishes", async () => {
    const f = finiteSumLeastSquares(
      fromNested([
        [1, 0.5],
        [0.2, 1],
        [1, -1],
      ]),
      Float64Array.of(2, -1, 3),
    );
    const found = await solve(f, boxResolvent(0, 1), new Float64Array(2), {
      tolerance: 1e-3,
      maxEvaluations: 1e6,
    });
    expect(found.u[0]).toBeCloseTo(1, 2);
    expect(found.u[1]).toBeCloseTo(0, 2);
    expect(found.residual).toBeLessThanOrEqual(1e-3);
  });

  test("says that the budget ended, with the residual of the last iterate", async () => {
    const f = bilinearSaddle(
      fromNested([
        [1, 2],
        [3, -1],
      ]),
      Float64Array.of(1, 1),
      undefined,
    );
    const found = await solve(f, identityResolvent, Float64Array.of(1, 1, 1, 1), {
      tolerance: 1e-14,
      maxEvaluations: 50,
    });
    expect([found.converged, found.stop]).toEqual([false, "maxEvaluations"]);
    const value = new Float64Array(4);
    f.full(found.u, value);
    expect(found.residual).toBeCloseTo(Math.hypot(...value), 12);
    expect(found.history.at(-1)!.residual).toBe(found.residual);
  });
});

test("components have F as their mean, drawn uniformly or by weight", () => {
  const stream = randomStream(3);
  const a = ndArray("float64", [4, 3], stream.fillNormal(new Float64Array(12)));
  const u = stream.fillNormal(new Float64Array(7));
  const v = stream.fillNormal(new Float64Array(7));
  for (const sampling of ["uniform", "importance"] as const) {
    const saddle = bilinearSaddle(a, Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 0, -1), { sampling });
    const squares = finiteSumLeastSquares(a, Float64Array.of(1, 2, 3, 4), { sampling });
    for (const f of [saddle, squares]) {
      const size = f.dimension;
      const [x, y] = [u.slice(0, size), v.slice(0, size)];
      const [atX, atY] = [new Float64Array(size), new Float64Array(size)];
      f.full(x, atX);
      f.full(y, atY);
      const mean = new Float64Array(size);
      const change = new Float64Array(size);
      const draws = 20_000;
      const random = randomStream(5);
      for (let k = 0; k < draws; k++) {
        const i = f.draw?.(random) ?? random.integer(f.n);
        f.component(i, x, mean, 1 / draws);
        f.difference!(i, x, y, change, 1 / draws);
      }
      for (let j = 0; j < size; j++) {
        expect(Math.abs(mean[j]! - atX[j]!)).toBeLessThan(0.25);
        expect(Math.abs(change[j]! - (atX[j]! - atY[j]!))).toBeLessThan(0.25);
      }
    }
  }
});

test("a difference is that of two components", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const stream = randomStream(seed);
      const a = ndArray("float64", [3, 2], stream.fillNormal(new Float64Array(6)));
      const b = stream.fillNormal(new Float64Array(3));
      for (const f of [finiteSumLeastSquares(a, b), bilinearSaddle(a, b, undefined)]) {
        const u = stream.fillNormal(new Float64Array(f.dimension));
        const v = stream.fillNormal(new Float64Array(f.dimension));
        const [direct, apart] = [new Float64Array(f.dimension), new Float64Array(f.dimension)];
        const i = f.draw!(stream);
        f.difference!(i, u, v, direct, 0.7);
        f.component(i, u, apart, 0.7);
        f.component(i, v, apart, -0.7);
        for (let j = 0; j < f.dimension; j++) expect(direct[j]).toBeCloseTo(apart[j]!, 9);
      }
    }),
    { numRuns: 30 },
  );
});

test("the deterministic baselines solve what is cocoercive", async () => {
  const f = finiteSumLeastSquares(
    fromNested([
      [1, 0],
      [0, 2],
    ]),
    Float64Array.of(1, 2),
  );
  for (const solve of [halpern, forwardBackwardSplitting]) {
    const found = await solve(f, ballResolvent(10), new Float64Array(2), {
      tolerance: 1e-3,
      maxEvaluations: 1e5,
    });
    expect(found.converged).toBe(true);
  }
  // Noise of minibatches, on the other hand, does not go away.
  const noisy = finiteSumLeastSquares(fromNested([[1], [1], [1], [1]]), Float64Array.of(-9, 9, -9, 9));
  const stalled = await minibatchHalpern(noisy, identityResolvent, Float64Array.of(5), {
    tolerance: 1e-6,
    batchSize: 1,
    residualEvery: 10,
  });
  expect(stalled.converged).toBe(false);
});

test("least absolute deviations pass through the median", async () => {
  const { f, g } = robustRegression(fromNested([[1], [1], [1]]), Float64Array.of(0, 1, 50));
  const found = await extragradient(f, g, new Float64Array(4), { tolerance: 1e-6, maxEvaluations: 1e6 });
  expect(found.u[0]).toBeCloseTo(1, 3);
});

test("what is not monotone is noticed, what diverges or is not finite is an error", async () => {
  const repelling: FiniteSumOperator = {
    ...identityOperator,
    full: (u, out) => {
      out[0] = -u[0]!;
    },
    component: (_, u, out, scale) => {
      out[0]! -= scale * u[0]!;
    },
  };
  const found = await extragradient(repelling, boxResolvent(-1, 1), Float64Array.of(0.1), {
    maxEvaluations: 40,
  });
  expect(found.monotone).toBe(false);
  await expect(
    forwardBackwardSplitting(identityOperator, identityResolvent, Float64Array.of(1), { stepSize: 5 }),
  ).rejects.toThrow(NumericalError);
  const broken: FiniteSumOperator = {
    ...identityOperator,
    full: (_, out) => out.fill(Number.NaN),
    component: (_, __, out) => out.fill(Number.NaN),
  };
  await expect(halpern(broken, identityResolvent, Float64Array.of(1))).rejects.toThrow(/component 0/);
});

test("an unknown constant and a start of another length are refused", async () => {
  const { lipschitz: _, ...unknown } = identityOperator;
  await expect(halpernVr(unknown, identityResolvent, Float64Array.of(1))).rejects.toThrow(
    /options.lipschitz/,
  );
  await expect(halpernVr(identityOperator, identityResolvent, new Float64Array(2))).rejects.toThrow(
    InvalidInputError,
  );
  await expect(
    halpernVr(identityOperator, identityResolvent, Float64Array.of(1), { lipschitz: -1 }),
  ).rejects.toThrow(/options.lipschitz/);
});
