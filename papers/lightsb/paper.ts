import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { factsOf } from "../catalogue.ts";
import { type BenchmarkCase, type BenchmarkOutcome, benchmarkTask, normals } from "./benchmark.ts";
import { digitTranslation } from "./digits.ts";
import { simulationGap } from "./simulation.ts";
import { cellTrajectories } from "./single-cells.ts";
import { swissRoll } from "./swiss-roll.ts";

export const paper = definePaper({
  ...factsOf("lightsb"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "plan-error",
      says: "Unexplained variance of conditional plans against the known optimal plan (cBW-UVP), worst of all cases and seeds",
      paper: "among the best solvers on the benchmark with known plans",
      bar: { quick: { atMost: 0.3 }, full: { atMost: 0.5 } },
      unit: "%",
    },
    {
      id: "marginal-error",
      says: "Unexplained variance of the mapped points' marginal (BW-UVP), worst of all cases and seeds",
      paper: "the target distribution is met",
      bar: { atMost: 0.5 },
      unit: "%",
    },
    {
      id: "drift",
      says: "Largest distance of the mean end of paths simulated with the drift in 200 steps from the closed form",
      paper: "the drift of the bridge in closed form",
      bar: { atMost: 0.05 },
      unit: "",
    },
    {
      id: "fit-time",
      says: "Time of a fit in two dimensions, 30 components and 3000 steps, the slowest seed",
      paper: "minutes on 4 processor cores",
      bar: { quick: { atMost: 10 } },
      unit: "s",
    },
    {
      id: "digit-class",
      says: "Handwritten 2s mapped to 3s in 32 principal components that a convolutional network takes for 3s",
      paper: "image translation in a latent space",
      bar: { full: { atLeast: 85 } },
      unit: "%",
    },
    {
      id: "digit-distance",
      says: "Mean squared distance of mapped digits to their sources over that of an independent coupling",
      paper: "the translation keeps what source and target share",
      bar: { full: { atMost: 0.8 } },
      unit: "x",
    },
    {
      id: "cells",
      says: "Energy distance of the cells predicted for a day between two others over that of the better of straight lines in an independent coupling and the first day itself, worst of two days",
      paper: "trajectories of single cells are predicted",
      bar: { full: { atMost: 1 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const cases = full ? fullCases(run.seeds) : run.seeds.map(quickCase);
    const outcomes = await benchmark(run, cases, full ? 0.6 : 0.9);
    const worst = (value: (outcome: BenchmarkOutcome) => number): number => Math.max(...outcomes.map(value));
    const [first] = outcomes as [BenchmarkOutcome];
    const starts = normals(randomStream(run.seed, "starts"), 4, cases[0]!.d);
    const claims: Record<string, Measurement> = {
      "plan-error": worst(({ plan }) => plan),
      "marginal-error": worst(({ marginal }) => marginal),
      drift: simulationGap(first.potential, starts, { paths: 4000, steps: 200, seed: run.seed }),
    };
    const tables: Table[] = [benchmarkTable(cases, outcomes)];
    const figures: Figure[] = [benchmarkFigure(cases, outcomes)];
    if (!full) claims["fit-time"] = worst(({ seconds }) => seconds);
    else {
      tables.push(await swissRoll(run, 0.6, 0.75));
      const cells = await cellTrajectories(run, 0.75, 0.85);
      claims.cells = cells.ratio;
      if (cells.table !== undefined) tables.push(cells.table);
      const digits = await digitTranslation(run, 0.85, 1);
      claims["digit-class"] = digits.share;
      claims["digit-distance"] = digits.distanceRatio;
      tables.push(digits.table);
    }
    return { claims, tables, figures };
  },
});

const quickCase = (seed: number): BenchmarkCase => ({
  ...{ d: 2, epsilon: 0.1, components: 30, learningRate: 1e-3, steps: 3000, seed },
  ...{ samples: 400_000, sinkhorn: false },
});

/** Every dimension and epsilon on every seed; the rate grows with epsilon, by which the weights' steps are divided. */
function fullCases(seeds: readonly number[]): BenchmarkCase[] {
  const cases: BenchmarkCase[] = [];
  for (const d of [2, 8, 16])
    for (const epsilon of [0.1, 1])
      for (const seed of seeds)
        cases.push({
          ...{ d, epsilon, components: 50, learningRate: epsilon === 1 ? 1e-2 : 1e-3, steps: 10_000, seed },
          ...{ samples: 500_000, sinkhorn: true },
        });
  return cases;
}

async function benchmark(
  run: Run,
  cases: readonly BenchmarkCase[],
  share: number,
): Promise<BenchmarkOutcome[]> {
  let done = 0;
  return Promise.all(
    cases.map(async (one) => {
      const outcome = await run.pool.run(benchmarkTask, one, { signal: run.signal });
      done++;
      run.progress((share * done) / cases.length, 1, "known plans");
      return outcome;
    }),
  );
}

function benchmarkTable(cases: readonly BenchmarkCase[], outcomes: readonly BenchmarkOutcome[]): Table {
  return {
    id: "known-plans",
    title: "Unexplained variance against known optimal plans",
    columns: [
      { name: "dimension" },
      { name: "epsilon" },
      { name: "seed" },
      { name: "LightSB", unit: "%", digits: 3 },
      { name: "Sinkhorn, 1000 points", unit: "%", digits: 3 },
      { name: "Brownian", unit: "%", digits: 3 },
      { name: "independent", unit: "%", digits: 3 },
      { name: "marginal", unit: "%", digits: 2 },
      { name: "marginal, true sample", unit: "%", digits: 2 },
      { name: "fit", unit: "s", digits: 3 },
    ],
    rows: cases.map(({ d, epsilon, seed }, i) => {
      const { plan, sinkhorn, brownian, independent, marginal, marginalFloor, seconds } = outcomes[i]!;
      return [d, epsilon, seed, plan, sinkhorn, brownian, independent, marginal, marginalFloor, seconds];
    }),
  };
}

function benchmarkFigure(cases: readonly BenchmarkCase[], outcomes: readonly BenchmarkOutcome[]): Figure {
  const names = [...new Set(cases.map(({ d, epsilon }) => `d = ${d}, epsilon = ${epsilon}`))];
  const of = (name: string, value: (outcome: BenchmarkOutcome) => number): number[] =>
    outcomes.filter((_, i) => `d = ${cases[i]!.d}, epsilon = ${cases[i]!.epsilon}` === name).map(value);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const series = (name: string, value: (outcome: BenchmarkOutcome) => number) => ({
    name,
    mark: "points" as const,
    x: names,
    y: names.map((one) => mean(of(one, value))),
    low: names.map((one) => Math.min(...of(one, value))),
    high: names.map((one) => Math.max(...of(one, value))),
  });
  return {
    id: "known-plans",
    title: "Error of conditional plans",
    x: { label: "case", scale: "category" },
    y: { label: "cBW-UVP", unit: "%", scale: "log" },
    series: [
      series("LightSB", ({ plan }) => plan),
      ...(outcomes.every(({ sinkhorn }) => sinkhorn !== null)
        ? [series("Sinkhorn", ({ sinkhorn }) => sinkhorn ?? 0)]
        : []),
      series("Brownian", ({ brownian }) => brownian),
      series("independent", ({ independent }) => independent),
    ],
  };
}
