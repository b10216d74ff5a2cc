import { InvalidInputError } from "ockham";
import { fromNested } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type PlotSeries } from "ockham/demo";
import { fitSeparator, type SeparatorMethod } from "ockham/optim";

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
  },
  async *run({ points, stepSize }, { signal }: DemoContext) {
    const [positive, negative] = points as [PointList, PointList];
    const x = fromNested([...positive, ...negative].map((point) => [...point]));
    const y = [...positive.map(() => 1), ...negative.map(() => -1)];
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
        "points",
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
        {
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
        },
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
