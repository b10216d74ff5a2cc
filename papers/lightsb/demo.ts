import type { Matrix } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type PlotView } from "ockham/demo";
import { energyDistance, fitLightSB } from "ockham/diffusion";
import { randomStream } from "ockham/random";

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
  },
  async *run({ clouds, epsilon, components, steps, seed }, { signal, onProgress }: DemoContext) {
    const [start, end] = clouds.map(matrixOf) as [Matrix, Matrix];
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
