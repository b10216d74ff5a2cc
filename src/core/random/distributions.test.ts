import { describe, expect, test } from "vitest";
import type { Matrix } from "../array/index.ts";
import {
  betaI,
  binomialProbability,
  gammaP,
  gammaQ,
  normalCdf,
  poissonProbability,
} from "../special/index.ts";
import {
  aliasTable,
  drawAlias,
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
  drawOrthogonalMatrix,
  drawPoisson,
  drawStudent,
  drawTruncatedNormal,
  drawUnitVector,
  drawWishart,
  multinomialResample,
  type RandomStream,
  randomStream,
  sparseSignMatrix,
  systematicResample,
} from "./index.ts";

const draws = 20000;
/** Chance of a false alarm that a fixed seed is allowed to be; a wrong sampler gives far smaller ones. */
const level = 1e-3;

function sampleOf(label: string, draw: (stream: RandomStream) => number, count = draws): Float64Array {
  const stream = randomStream(7, label);
  return Float64Array.from({ length: count }, () => draw(stream));
}

/** p-value of the Kolmogorov-Smirnov test, by Kolmogorov's limit with Stephens' correction. */
function kolmogorovSmirnov(sample: Float64Array, cdf: (x: number) => number): number {
  const sorted = sample.slice().sort();
  const n = sorted.length;
  let distance = 0;
  sorted.forEach((x, i) => {
    const value = cdf(x);
    distance = Math.max(distance, (i + 1) / n - value, value - i / n);
  });
  const t = distance * (Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n));
  let p = 0;
  for (let k = 1; k < 101; k++) p += 2 * (-1) ** (k - 1) * Math.exp(-2 * k * k * t * t);
  return t < 0.2 ? 1 : p;
}

/** p-value of Pearson's test; neighbouring cells are pooled until they are expected 5 times. */
function chiSquare(observed: ArrayLike<number>, expected: ArrayLike<number>): number {
  let statistic = 0;
  let cells = 0;
  let seen = 0;
  let due = 0;
  for (let i = 0; i < expected.length; i++) {
    seen += observed[i]!;
    due += expected[i]!;
    if (due < 5 && i < expected.length - 1) continue;
    statistic += (seen - due) ** 2 / Math.max(due, 1);
    cells++;
    seen = 0;
    due = 0;
  }
  return gammaQ((cells - 1) / 2, statistic / 2);
}

/** Chi-square of whole numbers against their probabilities; what lies outside [0, length) fails by its count. */
function countsTest(sample: Float64Array, first: number, probabilities: Float64Array): number {
  const observed = new Float64Array(probabilities.length);
  let inside = 0;
  for (const k of sample)
    if (k >= first && k - first < observed.length) {
      observed[k - first]!++;
      inside++;
    }
  const covered = probabilities.reduce((sum, p) => sum + p, 0);
  expect(Math.abs(inside - covered * sample.length)).toBeLessThan(
    5 * Math.sqrt((1 - covered) * sample.length + 1e-6) + 1,
  );
  return chiSquare(
    observed,
    probabilities.map((p) => (p / covered) * inside),
  );
}

/** Skewness-free check of mean and variance against known values, in standard errors. */
function momentsTest(sample: Float64Array, mean: number, variance: number, kurtosis: number): void {
  const n = sample.length;
  const m = sample.reduce((sum, x) => sum + x, 0) / n;
  const v = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n;
  expect(Math.abs(m - mean)).toBeLessThan(4 * Math.sqrt(variance / n));
  expect(Math.abs(v - variance)).toBeLessThan(4 * variance * Math.sqrt((kurtosis - 1) / n));
}

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

test("normals have the moments and tails of the normal distribution, one in ten million draws too", () => {
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

describe("choices", () => {
  const weights = [0, 0.5, 3, 0, 1e-3, 7, 2, 0];
  const total = weights.reduce((a, b) => a + b, 0);
  const probabilities = Float64Array.from(weights, (w) => w / total);

  test("categorical draws follow the weights, by inversion and by alias table; weight 0 never comes", () => {
    const table = aliasTable(weights);
    for (const draw of [
      (s: RandomStream) => drawCategorical(s, weights),
      (s: RandomStream) => drawAlias(s, table),
    ]) {
      const sample = sampleOf("categorical", draw);
      expect(countsTest(sample, 0, probabilities)).toBeGreaterThan(level);
      for (const index of sample) expect(weights[index]).toBeGreaterThan(0);
    }
  });

  test("an alias table carries the probabilities exactly", () => {
    for (const n of [1, 2, 3, 10, 1000]) {
      const stream = randomStream(2, n);
      const w = Float64Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 0 : stream.exponential() ** 4));
      const { keep, alias } = aliasTable(w);
      const carried = new Float64Array(n);
      for (let i = 0; i < n; i++) {
        carried[i]! += keep[i]! / n;
        carried[alias[i]!]! += (1 - keep[i]!) / n;
      }
      const sum = w.reduce((a, b) => a + b, 0);
      carried.forEach((p, i) => {
        expect(Math.abs(p - w[i]! / sum)).toBeLessThan(1e-13);
        if (w[i] === 0) expect(p).toBe(0);
      });
    }
  });

  test("systematic resampling of the known case, and counts within one of their share", () => {
    expect([...systematicResample([0.1, 0.2, 0.05, 0.65], 4, 0.3)]).toEqual([0, 2, 3, 3]);
    const counts = new Int32Array(weights.length);
    for (const i of systematicResample(weights, 1000, 0.77)) counts[i]!++;
    counts.forEach((count, i) => {
      expect(Math.abs(count - 1000 * probabilities[i]!)).toBeLessThan(1);
    });
  });

  test("multinomial resampling follows the weights and ascends", () => {
    const chosen = multinomialResample(randomStream(3), weights, draws);
    expect(countsTest(Float64Array.from(chosen), 0, probabilities)).toBeGreaterThan(level);
    expect(chosen.slice().sort()).toEqual(chosen);
  });

  test("whole numbers, signs, permutations and subsets are equally likely", () => {
    const equal = (cells: number): Float64Array => new Float64Array(cells).fill(1 / cells);
    expect(
      countsTest(
        sampleOf("die", (s) => s.integer(6)),
        0,
        equal(6),
      ),
    ).toBeGreaterThan(level);
    expect(
      countsTest(
        sampleOf("wide", (s) => Math.floor(s.integer(3e9) / 1e8)),
        0,
        equal(30),
      ),
    ).toBeGreaterThan(level);
    expect(
      countsTest(
        sampleOf("sign", (s) => s.sign() + 1),
        0,
        Float64Array.of(0.5, 0, 0.5),
      ),
    ).toBeGreaterThan(level);
    const order = (s: RandomStream): number => s.permutation(4).reduce((code, value) => code * 4 + value, 0);
    const codes = [...new Set(sampleOf("orders", order))].sort((a, b) => a - b);
    expect(codes.length).toBe(24);
    expect(
      countsTest(
        sampleOf("permutation", (s) => codes.indexOf(order(s))),
        0,
        equal(24),
      ),
    ).toBeGreaterThan(level);
    const pairs = ["0,1", "0,2", "0,3", "0,4", "1,2", "1,3", "1,4", "2,3", "2,4", "3,4"];
    const pair = (s: RandomStream): number => pairs.indexOf(s.subset(5, 2).join(","));
    expect(countsTest(sampleOf("subset", pair), 0, equal(10))).toBeGreaterThan(level);
  });
});

describe("vectors and matrices", () => {
  const factor: Matrix = {
    dtype: "float64",
    shape: [3, 3],
    data: Float64Array.of(2, 0, 0, -1, 1.5, 0, 0.5, 0.3, 0.7),
  };
  const scale = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) =>
      [0, 1, 2].reduce((sum, k) => sum + factor.data[3 * i + k]! * factor.data[3 * j + k]!, 0),
    ),
  );

  /** Mean of matrices over many draws, each entry within 4.5 standard errors of what it should be. */
  function meanIs(
    draw: (stream: RandomStream) => Float64Array,
    mean: (i: number) => number,
    label: string,
  ): void {
    const stream = randomStream(11, label);
    const first = draw(stream);
    const sums = new Float64Array(first.length);
    const squares = new Float64Array(first.length);
    for (let n = 0; n < draws; n++)
      draw(stream).forEach((x, i) => {
        sums[i]! += x;
        squares[i]! += x * x;
      });
    sums.forEach((sum, i) => {
      const variance = squares[i]! / draws - (sum / draws) ** 2;
      expect(Math.abs(sum / draws - mean(i)), `entry ${i}`).toBeLessThan(
        4.5 * Math.sqrt(variance / draws) + 1e-12,
      );
    });
  }

  test("multivariate normals have the mean and the covariance, and normal projections", () => {
    const mean = Float64Array.of(1, -2, 3);
    meanIs(
      (s) => drawMultivariateNormal(s, mean, factor),
      (i) => mean[i]!,
      "mean",
    );
    const outer = (s: RandomStream): Float64Array => {
      const x = drawMultivariateNormal(s, mean, factor).map((value, i) => value - mean[i]!);
      return Float64Array.from({ length: 9 }, (_, i) => x[Math.floor(i / 3)]! * x[i % 3]!);
    };
    meanIs(outer, (i) => scale[Math.floor(i / 3)]![i % 3]!, "covariance");
    const sum = scale.flat().reduce((a, b) => a + b, 0);
    const projection = sampleOf("projection", (s) =>
      drawMultivariateNormal(s, mean, factor).reduce((a, b) => a + b, 0),
    );
    expect(kolmogorovSmirnov(projection, (x) => normalCdf((x - 2) / Math.sqrt(sum)))).toBeGreaterThan(level);
  });

  test("Wishart: mean, chi-square diagonal, symmetric", () => {
    meanIs(
      (s) => drawWishart(s, 5.5, factor).data,
      (i) => 5.5 * scale[Math.floor(i / 3)]![i % 3]!,
      "wishart",
    );
    for (const i of [0, 1, 2]) {
      const sample = sampleOf(
        `wishart ${i}`,
        (s) => drawWishart(s, 5.5, factor).data[4 * i]! / scale[i]![i]!,
      );
      expect(kolmogorovSmirnov(sample, (x) => gammaP(2.75, x / 2))).toBeGreaterThan(level);
    }
    const w = drawWishart(randomStream(0), 3, factor).data;
    expect([w[1], w[2], w[5]]).toEqual([w[3], w[6], w[7]]);
  });

  test("inverse Wishart: mean, inverse chi-square diagonal", () => {
    meanIs(
      (s) => drawInverseWishart(s, 12, factor).data,
      (i) => scale[Math.floor(i / 3)]![i % 3]! / 8,
      "inverse",
    );
    for (const i of [0, 1, 2]) {
      const sample = sampleOf(
        `inverse ${i}`,
        (s) => scale[i]![i]! / drawInverseWishart(s, 6, factor).data[4 * i]!,
      );
      expect(kolmogorovSmirnov(sample, (x) => gammaP(2, x / 2))).toBeGreaterThan(level);
    }
  });

  test("orthogonal matrices are orthogonal, and uniform in 3 dimensions", () => {
    const q = drawOrthogonalMatrix(randomStream(1), 20).data;
    for (let i = 0; i < 20; i++)
      for (let j = 0; j < 20; j++) {
        let dot = 0;
        for (let k = 0; k < 20; k++) dot += q[20 * i + k]! * q[20 * j + k]!;
        expect(Math.abs(dot - (i === j ? 1 : 0))).toBeLessThan(1e-14);
      }
    // Every entry of a uniform 3 x 3 orthogonal matrix is uniform on [-1, 1]; determinants are 1 and -1 by halves.
    for (let entry = 0; entry < 9; entry++) {
      const sample = sampleOf(`orthogonal ${entry}`, (s) => drawOrthogonalMatrix(s, 3).data[entry]!, 5000);
      expect(kolmogorovSmirnov(sample, (x) => (x + 1) / 2)).toBeGreaterThan(level);
    }
    const determinant = (s: RandomStream): number => {
      const [a, b, c, d, e, f, g, h, i] = drawOrthogonalMatrix(s, 3).data as unknown as number[];
      return a! * (e! * i! - f! * h!) - b! * (d! * i! - f! * g!) + c! * (d! * h! - e! * g!);
    };
    const sample = sampleOf("determinant", determinant, 5000).map((x) => Math.round(x) + 1);
    expect(countsTest(sample, 0, Float64Array.of(0.5, 0, 0.5))).toBeGreaterThan(level);
  });

  test("Dirichlet vectors sum to 1, also for tiny parameters", () => {
    const stream = randomStream(4);
    for (const alpha of [
      [1, 2, 3],
      [1e-5, 1e-5],
      [1e-300, 1e-300, 1e-300],
      [1e8, 1],
    ]) {
      const x = drawDirichlet(stream, alpha);
      expect(x.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
      for (const value of x) expect(value).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("sparse sign matrices", () => {
  test.each([1, 3, 50.5])(
    "density 1/%d: counts, places and signs pass the chi-square test, values are sqrt(s)",
    (s) => {
      const [rows, cols] = [400, 300];
      const matrix = sparseSignMatrix(rows, cols, s, randomStream(6));
      const deviation = Math.sqrt((rows * cols * (1 - 1 / s)) / s);
      expect(Math.abs(matrix.data.length - (rows * cols) / s)).toBeLessThanOrEqual(4 * deviation);
      const places = Float64Array.from(matrix.indices);
      expect(countsTest(places, 0, new Float64Array(cols).fill(1 / cols))).toBeGreaterThan(level);
      const positive = matrix.data.filter((x) => x > 0).length;
      expect(Math.abs(2 * positive - matrix.data.length)).toBeLessThan(4 * Math.sqrt(matrix.data.length));
      for (const x of matrix.data) expect(Math.abs(x)).toBe(Math.sqrt(s));
      for (let row = 0; row < rows; row++)
        for (let k = matrix.indptr[row]! + 1; k < matrix.indptr[row + 1]!; k++)
          expect(matrix.indices[k]).toBeGreaterThan(matrix.indices[k - 1]!);
    },
  );

  test("a part made on its own equals that part of the whole", () => {
    const whole = sparseSignMatrix(50, 80, 4, randomStream(8));
    const part = sparseSignMatrix(20, 80, 4, randomStream(8), { firstRow: 17, dtype: "float32" });
    const [from, to] = [whole.indptr[17]!, whole.indptr[37]!];
    expect(part.indices).toEqual(whole.indices.slice(from, to));
    expect(part.data).toEqual(Float32Array.from(whole.data.slice(from, to)));
    expect(part.indptr).toEqual(whole.indptr.slice(17, 38).map((start) => start - from));
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
  expect(() => drawTruncatedNormal(s, Number.NaN, 2)).toThrow(/^high: /);
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
