import { describe, expect, test } from "vitest";
import { countsTest, draws, kolmogorovSmirnov, level, sampleOf } from "../../../test/support/statistics.ts";
import type { Matrix } from "../array/index.ts";
import { gammaP, normalCdf } from "../special/index.ts";
import {
  drawDirichlet,
  drawInverseWishart,
  drawMultivariateNormal,
  drawOrthogonalMatrix,
  drawWishart,
  type RandomStream,
  randomStream,
} from "./index.ts";

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
