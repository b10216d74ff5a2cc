import { InvalidInputError } from "ockham";
import type { Matrix } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type GivenFile, type PlotSeries } from "ockham/demo";
import {
  countSketch,
  leverageScores,
  rowSampling,
  type SketchOperator,
  singularValues,
  srht,
} from "ockham/linalg";
import { type RegressionSketch, sketchedLeastSquares } from "ockham/optim";
import { givenNumbers } from "../given-table.ts";
import { block, collision, type Instance } from "./instances.ts";
import { sketchedSolution } from "./sketched-solution.ts";

/** Draws of every sketch, of which the median and the ends are shown. */
const draws = 7;
/** For a reader's own table, the exact fit is found too: a few seconds at most. */
const mostRows = 50_000;

const sketches: readonly (readonly [name: string, role: PlotSeries["role"], kind: RegressionSketch])[] = [
  ["dense (SRHT)", "method", "srht"],
  ["one entry a row (CountSketch)", "baseline", "countSketch"],
  ["rows by leverage", "second-baseline", "leverage"],
];

export const demo = defineDemo({
  says: "Thousands of equations are pressed into a few random combinations, and solved. How far off is the worst coefficient? A dense sketch spreads its error over all of them, below the grey bound. A sparse sketch is as good in the sum of squares, but lets one coefficient carry everything: on the constructed problems watch the points at the right. Or drop a table of your own.",
  shows: [
    { kind: "plot", title: "Worst coefficient, by size of the sketch" },
    { kind: "plot", title: "Error of every coefficient" },
    { kind: "table", title: "With the rows so far", rows: 3 },
  ],
  controls: {
    instance: {
      kind: "choice",
      label: "Problem",
      value: "collision",
      options: {
        collision: "hidden entries: hard for CountSketch",
        blocks: "repeated rows: hard for sampling",
      },
    },
    columns: { kind: "number", label: "Coefficients", value: 32, min: 8, max: 64, step: 8 },
    rows: {
      kind: "number",
      label: "Rows of the largest sketch",
      value: 1024,
      min: 256,
      max: 2048,
      step: 256,
    },
    seed: { kind: "seed", label: "Seed", value: 1 },
    file: {
      kind: "file",
      label: "Your own table",
      says: "A table with a header and columns of numbers; the last is fitted to the others. 200 rows and more.",
      accept: [".csv", ".tsv"],
      maxBytes: 4_000_000,
    },
  },
  async *run({ instance: kind, columns, rows, seed, file }, { signal, onProgress }: DemoContext) {
    const instance =
      file !== undefined
        ? await own(file)
        : kind === "collision"
          ? collision(columns, 16, 4096)
          : block(columns, Math.floor(4096 / columns));
    const n = instance.b.length;
    const d = instance.solution.length;
    const most = Math.min(rows, n >> 1);
    const sizes = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
      .map((times) => times * d)
      .filter((size) => size <= most);
    if (sizes.length === 0)
      throw new InvalidInputError(
        file?.name ?? "rows",
        `expected at least ${8 * d} rows for ${d} coefficients, got ${n}`,
      );
    const unit = instance.residualNorm / instance.smallestSingularValue;
    const worst = sketches.map(() => ({ middle: [] as number[], low: [] as number[], high: [] as number[] }));
    const bounds: number[] = [];
    for (const [at, size] of sizes.entries()) {
      const errors = sketches.map(([, , sketch]) =>
        Array.from({ length: draws }, (_, k) => {
          signal.throwIfAborted();
          const x = sketchedSolution(instance, draw(sketch, size, instance, 1000 * seed + k));
          return x.map((value, j) => Math.abs(value - instance.solution[j]!) / unit);
        }),
      );
      // The bound of the guarantee for so many rows, at a probability of one in a hundred to fail.
      bounds.push(Math.sqrt((2 * Math.log(2 * d * 100)) / size));
      for (const [s, list] of errors.entries()) {
        const largest = list.map((error) => Math.max(...error)).sort((a, b) => a - b);
        worst[s]!.middle.push(largest[draws >> 1]!);
        worst[s]!.low.push(largest[0]!);
        worst[s]!.high.push(largest.at(-1)!);
      }
      onProgress({ done: at + 1, total: sizes.length });
      const x = sizes.slice(0, at + 1);
      const top = 1.05 * Math.max(bounds[0]!, ...worst.flatMap(({ high }) => high));
      const views: Frame["views"] = [
        {
          kind: "plot",
          title: "Worst coefficient, by size of the sketch",
          x: { label: "rows of the sketch", scale: "log", domain: [sizes[0]!, sizes.at(-1)!] },
          y: { label: "error, of |residual| / σ", domain: [0, top] },
          series: [
            { name: "bound for dense sketches", role: "reference", mark: "line", x, y: [...bounds] },
            ...sketches.map(([name, role], s) => ({
              name,
              role,
              mark: "line" as const,
              x,
              y: [...worst[s]!.middle],
              low: [...worst[s]!.low],
              high: [...worst[s]!.high],
            })),
          ],
        },
        {
          kind: "plot",
          title: `Error of every coefficient, ${size} rows`,
          x: { label: "coefficients, from the best to the worst" },
          y: { label: "error, of |residual| / σ" },
          series: sketches.map(([name, role], s) => ({
            name,
            role,
            mark: "points" as const,
            x: Array.from({ length: d }, (_, j) => j + 1),
            y: Array.from(errors[s]![0]!).sort((a, b) => a - b),
          })),
        },
        {
          kind: "table",
          title: `With ${size} of ${n} rows`,
          columns: [
            { name: "sketch" },
            { name: "worst coefficient, median", digits: 2 },
            { name: "worst of all draws", digits: 2 },
            { name: "all coefficients together", digits: 2 },
          ],
          rows: sketches.map(([name], s) => [
            name,
            worst[s]!.middle.at(-1)!,
            worst[s]!.high.at(-1)!,
            Math.hypot(...errors[s]![0]!),
          ]),
        },
      ];
      yield { done: at + 1, total: sizes.length, views };
    }
  },
});

function draw(
  kind: RegressionSketch,
  m: number,
  { b: { length: n }, leverage }: Instance,
  seed: number,
): SketchOperator {
  if (kind === "srht") return srht(m, n, { seed, replace: false });
  return kind === "countSketch" ? countSketch(m, n, { seed }) : rowSampling(leverage!, m, { seed });
}

/** A table with its exact fit; columns are brought to one length, and a constant is added. */
async function own(file: GivenFile): Promise<Instance> {
  const { columns, rows } = await givenNumbers(file, { least: 2, minRows: 200, maxRows: mostRows });
  const inputs = columns.slice(0, -1);
  if (inputs.length > 60)
    throw new InvalidInputError(file.name, `expected at most 60 columns to fit with, got ${inputs.length}`);
  const d = inputs.length + 1;
  const a: Matrix = { dtype: "float64", shape: [rows, d], data: new Float64Array(rows * d).fill(1) };
  for (const [j, column] of inputs.entries()) {
    const mean = column.reduce((sum, value) => sum + value, 0) / rows;
    const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    for (let i = 0; i < rows; i++)
      a.data[i * d + j + 1] = deviation > 0 ? (column[i]! - mean) / deviation : 0;
  }
  const b = columns.at(-1)!;
  const values = singularValues(a);
  const smallest = values.at(-1)!;
  if (!(smallest > 1e-9 * values[0]!))
    throw new InvalidInputError(
      file.name,
      "has columns that follow from one another: no fit is the only one",
    );
  const { x, residualNorm } = sketchedLeastSquares(a, b, { rows });
  if (!(residualNorm > 0))
    throw new InvalidInputError(file.name, "is fitted without any error: nothing to show");
  return {
    a,
    b,
    solution: x,
    residualNorm,
    smallestSingularValue: smallest,
    leverage: leverageScores(a),
  };
}
