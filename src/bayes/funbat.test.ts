import { expect, test } from "vitest";
import { type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { cholesky, choleskySolve } from "../core/linalg/index.ts";
import { randomStream } from "../core/random/index.ts";
import { fitFunBaT, type MaternKernel, maternStateSpace, stateSpaceGp } from "./index.ts";

const covariance = (kernel: MaternKernel, r: number): number => {
  const x = Math.sqrt({ matern12: 1, matern32: 3, matern52: 5 }[kernel]) * r;
  return { matern12: 1, matern32: 1 + x, matern52: 1 + x + (x * x) / 3 }[kernel] * Math.exp(-x);
};

test("a step of Matern 3/2 has the known matrices", () => {
  const { transition, noise } = maternStateSpace("matern32", 0.5, 2).step(0.2);
  for (const [i, value] of [0.84668686, 0.10003269, -1.20039229, 0.15364005].entries())
    expect(transition.data[i]).toBeCloseTo(value, 8);
  for (const [i, value] of [0.32608577, 1.66385611, 1.66385611, 20.55159034].entries())
    expect(noise.data[i]).toBeCloseTo(value, 7);
});

test.each(["matern12", "matern32", "matern52"] as const)(
  "steps of %s compose, and keep the stationary law",
  (kernel) => {
    const space = maternStateSpace(kernel, 0.7, 1.5);
    const d = space.dim;
    const [a, b, both] = [space.step(0.3).transition, space.step(0.5).transition, space.step(0.8).transition];
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += b.data[i * d + k]! * a.data[k * d + j]!;
        expect(sum).toBeCloseTo(both.data[i * d + j]!, 11);
      }
    // Covariance of the function with itself a distance on: the first entry of A P.
    let first = 0;
    for (let k = 0; k < d; k++) first += both.data[k]! * space.stationary.data[k * d]!;
    expect(first).toBeCloseTo(1.5 * covariance(kernel, 0.8 / 0.7), 11);
    expect(space.step(1e-12).noise.data[0]).toBeGreaterThanOrEqual(0);
  },
);

test.each(["matern12", "matern32", "matern52"] as const)(
  "smoothing with %s equals dense regression, inside and outside on both sides",
  (kernel) => {
    const stream = randomStream(2);
    const n = 40;
    const x = stream.fillUniform(new Float64Array(n), 0, 3);
    x[7] = x[3]!;
    const y = stream.fillNormal(new Float64Array(n));
    const at = Float64Array.of(-1.5, -0.01, 0.4, x[3]!, 1.234, 2.9, 3.2, 5);
    const [ell, s2, noise] = [0.6, 1.7, 0.05];
    const k = (a: number, b: number): number => s2 * covariance(kernel, Math.abs(a - b) / ell);
    const gram: Matrix = ndArray(
      "float64",
      [n, n],
      Float64Array.from(
        { length: n * n },
        (_, e) => k(x[Math.floor(e / n)]!, x[e % n]!) + (Math.floor(e / n) === e % n ? noise : 0),
      ),
    );
    const l = cholesky(gram);
    const alpha = choleskySolve(l, y);
    const { mean, variance } = stateSpaceGp(x, y, at, { kernel, lengthscale: ell, variance: s2, noise });
    for (const [p, place] of at.entries()) {
      const row = x.map((value) => k(place, value));
      const solved = choleskySolve(l, row);
      let m = 0;
      let v = s2;
      for (let i = 0; i < n; i++) {
        m += row[i]! * alpha[i]!;
        v -= row[i]! * solved[i]!;
      }
      expect(Math.abs(mean[p]! - m)).toBeLessThan(1e-9);
      expect(Math.abs(variance[p]! - v)).toBeLessThan(1e-9);
    }
  },
);

function product(count: number, seed: number): { coordinates: Matrix; values: Float64Array } {
  const stream = randomStream(seed);
  const coordinates = ndArray(
    "float64",
    [count, 2],
    Float64Array.from({ length: 2 * count }, () => Math.round(100 * stream.uniform()) / 100),
  );
  const values = Float64Array.from(
    { length: count },
    (_, n) =>
      2 * Math.sin(6 * coordinates.data[2 * n]!) * (coordinates.data[2 * n + 1]! + 0.2) +
      0.05 * stream.normal(),
  );
  return { coordinates, values };
}

const rmse = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

test.each(["cp", "tucker"] as const)(
  "a product of functions is found in %s form, with honest intervals",
  async (form) => {
    const train = product(300, 1);
    const held = product(300, 2);
    const model = await fitFunBaT(train.coordinates, train.values, {
      form,
      rank: form === "cp" ? 1 : 2,
      restarts: 2,
      epochs: 40,
      seed: 1,
    });
    const { mean, variance, extrapolated } = model.predict(held.coordinates);
    expect(rmse(mean, held.values)).toBeLessThan(0.08);
    const inside = mean.filter(
      (m, i) => Math.abs(m - held.values[i]!) < 1.645 * Math.sqrt(variance[i]! + 1 / model.noisePrecision),
    ).length;
    expect(inside / 300).toBeGreaterThan(0.83);
    expect(extrapolated.reduce((a, b) => a + b, 0)).toBeLessThan(10);
    expect(model.predict(ndArray("float64", [1, 2], Float64Array.of(2, 0.5))).extrapolated[0]).toBe(1);
    expect(model.history.length).toBe(model.iterations);
  },
);

test("order of the data and units of the coordinates change nothing", async () => {
  const { coordinates, values } = product(120, 3);
  const options = { form: "tucker", rank: 2, restarts: 1, epochs: 10, seed: 4 } as const;
  const plain = await fitFunBaT(coordinates, values, options);
  const order = randomStream(5).permutation(120);
  const permuted = ndArray(
    "float64",
    [120, 2],
    Float64Array.from({ length: 240 }, (_, e) => coordinates.data[2 * order[e >> 1]! + (e & 1)]!),
  );
  const other = await fitFunBaT(
    permuted,
    Float64Array.from(order, (n) => values[n]!),
    options,
  );
  const scaled = await fitFunBaT(
    ndArray(
      "float64",
      [120, 2],
      coordinates.data.map((value, e) => (e & 1 ? 1024 * value - 512 : value)),
    ),
    values,
    options,
  );
  const expected = plain.predict(coordinates).mean;
  expect(rmse(other.predict(coordinates).mean, expected)).toBeLessThan(1e-10);
  const inUnits = ndArray(
    "float64",
    [120, 2],
    coordinates.data.map((value, e) => (e & 1 ? 1024 * value - 512 : value)),
  );
  expect(rmse(scaled.predict(inUnits).mean, expected)).toBeLessThan(1e-10);
});

test("refuses what cannot be fitted, by name", async () => {
  const { coordinates, values } = product(20, 6);
  const flat = ndArray(
    "float64",
    [20, 2],
    coordinates.data.map((value, e) => (e & 1 ? 1 : value)),
  );
  await expect(fitFunBaT(flat, values)).rejects.toThrow(/distinct/);
  await expect(fitFunBaT(coordinates, values.with(3, Number.NaN))).rejects.toThrow(/values\[3\]/);
  await expect(fitFunBaT(coordinates, values, { form: "cp", rank: [1, 2] })).rejects.toThrow(
    InvalidInputError,
  );
  await expect(
    fitFunBaT(coordinates, values, { form: "cp", rank: 1, variance: 1e-20, epochs: 5 }),
  ).rejects.toThrow(/collapsed/);
});
