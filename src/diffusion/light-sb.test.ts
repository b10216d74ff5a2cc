import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { drawOrthogonalMatrix, randomStream } from "../core/random/index.ts";
import {
  fitLightSB,
  type LightSB,
  lightSB,
  lightSBFromJSON,
  type MixturePotential,
  momentsOf,
  sinkhorn,
} from "./index.ts";
import { potentialGradient } from "./mixture-potential-gradient.ts";

const known = lightSB({
  epsilon: 0.5,
  logWeights: Float64Array.of(Math.log(0.4), Math.log(0.6)),
  centres: fromNested([
    [1, 0],
    [-1, 0.5],
  ]),
  scales: fromNested([
    [0.5, 0.2],
    [0.3, 0.8],
  ]),
});
const x = fromNested([[0.3, -0.7]]);

const close = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-8): void => {
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(Math.abs(actual[i]! - value)).toBeLessThan(tolerance);
};

test("plan, potential and drift have their known values", () => {
  close(known.logNormalizer(x), [0.085731823029], 1e-9);
  close(known.conditional(x).weights.data, [0.77180561, 0.22819439]);
  const { mean, covariance } = known.conditionalMoments(x);
  close(mean.data, [0.67991957, -0.12174445]);
  close(covariance.data, [0.97457064, -0.02902486, -0.02902486, 0.16958549]);
  close(known.logPotential(fromNested([[0.2, 0.1]])), [-2.215359915212], 1e-9);
  close(known.drift(x, 0.25).data, [0.53462602, 0.69528533]);
  close(known.drift(x, 0).data, [0.37991957, 0.57825555]);
});

/** Two components in three dimensions with covariances that are not diagonal. */
function turned(seed: number): MixturePotential {
  const [K, d] = [2, 3];
  const stream = randomStream(seed, "potential");
  const data = new Float64Array(K * d * d);
  for (let k = 0; k < K; k++) data.set(drawOrthogonalMatrix(stream.split(k), d).data, k * d * d);
  return {
    epsilon: 0.4,
    logWeights: Float64Array.of(-0.5, 0.3),
    centres: { dtype: "float64", shape: [K, d], data: stream.fillNormal(new Float64Array(K * d)) },
    scales: { dtype: "float64", shape: [K, d], data: stream.fillUniform(new Float64Array(K * d), 0.2, 2) },
    rotations: { dtype: "float64", shape: [K, d, d], data },
  };
}
const points = (n: number, d: number, seed: number): Matrix => ({
  dtype: "float64",
  shape: [n, d],
  data: randomStream(seed, "points").fillNormal(new Float64Array(n * d)),
});

describe("for any potential", () => {
  test("the plan's density integrates the potential: c(x) is the mean of v exp(<x, y> / epsilon)", () => {
    // Importance sampling from the plan itself: the ratio is c(x) for every y.
    const model = lightSB(turned(1));
    const at = points(1, 3, 2);
    const { weights, means, variances, eigenvectors } = model.conditional(at);
    const y = points(1, 3, 3);
    let density = 0;
    for (let k = 0; k < 2; k++) {
      let exponent = 0;
      for (let j = 0; j < 3; j++) {
        let z = 0;
        for (let l = 0; l < 3; l++)
          z += eigenvectors!.data[k * 9 + l * 3 + j]! * (y.data[l]! - means.data[k * 3 + l]!);
        const variance = variances.data[k * 3 + j]!;
        exponent -= z ** 2 / (2 * variance) + 0.5 * Math.log(2 * Math.PI * variance);
      }
      density += weights.data[k]! * Math.exp(exponent);
    }
    const inner = at.data.reduce((sum, value, j) => sum + value * y.data[j]!, 0) / 0.4;
    expect(Math.log(density)).toBeCloseTo(model.logPotential(y)[0]! + inner - model.logNormalizer(at)[0]!, 9);
  });

  test("the drift at time 0 is the mean of the plan less x", () => {
    fc.assert(
      fc.property(fc.nat(500), (seed) => {
        const model = lightSB(turned(seed));
        const at = points(4, 3, seed);
        const { mean } = model.conditionalMoments(at);
        close(model.drift(at, 0).data, [...mean.data.map((value, i) => value - at.data[i]!)]);
      }),
      { numRuns: 20 },
    );
  });

  test("the gradient is the derivative of the loss, in rotations too", () => {
    const potential = turned(4);
    const [x0, x1] = [points(5, 3, 5), points(6, 3, 6)];
    const gradient = potentialGradient(potential, x0.data, x1.data);
    const loss = (changed: Partial<MixturePotential>): number =>
      lightSB({ ...potential, ...changed }).loss(x0, x1);
    expect(gradient.loss).toBeCloseTo(loss({}), 12);
    const h = 1e-5;
    const bumped = (data: Float64Array, i: number, by: number): Float64Array => {
      const copy = data.slice();
      copy[i]! += by;
      return copy;
    };
    for (let k = 0; k < 2; k++) {
      const at = (by: number) => loss({ logWeights: bumped(potential.logWeights, k, by) });
      expect(gradient.logWeights[k]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 7);
    }
    for (let i = 0; i < 6; i++) {
      const { centres, scales } = potential;
      const centre = (by: number) => loss({ centres: { ...centres, data: bumped(centres.data, i, by) } });
      expect(gradient.centres[i]).toBeCloseTo((centre(h) - centre(-h)) / (2 * h), 7);
      const scale = (by: number) =>
        loss({ scales: { ...scales, data: bumped(scales.data, i, scales.data[i]! * Math.expm1(by)) } });
      expect(gradient.logScales[i]).toBeCloseTo((scale(h) - scale(-h)) / (2 * h), 7);
    }
    const pairsOf = [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const;
    for (let k = 0; k < 2; k++)
      for (const [index, [i, j]] of pairsOf.entries()) {
        // Q e^W with W turning the plane of axes i and j by the angle -by.
        const at = (by: number): number => {
          const data = potential.rotations!.data.slice();
          for (let row = 0; row < 3; row++) {
            const [a, b] = [data[k * 9 + row * 3 + i]!, data[k * 9 + row * 3 + j]!];
            data[k * 9 + row * 3 + i] = Math.cos(by) * a - Math.sin(by) * b;
            data[k * 9 + row * 3 + j] = Math.sin(by) * a + Math.cos(by) * b;
          }
          return loss({ rotations: { ...potential.rotations!, data } });
        };
        expect(gradient.generators![k * 3 + index]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 7);
      }
  });

  test("a saved bridge reads back the same", () => {
    const model = lightSB(turned(9));
    expect(lightSBFromJSON(JSON.parse(JSON.stringify(model))).potential).toEqual(model.potential);
  });
});

test("draws, bridge and simulation agree with the plan in mean and variance", () => {
  const n = 4000;
  const many = { ...x, shape: [n, 2], data: Float64Array.from({ length: 2 * n }, (_, i) => x.data[i % 2]!) };
  const { mean, covariance } = known.conditionalMoments(x);
  const drawn = momentsOf(known.sampleTarget(x, randomStream(1), n));
  const paths = known.simulate(many, 200, randomStream(2)).data;
  const ends = momentsOf({
    ...many,
    data: Float64Array.from(many.data, (_, i) => paths[((i >> 1) * 201 + 200) * 2 + (i & 1)]!),
  });
  for (let j = 0; j < 2; j++) {
    expect(Math.abs(drawn.mean[j]! - mean.data[j]!)).toBeLessThan(0.07);
    expect(Math.abs(ends.mean[j]! - mean.data[j]!)).toBeLessThan(0.07);
    expect(Math.abs(drawn.covariance.data[3 * j]! - covariance.data[3 * j]!)).toBeLessThan(0.1);
    expect(Math.abs(ends.covariance.data[3 * j]! - covariance.data[3 * j]!)).toBeLessThan(0.1);
  }
  // Half way: mean of the ends, a quarter of the end's variance and epsilon / 4.
  const half = momentsOf(known.bridge(many, 0.5, randomStream(3)));
  expect(Math.abs(half.mean[0]! - (mean.data[0]! + 0.3) / 2)).toBeLessThan(0.05);
  expect(Math.abs(half.covariance.data[0]! - (covariance.data[0]! / 4 + 0.125))).toBeLessThan(0.05);
});

const normals = (n: number, mean: number, deviation: number, seed: number): Matrix => ({
  dtype: "float64",
  shape: [n, 1],
  data: randomStream(seed, "normals").fillNormal(new Float64Array(n), mean, deviation),
});

test("one component between two normal distributions reaches the closed form to 2 %", async () => {
  const model = await fitLightSB(normals(100_000, 0, 1, 1), normals(100_000, 1, 2, 2), {
    ...{ epsilon: 0.5, components: 1, initS: 1, learningRate: 0.01, lrDecay: "last30pct", steps: 4000 },
    batchSize: 512,
  });
  const { centres, scales } = model.potential;
  expect(Math.abs(scales.data[0]! / 1.7655644371 - 1)).toBeLessThan(0.02);
  expect(Math.abs(centres.data[0]! - 1)).toBeLessThan(0.02);
});

test("full covariances fit a correlated target that diagonal ones cannot", async () => {
  const truth = lightSB({
    epsilon: 0.5,
    logWeights: Float64Array.of(0),
    centres: fromNested([[0, 0]]),
    scales: fromNested([[0.2, 2]]),
    rotations: { dtype: "float64", shape: [1, 2, 2], data: Float64Array.of(0.8, 0.6, -0.6, 0.8) },
  });
  const x0 = points(20_000, 2, 1);
  const x1 = truth.sampleTarget(points(20_000, 2, 2), randomStream(3));
  const fit = (covariance: "full" | "diagonal"): Promise<LightSB> =>
    fitLightSB(x0, x1, {
      ...{ epsilon: 0.5, components: 1, covariance, learningRate: 0.02, lrDecay: "last30pct", steps: 1500 },
    });
  const [full, diagonal] = [await fit("full"), await fit("diagonal")];
  expect(full.loss(x0, x1)).toBeLessThan(truth.loss(x0, x1) + 0.002);
  expect(diagonal.loss(x0, x1)).toBeGreaterThan(truth.loss(x0, x1) + 0.1);
  const { covariance } = full.conditionalMoments(fromNested([[0, 0]]));
  close(covariance.data, [...truth.conditionalMoments(fromNested([[0, 0]])).covariance.data], 0.05);
});

test("Sinkhorn's plan between normal samples has the conditional mean of the closed form", async () => {
  const plan = await sinkhorn(normals(400, 0, 1, 3), normals(400, 1, 2, 4), { epsilon: 0.5 });
  expect(plan.converged).toBe(true);
  const y = normals(400, 1, 2, 4).data;
  const meanAt = (value: number): number =>
    plan.conditional(fromNested([[value]])).data.reduce((sum, weight, j) => sum + weight * y[j]!, 0);
  // E[y | x] = 1 + 1.7656 x.
  expect(Math.abs(meanAt(0.5) - meanAt(-0.5) - 1.7656)).toBeLessThan(0.2);
});

test("bad input is refused with its name", async () => {
  const [a, b] = [normals(10, 0, 1, 1), normals(10, 0, 1, 2)];
  const refuse = async (call: Promise<unknown>, argument: string): Promise<void> => {
    const error = await call.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).argument).toBe(argument);
  };
  await refuse(fitLightSB(a, b, { epsilon: 0 }), "options.epsilon");
  await refuse(fitLightSB(a, points(10, 2, 1), { epsilon: 1 }), "x1");
  await refuse(fitLightSB(a, b, { epsilon: 1, components: 11 }), "options.components");
  const spoiled = { ...a, data: a.data.map((value, i) => (i === 3 ? Number.NaN : value)) };
  await refuse(fitLightSB(spoiled, b, { epsilon: 1, components: 2 }), "x0");
  expect(() => known.drift(x, 1)).toThrow(InvalidInputError);
  expect(() => lightSB({ ...known.potential, epsilon: -1 })).toThrow("potential.epsilon");
});

test("a loss that is not finite stops the fit and names the step", async () => {
  const error = await fitLightSB(normals(50, 0, 1e160, 1), normals(50, 0, 1, 2), {
    ...{ epsilon: 0.1, components: 2, steps: 50 },
  }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(NumericalError);
  expect((error as NumericalError).message).toContain("step 1");
});
