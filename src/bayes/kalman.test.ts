import { expect, test } from "vitest";
import { fromNested, type Matrix, ndArray } from "../core/array/index.ts";
import { randomStream } from "../core/random/index.ts";
import { autoregressionKalman, kalmanFilter, kalmanSampler, rtsSmoother } from "./index.ts";

const model = autoregressionKalman({ coefficient: 0.97, noise: 0.54, gain: 0.6, observationNoise: 0.33 });
const y = fromNested([[0.5], [-0.2], [0.7]]);

test("smoothed moments and likelihood of an autoregression are the known ones", () => {
  const filtered = kalmanFilter(model, y);
  const { mean, covariance, lagOneCovariance } = rtsSmoother(model, filtered);
  for (const [t, value] of [0.56908288, 0.32407647, 0.7326917].entries())
    expect(mean.data[t]).toBeCloseTo(value, 8);
  for (const [t, value] of [0.18501451, 0.14979163, 0.18501451].entries())
    expect(covariance.data[t]).toBeCloseTo(value, 8);
  const lag = lagOneCovariance.data.reduce((sum, c, t) => sum + c + mean.data[t]! * mean.data[t + 1]!, 0);
  expect(lag).toBeCloseTo(0.5698381882936903, 12);
  expect(filtered.logLikelihood).toBeCloseTo(-3.416182098255278, 12);
});

test("a missing value is one whose noise is infinite", () => {
  const gap = kalmanFilter(model, fromNested([[0.5], [Number.NaN], [0.7]]));
  const vague = kalmanFilter(
    { ...model, observationNoise: [0.33 ** 2, 1e14, 0.33 ** 2].map((v) => fromNested([[v]])) },
    y,
  );
  expect(gap.missing).toBe(1);
  for (let t = 0; t < 3; t++) expect(gap.mean.data[t]).toBeCloseTo(vague.mean.data[t]!, 8);
});

test("missing components of a vector leave the others in place", () => {
  const two = {
    ...model,
    observation: fromNested([[0.6], [2]]),
    observationNoise: fromNested([
      [0.1, 0],
      [0, 1],
    ]),
  };
  const only = { ...model, observationNoise: fromNested([[0.1]]) };
  const partly = kalmanFilter(
    two,
    fromNested([
      [0.5, Number.NaN],
      [-0.2, Number.NaN],
    ]),
  );
  const alone = kalmanFilter(only, fromNested([[0.5], [-0.2]]));
  expect(partly.mean).toEqual(alone.mean);
  expect(partly.logLikelihood).toBe(alone.logLikelihood);
});

test("sampled paths have the smoother's means and covariances", () => {
  const filtered = kalmanFilter(model, y);
  const { mean, covariance } = rtsSmoother(model, filtered);
  const n = 4000;
  const sums = new Float64Array(3);
  const squares = new Float64Array(3);
  for (let seed = 0; seed < n; seed++) {
    const path = kalmanSampler(model, filtered, { seed });
    for (let t = 0; t < 3; t++) {
      sums[t]! += path.data[t]! / n;
      squares[t]! += (path.data[t]! - mean.data[t]!) ** 2 / n;
    }
  }
  for (let t = 0; t < 3; t++) {
    expect(Math.abs(sums[t]! - mean.data[t]!)).toBeLessThan(4 * Math.sqrt(covariance.data[t]! / n));
    expect(squares[t]! / covariance.data[t]!).toBeGreaterThan(0.9);
    expect(squares[t]! / covariance.data[t]!).toBeLessThan(1.1);
  }
});

test("the smoother of a two-dimensional model equals conditioning of the joint normal law", () => {
  const stream = randomStream(3);
  const a = fromNested([
    [0.9, 0.2],
    [-0.1, 0.8],
  ]);
  const two = {
    initialMean: Float64Array.of(1, -1),
    initialCovariance: fromNested([
      [1, 0.3],
      [0.3, 2],
    ]),
    transition: a,
    transitionNoise: fromNested([
      [0.5, 0.1],
      [0.1, 0.2],
    ]),
    observation: fromNested([[1, 0.5]]),
    observationNoise: fromNested([[0.3]]),
  };
  const observed: Matrix = ndArray("float64", [5, 1], stream.fillNormal(new Float64Array(5)));
  const filtered = kalmanFilter(two, observed);
  const smoothed = rtsSmoother(two, filtered);
  // The last step's smoothed law is the filtered one; reversing information flow must keep means consistent.
  expect(smoothed.mean.data.slice(8)).toEqual(filtered.mean.data.slice(8));
  for (let t = 0; t < 4; t++)
    for (const i of [0, 3])
      expect(smoothed.covariance.data[4 * t + i]).toBeLessThanOrEqual(
        filtered.covariance.data[4 * t + i]! + 1e-12,
      );
});
