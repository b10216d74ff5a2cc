import {
  autoregressionModel,
  ffbsm,
  lagOneFunctional,
  paris,
  ppg,
  stochasticVolatilityModel,
} from "ockham/bayes";
import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import type { Cell } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { equalCost, errorColumns, errorRow } from "./equal-cost.ts";
import { learning } from "./learning.ts";
import { quadratureLagOne } from "./quadrature.ts";
import { replicate, type Spread, spreadOf } from "./replicates.ts";
import {
  autoregression,
  exactLagOne,
  firstWithin,
  type Simulated,
  simulateAutoregression,
  simulateVolatility,
} from "./series.ts";

const model = autoregressionModel(autoregression);
const functional = lagOneFunctional();

export const paper = definePaper({
  ...factsOf("ppg"),
  claims: [
    {
      id: "short-late-bias",
      says: "Mean bias of sweeps 9 to 14 on a series of 10 steps, 3 particles, absolute",
      paper: "the bias decays geometrically in the number of sweeps",
      bar: { atMost: 0.03 },
      unit: "",
    },
    {
      id: "short-late-errors",
      says: "The same in its standard errors",
      paper: "no bias is left",
      bar: { atMost: 3 },
      unit: "standard errors",
    },
    {
      id: "short-first-bias",
      says: "Bias of PaRIS there, absolute",
      paper: "the bias of PaRIS with few particles stays",
      bar: { atLeast: 0.15 },
      unit: "",
    },
    {
      id: "long-decay",
      says: "Bias after 5 sweeps over that of PaRIS, mean of ten series of 100 steps, 5 particles",
      paper: "geometric decay",
      bar: { atMost: 0.3 },
      unit: "",
    },
    {
      id: "long-monotone",
      says: "Sweeps from 1 to 5 there whose bias is smaller than that before",
      paper: "geometric decay",
      bar: { atLeast: 5 },
      unit: "of 5",
    },
    {
      id: "equal-cost",
      says: "Bias of PPG (5 particles, 40 sweeps, 20 left out) over that of PaRIS with 205 particles, mean of the ten series",
      paper: "PPG beats PaRIS at equal cost",
      bar: { full: { atMost: 0.75 } },
      unit: "",
    },
    {
      id: "variance",
      says: "Variance of PPG over that of particle Gibbs on drawn paths, 25 particles, 20 sweeps, 10 left out, mean of the ten series",
      paper: "averages over particles have a smaller variance than paths",
      bar: { full: { atMost: 0.6 } },
      unit: "",
    },
    {
      id: "learning",
      says: "Distance to the maximum likelihood estimate over that of PaRIS at equal cost, mean of five series",
      paper: "better learning than with PaRIS at equal cost",
      bar: { full: { atMost: 0.7 } },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const tables: Table[] = [];
    const claims: Record<string, Measurement> = {};

    // Within half a deviation: no state that three particles cannot follow.
    const short = firstWithin(10, 0.5);
    const shortBias = await biasBySweep(run, [short], 3, 14, full ? 20000 : 4000, [0, full ? 0.05 : 0.4]);
    const late = shortBias.late(8);
    claims["short-first-bias"] = Math.abs(shortBias.spreads[0]!.mean);
    claims["short-late-bias"] = Math.abs(late.mean);
    claims["short-late-errors"] = Math.abs(late.mean) / late.error;

    const long = Array.from({ length: 10 }, (_, seed) => simulateAutoregression(100, seed));
    const longBias = await biasBySweep(run, long, 5, 6, full ? 8000 : 1000, full ? [0.05, 0.15] : [0.4, 1]);
    const means = longBias.spreads.map(({ mean }) => Math.abs(mean));
    claims["long-decay"] = means[5]! / means[0]!;
    claims["long-monotone"] = [1, 2, 3, 4, 5].filter((l) => means[l]! < means[l - 1]!).length;
    tables.push(sweepTable(shortBias.spreads, longBias.spreads));
    const figures: Figure[] = [biasFigure(shortBias.spreads, longBias.spreads)];

    if (full) {
      const costs = await equalCost(run, [0.15, 0.75]);
      claims["equal-cost"] = costs.bias;
      claims.variance = costs.variance;
      figures.push(costs.figure);
      const learnt = await learning(run, 0.75, 0.88);
      claims.learning = learnt.ratio;
      tables.push(...costs.tables, await volatility(run, [0.88, 1]), learnt.table);
    }
    return { claims, tables, figures };
  },
});

interface SweepBias {
  /** Of PaRIS itself and of every conditional sweep. */
  readonly spreads: readonly Spread[];
  /** Of the mean of the sweeps after the first `from`. */
  late(from: number): Spread;
}

async function biasBySweep(
  run: Run,
  series: readonly Simulated[],
  particles: number,
  sweeps: number,
  count: number,
  part: readonly [number, number],
): Promise<SweepBias> {
  const truths = series.map(({ observations }) => exactLagOne(observations));
  const runs = await replicate(
    run,
    `${series[0]!.states.length} steps, ${particles} particles`,
    part,
    count,
    async (seed) => {
      const truth = truths[seed % series.length]!;
      const { observations } = series[seed % series.length]!;
      const options = { particles, iterations: sweeps, burnIn: 0, seed };
      const { first, iterates } = await ppg(model, observations, functional, options);
      return Float64Array.of(first![0]! - truth, ...iterates.data.map((value) => value - truth));
    },
  );
  return {
    spreads: Array.from({ length: sweeps + 1 }, (_, l) => spreadOf(runs.map((values) => values[l]!))),
    late: (from) =>
      spreadOf(runs.map((values) => values.subarray(from + 1).reduce((a, b) => a + b, 0) / (sweeps - from))),
  };
}

/** Stochastic volatility, 200 steps; the truth by quadrature. */
async function volatility(run: Run, [from, to]: readonly [number, number]): Promise<Table> {
  const parameters = { persistence: 0.975, volatility: 0.16, scale: 0.63 };
  const chain = stochasticVolatilityModel(parameters);
  const observations = simulateVolatility(parameters, 200, 0);
  const deviation = parameters.volatility / Math.sqrt(1 - parameters.persistence ** 2);
  const truth = quadratureLagOne(
    chain,
    (x) => -0.5 * (x / deviation) ** 2,
    observations,
    -8 * deviation,
    8 * deviation,
    600,
  );
  const methods = [
    [
      "PPG, 5 particles, 40 sweeps",
      (seed: number) =>
        ppg(chain, observations, functional, { particles: 5, iterations: 40, burnIn: 20, seed }),
      300,
    ],
    [
      "PaRIS, 205 particles",
      (seed: number) => paris(chain, observations, functional, { particles: 205, seed }),
      300,
    ],
    [
      "FFBSm, 500 particles",
      (seed: number) => ffbsm(chain, observations, functional, { particles: 500, seed }),
      10,
    ],
  ] as const;
  const rows: Cell[][] = [];
  for (const [m, [name, method, count]] of methods.entries()) {
    const at = (k: number): number => from + ((to - from) * k) / methods.length;
    const started = performance.now();
    const errors = await replicate(
      run,
      `volatility, ${name}`,
      [at(m), at(m + 1)],
      count,
      async (seed) => (await method(seed)).estimate[0]! - truth,
    );
    rows.push([...errorRow(name, spreadOf(errors)), (performance.now() - started) / count]);
  }
  return {
    id: "volatility",
    title: `Estimates of E[sum x x' | y] = ${truth.toFixed(3)} (quadrature), stochastic volatility, 200 steps`,
    columns: [...errorColumns, { name: "time", unit: "ms", digits: 3 }],
    rows,
  };
}

function sweepTable(short: readonly Spread[], long: readonly Spread[]): Table {
  return {
    id: "sweeps",
    title: "Bias of every sweep; sweep 0 is PaRIS",
    columns: [
      { name: "sweep" },
      { name: "10 steps, 3 particles", digits: 3 },
      { name: "±", digits: 2 },
      { name: "100 steps, 5 particles", digits: 3 },
      { name: "± ", digits: 2 },
    ],
    rows: short.map(({ mean, error }, l) => [l, mean, error, long[l]?.mean ?? null, long[l]?.error ?? null]),
  };
}

function biasFigure(short: readonly Spread[], long: readonly Spread[]): Figure {
  const series = (name: string, spreads: readonly Spread[]): Figure["series"][number] => ({
    name,
    mark: "line",
    x: spreads.map((_, l) => l),
    y: spreads.map(({ mean }) => Math.abs(mean / spreads[0]!.mean)),
    low: spreads.map(({ mean, error }) => Math.max(0, Math.abs(mean) - error) / Math.abs(spreads[0]!.mean)),
    high: spreads.map(({ mean, error }) => (Math.abs(mean) + error) / Math.abs(spreads[0]!.mean)),
  });
  return {
    id: "bias",
    title: "Bias of a sweep relative to PaRIS",
    x: { label: "sweep" },
    y: { label: "bias over that of PaRIS" },
    series: [series("10 steps, 3 particles", short), series("100 steps, 5 particles", long)],
  };
}
