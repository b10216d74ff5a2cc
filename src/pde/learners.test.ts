import fc from "fast-check";
import { lstsq } from "ockham/linalg";
import {
  bump,
  chebCB,
  heat2dSystems,
  jacobiRadius,
  learnerFromJSON,
  omegaGrid,
  type ParameterLearner,
  type RelaxationSystem,
  solveWithLearner,
  ssorPcg,
  tsallisInf,
  tsallisInfBinned,
  tsallisProbabilities,
  youngOmega,
} from "ockham/pde";
import { randomStream } from "ockham/random";
import { addScaled, cg, identity, poissonFd, sor } from "ockham/sparse";
import { describe, expect, test } from "vitest";
import { boxLeastSquares } from "./box-least-squares.ts";

const grid = omegaGrid();
const shifted = (c: number) => addScaled(1, poissonFd(2, 10, { scaled: false }), c, identity(100));
const ones = new Float64Array(100).fill(1);

describe("relaxation", () => {
  const omegas = [1, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9];
  test.each([
    [0, [223, 145, 88, 62, 43, 58, 89, 187]],
    [0.2, [103, 66, 34, 32, 44, 57, 91, 185]],
  ])("of the 10 x 10 grid with %d I takes the known numbers of sweeps", (c, known) => {
    for (const [i, omega] of omegas.entries()) {
      const { iterations } = sor(shifted(c), ones, { omega });
      expect(Math.abs(iterations - known[i]!)).toBeLessThanOrEqual(1);
    }
  });

  test("has Young's best factor for Poisson's matrix", () => {
    expect(jacobiRadius(poissonFd(2, 10))).toBeCloseTo(Math.cos(Math.PI / 11), 10);
    expect(youngOmega(poissonFd(2, 10))).toBeCloseTo(1.5603879213, 9);
    expect(youngOmega(0)).toBe(1);
    expect(() => youngOmega(1)).toThrow(/below 1/);
  });

  test("as a preconditioner solves in fewer iterations than plain conjugate gradients", () => {
    const A = poissonFd(2, 24);
    const b = randomStream(0).fillNormal(new Float64Array(576));
    const result = ssorPcg(A, b, { omega: 1.5 });
    expect(result.converged).toBe(true);
    expect(result.iterations).toBeLessThan(0.5 * cg(A, b).iterations);
  });

  test("refuses omega outside (0, 2) and matrices that are not symmetric", () => {
    expect(() => sor(shifted(0), ones, { omega: 2.1 })).toThrow("must lie in (0, 2), got 2.1");
    expect(() => ssorPcg(shifted(0), ones, { omega: 0 })).toThrow("must lie in (0, 2), got 0");
    const skew = shifted(0);
    skew.data[1] = 5;
    expect(() => ssorPcg(skew, ones)).toThrow("A: must be symmetric");
  });
});

describe("Tsallis-INF", () => {
  test("has the known probabilities", () => {
    const p = tsallisProbabilities(Float64Array.of(0, 1, 3), 1);
    for (const [i, known] of [0.5728665606, 0.3014934623, 0.1256399771].entries())
      expect(p[i]).toBeCloseTo(known, 9);
    expect([...tsallisProbabilities(new Float64Array(4).fill(7), 0.3)]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test("gives a distribution that favours small losses, for losses of any size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.double({ min: 1e-3, max: 10, noNaN: true }),
        (losses, eta) => {
          const p = tsallisProbabilities(Float64Array.from(losses), eta);
          expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
          for (const [i, loss] of losses.entries()) {
            expect(p[i]).toBeGreaterThan(0);
            for (const [j, other] of losses.entries())
              if (loss < other) expect(p[i]).toBeGreaterThanOrEqual(p[j]!);
          }
        },
      ),
    );
  });

  test("finds the best of fixed costs, and its importance weights are unbiased", () => {
    const learner = tsallisInf(grid, { seed: 1 });
    let last = 0;
    for (let t = 0; t < 3000; t++) {
      const omega = learner.predict();
      learner.update(20 + 400 * Math.abs(omega - 1.6));
      if (t >= 2500) last += omega / 500;
    }
    expect(last).toBeCloseTo(1.6, 1);
  });
});

describe("ChebCB", () => {
  test("plays uniformly at first", () => {
    const p = chebCB(grid, { degree: 6, range: [-1, 1] }).probabilities(0.3);
    for (const value of p) expect(value).toBeCloseTo(1 / 20, 12);
  });

  test("learns the best value as a function of the context", () => {
    const learner = chebCB(grid, { degree: 6, range: [0, 1], seed: 3 });
    const contexts = randomStream(0, "contexts");
    let miss = 0;
    for (let t = 0; t < 3000; t++) {
      const context = contexts.uniform();
      const omega = learner.predict(context);
      learner.update(20 + 200 * Math.abs(omega - (1.2 + 0.5 * context)));
      if (t >= 2500) miss += Math.abs(omega - (1.2 + 0.5 * context)) / 500;
    }
    // Uniform play misses by 0.25.
    expect(miss).toBeLessThan(0.1);
  });

  test("fits what least squares on the whole history gives, where the bounds leave it alone", () => {
    const learner = chebCB(Float64Array.of(1), { degree: 3, range: [-1, 1] });
    const stream = randomStream(9);
    const rows: number[] = [];
    const costs: number[] = [];
    for (let t = 0; t < 60; t++) {
      const x = 2 * stream.uniform() - 1;
      const cost = 101 + 30 * x + 5 * (2 * x * x - 1) + stream.uniform();
      learner.predict(x);
      learner.update(cost);
      rows.push(1, x, 2 * x * x - 1);
      costs.push(cost - 1);
    }
    const exact = lstsq(
      { dtype: "float64", shape: [60, 3], data: Float64Array.from(rows) },
      Float64Array.from(costs),
    ).x;
    const { coefficients, scale } = learner.toJSON() as unknown as {
      coefficients: number[][];
      scale: number;
    };
    for (const [j, value] of coefficients[0]!.entries()) expect(value * scale).toBeCloseTo(exact[j]!, 6);
  });

  test("solves its bounded least squares to the conditions of optimality", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 6 }), (seed, m) => {
        const stream = randomStream(seed, "box");
        const rows = 8;
        const X = stream.fillNormal(new Float64Array(rows * m));
        const y = stream.fillNormal(new Float64Array(rows));
        const G = new Float64Array(m * m);
        const h = new Float64Array(m);
        for (let r = 0; r < rows; r++)
          for (let i = 0; i < m; i++) {
            h[i]! += X[r * m + i]! * y[r]!;
            for (let j = 0; j < m; j++) G[i * m + j]! += X[r * m + i]! * X[r * m + j]!;
          }
        const bounds = Float64Array.from({ length: m }, () => 0.05 + 0.5 * stream.uniform());
        const theta = boxLeastSquares(G, h, bounds, new Float64Array(m));
        for (let j = 0; j < m; j++) {
          const slope = theta.reduce((sum, value, i) => sum + G[j * m + i]! * value, -h[j]!);
          if (theta[j] === bounds[j]) expect(slope).toBeLessThan(1e-7);
          else if (theta[j] === -bounds[j]!) expect(slope).toBeGreaterThan(-1e-7);
          else expect(Math.abs(slope)).toBeLessThan(1e-7);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("every learner", () => {
  const makers: readonly [string, () => ParameterLearner][] = [
    ["tsallis-inf", () => tsallisInf(grid, { seed: 2 })],
    ["tsallis-inf-binned", () => tsallisInfBinned(grid, { bins: 4, range: [0, 1], seed: 2 })],
    ["cheb-cb", () => chebCB(grid, { degree: 4, range: [0, 1], seed: 2 })],
  ];
  const play = (learner: ParameterLearner, from: number, to: number): number[] =>
    Array.from({ length: to - from }, (_, i) => {
      const context = ((from + i) * 0.37) % 1;
      const omega = learner.predict(context);
      learner.update(1 + Math.round(100 * Math.abs(omega - 1.3 - 0.4 * context)));
      return omega;
    });

  test.each(makers)("%s goes on from its JSON as if it had not stopped", (_, make) => {
    const whole = play(make(), 0, 80);
    const first = make();
    const begin = play(first, 0, 37);
    const resumed = learnerFromJSON(JSON.parse(JSON.stringify(first)));
    expect([...begin, ...play(resumed, 37, 80)]).toEqual(whole);
  });

  test.each(makers)("%s resumes from a state before the first round", (_, make) => {
    expect(play(learnerFromJSON(JSON.parse(JSON.stringify(make()))), 0, 20)).toEqual(play(make(), 0, 20));
  });

  test.each(makers)("%s refuses costs that are none, and an update without a predict", (_, make) => {
    const learner = make();
    expect(() => learner.update(3)).toThrow(/without a predict/);
    learner.predict(0.5);
    for (const cost of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => learner.update(cost)).toThrow(/^cost: expected a finite number/);
    learner.update(3);
    expect(() => learner.update(3)).toThrow(/without a predict/);
  });

  test.each(makers.slice(1))("%s counts contexts outside its range and takes the nearest end", (_, make) => {
    const learner = make();
    expect(learner.probabilities(7)).toEqual(learner.probabilities(1));
    learner.predict(7);
    learner.update(2);
    expect(learner.clampedContexts).toBe(1);
    expect(() => learner.predict()).toThrow(/^context/);
  });
});

describe("a sequence with a learner", () => {
  const rounds = (count: number): RelaxationSystem[] =>
    Array.from({ length: count }, (_, i) => ({
      A: shifted(0.1 * (i % 3)),
      b: randomStream(i).fillNormal(new Float64Array(100)),
      context: 0.1 * (i % 3),
    }));

  test("solves every system and feeds back its iterations", async () => {
    const systems = rounds(30);
    const learner = chebCB(grid, { degree: 3, range: [0, 0.2] });
    const result = await solveWithLearner(systems, learner, "sor");
    expect(result.converged).toBe(true);
    for (const [i, { A, b }] of systems.entries()) {
      const again = sor(A, b, { omega: result.omegas[i]! });
      expect(result.costs[i]).toBe(again.iterations);
      expect(result.x[i]).toEqual(again.x);
    }
  });

  test("says what did not converge, at the cost of the cap", async () => {
    const result = await solveWithLearner(rounds(3), tsallisInf(grid), "sor", { maxIterations: 5 });
    expect(result.converged).toBe(false);
    expect([...result.costs]).toEqual([5, 5, 5]);
    expect(result.failures).toEqual([0, 1, 2]);
  });

  test("follows the heat equation, whose lowest mode decays by its Crank-Nicolson factor", async () => {
    const nx = 8;
    const [steps, dt] = [5, 0.01];
    const sine = (x: number, y: number) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y);
    const systems = heat2dSystems({ nx, steps, dt, coefficient: (t) => 1 + t, initial: sine });
    const { x, converged } = await solveWithLearner(systems, tsallisInf(grid), "ssor-pcg", {
      tol: 1e-12,
      total: steps,
    });
    expect(converged).toBe(true);
    const eigenvalue = 8 * nx * nx * Math.sin(Math.PI / (2 * nx)) ** 2;
    let factor = 1;
    for (let step = 0; step < steps; step++) {
      const half = 0.5 * (1 + (step + 0.5) * dt) * dt * eigenvalue;
      factor *= (1 - half) / (1 + half);
    }
    expect(x[steps - 1]![0]).toBeCloseTo(factor * sine(1 / nx, 1 / nx), 10);
  });

  test("of bumps starts smooth: 1 at the centre, 0 from the radius on", () => {
    expect(bump(0.5, 0.5, [0.5, 0.5], 0.25)).toBe(1);
    expect(bump(0.75, 0.5, [0.5, 0.5], 0.25)).toBe(0);
  });
});
