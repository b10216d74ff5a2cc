import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { randomStream } from "../core/random/index.ts";
import { empiricalModel, gaussianMixtureModel, heun, vpLinear } from "./index.ts";

const [n, d] = [7, 3];
const normals = (seed: number, rows: number): Matrix => ({
  dtype: "float64",
  shape: [rows, d],
  data: randomStream(seed, "empirical").fillNormal(new Float64Array(rows * d)),
});
const time = fc.double({ min: 0.02, max: 0.99, noNaN: true });
const closest = (actual: Float64Array, expected: Float64Array): number =>
  Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!) / (1 + Math.abs(expected[i]!))));

test("is the Gaussian mixture of one component a point", () => {
  fc.assert(
    fc.property(fc.nat(1000), time, fc.double({ min: 0, max: 1, noNaN: true }), (seed, t, bandwidth) => {
      const points = normals(seed, n);
      const model = empiricalModel(vpLinear(), points, { bandwidth });
      const mixture = gaussianMixtureModel(vpLinear(), {
        weights: new Float64Array(n).fill(1),
        means: points,
        // A mixture's variances must be positive: one that is lost beside the noise stands for none.
        variances: { ...points, data: new Float64Array(n * d).fill(Math.max(1e-20, bandwidth * bandwidth)) },
      });
      const [x, v] = [normals(seed + 1, 4), normals(seed + 2, 4)];
      expect(closest(model.logDensity(x, t), mixture.logDensity(x, t))).toBeLessThan(1e-10);
      expect(closest(model.score(x, t).data, mixture.score(x, t).data)).toBeLessThan(1e-9);
      expect(closest(model.eps(x.data, 4, t), mixture.eps(x.data, 4, t))).toBeLessThan(1e-9);
      expect(closest(model.jvp(x.data, v.data, 4, t), mixture.jvp(x.data, v.data, 4, t))).toBeLessThan(1e-8);
    }),
    { numRuns: 30 },
  );
});

test("without a bandwidth, sampling down to noise level 0 ends in the points themselves", async () => {
  const points = normals(5, n);
  const model = empiricalModel(vpLinear(), points);
  const { x } = await heun(model, normals(6, 20), { steps: 30, tEnd: 1e-4, toZero: true });
  for (let i = 0; i < 20; i++) {
    const gaps = Array.from({ length: n }, (_, k) =>
      Math.hypot(...Array.from({ length: d }, (_, j) => x.data[i * d + j]! - points.data[k * d + j]!)),
    );
    expect(Math.min(...gaps)).toBeLessThan(1e-9);
  }
});

test("exact samples have the mean and variance of the density at their level", () => {
  const points = fromNested([[-1], [3]]);
  const schedule = vpLinear();
  const { data } = empiricalModel(schedule, points, { bandwidth: 0.5 }).sample(40_000, randomStream(1), 0.1);
  const [alpha, sigma] = [schedule.alpha(0.1), schedule.sigma(0.1)];
  const mean = data.reduce((sum, value) => sum + value / data.length, 0);
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2 / data.length, 0);
  expect(mean).toBeCloseTo(alpha, 1);
  expect(variance / (alpha * alpha * 4.25 + sigma * sigma)).toBeCloseTo(1, 1);
});

test("refuses no points, a negative bandwidth, and a density where there is none", () => {
  const points = normals(1, n);
  expect(() => empiricalModel(vpLinear(), { ...points, shape: [0, d], data: new Float64Array(0) })).toThrow(
    "points: expected at least one point",
  );
  expect(() => empiricalModel(vpLinear(), points, { bandwidth: -1 })).toThrow("options.bandwidth");
  expect(() => empiricalModel(vpLinear(), points).logDensity(points, 0)).toThrow(
    "no density at noise level 0",
  );
});
