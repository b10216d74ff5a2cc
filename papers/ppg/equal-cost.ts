import {
  autoregressionModel,
  ffbsm,
  genealogySmoother,
  lagOneFunctional,
  paris,
  particleGibbs,
  ppg,
} from "ockham/bayes";
import type { Figure, Run, Table } from "ockham/paper";
import { defineTask } from "ockham/parallel";
import type { Cell } from "ockham/report";
import { type Spread, spreadOf } from "./replicates.ts";
import { autoregression, exactLagOne, type Simulated, simulateAutoregression } from "./series.ts";

export const errorColumns = [
  { name: "method" },
  { name: "bias", digits: 3 },
  { name: "± (standard error)", digits: 2 },
  { name: "standard deviation", digits: 3 },
];

export const errorRow = (name: string, { mean, error, variance }: Spread): Cell[] => [
  name,
  mean,
  error,
  Math.sqrt(variance),
];

const model = autoregressionModel(autoregression);
const functional = lagOneFunctional();

/** Numbers of conditional sweeps that are compared, the second half of them averaged. */
const sweeps = [4, 10, 20, 40, 80];
/** Particles that k sweeps of 5 and the one before them move through a step. */
const costs = sweeps.map((k) => 5 * (k + 1));
/** The cost that the claim is about: 40 sweeps. */
const claimed = 3;

const chain = { particles: 5, iterations: 80, burnIn: 40 };
const wider = { particles: 25, iterations: 20, burnIn: 10 };

type Method = (series: Simulated, seed: number) => Promise<number[]>;

/** The estimate after every number of sweeps, from one run of the most. */
function averages({ iterates }: { iterates: { data: Float64Array } }): number[] {
  return sweeps.map((k) => iterates.data.subarray(k / 2, k).reduce((sum, value) => sum + (2 * value) / k, 0));
}

/** The estimate for each of some numbers of particles. */
const each =
  (
    counts: readonly number[],
    estimate: (
      observations: Simulated["observations"],
      particles: number,
      seed: number,
    ) => Promise<{ estimate: Float64Array }>,
  ): Method =>
  async ({ observations }, seed) => {
    const estimates: number[] = [];
    for (const particles of counts)
      estimates.push((await estimate(observations, particles, seed)).estimate[0]!);
    return estimates;
  };

const methods: Readonly<Record<string, Method>> = {
  "PPG, 5 particles": async ({ observations }, seed) =>
    averages(await ppg(model, observations, functional, { ...chain, seed })),
  PaRIS: each(costs, (y, particles, seed) => paris(model, y, functional, { particles, seed })),
  FFBSm: each(
    costs.map((cost) => Math.round(Math.sqrt(5 * cost))),
    (y, particles, seed) => ffbsm(model, y, functional, { particles, seed }),
  ),
  genealogy: each(
    costs.map((cost) => 2 * cost),
    (y, particles, seed) => genealogySmoother(model, y, functional, { particles, seed }),
  ),
  "particle Gibbs, 5 particles": async ({ observations }, seed) =>
    averages(await particleGibbs(model, observations, functional, { ...chain, seed })),
  "PPG, 25 particles, 20 sweeps": each([25], (y, _, seed) => ppg(model, y, functional, { ...wider, seed })),
  "particle Gibbs, 25 particles, 20 sweeps": each([25], (y, _, seed) =>
    particleGibbs(model, y, functional, { ...wider, seed }),
  ),
};

/** Errors of some replicates of a method on a series, [replicates, costs]. */
export const errorsTask = defineTask({
  name: "papers/ppg/errors",
  module: import.meta.url,
  async run(
    { method, series, steps, seeds }: { method: string; series: number; steps: number; seeds: number[] },
    { signal },
  ) {
    const simulated = simulateAutoregression(steps, series);
    const truth = exactLagOne(simulated.observations);
    const errors: number[][] = [];
    for (const seed of seeds) {
      errors.push((await methods[method]!(simulated, seed)).map((value) => value - truth));
      signal.throwIfAborted();
    }
    return errors;
  },
});

export interface EqualCost {
  /** |bias| of PPG over that of PaRIS at the cost of 205 particles. */
  readonly bias: number;
  /** Variance of PPG over that of particle Gibbs, with 25 particles. */
  readonly variance: number;
  readonly tables: readonly Table[];
  readonly figure: Figure;
}

const replicates = (method: string): number =>
  method.startsWith("PPG, 5") ? 8000 : method === "PaRIS" ? 4000 : method.includes("25") ? 1000 : 2000;

/** Replicates of a task: a fraction of a second to some seconds of work. */
const portion = 50;

/**
 * Errors of all methods at equal cost on series 0 .. 9 of 100 steps: k + 1 sweeps of 5 particles, one of 5 (k + 1), the
 * genealogy with twice as many (it draws no backward indices), FFBSm with as many squared; and with 25 particles PPG
 * against particle Gibbs.
 */
export async function equalCost(run: Run, [from, to]: readonly [number, number]): Promise<EqualCost> {
  const count = 10;
  const names = Object.keys(methods);
  const parts = names.flatMap((method) => {
    const perSeries = replicates(method) / count;
    return Array.from({ length: count }, (_, series) =>
      Array.from({ length: perSeries / portion }, (_, p) => ({
        method,
        series,
        steps: 100,
        seeds: Array.from({ length: portion }, (_, r) => run.seed * 1_000_003 + p * portion + r),
      })),
    ).flat();
  });
  let done = 0;
  const found = await Promise.all(
    parts.map(async (part) => {
      const errors = await run.pool.run(errorsTask, part, { signal: run.signal });
      done++;
      run.progress(from + ((to - from) * done) / parts.length, 1, part.method);
      return { ...part, errors };
    }),
  );
  /** Spread on every series of a method at a cost. */
  const bySeries = (method: string, cost: number): Spread[] =>
    Array.from({ length: count }, (_, series) =>
      spreadOf(
        found
          .filter((part) => part.method === method && part.series === series)
          .flatMap(({ errors }) => errors.map((values) => values[cost]!)),
      ),
    );
  const spread = (method: string, cost: number): Spread => meanOf(bySeries(method, cost), replicates(method));
  const curves = names.slice(0, 5);
  const others = names.slice(5);
  const [ours, theirs] = ["PPG, 5 particles", "PaRIS"].map((method) => bySeries(method, claimed));
  return {
    bias: Math.abs(spread("PPG, 5 particles", claimed).mean / spread("PaRIS", claimed).mean),
    variance: spread(others[0]!, 0).variance / spread(others[1]!, 0).variance,
    tables: [
      {
        id: "equal-cost",
        title: "Estimates of E[sum x x' | y], ten linear-Gaussian series of 100 steps",
        columns: errorColumns,
        rows: [
          ...curves.flatMap((name) =>
            costs.map((cost, c) => errorRow(`${name}, at the cost of ${cost} particles`, spread(name, c))),
          ),
          ...others.map((name) => errorRow(name, spread(name, 0))),
        ],
      },
      {
        id: "by-series",
        title: "Bias on each of the ten series, PPG with 40 sweeps of 5 particles and PaRIS with 205",
        columns: [
          { name: "series" },
          { name: "largest step of the states, in its deviations", digits: 3 },
          { name: "PPG", digits: 3 },
          { name: "±", digits: 2 },
          { name: "PaRIS", digits: 3 },
          { name: "± ", digits: 2 },
        ],
        rows: Array.from({ length: count }, (_, s) => [
          s,
          largestStep(simulateAutoregression(100, s)),
          ours![s]!.mean,
          ours![s]!.error,
          theirs![s]!.mean,
          theirs![s]!.error,
        ]),
      },
    ],
    figure: {
      id: "bias-by-cost",
      title: "Bias at equal cost, ten series of 100 steps",
      x: { label: "particles moved through every step", scale: "log" },
      y: { label: "bias, absolute", scale: "log" },
      series: curves.map((name) => ({
        name,
        mark: "line",
        x: costs,
        y: costs.map((_, c) => Math.abs(spread(name, c).mean)),
      })),
    },
  };
}

/** Largest |x_t - 0.97 x_{t-1}| in standard deviations of a step. */
function largestStep({ states }: Simulated): number {
  const { coefficient, noise } = autoregression;
  return states.reduce(
    (largest, x, t) => (t === 0 ? 0 : Math.max(largest, Math.abs(x - coefficient * states[t - 1]!) / noise)),
    0,
  );
}

/** Mean over the series; the variance is that within a series. */
function meanOf(parts: readonly Spread[], replicates: number): Spread {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / parts.length;
  const variance = mean(parts.map((part) => part.variance));
  return { mean: mean(parts.map((part) => part.mean)), variance, error: Math.sqrt(variance / replicates) };
}
