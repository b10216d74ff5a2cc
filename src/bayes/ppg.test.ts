import { describe, expect, test } from "vitest";
import { type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import {
  type AdditiveFunctional,
  autoregressionFamily,
  autoregressionKalman,
  autoregressionModel,
  conditionalParis,
  ffbsm,
  genealogySmoother,
  growthFamily,
  kalmanFilter,
  lagOneFunctional,
  learnScoreAscent,
  momentFunctional,
  paris,
  particleFilter,
  particleGibbs,
  ppg,
  rtsSmoother,
  type StateSpaceModel,
  stateFunctional,
  stochasticVolatilityFamily,
} from "./index.ts";

const parameters = { coefficient: 0.97, noise: 0.54, gain: 0.6, observationNoise: 0.33 };
const model = autoregressionModel(parameters);
const column = (...values: number[]): Matrix =>
  ndArray("float64", [values.length, 1], Float64Array.from(values));
const short = column(0.5, -0.2, 0.7);
const known = { means: [0.56908288, 0.32407647, 0.7326917], lagOne: 0.5698381882936903 };

/** Counts the steps of a path after the first. */
const steps: AdditiveFunctional = {
  dim: 1,
  addInitial: () => {},
  addIncrement: (_previous, _i, _next, _j, _t, out) => {
    out[0]! += 1;
  },
};

function simulate(length: number, seed: number): Matrix {
  const stream = randomStream(seed, "data");
  const y = new Float64Array(length);
  let x = (parameters.noise / Math.sqrt(1 - parameters.coefficient ** 2)) * stream.normal();
  for (let t = 0; t < length; t++) {
    y[t] = parameters.gain * x + parameters.observationNoise * stream.normal();
    x = parameters.coefficient * x + parameters.noise * stream.normal();
  }
  return ndArray("float64", [length, 1], y);
}

function exactLagOne(observations: Matrix): number {
  const lg = autoregressionKalman(parameters);
  const { mean, lagOneCovariance } = rtsSmoother(lg, kalmanFilter(lg, observations));
  return lagOneCovariance.data.reduce((sum, c, t) => sum + c + mean.data[t]! * mean.data[t + 1]!, 0);
}

describe("against exact smoothing", () => {
  test("FFBSm with many particles is near the known answers", async () => {
    const means = await ffbsm(model, short, stateFunctional(3), { particles: 2000, seed: 1 });
    for (const [t, value] of known.means.entries()) expect(means.estimate[t]).toBeCloseTo(value, 1.7);
    const lag = await ffbsm(model, short, lagOneFunctional(), { particles: 3000, seed: 2 });
    expect(Math.abs(lag.estimate[0]! - known.lagOne)).toBeLessThan(0.06);
    expect(lag.logLikelihood).toBeCloseTo(-3.416182098255278, 1);
  });

  test("PaRIS with many particles is within 0.02 of the known answer", async () => {
    const options = { particles: 60000, seed: 3 };
    const { estimate } = await paris(model, short, lagOneFunctional(), options);
    expect(Math.abs(estimate[0]! - known.lagOne)).toBeLessThan(0.02);
  });

  test("exact and rejected backward draws agree in mean and spread over repetitions", async () => {
    const repeat = async (backward: "exact" | "reject"): Promise<{ mean: number; sd: number }> => {
      const values: number[] = [];
      for (let seed = 0; seed < 1500; seed++)
        values.push(
          (await paris(model, short, lagOneFunctional(), { particles: 8, backward, seed })).estimate[0]!,
        );
      const mean = values.reduce((a, b) => a + b) / values.length;
      return { mean, sd: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
    };
    const [exact, reject] = [await repeat("exact"), await repeat("reject")];
    expect(Math.abs(exact.mean - reject.mean)).toBeLessThan(4 * exact.sd * Math.sqrt(2 / 1500));
    expect(reject.sd / exact.sd).toBeGreaterThan(0.85);
    expect(reject.sd / exact.sd).toBeLessThan(1.18);
  });

  test("PPG with 3 particles loses the bias that PaRIS keeps", async () => {
    // Its states stay within half a stationary deviation: three particles can follow it.
    const observations = simulate(10, 22);
    const truth = exactLagOne(observations);
    const repeats = 1500;
    let first = 0;
    let late = 0;
    let square = 0;
    for (let seed = 0; seed < repeats; seed++) {
      const result = await ppg(model, observations, lagOneFunctional(), {
        particles: 3,
        iterations: 14,
        burnIn: 8,
        seed,
      });
      first += (result.first![0]! - truth) / repeats;
      late += (result.estimate[0]! - truth) / repeats;
      square += (result.estimate[0]! - truth) ** 2 / repeats;
    }
    expect(Math.abs(late)).toBeLessThan(4 * Math.sqrt(square / repeats));
    expect(Math.abs(late)).toBeLessThan(Math.abs(first));
  });

  test("particle Gibbs and a long PPG run reach the smoothed mean", async () => {
    const gibbs = await particleGibbs(model, short, lagOneFunctional(), {
      particles: 5,
      iterations: 20000,
      burnIn: 10,
      seed: 1,
    });
    expect(Math.abs(gibbs.estimate[0]! - known.lagOne)).toBeLessThan(0.03);
    const run = await ppg(model, short, lagOneFunctional(), {
      particles: 5,
      iterations: 10000,
      burnIn: 10,
      seed: 1,
    });
    expect(Math.abs(run.estimate[0]! - known.lagOne)).toBeLessThan(5 * run.standardError![0]!);
    expect(run.standardError![0]).toBeLessThan(0.02);
  });

  test("a missing observation has weight one", async () => {
    const y = column(0.5, Number.NaN, 0.7);
    const truth = exactLagOne(y);
    const result = await ffbsm(model, y, lagOneFunctional(), { particles: 3000 });
    expect(Math.abs(result.estimate[0]! - truth)).toBeLessThan(0.04);
    expect((await ppg(model, y, lagOneFunctional(), { particles: 4 })).missing).toBe(1);
  });
});

describe("a sweep", () => {
  test("with one particle returns the reference and its value of the functional", async () => {
    const reference = Float64Array.of(0.3, -1, 2);
    const { estimate, path } = await conditionalParis(model, short, lagOneFunctional(), reference, {
      particles: 1,
    });
    expect(path).toEqual(reference);
    expect(estimate[0]).toBe(0.3 * -1 + -1 * 2);
  });

  test("estimates a constant without error, for any number of particles and draws", async () => {
    const y = simulate(12, 1);
    for (const particles of [1, 2, 7, 40])
      for (const backwardDraws of [2, 5]) {
        const options = { particles, backwardDraws, seed: particles };
        expect((await paris(model, y, steps, options)).estimate[0]).toBeCloseTo(11, 12);
        const { estimate, first } = await ppg(model, y, steps, { ...options, iterations: 3 });
        expect(estimate[0]).toBeCloseTo(11, 12);
        expect(first![0]).toBeCloseTo(11, 12);
      }
    expect((await genealogySmoother(model, y, steps)).estimate[0]).toBeCloseTo(11, 12);
    expect((await ffbsm(model, y, steps)).estimate[0]).toBeCloseTo(11, 10);
  });

  test("of a guided filter with the optimal proposal has the same limit", async () => {
    const { coefficient: a, noise: s, gain: b, observationNoise: r } = parameters;
    const gainOf = (v: number): number => (v * b) / (b * b * v + r * r);
    const prior = s ** 2 / (1 - a * a);
    const logN = (x: number, sd: number): number => -0.5 * (x / sd) ** 2 - Math.log(sd);
    const law = (m: number, v: number, y: number): { mean: number; sd: number } => ({
      mean: m + gainOf(v) * (y - b * m),
      sd: Math.sqrt(v * (1 - gainOf(v) * b)),
    });
    const guided: StateSpaceModel = {
      ...model,
      proposal: {
        sampleInitial: (stream, y, out, count) => {
          const { mean, sd } = law(0, prior, y[0]!);
          for (let i = 0; i < count; i++) out[i] = mean + sd * stream.normal();
        },
        sampleTransition: (stream, previous, i, _t, y, next, j) => {
          const { mean, sd } = law(a * previous[i]!, s * s, y[0]!);
          next[j] = mean + sd * stream.normal();
        },
        logInitialRatio: (x, i, y) => {
          const { mean, sd } = law(0, prior, y[0]!);
          return logN(x[i]!, Math.sqrt(prior)) - logN(x[i]! - mean, sd);
        },
        logTransitionRatio: (previous, i, next, j, _t, y) => {
          const { mean, sd } = law(a * previous[i]!, s * s, y[0]!);
          return logN(next[j]! - a * previous[i]!, s) - logN(next[j]! - mean, sd);
        },
      },
    };
    const run = await ppg(guided, short, lagOneFunctional(), { particles: 5, iterations: 8000, burnIn: 10 });
    expect(Math.abs(run.estimate[0]! - known.lagOne)).toBeLessThan(5 * run.standardError![0]!);
    const filtered = await particleFilter(guided, short, { particles: 4000, seed: 2 });
    expect(filtered.logLikelihood).toBeCloseTo(-3.416182098255278, 1);
  });

  test("reports degeneracy with its step", async () => {
    const hopeless = { ...model, logObservation: () => Number.NEGATIVE_INFINITY };
    await expect(paris(hopeless, short, steps)).rejects.toThrow(/degeneracy.*step 0/);
  });

  test("refuses a bound below the density", async () => {
    const wrong = { ...model, logTransitionBound: () => -20 };
    await expect(paris(wrong, short, steps, { backward: "reject" })).rejects.toThrow(NumericalError);
  });

  test("refuses a single backward draw, a burn-in without end and a path of another length", async () => {
    await expect(paris(model, short, steps, { backwardDraws: 1 })).rejects.toThrow(InvalidInputError);
    await expect(ppg(model, short, steps, { iterations: 4, burnIn: 4 })).rejects.toThrow(/burnIn/);
    await expect(ppg(model, short, steps, { initial: new Float64Array(2) })).rejects.toThrow(/initial/);
    await expect(paris(model, column(1, Number.POSITIVE_INFINITY), steps)).rejects.toThrow(/observations/);
  });
});

describe("particle filter", () => {
  test.each(["systematic", "multinomial"] as const)(
    "with %s resampling follows the Kalman filter",
    async (resampling) => {
      const y = simulate(50, 3);
      const exact = kalmanFilter(autoregressionKalman(parameters), y);
      for (const essThreshold of [0.5, 1]) {
        const { mean, logLikelihood, effectiveSampleSize } = await particleFilter(model, y, {
          particles: 4000,
          resampling,
          essThreshold,
        });
        expect(Math.abs(logLikelihood - exact.logLikelihood)).toBeLessThan(0.5);
        expect(Math.max(...mean.data.map((value, t) => Math.abs(value - exact.mean.data[t]!)))).toBeLessThan(
          0.1,
        );
        expect(Math.max(...effectiveSampleSize)).toBeLessThanOrEqual(4000.0001);
      }
    },
  );
});

describe("scores", () => {
  test("of all families are the derivatives of the complete log density, up to the initial law", () => {
    const stream = randomStream(4);
    const path = stream.fillNormal(new Float64Array(6));
    const y = Array.from({ length: 6 }, () => Float64Array.of(stream.normal()));
    for (const family of [
      autoregressionFamily({ gain: 0.6, observationNoise: 0.33 }),
      stochasticVolatilityFamily(),
      growthFamily(),
    ]) {
      const theta = family.parameters.map((_, i) => 0.3 - 0.2 * i);
      const logDensity = (at: readonly number[]): number => {
        const m = family.at(Float64Array.from(at));
        let sum = 0;
        for (let t = 1; t < 6; t++)
          sum += m.logTransition(path, t - 1, path, t, t) + m.logObservation(path, t, y[t]!, t);
        return sum;
      };
      const gradient = new Float64Array(theta.length);
      const score = family.score(Float64Array.from(theta), y);
      for (let t = 1; t < 6; t++) score.addIncrement(path, t - 1, path, t, t, gradient);
      for (const [c, value] of theta.entries()) {
        const moved = (step: number): number => logDensity(theta.with(c, value + step));
        expect(gradient[c]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 5);
      }
    }
  });

  test("estimated by FFBSm are the gradient of the Kalman filter's log-likelihood", async () => {
    const y = simulate(20, 8);
    const family = autoregressionFamily({ gain: 0.6, observationNoise: 0.33 });
    const theta = Float64Array.of(1.2, -0.5);
    const series = Array.from(y.data, (value) => Float64Array.of(value));
    const { estimate } = await ffbsm(family.at(theta), y, family.score(theta, series), { particles: 700 });
    const logLikelihood = (a: number, s: number): number =>
      kalmanFilter(autoregressionKalman({ ...parameters, coefficient: Math.tanh(a), noise: Math.exp(s) }), y)
        .logLikelihood;
    expect(estimate[0]).toBeCloseTo((logLikelihood(1.2001, -0.5) - logLikelihood(1.1999, -0.5)) / 2e-4, 0);
    expect(estimate[1]).toBeCloseTo((logLikelihood(1.2, -0.4999) - logLikelihood(1.2, -0.5001)) / 2e-4, 0);
  });

  test.each([true, false])("lead to a higher likelihood (warm path: %s)", async (warmPath) => {
    const y = simulate(60, 2);
    const family = autoregressionFamily({ gain: 0.6, observationNoise: 0.33 });
    const start = Float64Array.of(Math.atanh(0.5), 0);
    const { theta, history, logLikelihood } = await learnScoreAscent(family, y, start, {
      particles: 5,
      iterations: 4,
      steps: 60,
      warmPath,
    });
    const exact = (at: Float64Array): number =>
      kalmanFilter(
        autoregressionKalman({ ...parameters, coefficient: Math.tanh(at[0]!), noise: Math.exp(at[1]!) }),
        y,
      ).logLikelihood;
    expect(exact(theta)).toBeGreaterThan(exact(start) + 5);
    expect(history.shape).toEqual([61, 2]);
    expect(logLikelihood.length).toBe(warmPath ? 1 : 60);
  });
});

test("moments are sums over the path", () => {
  const functional = momentFunctional();
  const out = new Float64Array(3);
  const path = Float64Array.of(1, 2, 3);
  functional.addInitial(path, 0, out);
  functional.addIncrement(path, 0, path, 1, 1, out);
  functional.addIncrement(path, 1, path, 2, 2, out);
  expect([...out]).toEqual([6, 14, 8]);
});
