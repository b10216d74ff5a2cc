import { describe, expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import {
  ancestral,
  type DiffusionModel,
  ddim,
  dpmSolverPlusPlus2M,
  dpmSolverPlusPlus3M,
  edm,
  eulerMaruyama,
  gaussianMixtureModel,
  heun,
  momentsOf,
  referenceTrajectory,
  type Sampler,
  sdeDpmSolverPlusPlus,
  trajectoryRmse,
  uniPC,
  veGeometric,
  vpCosine,
  vpLinear,
  withGuidance,
} from "./index.ts";

const mixture = {
  weights: Float64Array.of(0.3, 0.7),
  means: fromNested([[-1], [2]]),
  variances: fromNested([[0.25], [0.5]]),
};
const model = gaussianMixtureModel(vpLinear(), mixture);
const start: Matrix = fromNested([[-1], [0.2], [1.5]]);

const uniPC2: Sampler = (m, x, o) => uniPC(m, x, { ...o, order: 2, variant: "bh2" });
const uniPC3: Sampler = (m, x, o) => uniPC(m, x, { ...o, order: 3, variant: "bh1" });

test.each<[string, Sampler, number, number[]]>([
  ["DDIM", ddim, 5, [-0.09695725, 1.53983374, 2.39511821]],
  ["DDIM", ddim, 10, [-0.59760102, 1.69049137, 2.65082974]],
  ["DPM-Solver++ (2M)", dpmSolverPlusPlus2M, 5, [-0.80047816, 1.73249197, 2.88748051]],
  ["DPM-Solver++ (2M)", dpmSolverPlusPlus2M, 10, [-1.05988638, 1.85882281, 3.00416877]],
  ["UniPC-2", uniPC2, 5, [-0.87087368, 1.75100068, 2.93248779]],
  ["UniPC-2", uniPC2, 10, [-1.05107059, 1.85630924, 2.9951581]],
  ["UniPC-3", uniPC3, 5, [-1.75874417, 2.0389329, 3.71614913]],
  ["UniPC-3", uniPC3, 10, [-0.93718235, 1.80229423, 2.95245745]],
  ["Heun", heun, 5, [-2.35942947, 2.28342067, 4.21922853]],
  ["Heun", heun, 10, [-1.18200092, 1.90524826, 3.13450328]],
])("%s of %d steps gives its known answer on a mixture", async (_, sampler, steps, expected) => {
  const { x, evaluations } = await sampler(model, start, { steps, tStart: 1, tEnd: 1e-3 });
  for (const [i, value] of expected.entries()) expect(Math.abs(x.data[i]! - value)).toBeLessThan(1e-7);
  expect(evaluations).toBe(sampler === heun ? 2 * steps - 1 : steps);
});

test("the reference trajectory is the exact solution to 2e-6", async () => {
  const { x } = await referenceTrajectory(model, start, { refinement: 4 });
  for (const [i, value] of [-0.97105614, 1.81138277, 2.91921634].entries())
    expect(Math.abs(x.data[i]! - value)).toBeLessThan(2e-6);
});

test("UniPC of order 2 without its corrector is DPM-Solver++ (2M)", async () => {
  const [a, b] = [
    await uniPC(model, start, { steps: 8, corrector: false }),
    await dpmSolverPlusPlus2M(model, start, { steps: 8 }),
  ];
  for (let i = 0; i < 3; i++) expect(Math.abs(a.x.data[i]! - b.x.data[i]!)).toBeLessThan(1e-13);
});

describe.each([
  ["vp-linear", vpLinear(), 0.9, 0.05],
  ["vp-cosine", vpCosine(), 0.9, 0.05],
  ["edm", edm(), 10, 0.1],
  ["ve", veGeometric(), 0.8, 0.3],
] as const)("on the %s schedule", (_, schedule, tStart, tEnd) => {
  const own = gaussianMixtureModel(schedule, mixture);
  const scale = schedule.sigma(tStart);
  const noise: Matrix = fromNested([[-1.1 * scale], [0.3 * scale], [0.9 * scale], [0.1 * scale]]);

  test.each<[string, Sampler, number]>([
    ["DDIM", ddim, 1],
    ["Heun", heun, 2],
    ["DPM-Solver++ (2M)", dpmSolverPlusPlus2M, 2],
    // Its first and last steps are of order 1.
    ["DPM-Solver++ (3M)", dpmSolverPlusPlus3M, 2],
    ["UniPC-2", uniPC2, 2],
    ["UniPC-3", (m, x, o) => uniPC(m, x, { ...o, order: 3, lowerOrderFinal: false }), 3],
  ])("%s converges with its order", async (_, sampler, least) => {
    const exact = await uniPC(own, noise, { steps: 1500, order: 3, lowerOrderFinal: false, tStart, tEnd });
    const error = async (steps: number): Promise<number> =>
      trajectoryRmse((await sampler(own, noise, { steps, tStart, tEnd })).x, exact.x);
    const [coarse, fine] = [await error(60), await error(240)];
    expect(Math.log(coarse / fine) / Math.log(4)).toBeGreaterThan(least - 0.2);
  });
});

test.each([
  ["ancestral", ancestral, 200],
  ["SDE-DPM-Solver++ (2M)", sdeDpmSolverPlusPlus, 60],
  ["Euler-Maruyama", eulerMaruyama, 500],
] as const)("%s sampling reaches mean and variance of the data", async (_, sampler, steps) => {
  const noise = {
    dtype: "float64" as const,
    shape: [4000, 1],
    data: randomStream(1).fillNormal(new Float64Array(4000)),
  };
  const spacing = sampler === eulerMaruyama ? ("time" as const) : ("logsnr" as const);
  const { x } = await sampler(model, noise, { steps, seed: 2, spacing, tEnd: 1e-3 });
  const { mean, covariance } = momentsOf(x);
  // Data: mean 1.1, variance 0.425 + 1.89; five standard errors of 4000 samples.
  expect(Math.abs(mean[0]! - 1.1)).toBeLessThan(0.12);
  expect(Math.abs(covariance.data[0]! - 2.315)).toBeLessThan(0.25);
});

test("ancestral sampling without noise is DDIM", async () => {
  const [a, b] = [await ancestral(model, start, { eta: 0 }), await ddim(model, start)];
  for (let i = 0; i < 3; i++) expect(a.x.data[i]).toBeCloseTo(b.x.data[i]!, 12);
});

test("the noise of a sample does not depend on the batch", async () => {
  const whole = await ancestral(model, start, { seed: 3 });
  const part = await ancestral(model, { ...start, shape: [2, 1], data: start.data.slice(0, 2) }, { seed: 3 });
  expect(part.x.data).toEqual(whole.x.data.slice(0, 2));
});

test("guidance of scale 1 is the conditional model, of scale 0 the unconditional one, at two calls each", async () => {
  const led = model.conditional([1]);
  const run = async (scale: number) => ddim(withGuidance(model, led, scale), start, { steps: 4 });
  const [one, zero] = [await run(1), await run(0)];
  const [conditional, plain] = [await ddim(led, start, { steps: 4 }), await ddim(model, start, { steps: 4 })];
  for (let i = 0; i < 3; i++) {
    expect(one.x.data[i]).toBeCloseTo(conditional.x.data[i]!, 12);
    expect(zero.x.data[i]).toBeCloseTo(plain.x.data[i]!, 12);
  }
  expect([one.evaluations, one.modelCalls]).toEqual([4, 8]);
  const other = gaussianMixtureModel(vpCosine(), mixture);
  expect(() => withGuidance(model, other, 2)).toThrow("conditional: expected the noise schedule");
});

test("a trajectory holds the start and the state after every step", async () => {
  const { trajectory, x, times } = await ddim(model, start, { steps: 3, returnTrajectory: true });
  expect(trajectory).toHaveLength(times.length);
  expect(trajectory![0]).toEqual(start);
  expect(trajectory![3]).toEqual(x);
});

test("a model that gives NaN is reported with step, time and sample", async () => {
  const broken: DiffusionModel = {
    ...model,
    eps: (x, batch, t) => {
      const eps = model.eps(x, batch, t);
      if (t < 0.5) eps[1] = Number.NaN;
      return eps;
    },
  };
  const error = await ddim(broken, start, { steps: 4, spacing: "time" }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(NumericalError);
  expect((error as NumericalError).diagnostics).toMatchObject({ step: 3, sample: 1 });
});

test("samplers refuse wrong shapes, times and too few steps", async () => {
  const refuse = async (call: Promise<unknown>, argument: string): Promise<void> => {
    const error = await call.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).argument).toBe(argument);
  };
  await refuse(ddim(model, fromNested([[1, 2]])), "start");
  await refuse(ddim(model, start, { times: Float64Array.of(1, 0.5, 0.5) }), "options.times[2]");
  await refuse(ddim(model, start, { times: Float64Array.of(1, 0.5), steps: 3 }), "options.steps");
  await refuse(ddim(model, start, { steps: 0 }), "options.steps");
  await refuse(dpmSolverPlusPlus3M(model, start, { steps: 2 }), "options.steps");
});

test("Heun's method can end at noise level 0, in what the model then takes for the data", async () => {
  const { x, evaluations, times, trajectory } = await heun(model, start, {
    ...{ steps: 6, spacing: "karras", toZero: true, returnTrajectory: true },
  });
  expect(evaluations).toBe(13);
  expect(Array.from(times.slice(-2))).toEqual([1e-3, 0]);
  expect(trajectory).toHaveLength(8);
  const { schedule } = model;
  const before = trajectory!.at(-2)!.data;
  const eps = model.eps(before, 3, 1e-3);
  for (const [i, value] of x.data.entries())
    expect(value).toBeCloseTo((before[i]! - schedule.sigma(1e-3) * eps[i]!) / schedule.alpha(1e-3), 12);
});
