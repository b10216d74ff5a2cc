import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../core/errors.ts";
import { edm, type NoiseSchedule, timeSteps, veGeometric, vpCosine, vpDiscrete, vpLinear } from "./index.ts";

const betas = Float64Array.from({ length: 1000 }, (_, i) => 1e-4 + (0.02 - 1e-4) * (i / 999));
const schedules: Readonly<Record<string, NoiseSchedule>> = {
  "vp-linear": vpLinear(),
  "vp-linear with a constant rate": vpLinear({ beta0: 8, beta1: 8 }),
  "vp-cosine": vpCosine(),
  "vp-discrete": vpDiscrete({ betas }),
  edm: edm(),
  ve: veGeometric(),
};

test.each([
  [1, -5.025, 0.999978406892, -5.024978406659],
  [0.5, -1.26875, 0.959654202068, -1.227567734411],
  [0.1, -0.05475, 0.322052535525, 1.078290592942],
  [1e-3, -5.4975e-5, 0.010485416335, 4.55771493273],
])("the linear schedule has its known levels at t = %d", (t, logAlpha, sigma, lambda) => {
  const schedule = vpLinear();
  expect(schedule.logAlpha(t)).toBeCloseTo(logAlpha, 12);
  expect(schedule.sigma(t)).toBeCloseTo(sigma, 12);
  expect(schedule.lambda(t)).toBeCloseTo(lambda, 11);
});

describe.each(Object.entries(schedules))("%s", (_, schedule) => {
  const { tMin, tMax } = schedule;
  const time = fc
    .double({ min: 0, max: 1, noNaN: true })
    .map((u) => tMin + (tMax - tMin) * (0.001 + 0.998 * u));

  test("tOfLambda inverts lambda", () => {
    fc.assert(
      fc.property(
        time,
        (t) => Math.abs(schedule.tOfLambda(schedule.lambda(t)) - t) <= 1e-12 * Math.max(1, t),
      ),
    );
  });

  test("lambda falls and is ln(alpha / sigma)", () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        expect(schedule.lambda(a)).toBeCloseTo(Math.log(schedule.alpha(a) / schedule.sigma(a)), 10);
        if (a < b - 1e-9) expect(schedule.lambda(a)).toBeGreaterThan(schedule.lambda(b));
      }),
    );
  });

  test("drift and diffusion are the derivatives of the levels", () => {
    // Off the grid of the discrete schedule, where it bends.
    for (const part of [0.1234567, 0.45678, 0.9012345]) {
      const t = tMin + part * (tMax - tMin);
      const h = 1e-6 * t;
      const slope = (f: (t: number) => number): number => (f(t + h) - f(t - h)) / (2 * h);
      const f = slope((at) => schedule.logAlpha(at));
      const g2 = slope((at) => schedule.sigma(at) ** 2) - 2 * f * schedule.sigma(t) ** 2;
      expect(Math.abs(schedule.drift(t) - f)).toBeLessThan(1e-5 * (1 + Math.abs(f)));
      expect(Math.abs(schedule.diffusion2(t) - g2)).toBeLessThan(1e-5 * (1 + g2));
    }
  });

  test.each(["logsnr", "time", "time-quadratic", "karras"] as const)(
    "times spaced by %s fall strictly from start to end",
    (spacing) => {
      const tEnd = tMin + 0.01 * (tMax - tMin);
      const times = timeSteps(schedule, { n: 7, spacing, tEnd });
      expect(times).toHaveLength(8);
      expect([times[0], times[7]]).toEqual([tMax, tEnd]);
      for (let i = 1; i < 8; i++) expect(times[i]).toBeLessThan(times[i - 1]!);
    },
  );
});

test("a discrete schedule holds the products of 1 - beta at its grid, from either description", () => {
  let product = 1;
  const alphasCumprod = betas.map((beta) => (product *= 1 - beta));
  const [a, b] = [vpDiscrete({ betas }), vpDiscrete({ alphasCumprod })];
  for (const i of [0, 1, 499, 999]) {
    expect(a.alpha((i + 1) / 1000) ** 2).toBeCloseTo(alphasCumprod[i]!, 12);
    expect(b.alpha((i + 1) / 1000)).toBeCloseTo(a.alpha((i + 1) / 1000), 12);
  }
});

test("schedules and times refuse what has no meaning", () => {
  expect(() => vpDiscrete({ betas: Float64Array.of(0.1, 1) })).toThrow("options.betas[1]");
  expect(() => vpDiscrete({ alphasCumprod: Float64Array.of(0.5, 0.6) })).toThrow("options.alphasCumprod[1]");
  expect(() => vpDiscrete({ betas, alphasCumprod: betas } as never)).toThrow(InvalidInputError);
  expect(() => vpLinear({ beta0: 0 })).toThrow("options.beta0");
  expect(() => edm({ sigmaMin: 2, sigmaMax: 1 })).toThrow("options.sigmaMax");
  expect(() => timeSteps(vpLinear(), { n: 0 })).toThrow("options.n");
  expect(() => timeSteps(vpLinear(), { n: 5, tEnd: 2 })).toThrow("options.tEnd");
  expect(() => timeSteps(vpLinear(), { n: 5, tStart: 0.1, tEnd: 0.1 })).toThrow("options.tEnd");
});
