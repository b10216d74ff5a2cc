import { InvalidInputError } from "ockham";
import { fromNested, type Matrix, ndArray } from "ockham/array";
import {
  type DemoContext,
  defineDemo,
  type Frame,
  type GivenFile,
  type PlotSeries,
  type PlotView,
} from "ockham/demo";
import { parseLibsvm } from "ockham/io";
import { fitSeparator, type SeparatorMethod } from "ockham/optim";
import { toDense } from "ockham/sparse";
import { givenNumbers } from "../given-table.ts";

const range = 2;
const most = 3000;

/** One point against two hundred on the other side of a narrow gap: hard for descent, as it averages over all. */
const small = [[0.15, -1.2]] as const;
const large = Array.from({ length: 200 }, (_, i) => {
  const [a, b] = [(i * 0.618034) % 1, (i * 0.754878) % 1];
  return [-0.15 - 0.3 * a, -1.3 + 0.36 * (b - 0.5)] as const;
});

const methods: readonly {
  readonly method: SeparatorMethod;
  readonly name: string;
  readonly role: PlotSeries["role"];
}[] = [
  { method: "normalized-lr-gd", name: "normalised steps", role: "method" },
  { method: "lr-gd", name: "plain gradient descent", role: "baseline" },
  { method: "batch-perceptron", name: "batch perceptron", role: "second-baseline" },
];

export const demo = defineDemo({
  says: "Draw two groups of points. Logistic regression looks for a line between them by gradient descent with a very large step. Dividing each step by the mean of the sigmoids makes any step size work; plain descent becomes a batch perceptron, slower the more lopsided the groups are. Each update is drawn until every point is on its side.",
  shows: [
    { kind: "plot", title: "Lines between the groups", equal: true },
    { kind: "plot", title: "Points on the wrong side" },
    { kind: "table", title: "Until every point is on its side", rows: 3 },
  ],
  controls: {
    points: {
      kind: "points",
      label: "Points",
      groups: ["class +1", "class −1"],
      value: [small, large],
      range: [-range, range],
      minPoints: 1,
      maxPoints: 300,
    },
    stepSize: { kind: "number", label: "Step size", value: 100, min: 0.1, max: 10_000, scale: "log" },
    file: {
      kind: "file",
      label: "Your own classes",
      says: "LIBSVM lines, or a table with a header and numbers whose last column is the class: two different labels, up to 2000 rows.",
      accept: [".csv", ".tsv", ".libsvm", ".txt"],
      maxBytes: 2_000_000,
    },
  },
  async *run({ points, stepSize, file }, { signal }: DemoContext) {
    const [positive, negative] = points as [PointList, PointList];
    const own = file === undefined ? undefined : await ownClasses(file);
    const x = own?.x ?? fromNested([...positive, ...negative].map((point) => [...point]));
    const y = own?.y ?? [...positive.map(() => 1), ...negative.map(() => -1)];
    const runs = [];
    for (const { method, name, role } of methods) {
      const path: Float64Array[] = [];
      const result = await fitSeparator(x, y, {
        ...{ method, stepSize, bias: true, maxIterations: most, recordEvery: 1, signal },
        onIterate: (_, theta) => path.push(theta.slice()),
      });
      runs.push({ name, role, result, path });
    }
    if (!runs.some(({ result }) => result.separated))
      throw new InvalidInputError(
        file?.name ?? "points",
        `no line was found in ${most} updates: do the groups overlap? Then no method here ends`,
      );
    // Every update of the method is a frame, the baselines beside it; long runs are shown in leaps.
    const longest = Math.max(...runs.map(({ result }) => result.iterations));
    const moments = [
      ...new Set(Array.from({ length: 41 }, (_, i) => Math.round(longest ** (i / 40) - 1 + i / 40))),
    ];
    if (moments.at(-1) !== longest) moments.push(longest);
    for (const [at, moment] of moments.entries()) {
      const views: Frame["views"] = [
        own === undefined
          ? {
              kind: "plot",
              title: `Lines after ${moment} ${moment === 1 ? "update" : "updates"}`,
              x: { label: "x", domain: [-range, range] },
              y: { label: "y", domain: [-range, range] },
              equal: true,
              series: [
                { name: "class +1", role: "data", mark: "points", ...columns(positive) },
                { name: "class −1", role: "other-data", mark: "points", ...columns(negative) },
                ...runs.flatMap(({ name, role, path }) => {
                  const line = border(path[Math.min(moment, path.length - 1)]!);
                  return line === undefined ? [] : [{ name, role, mark: "line" as const, ...line }];
                }),
              ],
            }
          : distances(own, runs[0]!.path[Math.min(moment, runs[0]!.path.length - 1)]!, moment),
        {
          kind: "plot",
          title: "Points on the wrong side",
          x: { label: "updates", domain: [0, longest] },
          y: { label: "share", domain: [0, 1] },
          series: runs.map(({ name, role, result: { history } }) => {
            const seen = history.filter(({ iteration }) => iteration <= moment);
            return {
              name,
              role,
              mark: "line" as const,
              x: seen.map(({ iteration }) => iteration),
              y: seen.map(({ accuracy }) => 1 - accuracy),
            };
          }),
        },
        {
          kind: "table",
          title: "Until every point is on its side",
          columns: [
            { name: "method" },
            { name: "updates" },
            { name: "separated" },
            { name: "margin", digits: 3 },
          ],
          rows: runs.map(({ name, result }) => [
            name,
            Math.min(moment, result.iterations),
            moment >= result.iterations ? (result.separated ? "yes" : `not in ${most}`) : "not yet",
            moment >= result.iterations ? result.margin : null,
          ]),
        },
      ];
      yield { done: at + 1, total: moments.length, views };
    }
  },
});

interface Classes {
  readonly x: Matrix;
  /** 1 or -1. */
  readonly y: readonly number[];
  readonly names: readonly [positive: string, negative: string];
}

async function ownClasses(file: GivenFile): Promise<Classes> {
  const { x, labels } = await labelled(file);
  const [rows, features] = x.shape as [number, number];
  const classes = [...new Set(labels)].sort((a, b) => b - a);
  if (classes.length !== 2)
    throw new InvalidInputError(file.name, `expected labels of two classes, got ${classes.length} labels`);
  if (rows > 2000 || rows * features > 400_000)
    throw new InvalidInputError(
      file.name,
      `expected at most 2000 rows and 400000 numbers, got ${rows} x ${features}`,
    );
  return {
    x,
    y: Array.from(labels, (label) => (label === classes[0] ? 1 : -1)),
    names: [`class ${classes[0]}`, `class ${classes[1]}`],
  };
}

async function labelled(file: GivenFile): Promise<{ x: Matrix; labels: Float64Array }> {
  if (!/\.[ct]sv(\.gz)?$/i.test(file.name)) {
    const { features, labels } = await parseLibsvm(file.bytes, {}, file.name);
    if (features.rows * features.cols > 400_000)
      throw new InvalidInputError(
        file.name,
        `expected at most 400000 numbers, got ${features.rows} rows of ${features.cols}`,
      );
    return { x: toDense(features), labels };
  }
  const { columns, rows } = await givenNumbers(file, { least: 2, minRows: 2, maxRows: 2000 });
  const inputs = columns.slice(0, -1);
  const data = new Float64Array(rows * inputs.length);
  for (const [j, column] of inputs.entries())
    for (let i = 0; i < rows; i++) data[i * inputs.length + j] = column[i]!;
  return { x: ndArray("float64", [rows, inputs.length], data), labels: columns.at(-1)! };
}

/** How far each point is from the hyperplane that the method has found so far. */
function distances({ x, y, names }: Classes, theta: Float64Array, moment: number): PlotView {
  const features = x.shape[1]!;
  const length = Math.hypot(...theta.subarray(0, features)) || 1;
  const distance = Array.from(y, (_, i) => {
    let sum = theta[features]!;
    for (let j = 0; j < features; j++) sum += theta[j]! * x.data[i * features + j]!;
    return sum / length;
  });
  const of = (label: number): { x: number[]; y: number[] } => {
    const chosen = y.flatMap((each, i) => (each === label ? [i] : []));
    return { x: chosen.map((i) => i + 1), y: chosen.map((i) => distance[i]!) };
  };
  return {
    kind: "plot",
    title: `Distances from the hyperplane after ${moment} ${moment === 1 ? "update" : "updates"}`,
    x: { label: "row" },
    y: { label: "signed distance" },
    series: [
      { name: names[0], role: "data", mark: "points", ...of(1) },
      { name: names[1], role: "other-data", mark: "points", ...of(-1) },
    ],
  };
}

type PointList = readonly (readonly [number, number])[];

function columns(points: PointList): { x: number[]; y: number[] } {
  return { x: points.map(([x]) => x), y: points.map(([, y]) => y) };
}

/** The part of the line theta . (x, y, 1) = 0 inside of the square; undefined where it does not cross it. */
function border(theta: Float64Array): { x: number[]; y: number[] } | undefined {
  const [a, b, c] = theta as unknown as [number, number, number];
  const inside = (value: number): boolean => Math.abs(value) <= range * (1 + 1e-12);
  const ends: [number, number][] = [];
  for (const side of [-range, range]) {
    if (b !== 0 && inside((-c - a * side) / b)) ends.push([side, (-c - a * side) / b]);
    if (a !== 0 && inside((-c - b * side) / a)) ends.push([(-c - b * side) / a, side]);
  }
  const [first, ...rest] = ends;
  const last = rest.toSorted((p, q) => span(first!, q) - span(first!, p))[0];
  return first === undefined || last === undefined ? undefined : columns([first, last]);
}

function span(p: readonly [number, number], q: readonly [number, number]): number {
  return Math.hypot(p[0] - q[0], p[1] - q[1]);
}
