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
import type { Cell } from "ockham/report";
import { replicate, type Spread, spreadOf } from "./replicates.ts";
import { autoregression, exactLagOne, type Simulated } from "./series.ts";

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
const sweeps = [4, 10, 20, 40];
/** Particles that all methods of k sweeps of 5 particles, and one without a reference, move through a step. */
const costs = sweeps.map((k) => 5 * (k + 1));

export interface EqualCost {
  /** |bias| of PPG over that of PaRIS at the largest cost. */
  readonly bias: number;
  /** Variance of PPG over that of particle Gibbs, with 25 particles. */
  readonly variance: number;
  readonly table: Table;
  readonly figure: Figure;
}

/**
 * Errors of all methods at equal cost: k + 1 sweeps of 5 particles, one of 5 (k + 1), the genealogy with twice as
 * many (it draws no backward indices), FFBSm with as many squared; and with 25 particles PPG against particle Gibbs.
 */
export async function equalCost(
  run: Run,
  series: readonly Simulated[],
  [from, to]: readonly [number, number],
): Promise<EqualCost> {
  const truths = series.map(({ observations }) => exactLagOne(observations));
  const data = (seed: number) => series[seed % series.length]!.observations;
  const chain = { particles: 5, iterations: 40, burnIn: 20 };
  const wider = { particles: 25, iterations: 20, burnIn: 10 };
  /** The estimate after every number of sweeps, from one run of the most. */
  const averages = ({ data: iterates }: { data: Float64Array }): number[] =>
    sweeps.map((k) => iterates.subarray(k / 2, k).reduce((sum, value) => sum + value / (k - k / 2), 0));
  const squared = costs.map((cost) => Math.round(Math.sqrt(5 * cost)));

  // Name, replicates, share of the time, and the estimates at every cost.
  const plan: [string, number, number, (seed: number) => Promise<number[]>][] = [
    [
      "PPG, 5 particles",
      8000,
      4,
      async (seed) => averages((await ppg(model, data(seed), functional, { ...chain, seed })).iterates),
    ],
    [
      "PaRIS",
      8000,
      10,
      (seed) => each(costs, (particles) => paris(model, data(seed), functional, { particles, seed })),
    ],
    [
      "FFBSm",
      2000,
      1,
      (seed) => each(squared, (particles) => ffbsm(model, data(seed), functional, { particles, seed })),
    ],
    [
      "genealogy",
      2000,
      1,
      (seed) =>
        each(costs, (cost) =>
          genealogySmoother(model, data(seed), functional, { particles: 2 * cost, seed }),
        ),
    ],
    [
      "particle Gibbs, 5 particles",
      2000,
      1,
      async (seed) =>
        averages((await particleGibbs(model, data(seed), functional, { ...chain, seed })).iterates),
    ],
    [
      "PPG, 25 particles, 20 sweeps",
      1000,
      2,
      (seed) => each([25], () => ppg(model, data(seed), functional, { ...wider, seed })),
    ],
    [
      "particle Gibbs, 25 particles, 20 sweeps",
      1000,
      2,
      (seed) => each([25], () => particleGibbs(model, data(seed), functional, { ...wider, seed })),
    ],
  ];
  const whole = plan.reduce((sum, [, , share]) => sum + share, 0);
  const found = new Map<string, Spread[]>();
  let done = 0;
  for (const [name, count, share, estimates] of plan) {
    const at = (part: number): number => from + ((to - from) * part) / whole;
    const errors = await replicate(run, name, [at(done), at(done + share)], count, async (seed) =>
      (await estimates(seed)).map((value) => value - truths[seed % truths.length]!),
    );
    done += share;
    found.set(
      name,
      errors[0]!.map((_, c) =>
        withinSeries(
          errors.map((values) => values[c]!),
          series.length,
        ),
      ),
    );
  }
  const last = (name: string): Spread => found.get(name)!.at(-1)!;
  const curves = plan.slice(0, 5).map(([name]) => name);
  return {
    bias: Math.abs(last("PPG, 5 particles").mean / last("PaRIS").mean),
    variance:
      last("PPG, 25 particles, 20 sweeps").variance /
      last("particle Gibbs, 25 particles, 20 sweeps").variance,
    table: {
      id: "equal-cost",
      title: "Estimates of E[sum x x' | y], ten linear-Gaussian series of 100 steps",
      columns: errorColumns,
      rows: [
        ...curves.flatMap((name) =>
          found
            .get(name)!
            .map((spread, c) => errorRow(`${name}, at the cost of ${costs[c]} particles`, spread)),
        ),
        ...plan.slice(5).map(([name]) => errorRow(name, last(name))),
      ],
    },
    figure: {
      id: "bias-by-cost",
      title: "Bias at equal cost, ten series of 100 steps",
      x: { label: "particles moved through every step", scale: "log" },
      y: { label: "bias, absolute", scale: "log" },
      series: curves.map((name) => ({
        name,
        mark: "line",
        x: costs,
        y: found.get(name)!.map(({ mean }) => Math.abs(mean)),
      })),
    },
  };
}

/** The first component of the estimate for each of some settings. */
async function each(
  settings: readonly number[],
  method: (setting: number) => Promise<{ estimate: Float64Array }>,
): Promise<number[]> {
  const estimates: number[] = [];
  for (const setting of settings) estimates.push((await method(setting)).estimate[0]!);
  return estimates;
}

/** Mean over all replicates, taken by turns on `count` series; the variance is that within a series. */
function withinSeries(errors: readonly number[], count: number): Spread {
  const parts = Array.from({ length: count }, (_, s) => spreadOf(errors.filter((_, r) => r % count === s)));
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / count;
  const variance = mean(parts.map((part) => part.variance));
  return { mean: mean(parts.map((part) => part.mean)), variance, error: Math.sqrt(variance / errors.length) };
}
