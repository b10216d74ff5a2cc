import { DatasetUnavailableError, loadCitationGraph } from "ockham/data";
import { readLibsvm } from "ockham/io";
import {
  type BcdOptions,
  type BcdResult,
  type BlockProblem,
  labelPropagation,
  latticeComb,
  leastSquares,
  logistic,
  minimizeBcd,
  softmaxRegression,
} from "ockham/optim";
import { definePaper, type Figure, type Run, type Table } from "ockham/paper";
import { sparseCholesky } from "ockham/sparse";
import { factsOf } from "../catalogue.ts";
import { classLabels, flippedSigns, lattice, sparseDesign, topicLabels, twoMoons } from "./problems.ts";

export const paper = definePaper({
  ...factsOf("greedy-bcd"),
  seeds: { quick: 1, full: 3 },
  claims: [
    {
      id: "gsl-over-gs",
      says: "Least squares, 200 x 1000, blocks of 5, gradient steps, 300 iterations: gap of GSL over that of GS, median",
      paper: "rules with Lipschitz constants beat GS (figures)",
      bar: { atMost: 0.1 },
      unit: "x",
    },
    {
      id: "gs-over-random",
      says: "The same: gap of GS over that of random blocks",
      paper: "GS beats random blocks (figures)",
      bar: { atMost: 0.05 },
      unit: "x",
    },
    {
      id: "gsd-over-gs",
      says: "The same: gap of GSD over that of GS",
      paper: "GSD beats GS (figures)",
      bar: { atMost: 0.4 },
      unit: "x",
    },
    {
      id: "matrix-gsl-over-gs",
      says: "The same with matrix steps: gap of GSL over that of GS",
      paper: "matrix steps gain most from better rules (figures)",
      bar: { atMost: 1e-3 },
      unit: "x",
    },
    {
      id: "matrix-gsq-over-gs",
      says: "The same with matrix steps on fixed blocks, sorted: gap of GSQ over that of GS",
      paper: "GSQ beats GS (figures)",
      bar: { atMost: 0.01 },
      unit: "x",
    },
    {
      id: "sort-over-order",
      says: "The same with gradient steps and GSL: gap with sorted blocks over that with blocks by index",
      paper: "sorted blocks are the best fixed ones",
      bar: { atMost: 0.05 },
      unit: "x",
    },
    {
      id: "tree-over-redblack",
      says: "Lattice, 60 iterations: worse gap of greedy trees and of a tree partition over that of red-black blocks",
      paper: "trees beat red-black (figures)",
      bar: { atMost: 0.15 },
      unit: "x",
    },
    {
      id: "random-tree-over-redblack",
      says: "The same for random trees",
      paper: "trees beat red-black (figures)",
      bar: { atMost: 0.5 },
      unit: "x",
    },
    {
      id: "general-blocks",
      says: "The same: gap of greedy blocks of n^(1/3) variables, which cost as much as a tree",
      paper: "trees beat general blocks (figures)",
      bar: { atLeast: 0.1 },
      unit: "",
    },
    {
      id: "active-set",
      says: "Non-negative l1 least squares, 200 x 400: iterations of two-metric projection to a gap of 1e-12, blocks of 100, the most of all seeds",
      paper: "superlinear once the block holds the support",
      bar: { atMost: 30 },
      unit: "",
    },
    {
      id: "projected-gradient",
      says: "The same: gap of projected gradient after 150 iterations, median",
      paper: "two-metric projection beats projected gradient (figures)",
      bar: { atLeast: 1e-4 },
      unit: "",
    },
    {
      id: "small-blocks",
      says: "The same: gap of two-metric projection with blocks of 5 after 150 iterations over that with blocks of 100, median",
      paper: "superlinear only once the block holds the support",
      bar: { atLeast: 10 },
      unit: "x",
    },
    {
      id: "same-support",
      says: "The same: share of seeds in which all methods that reach 1e-12 find the same support",
      paper: "the active set is identified after finitely many iterations",
      bar: { atLeast: 1 },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const rules = await selectionRules(run, 0, full ? 0.2 : 0.5);
    const trees = await treeRules(run, full ? 50 : 30, full ? 100 : 60, full ? 0.2 : 0.5, full ? 0.4 : 0.7);
    const active = await activeSets(run, full ? 0.4 : 0.7, full ? 0.5 : 1);
    const larger = full ? await largerProblems(run, 0.5, 1) : [];
    return {
      claims: { ...rules.claims, ...trees.claims, ...active.claims },
      tables: [rules.table, trees.table, active.table, ...larger],
      figures: [rules.figure, trees.figure, active.figure],
    };
  },
});

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

type Setting = Pick<BcdOptions, "partition" | "selection" | "update">;

/** Named runs on one problem for each seed, and their gaps to the smallest value known, over the first gap. */
class Comparison {
  readonly gaps = new Map<string, number[]>();
  readonly results = new Map<string, BcdResult[]>();
  readonly first = new Map<string, number[]>();
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  async add(
    problem: BlockProblem,
    settings: Readonly<Record<string, Setting>>,
    iterations: number,
    seed: number,
    known: number,
    [from, to]: readonly [number, number],
  ): Promise<void> {
    const found: [string, BcdResult][] = [];
    const names = Object.entries(settings);
    for (const [k, [name, setting]] of names.entries()) {
      const part = (to - from) / names.length;
      const options = this.#run.stage(name, from + k * part, from + (k + 1) * part);
      found.push([
        name,
        await minimizeBcd(problem, { ...setting, ...options, maxIterations: iterations, tolerance: 0, seed }),
      ]);
    }
    const least = found.reduce((value, [, result]) => Math.min(value, result.value), known);
    for (const [name, result] of found) {
      const scale = result.history[0]! - least;
      const gap = (value: number): number => Math.max(0, value - least) / scale;
      this.gaps.set(name, [...(this.gaps.get(name) ?? []), gap(result.value)]);
      this.results.set(name, [...(this.results.get(name) ?? []), result]);
      if (!this.first.has(name)) this.first.set(name, result.history.map(gap));
    }
  }

  gap(name: string): number {
    return median(this.gaps.get(name)!);
  }

  /** Median over seeds of the quotient; gaps below rounding count as rounding. */
  ratio(name: string, other: string): number {
    const floor = (gap: number): number => Math.max(gap, 1e-15);
    const others = this.gaps.get(other)!;
    return median(this.gaps.get(name)!.map((gap, k) => floor(gap) / floor(others[k]!)));
  }

  table(id: string, title: string): Table {
    return {
      id,
      title,
      columns: [{ name: "method" }, { name: "gap, median" }, { name: "least" }, { name: "most" }],
      rows: [...this.gaps].map(([name, gaps]) => [name, median(gaps), Math.min(...gaps), Math.max(...gaps)]),
    };
  }

  figure(id: string, title: string): Figure {
    return {
      id,
      title,
      x: { label: "iterations" },
      y: { label: "gap over the first", scale: "log" },
      series: [...this.first].map(([name, gaps]) => ({
        name,
        mark: "line",
        x: gaps.map((_, k) => k),
        y: gaps.map((gap) => Math.max(gap, 1e-16)),
      })),
    };
  }
}

/** Of Cora's topics, that of the most papers. */
const commonTopic = 3;
const variable = { kind: "variable", size: 5 } as const;
const sorted = { kind: "fixed", size: 5, order: "sort" } as const;

async function selectionRules(run: Run, from: number, to: number) {
  const settings = {
    "random, gradient": { partition: variable, selection: "random", update: "gradient" },
    "cyclic, gradient": { partition: variable, selection: "cyclic", update: "gradient" },
    "Lipschitz sampling, gradient": { partition: variable, selection: "lipschitz", update: "gradient" },
    "GS, gradient": { partition: variable, selection: "gs", update: "gradient" },
    "GSL, gradient": { partition: variable, selection: "gsl", update: "gradient" },
    "GSD, gradient": { partition: variable, selection: "gsd", update: "gradient" },
    "GSL, line search": { partition: variable, selection: "gsl", update: "linesearch-L" },
    "GS, matrix": { partition: variable, selection: "gs", update: "matrix" },
    "GSL, matrix": { partition: variable, selection: "gsl", update: "matrix" },
    "GSQ, matrix": { partition: variable, selection: "gsq", update: "matrix" },
    "GS, matrix, sorted blocks": { partition: sorted, selection: "gs", update: "matrix" },
    "GSQ, matrix, sorted blocks": { partition: sorted, selection: "gsq", update: "matrix" },
    "GSL, gradient, sorted blocks": { partition: sorted, selection: "gsl", update: "gradient" },
    "GSL, gradient, averaged blocks": {
      partition: { ...sorted, order: "average" },
      selection: "gsl",
      update: "gradient",
    },
    "GSL, gradient, blocks by index": {
      partition: { ...sorted, order: "index" },
      selection: "gsl",
      update: "gradient",
    },
  } satisfies Record<string, Setting>;
  const comparison = new Comparison(run);
  for (const [k, seed] of run.seeds.entries()) {
    const { a, b } = sparseDesign(200, 1000, seed);
    const at = (part: number): number => from + ((to - from) * (k + part)) / run.seeds.length;
    // More unknowns than equations: the least value is 0.
    await comparison.add(leastSquares(a, b), settings, 300, seed, 0, [at(0), at(1)]);
  }
  return {
    claims: {
      "gsl-over-gs": comparison.ratio("GSL, gradient", "GS, gradient"),
      "gs-over-random": comparison.ratio("GS, gradient", "random, gradient"),
      "gsd-over-gs": comparison.ratio("GSD, gradient", "GS, gradient"),
      "matrix-gsl-over-gs": comparison.ratio("GSL, matrix", "GS, matrix"),
      "matrix-gsq-over-gs": comparison.ratio("GSQ, matrix, sorted blocks", "GS, matrix, sorted blocks"),
      "sort-over-order": comparison.ratio("GSL, gradient, sorted blocks", "GSL, gradient, blocks by index"),
    },
    table: comparison.table("rules", "Gap after 300 iterations, least squares 200 x 1000, blocks of 5"),
    figure: comparison.figure("rules", "Least squares 200 x 1000, blocks of 5"),
  };
}

function treeSettings(n: number): Record<string, Setting> {
  const tree = { kind: "tree" } as const;
  return {
    "greedy trees": { selection: "tree-greedy", update: "message-passing" },
    "tree partition, greedy": { partition: tree, selection: "gs", update: "message-passing" },
    "tree partition, cyclic": { partition: tree, selection: "cyclic", update: "message-passing" },
    "random trees": { selection: "tree-random", update: "message-passing" },
    "red-black, greedy": { partition: { kind: "redblack" }, selection: "gs", update: "message-passing" },
    "general blocks": {
      partition: { kind: "variable", size: Math.ceil(Math.cbrt(n)) },
      selection: "gs",
      update: "matrix",
    },
  };
}

/** Two combs that interlock, without the vertices whose labels are known. */
function combSettings(side: number, unlabelled: Int32Array): Record<string, Setting> {
  const place = new Map(Array.from(unlabelled, (vertex, i) => [vertex, i]));
  const blocks = latticeComb(side, side).map((comb) =>
    comb.filter((vertex) => place.has(vertex)).map((vertex) => place.get(vertex)!),
  );
  const partition = { kind: "given", blocks } as const;
  return {
    "two combs, greedy": { partition, selection: "gs", update: "message-passing" },
    "two combs, cyclic": { partition, selection: "cyclic", update: "message-passing" },
  };
}

async function treeRules(run: Run, side: number, labelled: number, from: number, to: number) {
  const comparison = new Comparison(run);
  for (const [k, seed] of run.seeds.entries()) {
    const { w, labels } = lattice(side, labelled, seed);
    const { problem, unlabelled } = labelPropagation(w, labels);
    const at = (part: number): number => from + ((to - from) * (k + part)) / run.seeds.length;
    const settings = { ...treeSettings(problem.n), ...combSettings(side, unlabelled) };
    await comparison.add(problem, settings, 60, seed, leastOfQuadratic(problem), [at(0), at(1)]);
  }
  return {
    claims: {
      "tree-over-redblack": Math.max(
        comparison.ratio("greedy trees", "red-black, greedy"),
        comparison.ratio("tree partition, greedy", "red-black, greedy"),
      ),
      "random-tree-over-redblack": comparison.ratio("random trees", "red-black, greedy"),
      "general-blocks": comparison.gap("general blocks"),
    },
    table: comparison.table(
      "lattice",
      `Gap after 60 iterations, ${side} x ${side} lattice, ${labelled} labels`,
    ),
    figure: comparison.figure("lattice", `${side} x ${side} lattice, ${labelled} labels`),
  };
}

function leastOfQuadratic(problem: BlockProblem): number {
  const b = new Float64Array(problem.n);
  problem.gradient(b.slice(), b);
  return problem.value(sparseCholesky(problem.graph!).solve(b.map((value) => -value)));
}

async function activeSets(run: Run, from: number, to: number) {
  const block = (size: number, update: Setting["update"]): Setting => ({
    partition: { kind: "variable", size },
    selection: "gsq",
    update,
  });
  const settings = {
    "two-metric, blocks of 100": block(100, "two-metric"),
    "two-metric, blocks of 5": block(5, "two-metric"),
    "exact block minimum, blocks of 100": block(100, "qp"),
    "projected gradient, blocks of 100": block(100, "projected"),
  };
  const comparison = new Comparison(run);
  for (const [k, seed] of run.seeds.entries()) {
    const { a, b } = sparseDesign(200, 400, seed);
    const problem = leastSquares(a, b, { l1: 2000, nonnegative: true });
    const at = (part: number): number => from + ((to - from) * (k + part)) / run.seeds.length;
    await comparison.add(problem, settings, 150, seed, Number.POSITIVE_INFINITY, [at(0), at(1)]);
  }
  const [large, small] = ["two-metric, blocks of 100", "two-metric, blocks of 5"];
  const reached = run.seeds.map((_, k) => {
    const { history } = comparison.results.get(large!)![k]!;
    const least = Math.min(...[...comparison.results.values()].map((results) => results[k]!.value));
    const at = history.findIndex((value) => value - least <= 1e-12 * (history[0]! - least));
    return at < 0 ? history.length : at;
  });
  const same = run.seeds.filter((_, k) => {
    const supports = [...comparison.results]
      .filter(([name]) => comparison.gaps.get(name)![k]! <= 1e-12)
      .map(([, results]) => results[k]!.support.join());
    return new Set(supports).size === 1;
  }).length;
  const table = comparison.table(
    "active-set",
    "Gap after 150 iterations, non-negative l1 least squares 200 x 400",
  );
  return {
    claims: {
      "active-set": Math.max(...reached),
      "projected-gradient": comparison.gap("projected gradient, blocks of 100"),
      "small-blocks": comparison.ratio(small!, large!),
      "same-support": same / run.seeds.length,
    },
    table: {
      ...table,
      columns: [...table.columns, { name: "support" }, { name: "identified at" }],
      rows: table.rows.map((row) => {
        const results = comparison.results.get(String(row[0]))!;
        return [
          ...row,
          median(results.map((result) => result.support.length)),
          median(results.map((result) => result.supportIdentifiedAt)),
        ];
      }),
    },
    figure: comparison.figure("active-set", "Non-negative l1 least squares 200 x 400"),
  };
}

/** The larger generated problems, and real data where it can be had. */
async function largerProblems(run: Run, from: number, to: number): Promise<Table[]> {
  const tables: Table[] = [];
  const settings = (size: number, quadratic: boolean): Record<string, Setting> =>
    Object.fromEntries(
      (["random", "cyclic", "gs", "gsl"] as const).flatMap((selection) =>
        (["gradient", quadratic ? "matrix" : "newton"] as const).map((update) => [
          `${selection}, ${update}`,
          { partition: { kind: "variable", size }, selection, update },
        ]),
      ),
    );
  const { a, b } = sparseDesign(1000, 4000, run.seed);
  const c = sparseDesign(500, 500, run.seed).a;
  const cases: { name: string; make: () => Promise<BlockProblem>; quadratic: boolean; sizes: number[] }[] = [
    {
      name: "least squares 1000 x 4000",
      make: async () => leastSquares(a, b),
      quadratic: true,
      sizes: [5, 50],
    },
    {
      name: "logistic 1000 x 4000",
      make: async () => logistic(a, flippedSigns(b, run.seed), { l2: 1 }),
      quadratic: false,
      sizes: [5, 50],
    },
    {
      name: "softmax 500 x 500, 10 classes",
      make: async () => softmaxRegression(c, classLabels(c, 10, run.seed), { l2: 1 }),
      quadratic: false,
      sizes: [5, 50],
    },
    {
      name: "softmax, topics of Cora by words",
      make: async () => {
        const { features, labels } = await loadCitationGraph("cora", { signal: run.signal });
        return softmaxRegression(features, labels, { l2: 1 });
      },
      quadratic: false,
      sizes: [5, 50],
    },
    ...(["mushrooms", "phishing", "a9a"] as const).flatMap((name) => {
      const load = async () => {
        const { features, labels } = await readLibsvm(Object.values((await run.dataset(name)).files)[0]!, {
          signal: run.signal,
        });
        const largest = labels.reduce((most, label) => Math.max(most, label), Number.NEGATIVE_INFINITY);
        return { features, signs: labels.map((label) => (label === largest ? 1 : -1)) };
      };
      return [
        {
          name: `logistic, ${name}`,
          make: async () => {
            const { features, signs } = await load();
            return logistic(features, signs, { l2: 1 });
          },
          quadratic: false,
          sizes: [5],
        },
        {
          name: `least squares, ${name}`,
          make: async () => {
            const { features, signs } = await load();
            return leastSquares(features, signs, { l2: 1 });
          },
          quadratic: true,
          sizes: [5],
        },
      ];
    }),
  ];
  const count = cases.reduce((sum, one) => sum + one.sizes.length, 0) + 2;
  let done = 0;
  const part = (): [number, number] => [
    from + ((to - from) * done) / count,
    from + ((to - from) * ++done) / count,
  ];
  const available = async (make: () => Promise<void>): Promise<void> => {
    try {
      await make();
    } catch (error) {
      if (!(error instanceof DatasetUnavailableError)) throw error;
    }
  };
  for (const { name, make, quadratic, sizes } of cases)
    await available(async () => {
      const problem = await make();
      const least = quadratic && name.includes("1000") ? 0 : Number.POSITIVE_INFINITY;
      for (const size of sizes) {
        const comparison = new Comparison(run);
        await comparison.add(problem, settings(size, quadratic), 200, run.seed, least, part());
        tables.push(
          comparison.table(
            `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}-${size}`,
            `Gap after 200 iterations to the least value found, ${name}, blocks of ${size}`,
          ),
        );
      }
    });
  const graphs = [
    ["two moons", async () => twoMoons(2000, 100, run.seed)],
    [
      "citations of Cora",
      async () => topicLabels(await loadCitationGraph("cora", { signal: run.signal }), commonTopic),
    ],
  ] as const;
  for (const [name, make] of graphs)
    await available(async () => {
      const { w, labels } = await make();
      const { problem } = labelPropagation(w, labels);
      const comparison = new Comparison(run);
      await comparison.add(problem, treeSettings(problem.n), 60, run.seed, leastOfQuadratic(problem), part());
      tables.push(
        comparison.table(
          name.replaceAll(" ", "-").toLowerCase(),
          `Gap after 60 iterations, label propagation on ${name}`,
        ),
      );
    });
  return tables;
}
