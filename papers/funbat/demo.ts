import { InvalidInputError } from "ockham";
import { type Matrix, ndArray } from "ockham/array";
import { type FunBaTModel, fitFunBaT } from "ockham/bayes";
import { type DemoContext, defineDemo, type Frame, type GivenFile, type MatrixView } from "ockham/demo";
import { randomStream } from "ockham/random";
import { givenNumbers } from "../given-table.ts";

/** Points of a side of the maps. */
const side = 40;
const mostRows = 4000;

const surfaces = {
  waves: (x: number, y: number) =>
    Math.sin(2 * Math.PI * x) ** 2 *
    Math.cos(2 * Math.PI * x) *
    Math.exp(-2 * y) *
    Math.sin(1.5 * Math.PI * y) *
    3,
  ripples: (x: number, y: number) => Math.sin(5 * x) * Math.cos(4 * y) + 0.6 * Math.cos(9 * x) * y,
  "moving bump": (x: number, y: number) => Math.exp(-30 * (x - 0.2 - 0.6 * y) ** 2),
} as const;

export const demo = defineDemo({
  says: "A surface is known only at scattered points, with noise. It is modelled as an interaction of few one-dimensional random functions, whose number grows frame by frame, and every place gets an uncertainty. The baseline averages the nearest measurements. The moving bump shows where the method has no chance with few functions.",
  shows: [
    { kind: "matrix", title: "Prediction" },
    { kind: "matrix", title: "The surface itself" },
    { kind: "matrix", title: "Uncertainty, standard deviation" },
    { kind: "plot", title: "Error at places that were not measured" },
    { kind: "table", title: "Judged at other places", rows: 2 },
  ],
  controls: {
    surface: {
      kind: "choice",
      label: "Surface",
      value: "ripples",
      options: { waves: "waves", ripples: "ripples", "moving bump": "moving bump" },
    },
    measurements: { kind: "number", label: "Measurements", value: 240, min: 40, max: 1000, step: 20 },
    noise: { kind: "number", label: "Noise, deviation", value: 0.1, min: 0.01, max: 0.5, step: 0.01 },
    rank: { kind: "number", label: "Functions of each coordinate, up to", value: 3, min: 1, max: 4, step: 1 },
    lengthscale: {
      kind: "number",
      label: "Lengthscale, of the range",
      value: 0.2,
      min: 0.05,
      max: 1,
      scale: "log",
    },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: {
      kind: "file",
      label: "Your own measurements",
      says: "A table with a header and three columns of numbers: two coordinates and a value.",
      accept: [".csv", ".tsv"],
      maxBytes: 1_000_000,
    },
  },
  async *run(
    { surface, measurements, noise, rank, lengthscale, seed, file },
    { signal, onProgress }: DemoContext,
  ) {
    const data = file === undefined ? made(surface, measurements, noise, seed) : await own(file, seed);
    const { coordinates, values, names, truth } = data;
    const grid = gridOver(coordinates);
    const errors: { x: number[]; method: number[]; baseline: number[] } = { x: [], method: [], baseline: [] };
    const nearest = nearestMean(coordinates, values, data.test.coordinates);
    for (let r = 1; r <= rank; r++) {
      const model: FunBaTModel = await fitFunBaT(coordinates, values, {
        ...{ rank: r, lengthscale, seed, epochs: 60, restarts: 2, signal },
        onProgress: (progress) => onProgress({ ...progress, stage: `fitting ${r} functions` }),
      });
      const map = model.predict(grid.points);
      const predicted = model.predict(data.test.coordinates);
      errors.x.push(r);
      errors.method.push(data.scale * rmse(predicted.mean, data.test.values));
      errors.baseline.push(data.scale * rmse(nearest, data.test.values));
      const within = predicted.mean.reduce((count, mean, i) => {
        const deviation = Math.sqrt(
          predicted.variance[i]! + (truth === undefined ? 1 / model.noisePrecision : 0),
        );
        return count + Number(Math.abs(mean - data.test.values[i]!) <= 1.96 * deviation);
      }, 0);
      const mapView = (title: string, field: Float64Array): MatrixView => ({
        kind: "matrix",
        title,
        rows: side,
        columns: side,
        data: field,
        rowLabel: `${names[1]} (${grid.range[1]})`,
        columnLabel: `${names[0]} (${grid.range[0]})`,
      });
      const views: Frame["views"] = [
        mapView(
          `Prediction, ${r} ${r === 1 ? "function" : "functions"}`,
          map.mean.map((value) => data.scale * value + data.centre),
        ),
        truth === undefined
          ? mapView(
              "Nearest measurements",
              nearestMean(coordinates, values, grid.points).map((value) => data.scale * value + data.centre),
            )
          : mapView("The surface itself", truth(grid.points)),
        mapView(
          "Uncertainty, standard deviation",
          map.variance.map((value) => data.scale * Math.sqrt(Math.max(0, value))),
        ),
        {
          kind: "plot",
          title: "Error at places that were not measured",
          x: { label: "functions of each coordinate", domain: [1, Math.max(2, rank)] },
          y: { label: "root mean square error" },
          series: [
            { name: "FunBaT", role: "method", mark: "line", x: [...errors.x], y: [...errors.method] },
            {
              name: "five nearest measurements",
              role: "baseline",
              mark: "line",
              x: [...errors.x],
              y: [...errors.baseline],
            },
          ],
        },
        {
          kind: "table",
          title: `Judged at ${data.test.values.length} other places`,
          columns: [
            { name: "method" },
            { name: "root mean square error", digits: 3 },
            { name: "inside 95 % intervals", unit: "%", digits: 3 },
          ],
          rows: [
            [`FunBaT, ${r} functions`, errors.method.at(-1)!, (100 * within) / data.test.values.length],
            ["five nearest measurements", errors.baseline.at(-1)!, null],
          ],
        },
      ];
      yield { done: r, total: rank, views };
    }
  },
});

interface Points {
  readonly coordinates: Matrix;
  readonly values: Float64Array;
}

interface Measured extends Points {
  readonly test: Points;
  readonly names: readonly [string, string];
  /** Values are these many times the deviation that the priors are made for, around this mean. */
  readonly scale: number;
  readonly centre: number;
  /** Values without noise, where they are known. */
  readonly truth?: (points: Matrix) => Float64Array;
}

function made(surface: keyof typeof surfaces, count: number, noise: number, seed: number): Measured {
  const stream = randomStream(seed, "funbat-demo");
  const draw = (rows: number): Matrix =>
    ndArray("float64", [rows, 2], stream.fillUniform(new Float64Array(2 * rows), 0, 1));
  const truth = ({ data, shape }: Matrix): Float64Array =>
    Float64Array.from({ length: shape[0]! }, (_, i) => surfaces[surface](data[2 * i]!, data[2 * i + 1]!));
  const coordinates = draw(count);
  const test = draw(400);
  return {
    coordinates,
    values: truth(coordinates).map((value) => value + noise * stream.normal()),
    test: { coordinates: test, values: truth(test) },
    names: ["x", "y"],
    scale: 1,
    centre: 0,
    truth,
  };
}

/** A fifth of the rows, drawn at random, is kept to judge by. */
async function own(file: GivenFile, seed: number): Promise<Measured> {
  const { names, columns, rows } = await givenNumbers(file, { least: 3, minRows: 20, maxRows: mostRows });
  const [a, b, value] = columns as [Float64Array, Float64Array, Float64Array];
  const centre = value.reduce((sum, each) => sum + each, 0) / rows;
  const scale = Math.sqrt(value.reduce((sum, each) => sum + (each - centre) ** 2, 0) / rows) || 1;
  const stream = randomStream(seed, "division");
  const judged = Array.from({ length: rows }, () => stream.uniform() < 0.2);
  const part = (test: boolean): Points => {
    const chosen = judged.flatMap((each, i) => (each === test ? [i] : []));
    return {
      coordinates: ndArray(
        "float64",
        [chosen.length, 2],
        Float64Array.from(chosen.flatMap((i) => [a[i]!, b[i]!])),
      ),
      values: Float64Array.from(chosen, (i) => (value[i]! - centre) / scale),
    };
  };
  const test = part(true);
  if (test.values.length === 0)
    throw new InvalidInputError(file.name, "has too few rows to keep some to judge by");
  return { ...part(false), test, names: [names[0]!, names[1]!], scale, centre };
}

function gridOver({ data, shape }: Matrix): { points: Matrix; range: readonly [string, string] } {
  const ends = [0, 1].map((k) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < shape[0]!; i++) {
      low = Math.min(low, data[2 * i + k]!);
      high = Math.max(high, data[2 * i + k]!);
    }
    return [low, high] as const;
  }) as [readonly [number, number], readonly [number, number]];
  const at = (k: 0 | 1, share: number): number => ends[k][0] + share * (ends[k][1] - ends[k][0]);
  const points = new Float64Array(2 * side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      points[2 * (row * side + column)] = at(0, column / (side - 1));
      points[2 * (row * side + column) + 1] = at(1, row / (side - 1));
    }
  const range = ([low, high]: readonly [number, number]): string =>
    `${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}`;
  return { points: ndArray("float64", [side * side, 2], points), range: [range(ends[0]), range(ends[1])] };
}

/** Mean of the five nearest measurements. O(points measurements). */
function nearestMean({ data }: Matrix, values: Float64Array, points: Matrix): Float64Array {
  return Float64Array.from({ length: points.shape[0]! }, (_, p) => {
    const distances = Array.from(
      values,
      (value, i) =>
        [
          (data[2 * i]! - points.data[2 * p]!) ** 2 + (data[2 * i + 1]! - points.data[2 * p + 1]!) ** 2,
          value,
        ] as const,
    ).toSorted((a, b) => a[0] - b[0]);
    const near = distances.slice(0, 5);
    return near.reduce((sum, [, value]) => sum + value, 0) / near.length;
  });
}

function rmse(predicted: Float64Array, values: Float64Array): number {
  return Math.sqrt(predicted.reduce((sum, value, i) => sum + (value - values[i]!) ** 2, 0) / values.length);
}
