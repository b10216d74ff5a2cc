import fc from "fast-check";
import { expect, test } from "vitest";
import { fromNested, type Matrix } from "../core/array/index.ts";
import { drawOrthogonalMatrix, randomStream } from "../core/random/index.ts";
import { edm, type GaussianMixtureModel, gaussianMixtureModel, momentsOf, vpLinear } from "./index.ts";

const line = gaussianMixtureModel(vpLinear(), {
  weights: Float64Array.of(0.3, 0.7),
  means: fromNested([[-1], [2]]),
  variances: fromNested([[0.25], [0.5]]),
});

/** Three correlated components in four dimensions. */
function rotated(seed: number): GaussianMixtureModel {
  const [K, d] = [3, 4];
  const stream = randomStream(seed, "mixture");
  const vectors = new Float64Array(K * d * d);
  for (let k = 0; k < K; k++) vectors.set(drawOrthogonalMatrix(stream.split(k), d).data, k * d * d);
  return gaussianMixtureModel(vpLinear(), {
    weights: Float64Array.of(1, 2, 3),
    means: { dtype: "float64", shape: [K, d], data: stream.fillNormal(new Float64Array(K * d)) },
    variances: { dtype: "float64", shape: [K, d], data: stream.fillUniform(new Float64Array(K * d), 0.1, 2) },
    eigenvectors: { dtype: "float64", shape: [K, d, d], data: vectors },
  });
}

test.each([
  [0.5, 0.3, -1.289808664644, 0.412422899466, -0.320436084152],
  [-1.2, 0.05, -1.556778146038, 0.790156045924, -0.135559907179],
])("log-density, score and noise at x = %d, t = %d are the known ones", (x, t, logp, score, eps) => {
  const point = fromNested([[x]]);
  expect(line.logDensity(point, t)[0]).toBeCloseTo(logp, 10);
  expect(line.score(point, t).data[0]).toBeCloseTo(score, 10);
  expect(line.eps(point.data, 1, t)[0]).toBeCloseTo(eps, 10);
});

const points = (seed: number): Matrix => ({
  dtype: "float64",
  shape: [3, 4],
  data: randomStream(seed, "points").fillNormal(new Float64Array(12)),
});
const time = fc.double({ min: 0.01, max: 0.99, noNaN: true });

test("the score is the gradient of the log-density", () => {
  fc.assert(
    fc.property(fc.nat(1000), time, (seed, t) => {
      const [model, x] = [rotated(seed), points(seed)];
      const score = model.score(x, t);
      for (let i = 0; i < 12; i++) {
        const at = (step: number): number => {
          const data = x.data.slice();
          data[i]! += step;
          return model.logDensity({ ...x, data }, t)[Math.floor(i / 4)]!;
        };
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        expect(Math.abs(score.data[i]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
      }
    }),
    { numRuns: 20 },
  );
});

test("the Jacobian-vector product is the derivative of the noise", () => {
  fc.assert(
    fc.property(fc.nat(1000), time, (seed, t) => {
      const [model, x] = [rotated(seed), points(seed)];
      const v = randomStream(seed, "direction").fillNormal(new Float64Array(12));
      const product = model.jvp(x.data, v, 3, t);
      const at = (step: number): Float64Array =>
        model.eps(
          x.data.map((value, i) => value + step * v[i]!),
          3,
          t,
        );
      const [ahead, behind] = [at(1e-5), at(-1e-5)];
      for (let i = 0; i < 12; i++) {
        const slope = (ahead[i]! - behind[i]!) / 2e-5;
        expect(Math.abs(product[i]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
      }
    }),
    { numRuns: 20 },
  );
});

test("a diagonal mixture is one with the identity for eigenvectors", () => {
  const { mixture } = rotated(3);
  const { eigenvectors, ...diagonal } = mixture;
  const identity = new Float64Array(48);
  for (let k = 0; k < 3; k++) for (let j = 0; j < 4; j++) identity[k * 16 + j * 5] = 1;
  const [a, b] = [
    gaussianMixtureModel(edm(), diagonal),
    gaussianMixtureModel(edm(), { ...diagonal, eigenvectors: { ...eigenvectors!, data: identity } }),
  ];
  const x = points(1);
  const [one, two] = [a.eps(x.data, 3, 0.7), b.eps(x.data, 3, 0.7)];
  for (let i = 0; i < 12; i++) expect(one[i]).toBeCloseTo(two[i]!, 12);
});

test("samples have mean and covariance of the mixture, at time 0 and later", () => {
  const model = rotated(5);
  for (const t of [0, 0.2]) {
    const { mean, covariance } = momentsOf(model.sample(20000, randomStream(1), t));
    const [alpha, sigma] = t === 0 ? [1, 0] : [model.schedule.alpha(t), model.schedule.sigma(t)];
    const { weights, means } = model.mixture;
    for (let j = 0; j < 4; j++) {
      let expected = 0;
      for (let k = 0; k < 3; k++) expected += (alpha * weights[k]! * means.data[k * 4 + j]!) / 6;
      expect(Math.abs(mean[j]! - expected)).toBeLessThan(0.06);
    }
    // The noise alone adds sigma^2 to each variance.
    for (let j = 0; j < 4; j++)
      expect(covariance.data[j * 5]).toBeGreaterThan(0.9 * (0.1 * alpha ** 2 + sigma ** 2));
  }
});

test("a conditional model is the mixture of its components", () => {
  const model = rotated(7);
  const part = model.conditional([2]);
  const x = points(2);
  const shares = model.responsibilities(x, 0.3);
  const [all, alone] = [model.logDensity(x, 0.3), part.logDensity(x, 0.3)];
  for (let i = 0; i < 3; i++)
    expect(Math.log(shares.data[i * 3 + 2]!)).toBeCloseTo(Math.log(3 / 6) + alone[i]! - all[i]!, 9);
});

test("mixtures that are none are refused", () => {
  const { mixture } = line;
  expect(() => gaussianMixtureModel(vpLinear(), { ...mixture, weights: Float64Array.of(1) })).toThrow(
    "mixture.weights",
  );
  expect(() => gaussianMixtureModel(vpLinear(), { ...mixture, variances: fromNested([[0], [1]]) })).toThrow(
    "mixture.variances",
  );
  expect(() => line.conditional([2])).toThrow("components[0]");
});
