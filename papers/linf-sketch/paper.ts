import { lstsq, setBlasThreads, singularValues } from "ockham/linalg";
import { sketchedLeastSquares, sketchRows } from "ockham/optim";
import { definePaper, type Measurement, type Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import type { Cell, Figure, Table } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { californiaHousing, proteins, quadraticFeatures, type RealTable } from "../real-tables.ts";
import { errorsTask, type Sketch, sketches } from "./errors.ts";
import { block, collision, type Instance } from "./instances.ts";

const draws = 9;
const guaranteeSeeds = 100;

export const paper = definePaper({
  ...factsOf("linf-sketch"),
  claims: [
    {
      id: "collision-srht",
      says: "Collision: median error of the SRHT over sqrt(2 ln d / m), largest over the sizes",
      paper: "error spread evenly over the coefficients",
      bar: { atMost: 1.3 },
      unit: "x",
    },
    {
      id: "collision-gaussian",
      says: "The same of a Gaussian sketch",
      paper: "error spread evenly over the coefficients",
      bar: { atMost: 1.3 },
      unit: "x",
    },
    {
      id: "collision-countsketch",
      says: "Collision, d = 256: median error of CountSketch over that of the SRHT",
      paper: "sparse sketches have no such bound",
      bar: { atLeast: 3 },
      unit: "x",
    },
    {
      id: "collision-sparse-signs",
      says: "Collision, d = 256: median error of sparse signs, 4 a column, over that of the SRHT",
      paper: "sparse sketches have no such bound",
      bar: { atLeast: 1.3 },
      unit: "x",
    },
    {
      id: "collision-1024",
      says: "Collision, d = 1024: median error of CountSketch over that of the SRHT",
      paper: "the gap grows with the dimension",
      bar: { full: { atLeast: 5 } },
      unit: "x",
    },
    {
      id: "block-leverage",
      says: "Blocks: median error of sampling by leverage scores over that of the SRHT",
      paper: "row sampling has no such bound",
      bar: { atLeast: 1.6 },
      unit: "x",
    },
    {
      id: "scaling",
      says: "sqrt(m) times the error of the SRHT for m = 1024 to 8192: largest over smallest",
      paper: "error falls as 1 / sqrt(m)",
      bar: { atMost: 1.35 },
      unit: "x",
    },
    {
      id: "guarantee",
      says: "Draws of 100 a family, practical rows for epsilon 0.5, that break the bound of the guarantee",
      paper: "holds with probability 1 - delta",
      bar: { atMost: 0 },
      unit: "",
    },
    {
      id: "speed",
      says: "Time of exact least squares over that of the sketched, 131,072 x 100, 1,600 rows",
      paper: "O(n d log n) instead of O(n d^2)",
      bar: { full: { atLeast: 3 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];
    const figures: Figure[] = [];
    const claims: Record<string, Measurement> = {};

    // First, while nothing else has warmed up the machine.
    if (full) claims.speed = speed(run, tables);
    run.progress(0.05, 1);

    const small = await compare(run, collision(256, 16, 4096), 2048, [...sketches], 0.05, full ? 0.2 : 0.4);
    const unit = Math.sqrt((2 * Math.log(256)) / 2048);
    const srht = small.get("SRHT")!;
    let srhtOverTheory = median(srht) / unit;
    let gaussianOverTheory = median(small.get("Gaussian")!) / unit;
    claims["collision-countsketch"] = median(small.get("CountSketch")!) / median(srht);
    claims["collision-sparse-signs"] = median(small.get("sparse signs, 4 a column")!) / median(srht);
    tables.push(errorTable("collision", "Collision, d = 256, m = 2048, n = 4096, 16 entries", small));
    figures.push(errorFigure(small));
    if (full) {
      const kinds: Sketch[] = ["SRHT", "SRHT, distinct rows", "Gaussian", "CountSketch"];
      const large = await compare(run, collision(1024, 16, 16384), 8192, kinds, 0.2, 0.5);
      const largeUnit = Math.sqrt((2 * Math.log(1024)) / 8192);
      srhtOverTheory = Math.max(srhtOverTheory, median(large.get("SRHT")!) / largeUnit);
      gaussianOverTheory = Math.max(gaussianOverTheory, median(large.get("Gaussian")!) / largeUnit);
      claims["collision-1024"] = median(large.get("CountSketch")!) / median(large.get("SRHT")!);
      tables.push(
        errorTable("collision-1024", "Collision, d = 1024, m = 8192, n = 16384, 16 entries", large),
      );
    }
    claims["collision-srht"] = srhtOverTheory;
    claims["collision-gaussian"] = gaussianOverTheory;

    const blocks = await compare(run, block(128, 32), 1024, [...sketches], 0.5, 0.6);
    claims["block-leverage"] = median(blocks.get("leverage sampling")!) / median(blocks.get("SRHT")!);
    tables.push(errorTable("block", "Blocks, d = 128, m = 1024, n = 4096", blocks));

    const scaled = await scaling(run, 0.6, 0.7);
    claims.scaling = scaled.spread;
    figures.push(scaled.figure);

    claims.guarantee = await guarantee(run, tables, 0.7, 1);
    return { claims, tables, figures };
  },
});

/** Errors over the draws, by sketch. */
type Errors = ReadonlyMap<Sketch, readonly number[]>;

async function compare(
  run: Run,
  instance: Instance,
  rows: number,
  kinds: readonly Sketch[],
  from: number,
  to: number,
): Promise<Errors> {
  const seeds = Array.from({ length: draws }, (_, i) => run.seed * draws + i);
  const inputs = kinds.map((sketch) => ({ instance, sketch, rows, seeds }));
  const errors = await run.pool.map(errorsTask, inputs, run.stage("errors", from, to));
  return new Map(kinds.map((sketch, k) => [sketch, errors[k]!]));
}

async function scaling(run: Run, from: number, to: number): Promise<{ spread: number; figure: Figure }> {
  const sizes = [1024, 2048, 4096, 8192];
  const kinds: Sketch[] = ["SRHT", "CountSketch"];
  const instance = collision(64, 16, 16384);
  const seeds = Array.from({ length: draws }, (_, i) => run.seed * draws + i);
  const inputs = kinds.flatMap((sketch) => sizes.map((rows) => ({ instance, sketch, rows, seeds })));
  const errors = (await run.pool.map(errorsTask, inputs, run.stage("scaling", from, to))).map(median);
  const constants = sizes.map((m, i) => errors[i]! * Math.sqrt(m));
  return {
    spread: Math.max(...constants) / Math.min(...constants),
    figure: {
      id: "scaling",
      title: "Collision, d = 64, n = 16,384: median error of the worst coefficient",
      x: { label: "rows of the sketch", scale: "log" },
      y: { label: "largest error of a coefficient", scale: "log" },
      series: [
        ...kinds.map((name, k) => ({
          name: name as string,
          mark: "line" as const,
          x: sizes,
          // A CountSketch without any collision has no error.
          y: sizes.map((_, i) => Math.max(1e-3, errors[k * sizes.length + i]!)),
        })),
        {
          name: "sqrt(2 ln d / m)",
          mark: "line",
          x: sizes,
          y: sizes.map((m) => Math.sqrt((2 * Math.log(64)) / m)),
        },
      ],
    },
  };
}

/** How often the bound epsilon / sqrt(d) |r| / sigma_min of the exact problem is broken, over all families. */
async function guarantee(run: Run, tables: Table[], from: number, to: number): Promise<Measurement> {
  const full = run.mode === "full";
  const families: [string, Instance][] = full
    ? [
        ["collision", collision(64, 16, 32768)],
        ["block", block(64, 512)],
      ]
    : [
        ["collision", collision(16, 16, 8192)],
        ["block", block(16, 512)],
      ];
  if (full) {
    const { DatasetUnavailableError } = await import("ockham/data");
    for (const load of [californiaHousing, proteins])
      try {
        const table = await load(run);
        families.push([`${table.name}, quadratic features`, natural(table)]);
      } catch (error) {
        if (!(error instanceof DatasetUnavailableError)) throw error;
        return { skipped: `no source of the data set ${error.dataset} can be reached` };
      }
  }
  const rows: Cell[][] = [];
  let broken = 0;
  for (const [f, [name, instance]] of families.entries()) {
    const n = instance.b.length;
    const d = instance.solution.length;
    const m = sketchRows(n, d);
    const bound = (0.5 / Math.sqrt(d)) * (instance.residualNorm / instance.smallestSingularValue);
    const quarter = guaranteeSeeds / 4;
    const inputs = Array.from({ length: 4 }, (_, part) => ({
      instance,
      sketch: "SRHT, distinct rows" as const,
      rows: m,
      seeds: Array.from({ length: quarter }, (_, i) => 1000 * run.seed + part * quarter + i),
    }));
    const at = (part: number): number => from + ((to - from) * part) / families.length;
    const errors = (await run.pool.map(errorsTask, inputs, run.stage(name, at(f), at(f + 1)))).flat();
    const violations = errors.filter((error) => error > bound).length;
    broken += violations;
    rows.push([name, n, d, m, median(errors) / bound, Math.max(...errors) / bound, violations]);
  }
  tables.push({
    id: "guarantee",
    title: "The guarantee with the practical number of rows, epsilon 0.5, delta 0.01, 100 draws",
    columns: [
      { name: "family" },
      { name: "n" },
      { name: "d" },
      { name: "m" },
      { name: "median error over the bound", digits: 3 },
      { name: "largest", digits: 3 },
      { name: "violations" },
    ],
    rows,
  });
  return broken;
}

function natural({ features, target }: RealTable): Instance {
  const a = quadraticFeatures(features);
  const { x, residuals } = lstsq(a, target);
  const s = singularValues(a);
  return { a, b: target, solution: x, residualNorm: residuals[0]!, smallestSingularValue: s.at(-1)! };
}

/** Both on one thread of BLAS, fastest of three. */
function speed(run: Run, tables: Table[]): number {
  const [n, d, m] = [2 ** 17, 100, 1600];
  const stream = randomStream(run.seed, "speed");
  const data = stream.fillNormal(new Float64Array(n * d));
  const a = { dtype: "float64", shape: [n, d], data } as const;
  const b = stream.fillNormal(new Float64Array(n));
  setBlasThreads(1);
  const fastest = (work: () => unknown): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < 3; repeat++) {
      run.signal.throwIfAborted();
      const started = performance.now();
      work();
      best = Math.min(best, performance.now() - started);
    }
    return best;
  };
  const sketched = fastest(() => sketchedLeastSquares(a, b, { rows: m }));
  const refined = fastest(() => sketchedLeastSquares(a, b, { rows: m, refine: 20 }));
  const exact = fastest(() => lstsq(a, b));
  tables.push({
    id: "speed",
    title: "Least squares, 131,072 x 100, one thread",
    columns: [{ name: "method" }, { name: "time", unit: "ms" }],
    rows: [
      ["SRHT, 1,600 rows", sketched],
      ["the same and 20 steps of LSQR", refined],
      ["exact, by QR of all rows", exact],
    ],
  });
  return exact / sketched;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

function errorTable(id: string, title: string, errors: Errors): Table {
  return {
    id,
    title: `${title}: largest error of a coefficient over ${draws} draws`,
    columns: [{ name: "sketch" }, { name: "median" }, { name: "smallest" }, { name: "largest" }],
    rows: [...errors].map(([sketch, values]) => [
      sketch,
      median(values),
      Math.min(...values),
      Math.max(...values),
    ]),
  };
}

function errorFigure(errors: Errors): Figure {
  const all = [...errors];
  return {
    id: "collision",
    title: "Collision, d = 256, m = 2048: largest error of a coefficient",
    x: { label: "sketch", scale: "category" },
    y: { label: "largest error of a coefficient" },
    series: [
      {
        name: "median and range over the draws",
        mark: "bars",
        x: all.map(([sketch]) => sketch),
        y: all.map(([, values]) => median(values)),
        low: all.map(([, values]) => Math.min(...values)),
        high: all.map(([, values]) => Math.max(...values)),
      },
    ],
  };
}
