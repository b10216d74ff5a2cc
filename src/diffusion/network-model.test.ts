import { afterAll, describe, expect, test } from "vitest";
import type { NdArray } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { adam, fit, meanSquaredError } from "../core/nn/index.ts";
import { randomStream } from "../core/random/index.ts";
import { type Tensor, toOnnx } from "../core/tensor/index.ts";
import {
  type CoordinateDenoiser,
  computeModelStatistics,
  coordinateDenoiser,
  ddim,
  fromNetwork,
  fromOnnxDenoiser,
  type ImageDenoiser,
  imageDenoiser,
  initCoordinateDenoiser,
  initImageDenoiser,
  type NetworkModel,
  vpDiscrete,
  vpLinear,
} from "./index.ts";

const schedule = vpLinear();
const floats = (shape: number[], seed: number): NdArray<"float32"> => ({
  dtype: "float32",
  shape,
  data: randomStream(seed).fillNormal(new Float32Array(shape.reduce((a, b) => a * b))),
});

/** x times a row of weights, and a little of the time. */
const scaled = (weight: Tensor, x: Tensor, time: Tensor): Tensor =>
  x
    .mul(weight)
    .add(time.reshape([x.shape[0]!, 1]).mul(0.1))
    .tanh();
const weight: NdArray<"float32"> = { dtype: "float32", shape: [3], data: Float32Array.of(0.5, -1, 2) };
const x = Float64Array.of(0.1, 0.2, 0.3, -0.4, 0.5, -0.6);

const opened: NetworkModel[] = [];
const open = (model: NetworkModel): NetworkModel => {
  opened.push(model);
  return model;
};
afterAll(async () => {
  for (const model of opened) await model.dispose();
});

test("a network of discrete steps is told their indices", async () => {
  const discrete = vpDiscrete({ betas: Float64Array.of(0.1, 0.2, 0.3, 0.4) });
  const told = (_: Tensor, points: Tensor, time: Tensor): Tensor =>
    points.mul(0).add(time.reshape([points.shape[0]!, 1]));
  const model = open(fromNetwork(told, weight, { schedule: discrete, shape: [3], timeInput: "step" }));
  for (const step of [0, 1, 2, 3])
    for (const value of await model.eps(x, 2, (step + 1) / 4)) expect(value).toBeCloseTo(step, 6);
  expect(() => fromNetwork(told, weight, { schedule, shape: [3], timeInput: "step" })).toThrow(
    "the schedule vp-linear has no steps",
  );
});

describe("a network that predicts", () => {
  const t = 0.3;
  const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
  const raw = Array.from(x, (value, i) => Math.tanh(value * weight.data[i % 3]! + 0.1 * t));

  test.each([
    ["noise", (_: number, y: number) => y],
    ["data", (at: number, y: number) => (at - alpha * y) / sigma],
    ["v", (at: number, y: number) => alpha * y + sigma * at],
    ["score", (_: number, y: number) => -sigma * y],
  ] as const)("%s is turned into noise", async (predicts, noise) => {
    const model = open(fromNetwork(scaled, weight, { schedule, shape: [3], predicts }));
    const eps = await model.eps(x, 2, t);
    for (const [i, value] of eps.entries()) expect(value).toBeCloseTo(noise(x[i]!, raw[i]!), 5);
  });

  test("its Jacobian products are those of finite differences", async () => {
    const model = open(fromNetwork(scaled, weight, { schedule, shape: [3], predicts: "v" }));
    const v = Float64Array.of(1, -1, 0.5, 0.3, 0.7, -0.2);
    const product = await model.jvp(x, v, 2, t);
    const at = (step: number) =>
      model.eps(
        x.map((value, i) => value + step * v[i]!),
        2,
        t,
      );
    const [ahead, behind] = [await at(1e-2), await at(-1e-2)];
    for (const [i, value] of product.entries()) expect((ahead[i]! - behind[i]!) / 0.02).toBeCloseTo(value, 3);
  });

  test("is told the time as asked", async () => {
    const told = (timeInput: "1000t" | "sigma" | "lambda") => {
      const time = (_: Tensor, points: Tensor, value: Tensor): Tensor =>
        points.mul(0).add(value.reshape([points.shape[0]!, 1]));
      return open(fromNetwork(time, weight, { schedule, shape: [3], timeInput })).eps(x, 2, t);
    };
    expect((await told("1000t"))[0]).toBeCloseTo(300, 3);
    expect((await told("sigma"))[0]).toBeCloseTo(sigma, 6);
    expect((await told("lambda"))[0]).toBeCloseTo(schedule.lambda(t), 5);
  });
});

describe("a model from an ONNX file", () => {
  test("is the network that was written", async () => {
    const bytes = await toOnnx(
      scaled as (...args: Tensor[]) => Tensor,
      [weight, floats([2, 3], 1), floats([2], 2)] as never,
    );
    // All three arguments are inputs of the file; a file of a user's has its weights inside.
    expect(() => fromOnnxDenoiser(bytes, { schedule })).toThrow(InvalidInputError);
    const inside = await toOnnx(
      ((points: Tensor, time: Tensor) => scaled(points.constant(weight), points, time)) as never,
      [floats([2, 3], 1), floats([2], 2)] as never,
    );
    const model = open(fromOnnxDenoiser(inside, { schedule }));
    const own = open(fromNetwork(scaled, weight, { schedule, shape: [3] }));
    expect(model.dim).toBe(3);
    expect(await model.eps(x, 2, 0.4)).toEqual(await own.eps(x, 2, 0.4));
    expect(() => fromOnnxDenoiser(inside, { schedule, label: 1 })).toThrow("options.label");
    // The file takes two samples at once: five are asked in three parts.
    const five = Float64Array.from({ length: 15 }, (_, i) => x[i % 6]!);
    const parts = await model.eps(five, 5, 0.4);
    expect(parts.slice(12)).toEqual(parts.slice(0, 3));
    expect(await model.jvp(five, five, 5, 0.4)).toHaveLength(15);
  });

  test("refuses a class that its table does not have, by name", async () => {
    const table = floats([4, 3], 3);
    const bytes = await toOnnx(
      ((points: Tensor, time: Tensor, label: Tensor) =>
        scaled(points.constant(weight), points, time).add(points.constant(table).gather(label))) as never,
      [
        floats([2, 3], 1),
        floats([2], 2),
        { dtype: "int64", shape: [2], data: new BigInt64Array(2) },
      ] as never,
    );
    expect(() => fromOnnxDenoiser(bytes, { schedule })).toThrow("options.label");
    expect(() => fromOnnxDenoiser(bytes, { schedule, label: -1 })).toThrow("options.label");
    const known = open(fromOnnxDenoiser(bytes, { schedule, label: 3 }));
    expect(await known.eps(x, 2, 0.4)).toHaveLength(6);
    const unknown = open(fromOnnxDenoiser(bytes, { schedule, label: 4 }));
    await expect(unknown.eps(x, 2, 0.4)).rejects.toThrow("options.label: expected 0 to 3, got 4");
  });
});

describe("the denoiser of images", () => {
  const initial = initImageDenoiser(randomStream(1), 1, 2);
  const classes = (n: number, k: number): NdArray => ({
    dtype: "int64",
    shape: [n],
    data: new BigInt64Array(n).fill(BigInt(k)),
  });

  test("learns to predict noise better than nothing in a few steps, with about 0.6 million numbers", async () => {
    const count = (tree: unknown): number => {
      if (typeof tree !== "object" || tree === null) return 0;
      if ("data" in tree) return (tree as NdArray).data.length;
      return Object.values(tree).reduce((sum: number, inner) => sum + count(inner), 0);
    };
    expect(count(initial)).toBeGreaterThan(500_000);
    expect(count(initial)).toBeLessThan(700_000);
    const noise = floats([2, 1, 8, 8], 3);
    const { losses } = await fit({
      params: initial,
      data: () => ({
        x: noise,
        noise,
        time: { ...floats([2], 4), data: Float32Array.of(0.9, 0.95) } as NdArray,
        classes: classes(2, 2),
      }),
      loss: (params, batch) =>
        meanSquaredError(
          imageDenoiser(params as ImageDenoiser, batch.x, batch.time, batch.classes),
          batch.noise,
        ),
      optimiser: adam({ learningRate: 3e-3 }),
      steps: 12,
    });
    expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
  });
});

test("the denoiser of coordinates begins as that of normal data, whose noise is sigma x", async () => {
  const params = initCoordinateDenoiser(randomStream(1), 3, 0);
  const model = open(
    fromNetwork(
      (own: CoordinateDenoiser, points: Tensor, lambda: Tensor) =>
        coordinateDenoiser(own, points, lambda, lambda.mul(0).cast("int64")),
      params,
      { schedule, shape: [3], timeInput: "lambda" },
    ),
  );
  const eps = await model.eps(x, 2, 0.4);
  for (const [i, value] of eps.entries()) expect(value).toBeCloseTo(schedule.sigma(0.4) * x[i]!, 5);
  // Normal data: every sampler leaves standard normal noise as it is, but for its deviation.
  const start = { dtype: "float64" as const, shape: [2, 3], data: x };
  const { x: sampled } = await ddim(model, start, { steps: 60, tEnd: 1e-3 });
  for (const [i, value] of sampled.data.entries()) expect(Math.abs(value - x[i]!)).toBeLessThan(0.03);
  const { l } = await computeModelStatistics(model, { samples: 8, gridSize: 4, tEnd: 1e-2 });
  expect(l.data[2 * 3]).toBeCloseTo(
    schedule.sigma(schedule.tOfLambda((schedule.lambda(1) + schedule.lambda(1e-2)) / 2)) ** 2,
    3,
  );
});
