import { describe, expect, test } from "vitest";
import {
  chiSquare,
  countsTest,
  kolmogorovSmirnov,
  level,
  momentsTest,
  sampleOf,
} from "../../../test/support/statistics.ts";
import type { Matrix } from "../array/index.ts";
import { betaI, binomialProbability, gammaP, normalCdf, poissonProbability } from "../special/index.ts";
import {
  aliasTable,
  drawBeta,
  drawBinomial,
  drawCategorical,
  drawCauchy,
  drawChiSquare,
  drawDirichlet,
  drawGamma,
  drawGumbel,
  drawInverseWishart,
  drawLaplace,
  drawMultivariateNormal,
  drawPoisson,
  drawStudent,
  drawTruncatedNormal,
  drawUnitVector,
  drawWishart,
  type RandomStream,
  randomStream,
  sparseSignMatrix,
} from "./index.ts";

const studentCdf = (t: number, degrees: number): number => {
  const tail = 0.5 * betaI(degrees / 2, 0.5, degrees / (degrees + t * t));
  return t > 0 ? 1 - tail : tail;
};
const betweenCdf = (x: number, low: number, high: number): number => {
  // In the tail that is small, so that no digits cancel.
  const [a, b, c] = low > 0 ? [-x, -low, -high] : [low, x, high];
  return low > 0
    ? (normalCdf(b) - normalCdf(a)) / (normalCdf(b) - normalCdf(c))
    : (normalCdf(b) - normalCdf(a)) / (normalCdf(c) - normalCdf(a));
};

const continuous: readonly (readonly [string, (stream: RandomStream) => number, (x: number) => number])[] = [
  ["uniform", (s) => s.uniform(), (x) => x],
  ["normal", (s) => s.normal(), normalCdf],
  ["exponential", (s) => s.exponential(), (x) => -Math.expm1(-x)],
  ...[0.05, 0.5, 0.99, 1, 2.5, 50, 1e5].map(
    (shape) =>
      [
        `gamma ${shape}`,
        (s: RandomStream) => drawGamma(s, shape, 2),
        (x: number) => gammaP(shape, x / 2),
      ] as const,
  ),
  ...[0.5, 3, 12].map(
    (df) =>
      [
        `chi-square ${df}`,
        (s: RandomStream) => drawChiSquare(s, df),
        (x: number) => gammaP(df / 2, x / 2),
      ] as const,
  ),
  ...(
    [
      [0.5, 0.5],
      [0.2, 0.3],
      [2, 3],
      [1, 5],
      [500, 300],
    ] as const
  ).map(
    ([a, b]) =>
      [`beta ${a}, ${b}`, (s: RandomStream) => drawBeta(s, a, b), (x: number) => betaI(a, b, x)] as const,
  ),
  ...[0.5, 3, 30].map(
    (df) =>
      [`Student ${df}`, (s: RandomStream) => drawStudent(s, df), (x: number) => studentCdf(x, df)] as const,
  ),
  ...(
    [
      [-1, 2],
      [-0.1, 0.2],
      [-5, 0.1],
      [0, Infinity],
      [0.5, 0.7],
      [3, Infinity],
      [20, 20.02],
      [20, 25],
      [-Infinity, -6],
    ] as const
  ).map(
    ([low, high]) =>
      [
        `normal between ${low} and ${high}`,
        (s: RandomStream) => drawTruncatedNormal(s, low, high),
        (x: number) => (high <= 0 ? 1 - betweenCdf(-x, -high, -low) : betweenCdf(x, low, high)),
      ] as const,
  ),
  [
    "normal of mean 3 and deviation 2 above 4",
    (s) => drawTruncatedNormal(s, 4, Infinity, 3, 2),
    (x) => betweenCdf((x - 3) / 2, 0.5, Infinity),
  ],
  ["Cauchy", (s) => drawCauchy(s, 1, 2), (x) => 0.5 + Math.atan((x - 1) / 2) / Math.PI],
  [
    "Laplace",
    (s) => drawLaplace(s, 1, 2),
    (x) => (x < 1 ? 0.5 * Math.exp((x - 1) / 2) : 1 - 0.5 * Math.exp((1 - x) / 2)),
  ],
  ["Gumbel", (s) => drawGumbel(s, 1, 2), (x) => Math.exp(-Math.exp((1 - x) / 2))],
  ["coordinate of a unit vector in 3 dimensions", (s) => drawUnitVector(s, 3)[1]!, (x) => (x + 1) / 2],
  ["first of a Dirichlet", (s) => drawDirichlet(s, [0.3, 1, 2])[0]!, (x) => betaI(0.3, 3, x)],
  [
    "last of a sparse Dirichlet",
    (s) => drawDirichlet(s, [0.1, 0.2, 0.5])[2]!,
    (x) => betaI(0.5, 0.3, Math.min(1, x)),
  ],
];

test.each(continuous)("%s passes the Kolmogorov-Smirnov test", (label, draw, cdf) => {
  expect(kolmogorovSmirnov(sampleOf(label, draw), cdf)).toBeGreaterThan(level);
});

test("a normal far beyond its mean is exponential from the bound on, and comes to an end at any distance", () => {
  const rate = 1e9;
  const draw = (s: RandomStream) => drawTruncatedNormal(s, 0, Infinity, -rate);
  expect(kolmogorovSmirnov(sampleOf("tail", draw), (x) => -Math.expm1(-rate * x))).toBeGreaterThan(level);
  const s = randomStream(1);
  expect(drawTruncatedNormal(s, 1e300, 1.1e300)).toBe(1e300);
  expect(drawTruncatedNormal(s, 1e308, Infinity, 0, 1e-5)).toBe(1e308);
  expect(drawTruncatedNormal(s, -Infinity, -1e200)).toBe(-1e200);
});

test("the tests notice a distribution that is off by little", () => {
  expect(
    kolmogorovSmirnov(
      sampleOf("power", (s) => 1.08 * s.normal()),
      normalCdf,
    ),
  ).toBeLessThan(level);
  const off = Float64Array.from({ length: 200 }, (_, k) => poissonProbability(k, 51));
  expect(
    countsTest(
      sampleOf("power", (s) => drawPoisson(s, 50)),
      0,
      off,
    ),
  ).toBeLessThan(level);
});

test("normals have the moments of the normal distribution and its tails out to 4.5 deviations", () => {
  const sample = randomStream(5, "tails").fillNormal(new Float64Array(4e6));
  momentsTest(sample, 0, 1, 3);
  for (const edge of [2, 3, 3.6541528853610088, 4, 4.5]) {
    const expected = 2 * sample.length * normalCdf(-edge);
    const beyond = sample.reduce((count, x) => count + (Math.abs(x) > edge ? 1 : 0), 0);
    expect(Math.abs(beyond - expected)).toBeLessThan(4 * Math.sqrt(expected));
  }
  // Fine structure: the low bits of a bin inside one ziggurat layer are uniform.
  const cells = new Float64Array(100);
  for (const x of sample) if (x > 0.5 && x < 0.501) cells[Math.floor((x - 0.5) * 1e5)]!++;
  const inside = cells.reduce((a, b) => a + b, 0);
  expect(
    chiSquare(
      cells,
      cells.map(() => inside / 100),
    ),
  ).toBeGreaterThan(level);
});

describe("counts", () => {
  test.each([0.01, 0.8, 3, 9.99, 10, 25.5, 200, 1e5])(
    "Poisson of mean %d passes the chi-square test",
    (mean) => {
      const sample = sampleOf(`poisson ${mean}`, (s) => drawPoisson(s, mean));
      const first = Math.max(0, Math.floor(mean - 8 * Math.sqrt(mean) - 5));
      const length = Math.ceil(16 * Math.sqrt(mean) + 30);
      const probabilities = Float64Array.from({ length }, (_, k) => poissonProbability(first + k, mean));
      expect(countsTest(sample, first, probabilities)).toBeGreaterThan(level);
      momentsTest(sample, mean, mean, 3 + 1 / mean);
    },
  );

  test.each([
    [1, 0.3],
    [10, 0.3],
    [10, 0.95],
    [40, 0.5],
    [25, 0.4],
    [1000, 0.01],
    [1000, 0.3],
    [100000, 0.7],
  ])("binomial of %d trials at chance %d passes the chi-square test", (n, p) => {
    const sample = sampleOf(`binomial ${n} ${p}`, (s) => drawBinomial(s, n, p));
    const deviation = Math.sqrt(n * p * (1 - p));
    const first = Math.max(0, Math.floor(n * p - 8 * deviation - 5));
    const last = Math.min(n, Math.ceil(n * p + 8 * deviation + 5));
    const probabilities = Float64Array.from({ length: last - first + 1 }, (_, k) =>
      binomialProbability(first + k, n, p),
    );
    expect(countsTest(sample, first, probabilities)).toBeGreaterThan(level);
    momentsTest(sample, n * p, n * p * (1 - p), 3 + (1 - 6 * p * (1 - p)) / (n * p * (1 - p)));
  });

  test("huge means keep mean and variance", () => {
    momentsTest(
      sampleOf("huge", (s) => drawPoisson(s, 1e12)),
      1e12,
      1e12,
      3,
    );
    momentsTest(
      sampleOf("huge", (s) => drawBinomial(s, 1e12, 0.25)),
      2.5e11,
      1.875e11,
      3,
    );
  });

  test("certain outcomes are certain", () => {
    const s = randomStream(0);
    expect([
      drawPoisson(s, 0),
      drawBinomial(s, 0, 0.4),
      drawBinomial(s, 9, 0),
      drawBinomial(s, 9, 1),
    ]).toEqual([0, 0, 0, 9]);
  });
});

test("hostile parameters are refused by name", () => {
  const s = randomStream(0);
  const square: Matrix = { dtype: "float64", shape: [2, 2], data: Float64Array.of(1, 0, 0, 1) };
  expect(() => drawGamma(s, 0)).toThrow(/^shape: /);
  expect(() => drawGamma(s, 1, Number.NaN)).toThrow(/^scale: /);
  expect(() => drawBeta(s, 1, -1)).toThrow(/^b: /);
  expect(() => drawDirichlet(s, [])).toThrow(/^alpha: /);
  expect(() => drawDirichlet(s, [1, 0])).toThrow(/^alpha\[1\]: /);
  expect(() => drawPoisson(s, -1)).toThrow(/^mean: /);
  expect(() => drawBinomial(s, 2.5, 0.5)).toThrow(/^n: /);
  expect(() => drawBinomial(s, 2, 1.5)).toThrow(/^p: /);
  expect(() => drawTruncatedNormal(s, 2, 2)).toThrow(/^high: /);
  expect(() => drawTruncatedNormal(s, Number.NaN, 2)).toThrow(/^low: /);
  expect(() => aliasTable([])).toThrow(/^weights: /);
  expect(() => drawCategorical(s, [0, 0])).toThrow(/^weights: /);
  expect(() => drawCategorical(s, [1, -1])).toThrow(/^weights\[1\]: /);
  expect(() => drawWishart(s, 1, square)).toThrow(/^degrees: /);
  expect(() => drawMultivariateNormal(s, new Float64Array(3), square)).toThrow(/^factor: /);
  expect(() => drawInverseWishart(s, 5, { ...square, data: Float64Array.of(1, 0, 0, 0) })).toThrow(
    /^factor: /,
  );
  expect(() => sparseSignMatrix(2, 2, 0.5, s)).toThrow(/^s: /);
  expect(() => s.subset(3, 4)).toThrow(/^k: /);
  expect(() => s.fillNormal(new Float64Array(1), 0, -1)).toThrow(/^standardDeviation: /);
});
