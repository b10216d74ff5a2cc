import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import {
  computeModelStatistics,
  type DiffusionModel,
  ddim,
  dpmSolverV3,
  type EmpiricalModelStatistics,
  gaussianMixtureModel,
  loadModelStatistics,
  saveModelStatistics,
  trajectoryRmse,
  uniPC,
  vpCosine,
  vpLinear,
  withGuidance,
} from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "ockham-v3-"));
afterAll(() => rmSync(folder, { recursive: true }));

const schedule = vpLinear();
const [tStart, tEnd] = [1, 1e-3];
const gaussian = gaussianMixtureModel(schedule, {
  weights: Float64Array.of(1),
  means: fromNested([[0]]),
  variances: fromNested([[0.5]]),
});

describe("for Gaussian data, N(0, 1/2)", () => {
  const statistics = (gridSize: number) =>
    computeModelStatistics(gaussian, {
      ...{ data: gaussian.sample(64, randomStream(1)), samples: 64, gridSize, tStart, tEnd },
    });

  test("l is sigma^2 / (alpha^2 / 2 + sigma^2), and s and b vanish", async () => {
    const { l, s, b, lambda } = await statistics(200);
    expect(l.data[100]).toBeCloseTo(0.7614073249, 9);
    for (const [i, value] of lambda.entries()) {
      const t = schedule.tOfLambda(value);
      const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
      expect(l.data[i]).toBeCloseTo(sigma ** 2 / (0.5 * alpha ** 2 + sigma ** 2), 10);
    }
    expect(Math.max(...s.data.map(Math.abs))).toBeLessThan(1e-6);
    expect(Math.max(...b.data.map(Math.abs))).toBeLessThan(1e-2);
  });

  test.each([
    [200, 0.70715334],
    [1000, 0.70715329],
  ])("one step with %d intervals is exact up to the trapezoidal rule", async (gridSize, expected) => {
    const options = { steps: 1, tStart, tEnd };
    const exact = synthetic(gridSize);
    const l = exact.lambda.map((value) => {
      const t = schedule.tOfLambda(value);
      return schedule.sigma(t) ** 2 / (0.5 * schedule.alpha(t) ** 2 + schedule.sigma(t) ** 2);
    });
    const zero = { ...exact.s, data: new Float64Array(gridSize + 1) };
    const known = { ...exact, l: { ...exact.l, data: l }, s: zero, b: zero };
    const { x } = await dpmSolverV3(gaussian, known, fromNested([[1]]), options);
    expect(Math.abs(x.data[0]! - expected)).toBeLessThan(1e-8);
    // Estimated, the derivative of l adds the error of its differences.
    const { x: estimated } = await dpmSolverV3(
      gaussian,
      await statistics(gridSize),
      fromNested([[1]]),
      options,
    );
    expect(Math.abs(estimated.data[0]! - 0.70715328595)).toBeLessThan(gridSize === 200 ? 3e-5 : 1e-6);
    const { x: plain } = await ddim(gaussian, fromNested([[1]]), { steps: 1, tStart, tEnd });
    expect(plain.data[0]).toBeCloseTo(0.0137711, 6);
  });
});

test("one step is exact for any Gaussian data with diagonal covariance", async () => {
  const model = gaussianMixtureModel(schedule, {
    weights: Float64Array.of(1),
    means: fromNested([[0, 0, 0]]),
    variances: fromNested([[0.1, 1, 4]]),
  });
  const statistics = await computeModelStatistics(model, {
    ...{ data: model.sample(64, randomStream(1)), samples: 64, gridSize: 1200, tStart, tEnd },
  });
  const { x } = await dpmSolverV3(model, statistics, fromNested([[1, -0.5, 2]]), { steps: 1, tStart, tEnd });
  const ratio = (variance: number): number => {
    const at = (t: number) => Math.sqrt(schedule.alpha(t) ** 2 * variance + schedule.sigma(t) ** 2);
    return at(tEnd) / at(tStart);
  };
  for (const [j, value] of [ratio(0.1), -0.5 * ratio(1), 2 * ratio(4)].entries())
    expect(Math.abs(x.data[j]! - value)).toBeLessThan(1e-5);
});

/** Statistics that are not of any model, for comparison with another implementation. */
function synthetic(M: number): EmpiricalModelStatistics {
  const [first, last] = [schedule.lambda(tStart), schedule.lambda(tEnd)];
  const lambda = Float64Array.from({ length: M + 1 }, (_, i) => first + ((last - first) * i) / M);
  const curve = (f: (lambda: number) => number): Matrix => ({
    dtype: "float64",
    shape: [M + 1, 1],
    data: lambda.map(f),
  });
  return {
    ...{ lambda, tStart, tEnd, schedule: "vp-linear", samples: 1000 },
    l: curve((at) => 0.6 + 0.3 * Math.sin(at)),
    s: curve((at) => 0.2 * Math.cos(at)),
    b: curve((at) => 0.1 * at),
  };
}

const mixture = gaussianMixtureModel(schedule, {
  weights: Float64Array.of(0.25, 0.45, 0.3),
  means: fromNested([[-1.5], [0.5], [2.2]]),
  variances: fromNested([[0.1], [0.4], [0.2]]),
});

test.each([
  ["order 3 with corrector", { order: 3 as const }, [2.21734822, 0.10088901, -2.47546659, -2.84516469]],
  [
    "order 2 without",
    { order: 2 as const, corrector: false },
    [-2.65295806, 0.03132383, 1.66407917, 2.13716247],
  ],
])("%s gives the official sampler's states", async (_, options, expected) => {
  const { x, evaluations } = await dpmSolverV3(
    mixture,
    synthetic(400),
    fromNested([[-1.2], [0.1], [0.9], [2]]),
    { steps: 6, spacing: "time", tStart, tEnd, ...options },
  );
  for (const [i, value] of expected.entries()) expect(Math.abs(x.data[i]! - value)).toBeLessThan(1e-7);
  expect(evaluations).toBe(6);
});

const start = fromNested([[-1.2], [0.1], [0.9], [2]]);

test("order 1 with l = 1 is DDIM", async () => {
  const options = { steps: 8, spacing: "time", tStart, tEnd } as const;
  const v3 = await dpmSolverV3(mixture, synthetic(1000), start, {
    ...options,
    ...{ order: 1, corrector: false, degenerate: "data" },
  });
  const { x } = await ddim(mixture, start, { times: v3.times });
  for (let i = 0; i < 4; i++) expect(Math.abs(v3.x.data[i]! - x.data[i]!)).toBeLessThan(1e-4);
});

describe("on a mixture", () => {
  const statistics = computeModelStatistics(mixture, {
    ...{ data: mixture.sample(4096, randomStream(2)), samples: 256, gridSize: 1200 },
    ...{ tStart: 0.9, tEnd: 0.05 },
  });
  const times = { tStart: 0.9, tEnd: 0.05 };

  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
  ] as const)("order %d converges with its order", async (order, expected) => {
    const exact = await uniPC(mixture, start, { steps: 1500, order: 3, lowerOrderFinal: false, ...times });
    const { lambda } = await statistics;
    const error = async (steps: number): Promise<number> => {
      // Two steps of one interval first, so that the low order of the first steps does not show.
      const stride = 1200 / steps;
      const nodes = [0, 1, 2, ...Array.from({ length: steps }, (_, k) => (k + 1) * stride)];
      const { x } = await dpmSolverV3(mixture, await statistics, start, {
        times: Float64Array.from(nodes, (node) => schedule.tOfLambda(lambda[node]!)),
        ...{ order, lowerOrderFinal: false, correctorPseudo: false },
      });
      return trajectoryRmse(x, exact.x);
    };
    const [coarse, fine] = [await error(15), await error(60)];
    expect(Math.log(coarse / fine) / Math.log(4)).toBeGreaterThan(expected - 0.25);
  });

  test("statistics by finite differences agree with those by the exact product", async () => {
    const options = { data: mixture.sample(200, randomStream(3)), samples: 100, gridSize: 20, ...times };
    const [exact, differences] = [
      await computeModelStatistics(mixture, options),
      await computeModelStatistics(mixture, { ...options, derivative: "finite-difference" }),
    ];
    for (const name of ["l", "s", "b"] as const)
      for (const [i, value] of exact[name].data.entries())
        expect(Math.abs(differences[name].data[i]! - value)).toBeLessThan(1e-5 * (1 + Math.abs(value)));
  });

  test("a longer step sees the trend of a model that ripples in time, a short one the ripples", async () => {
    const rippled: DiffusionModel = {
      ...mixture,
      async eps(x, batch, t) {
        const ripple = 1e-3 * Math.sin(300 * schedule.lambda(t as number));
        return (await mixture.eps(x, batch, t)).map((value) => value + ripple);
      },
    };
    const options = { data: mixture.sample(200, randomStream(3)), samples: 100, gridSize: 20, ...times };
    const { b } = await computeModelStatistics(mixture, options);
    const gap = async (trendStep: number): Promise<number> => {
      const own = await computeModelStatistics(rippled, { ...options, trendStep });
      return Math.max(...own.b.data.map((value, i) => Math.abs(value - b.data[i]!)));
    };
    expect(await gap(0.1)).toBeLessThan((await gap(1e-4)) / 5);
    await expect(gap(0)).rejects.toThrow("options.trendStep");
  });

  test("statistics on trajectories are near those on noised data", async () => {
    const options = { samples: 500, gridSize: 100, tStart, tEnd };
    const forward = await computeModelStatistics(mixture, {
      ...options,
      data: mixture.sample(20_000, randomStream(4)),
    });
    const along = await computeModelStatistics(mixture, { ...options, seed: 1 });
    for (const i of [10, 50, 90]) expect(Math.abs(along.l.data[i]! - forward.l.data[i]!)).toBeLessThan(0.1);
  });

  test("statistics read back from a file as they were", async () => {
    const path = join(folder, "statistics.safetensors");
    await saveModelStatistics(path, await statistics);
    expect(await loadModelStatistics(path)).toEqual(await statistics);
  });

  test("guidance is sampled with statistics of its own, at two calls an evaluation", async () => {
    const guided = withGuidance(mixture, mixture.conditional([2]), 2);
    const own = await computeModelStatistics(guided, { samples: 64, gridSize: 40, tStart, tEnd });
    const { evaluations, modelCalls } = await dpmSolverV3(guided, own, start, { steps: 5, order: 2 });
    expect([evaluations, modelCalls]).toEqual([5, 10]);
  });
});

test("few samples leave a warning in the statistics", async () => {
  const options = { data: fromNested([[0], [1]]), gridSize: 4 };
  expect((await computeModelStatistics(mixture, { ...options, samples: 63 })).warning).toMatch("63 points");
  expect((await computeModelStatistics(mixture, { ...options, samples: 64 })).warning).toBeUndefined();
});

test("statistics of another model, range or grid are refused", async () => {
  const refuse = async (call: Promise<unknown>, argument: string, message: RegExp): Promise<void> => {
    const error = await call.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).argument).toBe(argument);
    expect((error as InvalidInputError).message).toMatch(message);
  };
  const own = synthetic(20);
  const cosine = gaussianMixtureModel(vpCosine(), mixture.mixture);
  await refuse(dpmSolverV3(cosine, own, start), "statistics", /vp-linear.*vp-cosine/);
  const faster = gaussianMixtureModel(vpLinear({ beta1: 10 }), mixture.mixture);
  await refuse(dpmSolverV3(faster, own, start), "statistics", /another schedule/);
  await refuse(dpmSolverV3(mixture, own, start, { tEnd: 1e-4 }), "statistics", /from 1 to 0.001/);
  await refuse(dpmSolverV3(mixture, own, start, { steps: 30 }), "options.steps", /increase gridSize/);
  const twoDimensional = { ...own, l: { ...own.l, shape: [7, 3] } };
  await refuse(dpmSolverV3(mixture, twoDimensional, start), "statistics.l", /shape/);
  const spoiled = { ...own, s: { ...own.s, data: own.s.data.map(() => Number.NaN) } };
  await refuse(dpmSolverV3(mixture, spoiled, start), "statistics.s", /NaN/);
  await refuse(computeModelStatistics(mixture, { source: "forward" }), "options.data", /expected points/);
});
