import type { Matrix } from "ockham/array";
import { type LpScore, lpRegression, lpScores } from "ockham/optim";
import { definePaper, type Measurement, type Run } from "ockham/paper";
import type { Cell, Figure, Table } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { californiaHousing, proteins } from "../real-tables.ts";
import { blockDiagonal, heavyTail, spike, vandermonde, withColumn } from "./instances.ts";
import { distortionTask, type Plan, regressionTask } from "./trials.ts";

const draws = 15;

export const paper = definePaper({
  ...factsOf("lp-sensitivity"),
  // Instances; of each so many samples are drawn.
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "spike-sensitivity",
      says: "Spikes, p = 4, 200 of 20,006 rows: largest distortion over all draws, 15 of each instance, by sensitivities",
      paper: "1 +- epsilon for every x",
      bar: { atMost: 0.7 },
      unit: "",
    },
    {
      id: "spike-leverage",
      says: "The same: median distortion by leverage scores",
      paper: "leverage scores are those of the wrong norm",
      bar: { atLeast: 1.2 },
      unit: "",
    },
    {
      id: "spike-uniform",
      says: "The same: median distortion of uniform samples",
      paper: "uniform samples miss rows that matter",
      bar: { atLeast: 0.45 },
      unit: "",
    },
    {
      id: "spike-uniform-worst",
      says: "The same: largest distortion of uniform samples",
      paper: "uniform samples miss rows that matter",
      bar: { atLeast: 5 },
      unit: "",
    },
    {
      id: "spike-400",
      says: "Spikes with 400 rows: median distortion by sensitivities",
      paper: "1 +- epsilon for every x",
      bar: { atMost: 0.3 },
      unit: "",
    },
    {
      id: "spike-400-leverage",
      says: "Spikes with 400 rows: that over the median distortion by leverage scores",
      paper: "leverage scores are those of the wrong norm",
      bar: { atMost: 0.55 },
      unit: "x",
    },
    {
      id: "polynomials",
      says: "Polynomials of degree 5, p = 4, 300 of 3,000 rows: distortion by sensitivities over that of uniform samples",
      paper: "small total sensitivity pays",
      bar: { atMost: 0.6 },
      unit: "x",
    },
    {
      id: "polynomials-total",
      says: "Total sensitivity of the polynomials over its largest possible value, d^(p / 2)",
      paper: "often far below the worst case",
      bar: { atMost: 0.3 },
      unit: "",
    },
    {
      id: "regression-sensitivity",
      says: "Heavy tails, p = 1, 60 of 1,500 rows: median extra cost by sensitivities",
      paper: "regression on the sample is near the best",
      bar: { atMost: 0.002 },
      unit: "",
    },
    {
      id: "regression-root-leverage",
      says: "The same by root leverage scores",
      paper: "root leverage sampling takes about d rows for p < 2",
      bar: { atMost: 0.002 },
      unit: "",
    },
    {
      id: "regression-uniform",
      says: "The same of uniform samples",
      paper: "uniform samples miss rows that matter",
      bar: { atLeast: 0.05 },
      unit: "",
    },
    {
      id: "regression-leverage",
      says: "The same: largest extra cost by leverage scores over the largest by sensitivities",
      paper: "leverage scores are those of the wrong norm",
      bar: { atLeast: 10 },
      unit: "x",
    },
    {
      id: "size-law",
      says: "Rows for a median distortion of 0.25 at p = 4: exponent of the total sensitivity, six matrices",
      paper: "S^(2 - 2 / p) = S^1.5, up to logarithms",
      bar: { full: { atMost: 1.5 } },
      unit: "",
    },
    {
      id: "approximation-low",
      says: "Approximate over exact sensitivities of the spikes, 3,006 rows: smallest ratio",
      paper: "a constant factor suffices",
      bar: { atLeast: 0.6 },
      unit: "x",
    },
    {
      id: "approximation-high",
      says: "The same: largest ratio",
      paper: "a constant factor suffices",
      bar: { atMost: 1.7 },
      unit: "x",
    },
    {
      id: "time",
      says: "Time of approximate sensitivities, p = 4, 20,000 distinct rows of 6 columns, all threads",
      paper: "not stated",
      bar: { full: { atMost: 3 } },
      unit: "s",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];
    const figures: Figure[] = [];
    const claims: Record<string, Measurement> = {};
    Object.assign(claims, await spikes(run, tables, figures, 0, full ? 0.15 : 0.5));
    Object.assign(claims, await polynomials(run, tables, full ? 0.15 : 0.5, full ? 0.3 : 0.75));
    Object.assign(claims, await regression(run, tables, full ? 0.3 : 0.75, full ? 0.45 : 1));
    if (full) {
      const started = performance.now();
      await lpScores(heavyTail(20000, 6, run.seed).a, 4, { pool: run.pool, signal: run.signal });
      claims.time = (performance.now() - started) / 1000;
      claims["size-law"] = await sizeLaw(run, tables, figures, 0.45, 0.8);
      await real(run, tables, 0.8, 1);
    }
    return { claims, tables, figures };
  },
});

const seedsOf = (seed: number): number[] => Array.from({ length: draws }, (_, i) => draws * seed + i);

/** Calls a study for every seed and puts what it found for the same kind of score together. */
async function overSeeds(
  run: Run,
  from: number,
  to: number,
  study: (seed: number, from: number, to: number) => Promise<ReadonlyMap<LpScore, readonly number[]>>,
): Promise<Map<LpScore, readonly number[]>> {
  const all = new Map<LpScore, readonly number[]>();
  for (const [k, seed] of run.seeds.entries()) {
    const at = (part: number): number => from + ((to - from) * (k + part)) / run.seeds.length;
    for (const [kind, found] of await study(seed, at(0), at(1)))
      all.set(kind, [...(all.get(kind) ?? []), ...found]);
  }
  return all;
}

async function scoresOf(run: Run, a: Matrix, p: number, kind: LpScore, approximate: boolean) {
  return lpScores(a, p, { kind, approximate, pool: run.pool, signal: run.signal, seed: run.seed });
}

/** Distortions over the draws, by kind of score. */
async function distortions(
  run: Run,
  a: Matrix,
  p: number,
  size: number,
  approximate: boolean,
  kinds: readonly LpScore[],
  seed: number,
  from: number,
  to: number,
): Promise<{ errors: Map<LpScore, readonly number[]>; sensitivities: Float64Array; total: number }> {
  const { scores: sensitivities, total } = await scoresOf(run, a, p, "sensitivity", approximate);
  const plans: Plan[] = [];
  for (const kind of kinds)
    plans.push({
      kind,
      size,
      seeds: seedsOf(seed),
      ...(kind === "sensitivity"
        ? { scores: sensitivities }
        : kind === "root-leverage"
          ? {}
          : { scores: (await scoresOf(run, a, p, kind, approximate)).scores }),
    });
  const inputs = plans.map((plan) => ({ a, p, plan, sensitivities, probes: 400 }));
  const found = await run.pool.map(distortionTask, inputs, run.stage("distortion", from, to));
  return { errors: new Map(kinds.map((kind, k) => [kind, found[k]!])), sensitivities, total };
}

async function spikes(
  run: Run,
  tables: Table[],
  figures: Figure[],
  from: number,
  to: number,
): Promise<Record<string, number>> {
  const kinds: LpScore[] = ["sensitivity", "lewis", "leverage+sensitivity", "leverage", "uniform"];
  const at = (part: number): number => from + (to - from) * part;
  const study = (size: number, first: number, last: number) =>
    overSeeds(run, at(first), at(last), async (seed, begin, end) => {
      const a = spike(20000, 6, seed);
      return (await distortions(run, a, 4, size, false, kinds, seed, begin, end)).errors;
    });
  const few = await study(200, 0, 0.4);
  const more = await study(400, 0.4, 0.8);
  tables.push(
    distortionTable("spike-200", "Spikes, p = 4, 200 of 20,006 rows", few),
    distortionTable("spike-400", "Spikes, p = 4, 400 of 20,006 rows", more),
  );
  figures.push(distortionFigure("spike-200", "Spikes, p = 4, 200 of 20,006 rows", few));
  const smaller = spike(3000, 6, run.seed);
  const exact = (await scoresOf(run, smaller, 4, "sensitivity", false)).scores;
  const near = (await scoresOf(run, smaller, 4, "sensitivity", true)).scores;
  const ratios = exact.map((score, i) => near[i]! / score);
  run.progress(at(1), 1);
  return {
    "spike-sensitivity": Math.max(...few.get("sensitivity")!),
    "spike-leverage": median(few.get("leverage")!),
    "spike-uniform": median(few.get("uniform")!),
    "spike-uniform-worst": Math.max(...few.get("uniform")!),
    "spike-400": median(more.get("sensitivity")!),
    "spike-400-leverage": median(more.get("sensitivity")!) / median(more.get("leverage")!),
    "approximation-low": Math.min(...ratios),
    "approximation-high": Math.max(...ratios),
  };
}

async function polynomials(
  run: Run,
  tables: Table[],
  from: number,
  to: number,
): Promise<Record<string, number>> {
  const a = vandermonde(3000, 6);
  const full = run.mode === "full";
  const middle = (from + to) / 2;
  const kinds: LpScore[] = ["sensitivity", "lewis", "leverage", "uniform"];
  let total = 0;
  const four = await overSeeds(run, from, middle, async (seed, begin, end) => {
    const found = await distortions(run, a, 4, 300, !full, kinds, seed, begin, end);
    total = found.total;
    return found.errors;
  });
  tables.push(distortionTable("polynomials-4", "Polynomials of degree 5, p = 4, 300 of 3,000 rows", four));
  if (full) {
    const one = await overSeeds(run, middle, to, async (seed, begin, end) => {
      const scores: LpScore[] = [...kinds, "root-leverage"];
      return (await distortions(run, a, 1, 300, true, scores, seed, begin, end)).errors;
    });
    tables.push(distortionTable("polynomials-1", "Polynomials of degree 5, p = 1, 300 of 3,000 rows", one));
  }
  return {
    polynomials: median(four.get("sensitivity")!) / median(four.get("uniform")!),
    "polynomials-total": total / 6 ** 2,
  };
}

async function regression(
  run: Run,
  tables: Table[],
  from: number,
  to: number,
): Promise<Record<string, number>> {
  const extra = await overSeeds(run, from, to, async (seed, begin, end) => {
    const { a, b } = heavyTail(1500, 6, seed);
    const best = (await lpRegression(a, b, 1, { signal: run.signal })).cost;
    return extraCosts(run, a, b, 1, 60, best, run.mode === "quick", seed, begin, end);
  });
  tables.push(costTable("regression", "Heavy tails, p = 1, 60 of 1,500 rows", extra));
  return {
    "regression-sensitivity": median(extra.get("sensitivity")!),
    "regression-root-leverage": median(extra.get("root-leverage")!),
    "regression-uniform": median(extra.get("uniform")!),
    "regression-leverage":
      Math.max(...extra.get("leverage")!) / Math.max(1e-12, ...extra.get("sensitivity")!),
  };
}

/** Extra cost over the draws, by kind of score. */
async function extraCosts(
  run: Run,
  a: Matrix,
  b: Float64Array,
  p: number,
  size: number,
  best: number,
  approximate: boolean,
  seed: number,
  from: number,
  to: number,
): Promise<Map<LpScore, readonly number[]>> {
  const kinds: LpScore[] = ["sensitivity", "lewis", "leverage", "uniform"];
  if (p < 2) kinds.push("root-leverage");
  const all = withColumn(a, b);
  const plans: Plan[] = [];
  for (const kind of kinds)
    plans.push({
      kind,
      size,
      seeds: seedsOf(seed),
      ...(kind === "root-leverage"
        ? {}
        : { scores: (await scoresOf(run, all, p, kind, approximate)).scores }),
    });
  const inputs = plans.map((plan) => ({ a, b, p, plan, best }));
  const found = await run.pool.map(regressionTask, inputs, run.stage("regression", from, to));
  return new Map(kinds.map((kind, k) => [kind, found[k]!]));
}

/** Rows that six matrices of growing total sensitivity need, and the slope of their logarithms. */
async function sizeLaw(
  run: Run,
  tables: Table[],
  figures: Figure[],
  from: number,
  to: number,
): Promise<number> {
  const rows: Cell[][] = [];
  const totals: number[] = [];
  const sizes: number[] = [];
  for (let blocks = 1; blocks <= 6; blocks++) {
    const at = (part: number): number => from + ((to - from) * (blocks - 1 + part)) / 6;
    const a = blockDiagonal(
      Array.from({ length: blocks }, (_, k) =>
        k % 2 === 0 ? vandermonde(600, 4) : spike(1200, 3, run.seed + k),
      ),
    );
    const { scores, total } = await scoresOf(run, a, 4, "sensitivity", true);
    let low = total * 2;
    let high = a.shape[0]! * 0.9;
    const seeds = seedsOf(run.seed);
    const middle = (seeds.length + 1) / 2;
    for (let step = 0; step < 6; step++) {
      const size = Math.round(Math.sqrt(low * high));
      // Two tasks a step: both threads work.
      const inputs = [seeds.slice(0, middle), seeds.slice(middle)].map((part) => ({
        a,
        p: 4,
        plan: { kind: "sensitivity" as const, scores, size, seeds: part },
        sensitivities: scores,
        probes: 100,
      }));
      const found = await run.pool.map(
        distortionTask,
        inputs,
        run.stage("size law", at(step / 6), at((step + 1) / 6)),
      );
      if (median(found.flat()) > 0.25) low = size;
      else high = size;
    }
    totals.push(total);
    sizes.push(Math.sqrt(low * high));
    rows.push([a.shape[1]!, a.shape[0]!, total, Math.round(sizes.at(-1)!)]);
  }
  const exponent = slope(totals.map(Math.log), sizes.map(Math.log));
  tables.push({
    id: "size-law",
    title: "Rows for a median distortion of 0.25, p = 4",
    columns: [{ name: "columns" }, { name: "rows" }, { name: "total sensitivity" }, { name: "sampled rows" }],
    rows,
  });
  figures.push({
    id: "size-law",
    title: "Rows for a median distortion of 0.25, p = 4",
    x: { label: "total sensitivity", scale: "log" },
    y: { label: "sampled rows", scale: "log" },
    series: [
      { name: "measured", mark: "points", x: totals, y: sizes },
      {
        name: "S^1.5",
        mark: "line",
        x: totals,
        y: totals.map((total) => sizes[0]! * (total / totals[0]!) ** 1.5),
      },
    ],
  });
  return exponent;
}

function slope(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  return (
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) /
    x.reduce((sum, value) => sum + (value - mx) ** 2, 0)
  );
}

/** Regression on real tables; reported without a bar, where the tables can be had. */
async function real(run: Run, tables: Table[], from: number, to: number): Promise<void> {
  const { DatasetUnavailableError } = await import("ockham/data");
  const rows: Cell[][] = [];
  const plans = [
    [californiaHousing, [1, 1.5, 3, 4]],
    [proteins, [4]],
  ] as const;
  const parts = plans.reduce((sum, [, exponents]) => sum + exponents.length, 0);
  let part = 0;
  for (const [load, exponents] of plans) {
    let table: Awaited<ReturnType<typeof load>>;
    try {
      table = await load(run);
    } catch (error) {
      if (!(error instanceof DatasetUnavailableError)) throw error;
      continue;
    }
    const ones = new Float64Array(table.target.length).fill(1);
    const a = withColumn(table.features, ones);
    for (const p of exponents) {
      const at = (done: number): number => from + ((to - from) * (part + done)) / parts;
      const best = (await lpRegression(a, table.target, p, { signal: run.signal })).cost;
      const extra = await extraCosts(run, a, table.target, p, 400, best, true, run.seed, at(0.5), at(1));
      part++;
      rows.push([
        table.name,
        table.target.length,
        p,
        ...(["sensitivity", "lewis", "leverage", "root-leverage", "uniform"] as const).map((kind) =>
          extra.has(kind) ? median(extra.get(kind)!) : null,
        ),
      ]);
    }
  }
  if (rows.length > 0)
    tables.push({
      id: "real",
      title: "Real tables: median extra cost of regression on 400 rows, over 15 draws",
      columns: [
        { name: "table" },
        { name: "rows" },
        { name: "p" },
        { name: "sensitivity", digits: 3 },
        { name: "Lewis", digits: 3 },
        { name: "leverage", digits: 3 },
        { name: "root leverage", digits: 3 },
        { name: "uniform", digits: 3 },
      ],
      rows,
    });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

type Errors = ReadonlyMap<LpScore, readonly number[]>;

const errorTable = (id: string, title: string, first: string, errors: Errors): Table => ({
  id,
  title,
  columns: [{ name: first }, { name: "median" }, { name: "smallest" }, { name: "largest" }],
  rows: [...errors].map(([kind, values]) => [kind, median(values), Math.min(...values), Math.max(...values)]),
});

const distortionTable = (id: string, title: string, errors: Errors): Table =>
  errorTable(id, `${title}: worst relative error of the p-th power found, ${draws} draws`, "scores", errors);

const costTable = (id: string, title: string, errors: Errors): Table =>
  errorTable(id, `${title}: cost over the smallest, less 1, ${draws} draws`, "scores", errors);

function distortionFigure(id: string, title: string, errors: Errors): Figure {
  const all = [...errors];
  return {
    id,
    title,
    x: { label: "scores", scale: "category" },
    y: { label: "worst relative error", scale: "log" },
    series: [
      {
        name: "median and range over the draws",
        mark: "points",
        x: all.map(([kind]) => kind),
        y: all.map(([, values]) => median(values)),
        low: all.map(([, values]) => Math.min(...values)),
        high: all.map(([, values]) => Math.max(...values)),
      },
    ],
  };
}
