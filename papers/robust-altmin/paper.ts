import { definePaper, type Measurement, type Run } from "ockham/paper";
import type { Cell, Figure, Table } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { type Options, type Setting, type Trial, trialTask } from "./trials.ts";

const target = 1e-6;

export const paper = definePaper({
  ...factsOf("robust-altmin"),
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "sweeps",
      says: "Sweeps to an error of 1e-6 more than with exact solves, largest over sizes and seeds",
      paper: "approximate updates do not hurt the convergence",
      bar: { atMost: 1 },
      unit: "",
    },
    {
      id: "sweeps-loose",
      says: "Sweeps with solves to a third of the gradient over those with exact solves, largest",
      paper: "approximate updates do not hurt the convergence",
      bar: { atMost: 1.3 },
      unit: "x",
    },
    {
      id: "inner",
      says: "Steps of an inner solve on average, largest over sizes and seeds",
      paper: "logarithmically many in the accuracy",
      bar: { atMost: 2.5 },
      unit: "",
    },
    {
      id: "time-32",
      says: "Time of a sweep at rank 32 over that with exact solves",
      paper: "|Omega| k instead of |Omega| k^2",
      bar: { atMost: 0.4 },
      unit: "x",
    },
    {
      id: "time-64",
      says: "The same at rank 64, 1.2 million observations",
      paper: "|Omega| k instead of |Omega| k^2",
      bar: { full: { atMost: 0.25 } },
      unit: "x",
    },
    {
      id: "growth",
      says: "Time of a sweep at rank 32 over that at rank 16, same observations",
      paper: "linear in the rank",
      bar: { full: { atMost: 2.6 } },
      unit: "x",
    },
    {
      id: "growth-exact",
      says: "The same with exact solves",
      paper: "quadratic in the rank",
      bar: { full: { atLeast: 3.2 } },
      unit: "x",
    },
    {
      id: "linear",
      says: "Exponent of the time of a sweep as a power of the observations, rank 16",
      paper: "nearly linear time",
      bar: { full: { between: [0.8, 1.2] } },
      unit: "",
    },
    {
      id: "noise",
      says: "Error with noise of 0.01 over that of exact solves, largest",
      paper: "robust to the errors of the updates",
      bar: { full: { atMost: 1.05 } },
      unit: "x",
    },
    {
      id: "cold",
      says: "Inner steps to an error of 1e-6 without warm starts over those with them, smallest",
      paper: "not stated",
      bar: { atLeast: 2 },
      unit: "x",
    },
    {
      id: "phase",
      says: "Completions from fewer cells than suffice that are not flagged by the cells held out",
      paper: "not stated",
      bar: { atMost: 0 },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const claims: Record<string, Measurement> = {};
    const tables: Table[] = [];
    const figures: Figure[] = [];

    // Times first, one task at a time.
    const timed = await times(run, tables, figures, 0, full ? 0.35 : 0.4);
    Object.assign(claims, timed);

    const sizes: Omit<Setting, "seed">[] = [
      { n: 1000, rank: 10, part: 0.15, noise: 0 },
      { n: 600, rank: 32, part: 0.5, noise: 0 },
    ];
    if (full) sizes.push({ n: 1000, rank: 40, part: 0.4, noise: 0 });
    Object.assign(
      claims,
      await convergence(run, sizes, tables, figures, full ? 0.35 : 0.4, full ? 0.7 : 0.9),
    );
    claims.phase = await phase(run, full ? 0.7 : 0.9, full ? 0.72 : 1);
    if (full) {
      claims.noise = await noise(run, tables, 0.72, 0.85);
      const { DatasetUnavailableError } = await import("ockham/data");
      try {
        tables.push(...(await (await import("./movies.ts")).movies(run, 0.85, 1)));
      } catch (error) {
        if (!(error instanceof DatasetUnavailableError)) throw error;
      }
    }
    return { claims, tables, figures };
  },
});

const fixed = (iterations: number, more: Options = {}): Options => ({ iterations, tolerance: 0, ...more });

async function times(
  run: Run,
  tables: Table[],
  figures: Figure[],
  from: number,
  to: number,
): Promise<Record<string, number>> {
  const full = run.mode === "full";
  const exact = { solver: "exact" } as const;
  const works: [string, Setting, Options][] = [];
  const add = (name: string, n: number, rank: number, part: number, options: Options): void => {
    works.push([name, { n, rank, part, noise: 0, seed: run.seed }, options]);
  };
  add("cg 32", 600, 32, 0.5, fixed(4));
  add("exact 32", 600, 32, 0.5, fixed(3, exact));
  const parts = [0.05, 0.1, 0.2, 0.4];
  if (full) {
    add("sketched 32", 600, 32, 0.5, fixed(3, { solver: "sketched" }));
    add("cg 16", 600, 16, 0.5, fixed(4));
    add("exact 16", 600, 16, 0.5, fixed(4, exact));
    for (const part of parts) add(`linear ${part}`, 2000, 16, part, fixed(3));
    add("cg 64", 2000, 64, 0.3, fixed(3));
    add("exact 64", 2000, 64, 0.3, fixed(2, exact));
  }
  const found = new Map<string, Trial>();
  const rows: Cell[][] = [];
  for (const [w, [name, setting, options]] of works.entries()) {
    const at = (part: number): number => from + ((to - from) * (w + part)) / works.length;
    const trial = await run.pool.run(trialTask, { setting, options }, run.stage("times", at(0), at(1)));
    found.set(name, trial);
    rows.push([
      options.solver ?? "cg",
      setting.n,
      setting.rank,
      trial.observations,
      trial.sweepSeconds,
      trial.flops.at(-1)! / trial.sweepSeconds / 1e9,
    ]);
  }
  tables.push({
    id: "times",
    title: "Time of a sweep, one thread",
    columns: [
      { name: "solver" },
      { name: "rows and columns" },
      { name: "rank" },
      { name: "observations" },
      { name: "time", unit: "s", digits: 3 },
      { name: "speed", unit: "GFLOP/s", digits: 3 },
    ],
    rows,
  });
  const seconds = (name: string): number => found.get(name)!.sweepSeconds;
  if (!full) return { "time-32": seconds("cg 32") / seconds("exact 32") };
  const linear = parts.map((part) => found.get(`linear ${part}`)!);
  figures.push({
    id: "linear",
    title: "Time of a sweep, 2,000 x 2,000, rank 16",
    x: { label: "observations", scale: "log" },
    y: { label: "time of a sweep", unit: "s", scale: "log" },
    series: [
      {
        name: "conjugate gradients",
        mark: "line",
        x: linear.map((trial) => trial.observations),
        y: linear.map((trial) => trial.sweepSeconds),
      },
    ],
  });
  return {
    "time-32": seconds("cg 32") / seconds("exact 32"),
    "time-64": seconds("cg 64") / seconds("exact 64"),
    growth: seconds("cg 32") / seconds("cg 16"),
    "growth-exact": seconds("exact 32") / seconds("exact 16"),
    linear: slope(
      linear.map((trial) => Math.log(trial.observations)),
      linear.map((trial) => Math.log(trial.sweepSeconds)),
    ),
  };
}

async function convergence(
  run: Run,
  sizes: readonly Omit<Setting, "seed">[],
  tables: Table[],
  figures: Figure[],
  from: number,
  to: number,
): Promise<Record<string, number>> {
  const methods: Record<string, Options> = {
    exact: { solver: "exact" },
    "conjugate gradients to 0.1": {},
    "conjugate gradients to 0.3": { innerTolerance: 0.3 },
    // To an accuracy that is relative to a start from nothing, the error must sink as far in one solve.
    "without warm starts": { warmStart: false, innerTolerance: target / 10 },
  };
  if (run.mode === "full") methods.sketched = { solver: "sketched" };
  const settings = sizes.flatMap((size) => run.seeds.map((seed): Setting => ({ ...size, seed })));
  const names = Object.keys(methods);
  // The largest size with the methods alone that the claims compare on every size.
  const inputs = settings.flatMap((setting) =>
    names.slice(0, setting.rank > 32 ? 3 : undefined).map((name) => ({ setting, name })),
  );
  const found = await run.pool.map(
    trialTask,
    inputs.map(({ setting, name }) => ({ setting, options: fixed(30, methods[name]!), until: target })),
    run.stage("convergence", from, to),
  );
  const find = (s: number, name: string): Trial | undefined =>
    found[inputs.findIndex((input) => input.setting === settings[s] && input.name === name)];
  const of = (s: number, name: string): Trial => find(s, name)!;
  const sweeps = (trial: Trial): number => {
    const reached = trial.errors.findIndex((error) => error < target);
    return reached < 0 ? trial.errors.length + 1 : reached + 1;
  };
  const steps = (trial: Trial): number => trial.inner.reduce((sum, value) => sum + value, 0);
  const all = settings.map((_, s) => s);
  tables.push({
    id: "convergence",
    title: "Sweeps to a relative error of 1e-6 over cells mostly not observed",
    columns: [
      { name: "rows and columns" },
      { name: "rank" },
      { name: "seed" },
      { name: "method" },
      { name: "sweeps" },
      { name: "inner steps of a solve", digits: 3 },
      { name: "GFLOP", digits: 3 },
    ],
    rows: inputs.map(({ setting: { n, rank, seed }, name }, t) => {
      const trial = found[t]!;
      const flops = trial.flops.reduce((sum, value) => sum + value, 0) / 1e9;
      return [n, rank, seed, name, sweeps(trial), steps(trial) / trial.inner.length, flops];
    }),
  });
  const last = settings.findLastIndex(({ rank }) => rank <= 32);
  figures.push({
    id: "convergence",
    title: `Error over the sweeps, ${settings[last]!.n} x ${settings[last]!.n}, rank ${settings[last]!.rank}`,
    x: { label: "sweep" },
    y: { label: "relative error", scale: "log" },
    series: names.map((name) => {
      const { errors } = of(last, name);
      return { name, mark: "line", x: errors.map((_, t) => t + 1), y: errors };
    }),
  });
  const tenth = "conjugate gradients to 0.1";
  return {
    sweeps: Math.max(...all.map((s) => sweeps(of(s, tenth)) - sweeps(of(s, "exact")))),
    "sweeps-loose": Math.max(
      ...all.map((s) => sweeps(of(s, "conjugate gradients to 0.3")) / sweeps(of(s, "exact"))),
    ),
    inner: Math.max(...all.map((s) => steps(of(s, tenth)) / of(s, tenth).inner.length)),
    cold: Math.min(
      ...all.flatMap((s) => {
        const cold = find(s, "without warm starts");
        return cold === undefined ? [] : [steps(cold) / steps(of(s, tenth))];
      }),
    ),
  };
}

/** Fewer cells than 1.5 k / n of them: how many of the runs claim success. */
async function phase(run: Run, from: number, to: number): Promise<number> {
  const seeds = Array.from({ length: 3 }, (_, i) => 3 * run.seed + i);
  const inputs = seeds.map((seed) => ({
    setting: { n: 200, rank: 10, part: 0.07, noise: 0, seed },
    options: { validation: 0.1, ridge: 1e-6, seed, iterations: 30 },
  }));
  const found = await run.pool.map(trialTask, inputs, run.stage("phase", from, to));
  return found.filter(({ warnings }) => !warnings.includes("does-not-generalize")).length;
}

async function noise(run: Run, tables: Table[], from: number, to: number): Promise<number> {
  const settings = run.seeds.flatMap((seed): Setting[] => [
    { n: 1000, rank: 10, part: 0.15, noise: 0.01, seed },
    { n: 600, rank: 32, part: 0.5, noise: 0.01, seed },
  ]);
  const inputs = settings.flatMap((setting) => [
    { setting, options: fixed(15) },
    { setting, options: fixed(15, { solver: "exact" }) },
  ]);
  const found = await run.pool.map(trialTask, inputs, run.stage("noise", from, to));
  const rows = settings.map((setting, s) => {
    const [near, exact] = [found[2 * s]!.errors.at(-1)!, found[2 * s + 1]!.errors.at(-1)!];
    return [setting.n, setting.rank, setting.seed, near, exact, near / exact];
  });
  tables.push({
    id: "noise",
    title: "Relative error over cells mostly not observed, noise 0.01, 15 sweeps",
    columns: [
      { name: "rows and columns" },
      { name: "rank" },
      { name: "seed" },
      { name: "conjugate gradients" },
      { name: "exact" },
      { name: "quotient" },
    ],
    rows,
  });
  return Math.max(...rows.map((row) => row[5]!));
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
