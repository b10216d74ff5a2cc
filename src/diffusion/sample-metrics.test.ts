import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { randomStream } from "../core/random/index.ts";
import {
  energyDistance,
  frechetDistance,
  gaussianWasserstein2Squared,
  maximumMeanDiscrepancy2,
  meanPathError,
  modeHistogramDistance,
  momentsOf,
  slicedWasserstein2,
  trajectoryRmse,
} from "./index.ts";

const cloud = (n: number, d: number, seed: number, shift = 0, scale = 1): Matrix => ({
  dtype: "float64",
  shape: [n, d],
  data: randomStream(seed, "cloud").fillNormal(new Float64Array(n * d), shift, scale),
});

test("differences along paths are root mean squares, over all coordinates or over each path", () => {
  const [x, y] = [
    fromNested([
      [0, 0],
      [0, 0],
    ]),
    fromNested([
      [1, 1],
      [7, 1],
    ]),
  ];
  expect(trajectoryRmse(x, y)).toBeCloseTo(Math.sqrt(52 / 4), 14);
  expect(meanPathError(x, y)).toBeCloseTo((1 + 5) / 2, 14);
});

test("in one dimension the sliced distance is the Wasserstein distance, for unequal counts too", () => {
  expect(slicedWasserstein2(fromNested([[0], [1]]), fromNested([[3], [5]]))).toBeCloseTo(Math.sqrt(12.5), 14);
  // Quantiles: 0, 0, 1 against 2 throughout.
  expect(slicedWasserstein2(fromNested([[0], [0], [1]]), fromNested([[2]]))).toBeCloseTo(Math.sqrt(3), 14);
  const a = cloud(50, 1, 1);
  const doubled = { ...a, shape: [100, 1], data: Float64Array.of(...a.data, ...a.data) };
  expect(slicedWasserstein2(a, doubled)).toBeLessThan(1e-7);
});

test("a shift by v moves the sliced distance to |v| / sqrt(d) in the mean over directions", () => {
  const a = cloud(200, 3, 2);
  const b = { ...a, data: a.data.map((value, i) => value + [2, -1, 2][i % 3]!) };
  expect(slicedWasserstein2(a, b, { projections: 4000 })).toBeCloseTo(3 / Math.sqrt(3), 1);
});

test("the distance of normal distributions has its closed form for commuting covariances", () => {
  const diagonal = (a: number, b: number) =>
    fromNested([
      [a, 0],
      [0, b],
    ]);
  const squared = gaussianWasserstein2Squared(
    Float64Array.of(1, 0),
    diagonal(4, 9),
    Float64Array.of(0, 2),
    diagonal(1, 16),
  );
  expect(squared).toBeCloseTo(1 + 4 + (2 - 1) ** 2 + (3 - 4) ** 2, 10);
});

test("the distance of normal distributions is that of scaled copies: |1 - c|^2 tr C", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0.1, max: 3, noNaN: true }), (seed, c) => {
      const x = cloud(40, 3, seed);
      const { covariance } = momentsOf(x);
      const trace = covariance.data[0]! + covariance.data[4]! + covariance.data[8]!;
      const { mean } = momentsOf(x);
      const shift = (1 - c) ** 2 * mean.reduce((sum, value) => sum + value * value, 0);
      const scaled = { ...x, data: x.data.map((value) => c * value) };
      expect(frechetDistance(x, scaled)).toBeCloseTo(shift + (1 - c) ** 2 * trace, 8);
    }),
    { numRuns: 30 },
  );
});

test("the discrepancy is near zero for one distribution and grows with a shift", () => {
  const a = cloud(200, 2, 4);
  const same = maximumMeanDiscrepancy2(a, cloud(200, 2, 5));
  const near = maximumMeanDiscrepancy2(a, cloud(200, 2, 5, 0.5));
  const far = maximumMeanDiscrepancy2(a, cloud(200, 2, 5, 1));
  expect(Math.abs(same)).toBeLessThan(0.01);
  expect(near).toBeGreaterThan(0.02);
  expect(far).toBeGreaterThan(2 * near);
});

test("the discrepancy of four points is the sum over its kernels", () => {
  // Squared distances 1 | 1 | 9, 16, 4, 9: their median (of six, upper) is 9.
  const a = fromNested([[0], [1]]);
  const b = fromNested([[3], [4]]);
  const k = (squared: number) =>
    [1 / 4, 1 / 2, 1, 2, 4].reduce((sum, f) => sum + Math.exp(-squared / (2 * f * f * 9)) / 5, 0);
  expect(maximumMeanDiscrepancy2(a, b)).toBeCloseTo(2 * k(1) - (2 * (k(9) + k(16) + k(4) + k(9))) / 4, 12);
});

test("the energy distance of four points is its sum, and near zero for one distribution", () => {
  const [a, b] = [fromNested([[0], [1]]), fromNested([[3], [5]])];
  expect(energyDistance(a, b)).toBeCloseTo((2 * (3 + 5 + 2 + 4)) / 4 - 1 - 2, 14);
  expect(Math.abs(energyDistance(cloud(300, 2, 6), cloud(300, 2, 7)))).toBeLessThan(0.02);
});

test("the distance of mode histograms is half the sum of differences", () => {
  expect(modeHistogramDistance([0, 0, 1, 2], [0, 1, 1, 1], 3)).toBeCloseTo(0.5, 14);
  expect(modeHistogramDistance([0, 1], [1, 0], 2)).toBe(0);
});

test("metrics refuse points that do not match", () => {
  expect(() => trajectoryRmse(cloud(3, 2, 1), cloud(2, 2, 1))).toThrow("reference");
  expect(() => slicedWasserstein2(cloud(3, 2, 1), cloud(3, 1, 1))).toThrow("b");
  expect(() => frechetDistance(cloud(1, 2, 1), cloud(3, 2, 1))).toThrow("a: expected at least 2 rows");
  expect(() => modeHistogramDistance([3], [0], 2)).toThrow("a[0]");
});
