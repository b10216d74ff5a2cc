import { expect, test } from "vitest";
import { fromNested, type Matrix } from "../array/index.ts";
import { randomStream } from "../random/index.ts";
import { fitPca } from "./index.ts";

const points: Matrix = {
  dtype: "float64",
  shape: [60, 4],
  data: randomStream(1, "pca")
    .fillNormal(new Float64Array(240))
    .map((value, i) => value * [3, 0.5, 1, 2][i % 4]! + 1),
};

test("all components together lose nothing", () => {
  const pca = fitPca(points, { components: 4 });
  const back = pca.inverse(pca.transform(points));
  for (const [i, value] of points.data.entries()) expect(back.data[i]).toBeCloseTo(value, 12);
});

test("coordinates are uncorrelated with falling variances as stated", () => {
  const pca = fitPca(points, { components: 3 });
  const { data } = pca.transform(points);
  for (let a = 0; a < 3; a++)
    for (let b = 0; b < 3; b++) {
      let sum = 0;
      for (let i = 0; i < 60; i++) sum += data[i * 3 + a]! * data[i * 3 + b]!;
      expect(sum / 59).toBeCloseTo(a === b ? pca.variances[a]! : 0, 10);
    }
  expect(pca.variances[0]).toBeGreaterThan(pca.variances[1]!);
});

test("points on a line have one component", () => {
  const { directions, variances } = fitPca(
    fromNested([
      [0, 0],
      [3, 4],
      [6, 8],
    ]),
    { components: 2 },
  );
  expect(Math.abs(directions.data[0]!)).toBeCloseTo(0.6, 12);
  expect(variances[0]).toBeCloseTo(25, 10);
  expect(variances[1]).toBeCloseTo(0, 10);
});

test("more components than coordinates are refused", () => {
  expect(() => fitPca(points, { components: 5 })).toThrow("options.components");
});
