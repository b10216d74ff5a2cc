import type { Matrix } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type GivenFile, type PlotView } from "ockham/demo";
import { energyDistance, fitLightSB } from "ockham/diffusion";
import { randomStream } from "ockham/random";
import { givenNumbers } from "../given-table.ts";

const trajectories = 240;
const moments = 24;
/** Of the trajectories, those whose way is drawn. */
const drawnPaths = 90;

/** Points of two drawn clouds: a ring, and four corners. */
const ring = Array.from({ length: 64 }, (_, i) => {
  const angle = (2 * Math.PI * i) / 64;
  const radius = i % 2 === 0 ? 0.55 : 0.7;
  return [radius * Math.cos(angle), radius * Math.sin(angle)] as const;
});
const corners = Array.from({ length: 64 }, (_, i) => {
  const shift = (step: number): number => 0.14 * Math.cos(2.4 * i + step);
  return [(i & 1 ? 1.4 : -1.4) + shift(0), (i & 2 ? 1.4 : -1.4) + shift(1.6)] as const;
});

const pointsFile = {
  kind: "file",
  says: "A table with a header and two columns of numbers: a point a line.",
  accept: [".csv", ".tsv"],
  maxBytes: 1_000_000,
} as const;

export const demo = defineDemo({
  says: "Draw where mass starts and where it should end. The bridge learns a stochastic map from the two unpaired clouds and moves fresh points along it. Beside it: straight lines between random pairs, which end in the right place but cross without need. Raise the volatility to see paths mix.",
  shows: [
    { kind: "plot", title: "Schrödinger bridge", equal: true },
    { kind: "plot", title: "Straight lines between random pairs", equal: true },
    { kind: "plot", title: "Distance from the start, mean over points" },
    { kind: "plot", title: "Training objective" },
    { kind: "table", title: "Where the points end, how far they went", rows: 3 },
  ],
  controls: {
    clouds: {
      kind: "points",
      label: "Clouds",
      groups: ["start", "end"],
      value: [ring, corners],
      range: [-2, 2],
      minPoints: 8,
      maxPoints: 400,
    },
    epsilon: {
      kind: "number",
      label: "Volatility",
      value: 0.05,
      min: 0.01,
      max: 1,
      scale: "log",
    },
    components: { kind: "number", label: "Components of the potential", value: 20, min: 1, max: 60, step: 1 },
    steps: { kind: "number", label: "Training steps", value: 1500, min: 100, max: 6000, step: 100 },
    seed: { kind: "seed", label: "Seed", value: 1 },
    startFile: { ...pointsFile, label: "Your own start" },
    endFile: { ...pointsFile, label: "Your own end" },
  },
  async *run(
    { clouds, epsilon, components, steps, seed, startFile, endFile },
    { signal, onProgress }: DemoContext,
  ) {
    const [start, end] = await ownClouds(clouds.map(matrixOf) as [Matrix, Matrix], [startFile, endFile]);
    const losses: [step: number, loss: number][] = [];
    const every = Math.max(1, Math.round(steps / 200));
    const model = await fitLightSB(start, end, {
      ...{ epsilon, components, steps, seed, signal },
      batchSize: 64,
      learningRate: 0.02,
      lrDecay: "last30pct",
      onProgress: (progress) => onProgress({ ...progress, stage: "training" }),
      onStep: (step, loss) => {
        if (step % every === 0) losses.push([step, loss]);
      },
    });
    // Fresh points near drawn ones, each followed along the process, and a straight line to a random end for each.
    const stream = randomStream(seed, "demo");
    const from = near(start, trajectories, stream.split("start"));
    const partner = near(end, trajectories, stream.split("partner"));
    const paths = model.simulate(from, moments, stream.split("paths"));
    const at = (t: number): Matrix => ({
      dtype: "float64",
      shape: [trajectories, 2],
      data: Float64Array.from(
        { length: trajectories * 2 },
        (_, i) => paths.data[((i >> 1) * (moments + 1) + t) * 2 + (i & 1)]!,
      ),
    });
    const lines = (t: number): Matrix => ({
      ...from,
      data: from.data.map((value, i) => value + (t / moments) * (partner.data[i]! - value)),
    });
    const reached = near(end, trajectories, stream.split("reached"));
    const distances: { bridge: number[]; lines: number[] } = { bridge: [], lines: [] };
    for (let t = 0; t <= moments; t++) {
      distances.bridge.push(length(from, at(t)));
      distances.lines.push(length(from, lines(t)));
      const time = Array.from({ length: t + 1 }, (_, i) => i / moments);
      const views: Frame["views"] = [
        cloudPlot("Schrödinger bridge", "method", "bridge", at(t), pathsOf(at), t, start, end),
        cloudPlot(
          "Straight lines between random pairs",
          "baseline",
          "random pairs",
          lines(t),
          pathsOf(lines),
          t,
          start,
          end,
        ),
        {
          kind: "plot",
          title: "Distance from the start, mean over points",
          x: { label: "time", domain: [0, 1] },
          y: { label: "distance" },
          series: [
            { name: "bridge", role: "method", mark: "line", x: time, y: distances.bridge },
            { name: "random pairs", role: "baseline", mark: "line", x: time, y: distances.lines },
          ],
        },
        {
          kind: "plot",
          title: "Training objective",
          x: { label: "step" },
          y: { label: "loss" },
          series: [
            {
              name: "bridge",
              role: "method",
              mark: "line",
              x: losses.map(([step]) => step),
              y: losses.map(([, loss]) => loss),
            },
          ],
        },
        ...(t < moments
          ? []
          : [
              {
                kind: "table" as const,
                title: "Where the points end, how far they went",
                columns: [
                  { name: "" },
                  { name: "energy distance to the end cloud", digits: 2 },
                  { name: "mean squared displacement", digits: 3 },
                ],
                rows: [
                  ["bridge", energyDistance(at(t), reached), squaredLength(from, at(t))],
                  ["random pairs", energyDistance(lines(t), reached), squaredLength(from, lines(t))],
                  ["no move", energyDistance(from, reached), 0],
                ],
              },
            ]),
      ];
      yield { done: t, total: moments, views };
    }
  },
});

/** Segments of some paths up to a moment, given where all are at each. */
function pathsOf(at: (t: number) => Matrix): (t: number) => { x: number[]; y: number[] } {
  return (t) => {
    const places = Array.from({ length: t + 1 }, (_, s) => at(s).data);
    const out: { x: number[]; y: number[] } = { x: [], y: [] };
    for (let row = 0; row < drawnPaths; row++)
      for (let s = 0; s < t; s++)
        for (const place of [places[s]!, places[s + 1]!]) {
          out.x.push(place[2 * row]!);
          out.y.push(place[2 * row + 1]!);
        }
    return out;
  };
}

function cloudPlot(
  title: string,
  role: "method" | "baseline",
  name: string,
  points: Matrix,
  pathsOf: (t: number) => { readonly x: number[]; readonly y: number[] },
  t: number,
  start: Matrix,
  end: Matrix,
): PlotView {
  const axis = { domain: [-2.3, 2.3] } as const;
  const drawn = pathsOf(t);
  return {
    kind: "plot",
    title,
    x: { label: "x", ...axis },
    y: { label: "y", ...axis },
    equal: true,
    series: [
      { name: "start", role: "data", mark: "points", ...columns(start) },
      { name: "end", role: "other-data", mark: "points", ...columns(end) },
      ...(t > 0 ? [{ name: "path", role: "reference" as const, mark: "segments" as const, ...drawn }] : []),
      { name, role, mark: "points", ...columns(points) },
    ],
  };
}

/** Clouds of files in place of drawn ones, both moved and scaled alike into the square that is drawn. */
async function ownClouds(
  drawn: readonly [Matrix, Matrix],
  files: readonly (GivenFile | undefined)[],
): Promise<readonly [Matrix, Matrix]> {
  const given = await Promise.all(
    files.map(async (file) => {
      if (file === undefined) return undefined;
      const { columns, rows } = await givenNumbers(file, { least: 2, minRows: 8, maxRows: 5000 });
      return Array.from({ length: rows }, (_, i) => [columns[0]![i]!, columns[1]![i]!] as const);
    }),
  );
  const all = given.flatMap((points) => points ?? []);
  if (all.length === 0) return drawn;
  const [low, high] = [Math.min, Math.max].map((end) =>
    all.reduce(([x, y], point) => [end(x, point[0]), end(y, point[1])] as const, all[0]!),
  ) as [readonly [number, number], readonly [number, number]];
  const scale = 3.6 / (Math.max(high[0] - low[0], high[1] - low[1]) || 1);
  const moved = (points: NonNullable<(typeof given)[number]>): Matrix =>
    matrixOf(
      points.map(([x, y]) => [scale * (x - (low[0] + high[0]) / 2), scale * (y - (low[1] + high[1]) / 2)]),
    );
  return [given[0] ? moved(given[0]) : drawn[0], given[1] ? moved(given[1]) : drawn[1]];
}

function matrixOf(points: readonly (readonly [number, number])[]): Matrix {
  return { dtype: "float64", shape: [points.length, 2], data: Float64Array.from(points.flat()) };
}

function columns({ data, shape }: Matrix): { x: Float64Array; y: Float64Array } {
  return {
    x: Float64Array.from({ length: shape[0]! }, (_, i) => data[2 * i]!),
    y: Float64Array.from({ length: shape[0]! }, (_, i) => data[2 * i + 1]!),
  };
}

/** Draws from a drawn cloud: one of its points and a little noise. */
function near(cloud: Matrix, count: number, stream: ReturnType<typeof randomStream>): Matrix {
  const data = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const row = stream.integer(cloud.shape[0]!);
    for (let j = 0; j < 2; j++) data[2 * i + j] = cloud.data[2 * row + j]! + 0.04 * stream.normal();
  }
  return { dtype: "float64", shape: [count, 2], data };
}

function length(a: Matrix, b: Matrix): number {
  const n = a.shape[0]!;
  let sum = 0;
  for (let i = 0; i < n; i++)
    sum += Math.hypot(a.data[2 * i]! - b.data[2 * i]!, a.data[2 * i + 1]! - b.data[2 * i + 1]!);
  return sum / n;
}

function squaredLength(a: Matrix, b: Matrix): number {
  return a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.shape[0]!;
}
