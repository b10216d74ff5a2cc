import { ndArray } from "ockham/array";
import { type FunBaTOptions, fitFunBaT } from "ockham/bayes";
import { definePaper, type Measurement, type Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import type { Cell, Figure, Table } from "ockham/report";
import { factsOf } from "../catalogue.ts";
import { additiveGp, bestBinnedTask, denseGp } from "./baselines.ts";
import { interactions, realTensor, rmse, type Trial, waves } from "./data.ts";

export const paper = definePaper({
  ...factsOf("funbat"),
  seeds: { quick: 2, full: 5 },
  claims: [
    {
      id: "waves",
      says: "Error on a product of two functions, CP of rank 1, largest over the seeds",
      paper: "functions are recovered",
      bar: { atMost: 0.018 },
      unit: "",
    },
    {
      id: "interactions",
      says: "Error on interactions of three coordinates, Tucker of rank 3 (full: also 2), largest over the seeds",
      paper: "functions are recovered",
      bar: { atMost: 0.055 },
      unit: "",
    },
    {
      id: "over-cp",
      says: "Error of Tucker of rank 2 over that of CP of rank 2",
      paper: "Tucker's core captures what CP cannot",
      bar: { full: { atMost: 0.5 } },
      unit: "",
    },
    {
      id: "over-gp",
      says: "Error of Tucker of rank 2 over that of a dense Gaussian process",
      paper: "better than one function of all coordinates",
      bar: { full: { atMost: 0.5 } },
      unit: "",
    },
    {
      id: "over-binned",
      says: "Error of Tucker of rank 2 over that of the best Tucker of bins",
      paper: "better than discrete tensor decompositions",
      bar: { full: { atMost: 0.4 } },
      unit: "",
    },
    {
      id: "coverage",
      says: "Share of the held-out observations of the interactions inside intervals of 90 %",
      paper: "calibrated uncertainty",
      bar: { between: [0.85, 0.95] },
      unit: "",
    },
    {
      id: "real",
      says: "Error on real tensors over that of the best decomposition of bins, largest over the tensors",
      paper: "better than discrete tensor decompositions",
      bar: { full: { atMost: 0.9 } },
      unit: "",
    },
    {
      id: "linear-data",
      says: "Time of an epoch with twice the observations, 20,000 over 10,000",
      paper: "linear cost",
      bar: { full: { atMost: 2.3 } },
      unit: "x",
    },
    {
      id: "linear-coordinates",
      says: "Time of an epoch with twice the distinct coordinates, 4,000 over 2,000 a mode",
      paper: "linear cost",
      bar: { full: { atMost: 2.3 } },
      unit: "x",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const claims: Record<string, Measurement> = {};
    const tables: Table[] = [];
    const figures: Figure[] = [];
    if (full) Object.assign(claims, await growth(run, tables, figures, 0.05));

    const methods: Record<string, number[]> = {};
    const add = (method: string, error: number): void => {
      methods[method] = [...(methods[method] ?? []), error];
    };
    const covered: number[] = [];
    const wave: number[] = [];
    for (const [s, seed] of run.seeds.entries()) {
      const at = (part: number): number => 0.05 + ((full ? 0.55 : 0.95) * (s + part)) / run.seeds.length;
      wave.push((await judge(run, waves(seed), cpOfWaves, seed, at(0), at(0.1))).error);
      const trial = interactions(seed);
      const ranks = full ? [2, 3, 4] : [3];
      for (const [r, rank] of ranks.entries()) {
        const stage = [at(0.1 + (0.5 * r) / ranks.length), at(0.1 + (0.5 * (r + 1)) / ranks.length)] as const;
        const found = await judge(run, trial, { ...tucker, rank }, seed, ...stage);
        add(`FunBaT Tucker, rank ${rank}`, found.error);
        if (rank === 3) covered.push(found.covered);
      }
      if (!full) continue;
      for (const rank of [2, 3])
        add(
          `FunBaT CP, rank ${rank}`,
          (await judge(run, trial, { ...tucker, rank, form: "cp", epochs: 35 }, seed, at(0.6), at(0.7)))
            .error,
        );
      for (const rank of [2, 3]) {
        add(`binned Tucker, rank ${rank}`, await bestBinned(run, trial, rank, "tucker", seed));
        add(`binned CP, rank ${rank}`, await bestBinned(run, trial, rank, "cp", seed));
      }
      run.progress(at(0.85), 1, "dense Gaussian process");
      add("dense Gaussian process", await denseGp(trial, run.signal));
      add("additive Gaussian processes", additiveGp(trial));
    }
    claims.waves = Math.max(...wave);
    claims.interactions = Math.max(
      ...methods["FunBaT Tucker, rank 3"]!,
      ...(methods["FunBaT Tucker, rank 2"] ?? []),
    );
    claims.coverage = covered;
    tables.push(
      errorTable(
        "interactions",
        "Error on the interactions, against the truth (deviation 1, noise 0.1)",
        methods,
      ),
    );
    figures.push(errorFigure(methods));
    if (full) {
      const tuckerMean = mean(methods["FunBaT Tucker, rank 2"]!);
      claims["over-cp"] = tuckerMean / mean(methods["FunBaT CP, rank 2"]!);
      claims["over-gp"] = tuckerMean / mean(methods["dense Gaussian process"]!);
      const binned = [2, 3].map((rank) => mean(methods[`binned Tucker, rank ${rank}`]!));
      claims["over-binned"] = tuckerMean / Math.min(...binned);
      claims.real = await real(run, tables, figures, 0.6, 1);
    }
    return { claims, tables, figures };
  },
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const cpOfWaves: FunBaTOptions = {
  form: "cp",
  rank: 1,
  kernel: "matern32",
  lengthscale: 0.1,
  variance: 0.5,
  epochs: 100,
};

/** 15 epochs of CP, then 20 of Tucker. */
const tucker: FunBaTOptions = { form: "tucker", kernel: "matern32", lengthscale: 0.3, epochs: 20 };

interface Judged {
  readonly error: number;
  /** Share of the test observations inside intervals of 90 %. */
  readonly covered: number;
  readonly seconds: number;
}

async function judge(
  run: Run,
  trial: Trial,
  options: FunBaTOptions,
  seed: number,
  from: number,
  to: number,
): Promise<Judged> {
  const started = performance.now();
  const model = await fitFunBaT(trial.train.coordinates, trial.train.values, {
    ...options,
    seed,
    ...run.stage("FunBaT", from, to),
  });
  const seconds = (performance.now() - started) / 1000;
  const { mean, variance } = model.predict(trial.test.coordinates);
  const inside = mean.reduce(
    (count, m, n) =>
      count +
      (Math.abs(m - trial.test.values[n]!) <= 1.6448536 * Math.sqrt(variance[n]! + 1 / model.noisePrecision)
        ? 1
        : 0),
    0,
  );
  return { error: rmse(mean, trial.truth), covered: inside / mean.length, seconds };
}

/** On a worker. */
function bestBinned(
  run: Run,
  trial: Trial,
  rank: number,
  form: "tucker" | "cp",
  seed: number,
): Promise<number> {
  return run.pool.run(bestBinnedTask, { trial, rank, form, seed }, { signal: run.signal });
}

/** Real tensors; two published divisions of each. */
async function real(
  run: Run,
  tables: Table[],
  figures: Figure[],
  from: number,
  to: number,
): Promise<Measurement> {
  const { DatasetUnavailableError } = await import("ockham/data");
  const sets = [
    ["beijing-air-pm25", 0.3],
    ["beijing-air-pm10", 0.3],
    ["beijing-air-so2", 0.3],
    ["us-temperature", 0.3],
  ] as const;
  const rows: Cell[][] = [];
  const ratios: number[] = [];
  for (const [s, [name, lengthscale]] of sets.entries()) {
    const errors: { tucker: number[]; cp: number[]; binned: number[]; covered: number[] } = {
      tucker: [],
      cp: [],
      binned: [],
      covered: [],
    };
    for (const fold of [0, 1]) {
      const at = (part: number): number => from + ((to - from) * (s + (fold + part) / 2)) / sets.length;
      let trial: Trial;
      try {
        trial = await realTensor(name, fold, run.signal);
      } catch (error) {
        if (!(error instanceof DatasetUnavailableError)) throw error;
        return { skipped: `no source of the data set ${error.dataset} can be reached` };
      }
      // On the workers, while FunBaT is fitted here.
      const binned = Promise.all(
        [2, 3].flatMap((rank) =>
          (["cp", "tucker"] as const).map((form) => bestBinned(run, trial, rank, form, fold)),
        ),
      );
      // Its failure is met where it is awaited, after the fits.
      binned.catch(() => {});
      const options = { kernel: "matern12", lengthscale, rank: 3, restarts: 1, epochs: 100 } as const;
      const damped = { ...options, damping: 0.5, dampingCore: 0.6 };
      const found = await judge(run, trial, damped, fold, at(0), at(0.5));
      errors.tucker.push(found.error);
      errors.covered.push(found.covered);
      errors.cp.push(
        (await judge(run, trial, { ...options, form: "cp", damping: 0.5 }, fold, at(0.5), at(0.8))).error,
      );
      errors.binned.push(Math.min(...(await binned)));
    }
    ratios.push(mean(errors.tucker) / mean(errors.binned));
    rows.push([name, mean(errors.tucker), mean(errors.cp), mean(errors.binned), mean(errors.covered)]);
  }
  tables.push({
    id: "real",
    title: "Real tensors, error over the deviation of the training values, two divisions",
    columns: [
      { name: "tensor" },
      { name: "FunBaT Tucker, rank 3" },
      { name: "FunBaT CP, rank 3" },
      { name: "best of bins" },
      { name: "inside 90 % intervals", digits: 3 },
    ],
    rows,
  });
  figures.push({
    id: "real-error",
    title: "Error on real tensors",
    x: { label: "tensor", scale: "category" },
    y: { label: "root mean square error over the deviation" },
    series: ["FunBaT Tucker, rank 3", "FunBaT CP, rank 3", "best of bins"].map((name, m) => ({
      name,
      mark: "points",
      x: sets.map(([set]) => set),
      y: rows.map((row) => row[m + 1] as number),
    })),
  });
  return Math.max(...ratios);
}

/** Time of an epoch of Tucker, rank 3, by observations and by distinct coordinates. */
async function growth(
  run: Run,
  tables: Table[],
  figures: Figure[],
  to: number,
): Promise<Record<string, number>> {
  const seconds = async (rows: number, distinct: number): Promise<number> => {
    const stream = randomStream(run.seed, "growth");
    const coordinates = ndArray(
      "float64",
      [rows, 3],
      // Every distinct coordinate occurs.
      Float64Array.from({ length: 3 * rows }, (_, e) =>
        e < 3 * distinct ? Math.floor(e / 3) : stream.integer(distinct),
      ),
    );
    // A product of waves, for noise alone would leave no functions to time.
    const values = Float64Array.from({ length: rows }, (_, n) => {
      const [x, y, z] = coordinates.data.subarray(3 * n, 3 * n + 3);
      const wave = (place: number): number => Math.sin((2 * Math.PI * place) / distinct);
      return 2 * wave(x!) * wave(y!) * wave(z!) + 0.1 * stream.normal();
    });
    const time = async (epochs: number): Promise<number> => {
      const started = performance.now();
      await fitFunBaT(coordinates, values, {
        rank: 3,
        epochs,
        tolerance: 0,
        restarts: 1,
        init: "random",
        signal: run.signal,
      });
      return (performance.now() - started) / 1000;
    };
    let best = Number.POSITIVE_INFINITY;
    for (let repeat = 0; repeat < 3; repeat++)
      best = Math.min(best, ((await time(22)) - (await time(2))) / 20);
    return best;
  };
  const cells = [
    [5000, 100],
    [10000, 100],
    [20000, 100],
    [40000, 100],
    [8000, 1000],
    [8000, 2000],
    [8000, 4000],
    [8000, 8000],
  ] as const;
  const times: number[] = [];
  for (const [i, [rows, distinct]] of cells.entries()) {
    times.push(await seconds(rows, distinct));
    run.progress((to * (i + 1)) / cells.length, 1, "growth");
  }
  tables.push({
    id: "growth",
    title: "Time of an epoch, Tucker of rank 3, three coordinates",
    columns: [
      { name: "observations" },
      { name: "distinct coordinates a mode" },
      { name: "time", unit: "ms" },
    ],
    rows: cells.map(([rows, distinct], i) => [rows, distinct, 1000 * times[i]!]),
  });
  figures.push({
    id: "growth",
    title: "Time of an epoch, Tucker of rank 3, three coordinates",
    x: { label: "observations, or distinct coordinates a mode", scale: "log" },
    y: { label: "time", unit: "ms", scale: "log" },
    series: [
      {
        name: "by observations, 100 coordinates",
        mark: "line",
        x: cells.slice(0, 4).map(([rows]) => rows),
        y: times.slice(0, 4).map((time) => 1000 * time),
      },
      {
        name: "by coordinates, 8000 observations",
        mark: "line",
        x: cells.slice(4).map(([, distinct]) => distinct),
        y: times.slice(4).map((time) => 1000 * time),
      },
    ],
  });
  return { "linear-data": times[2]! / times[1]!, "linear-coordinates": times[6]! / times[5]! };
}

function errorTable(id: string, title: string, methods: Readonly<Record<string, readonly number[]>>): Table {
  return {
    id,
    title,
    columns: [
      { name: "method" },
      { name: "mean" },
      { name: "smallest" },
      { name: "largest" },
      { name: "seeds" },
    ],
    rows: Object.entries(methods).map(([method, errors]) => [
      method,
      mean(errors),
      Math.min(...errors),
      Math.max(...errors),
      errors.length,
    ]),
  };
}

function errorFigure(methods: Readonly<Record<string, readonly number[]>>): Figure {
  const names = Object.keys(methods);
  return {
    id: "error",
    title: "Error on the interactions",
    x: { label: "method", scale: "category" },
    y: { label: "root mean square error" },
    series: [
      {
        name: "error",
        mark: "bars",
        x: names,
        y: names.map((name) => mean(methods[name]!)),
        low: names.map((name) => Math.min(...methods[name]!)),
        high: names.map((name) => Math.max(...methods[name]!)),
      },
    ],
  };
}
