import {
  buildFingerprints,
  type FingerprintIndex,
  type Graph,
  powerWalk,
  pprMonteCarlo,
  pprPowerIteration,
} from "ockham/graph";
import { definePaper, type Figure, type Measurement, type Run, type Table } from "ockham/paper";
import { factsOf } from "../catalogue.ts";
import { type Accuracy, ExactScores } from "./accuracy.ts";
import { growth, indexTimes, pushAtMatchedTime, queryTimes, slope, webTable } from "./cost.ts";
import { drawSources, withinHops, wordNet } from "./graphs.ts";

const indexWalks = 100;
const walkCounts = [10, 100, 1000, 10_000];

export const paper = definePaper({
  ...factsOf("powerwalk"),
  seeds: { quick: 3, full: 3 },
  claims: [
    {
      id: "tenfold-index",
      says: "L1 error of two pushes on fingerprints of 100 walks, divided by that of 1,000 walks from the source alone",
      paper: "the queried vector is much more accurate than the offline one",
      bar: { atMost: 0.85 },
      unit: "x",
    },
    {
      id: "hundredfold-index",
      says: "L1 error of four pushes on fingerprints of 100 walks, divided by that of 10,000 walks from the source",
      paper: "the queried vector is much more accurate than the offline one",
      bar: { full: { atMost: 1.05 } },
      unit: "x",
    },
    {
      id: "full-path",
      says: "L1 error of counting whole walks divided by that of counting end points, worst of 100 walks and more",
      paper: "full paths need fewer walks than end points",
      bar: { atMost: 0.75 },
      unit: "x",
    },
    {
      id: "convergence",
      says: "Exponent of the L1 error of whole walks as a power of their number, 100 to 10,000",
      paper: "exponential concentration in the number of walks",
      bar: { between: [-0.6, -0.2] },
      unit: "",
    },
    {
      id: "batch",
      says: "Time of 500 single queries (T = 2) divided by that of one batch, same answers, all workers",
      paper: "tens of thousands of queries on graphs of billions of edges in a few seconds",
      bar: { full: { atLeast: 3 } },
      unit: "x",
    },
    {
      id: "index-time",
      says: "Time of the whole WordNet index of 100 walks, two threads",
      paper: "orders of magnitude faster than earlier systems",
      bar: { full: { atMost: 20 } },
      unit: "s",
    },
    {
      id: "query-time",
      says: "Median time of a single query on WordNet, T = 2, 100 walks",
      paper: "interactive queries",
      bar: { full: { atMost: 5 } },
      unit: "ms",
    },
    {
      id: "throughput",
      says: "Queries a second in a batch of 500 on WordNet, T = 2, 100 walks",
      paper: "tens of thousands of queries in a few seconds, on a cluster",
      bar: { full: { atLeast: 2000 } },
      unit: "/s",
    },
    {
      id: "growth",
      says: "Exponent of index time as a power of the vertices, up to two million vertices and ten million edges",
      paper: "cost of the index linear in the vertices",
      bar: { full: { between: [0.8, 1.2] } },
      unit: "",
    },
  ],

  async experiment(run) {
    const full = run.mode === "full";
    const graph = await wordNet(run.stage("WordNet", 0, 0.02));
    const results = new Results();
    let last: Trial | undefined;
    for (const [i, seed] of run.seeds.entries()) {
      const at = (part: number): number => 0.02 + ((full ? 0.48 : 0.98) * (i + part)) / run.seeds.length;
      const sources = drawSources(graph, full ? 50 : 20, seed);
      const exact = new ExactScores(
        await pprPowerIteration(graph, sources, {
          tolerance: full ? 1e-12 : 1e-8,
          ...run.stage("exact scores", at(0), at(0.5)),
        }),
      );
      const trial = { graph, sources, exact, seed };
      await monteCarlo(run, trial, results);
      run.progress(at(0.7), 1, "walks");
      last = { ...trial, index: await decompose(run, trial, results) };
      await withoutIndex(run, trial, results);
      run.progress(at(1), 1, "queries");
    }

    const claims: Record<string, Measurement> = {
      "tenfold-index": results.ratios(verd(100, 2), path(1000)),
      "full-path": run.seeds.map((_, i) =>
        Math.max(...walkCounts.slice(1).map((walks) => results.ratios(path(walks), end(walks))[i]!)),
      ),
      convergence: run.seeds.map((_, i) =>
        slope(
          walkCounts.slice(1).map(Math.log),
          walkCounts.slice(1).map((walks) => Math.log(results.of(path(walks))[i]!.l1)),
        ),
      ),
    };
    const tables: Table[] = [];
    const figures: Figure[] = [results.figure("l1"), results.figure("precision")];
    if (full && last !== undefined) {
      const { sources, exact, index } = last;
      claims["hundredfold-index"] = results.ratios(verd(100, 4), path(10_000));
      const costs = [];
      for (const iterations of [0, 1, 2, 3, 4]) {
        costs.push({ iterations, ...(await queryTimes(graph, index!, iterations, run)) });
        run.progress(0.5 + 0.02 * iterations, 1, "query times");
      }
      const usual = costs[2]!;
      claims.batch = usual.ratio;
      claims["query-time"] = usual.single;
      claims.throughput = usual.throughput;
      tables.push(costTable(costs));
      const push = await pushAtMatchedTime(graph, sources, exact, usual.single);
      results.add(
        `forward push in the time of T = 2, epsilon = ${push.epsilon.toExponential(1)}`,
        push.accuracy,
      );
      const { one, two } = await indexTimes(graph, indexWalks, run);
      claims["index-time"] = two;
      tables.push(indexTable(graph, index!, one, two));
      run.progress(0.7, 1, "cnr-2000");
      tables.push(await webTable(run, 0.7));
      const grown = await growth(run, 0.8, 1);
      claims.growth = grown.exponent;
      tables.push(grown.table);
      figures.push(grown.figure);
    }
    tables.unshift(results.table(full ? 50 : 20));
    return { claims, tables, figures };
  },
});

/** One draw of sources, with their exact scores. */
interface Trial {
  readonly graph: Graph;
  readonly sources: Int32Array;
  readonly exact: ExactScores;
  readonly seed: number;
  readonly index?: FingerprintIndex;
}

const path = (walks: number): string => `full path, R = ${walks}`;
const end = (walks: number): string => `end point, R = ${walks}`;
const verd = (walks: number, iterations: number): string => `PowerWalk, R = ${walks}, T = ${iterations}`;

async function monteCarlo(run: Run, { graph, sources, exact, seed }: Trial, results: Results): Promise<void> {
  const { pool, signal } = run;
  for (const walks of walkCounts) {
    const options = { walks, seed, pool, signal };
    results.add(path(walks), exact.accuracyOf(await pprMonteCarlo(graph, sources, options)));
    const ends = await pprMonteCarlo(graph, sources, { ...options, estimator: "end-point" });
    results.add(end(walks), exact.accuracyOf(ends));
  }
}

/** In quick mode only the vertices that the pushes can reach get fingerprints. */
async function decompose(
  run: Run,
  { graph, sources, exact, seed }: Trial,
  results: Results,
): Promise<FingerprintIndex> {
  const { pool, signal } = run;
  const full = run.mode === "full";
  let index: FingerprintIndex | undefined;
  for (const walks of full ? [10, indexWalks] : [indexWalks]) {
    index = await buildFingerprints(graph, {
      walks,
      seed,
      pool,
      signal,
      ...(!full && { vertices: withinHops(graph, sources, 3) }),
    });
    const walker = await powerWalk(graph, index, { pool, signal });
    for (const iterations of full ? [1, 2, 3, 4] : [1, 2, 3]) {
      const { scores } = await walker.queryBatch(sources, { iterations, signal });
      results.add(verd(walks, iterations), exact.accuracyOf(scores));
    }
  }
  return index!;
}

async function withoutIndex(run: Run, { graph, sources, exact }: Trial, results: Results): Promise<void> {
  const walker = await powerWalk(graph, null, { pool: run.pool, signal: run.signal });
  for (const iterations of [2, 4, 8]) {
    const { scores } = await walker.queryBatch(sources, { iterations, signal: run.signal });
    results.add(`no index, T = ${iterations}`, exact.accuracyOf(scores));
  }
}

/** Accuracies of every method, one a seed. */
class Results {
  readonly #methods = new Map<string, Accuracy[]>();

  add(method: string, accuracy: Accuracy): void {
    this.#methods.set(method, [...(this.#methods.get(method) ?? []), accuracy]);
  }

  of(method: string): readonly Accuracy[] {
    return this.#methods.get(method)!;
  }

  ratios(method: string, other: string): number[] {
    return this.of(method).map(({ l1 }, i) => l1 / this.of(other)[i]!.l1);
  }

  #mean(method: string, metric: keyof Accuracy): number {
    const values = this.of(method).map((accuracy) => accuracy[metric]);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  table(sources: number): Table {
    return {
      id: "accuracy",
      title: `Personalised PageRank on WordNet, means over ${sources} sources for each seed`,
      columns: [
        { name: "method" },
        { name: "L1 error", digits: 3 },
        { name: "least", digits: 3 },
        { name: "greatest", digits: 3 },
        { name: "precision at 100", digits: 3 },
      ],
      rows: [...this.#methods.keys()].map((method) => {
        const errors = this.of(method).map(({ l1 }) => l1);
        return [
          method,
          this.#mean(method, "l1"),
          Math.min(...errors),
          Math.max(...errors),
          this.#mean(method, "precision"),
        ];
      }),
    };
  }

  /** By number of walks; fingerprints with T pushes stand at the walks of their index. */
  figure(metric: keyof Accuracy): Figure {
    const methods = [...this.#methods.keys()];
    const line = (name: string, pattern: RegExp): Figure["series"][number] => {
      const chosen = methods.filter((method) => pattern.test(method));
      return {
        name,
        mark: chosen.length > 1 ? "line" : "points",
        x: chosen.map((method) => Number(/R = (\d+)/.exec(method)![1])),
        y: chosen.map((method) => this.#mean(method, metric)),
      };
    };
    const pushes = [...new Set(methods.flatMap((method) => /^PowerWalk.* T = (\d)/.exec(method)?.[1] ?? []))];
    return {
      id: metric === "l1" ? "error" : "precision",
      title: metric === "l1" ? "Error by number of walks" : "Precision at 100 by number of walks",
      x: { label: "walks from a vertex", scale: "log" },
      y: metric === "l1" ? { label: "L1 error", scale: "log" } : { label: "precision at 100" },
      series: [
        line("full path", /^full path/),
        line("end point", /^end point/),
        ...pushes.map((t) => line(`PowerWalk, T = ${t}`, new RegExp(`^PowerWalk.*T = ${t}`))),
      ],
    };
  }
}

function costTable(
  costs: readonly {
    readonly iterations: number;
    readonly single: number;
    readonly throughput: number;
    readonly ratio: number;
    readonly difference: number;
  }[],
): Table {
  return {
    id: "queries",
    title: "500 sources on WordNet, R = 100: single queries against one batch on all workers",
    columns: [
      { name: "T" },
      { name: "median query", unit: "ms", digits: 3 },
      { name: "batch", unit: "queries/s", digits: 3 },
      { name: "singles / batch", unit: "x", digits: 3 },
      { name: "largest difference", digits: 2 },
    ],
    rows: costs.map(({ iterations, single, throughput, ratio, difference }) => [
      iterations,
      single,
      throughput,
      ratio,
      difference,
    ]),
  };
}

function indexTable(graph: Graph, index: FingerprintIndex, one: number, two: number): Table {
  const steps = index.totals.reduce((sum, total) => sum + total, 0);
  return {
    id: "index",
    title: `Whole index of WordNet (${graph.nodes} vertices), ${indexWalks} walks, ${(steps / 1e6).toFixed(1)} million steps`,
    columns: [
      { name: "threads" },
      { name: "time", unit: "s", digits: 3 },
      { name: "steps a second", unit: "million", digits: 3 },
      { name: "size", unit: "MiB", digits: 4 },
    ],
    rows: [one, two].map((time, i) => [
      i + 1,
      time,
      steps / time / 1e6,
      (8 * index.counts.length + 8 * graph.nodes) / 2 ** 20,
    ]),
  };
}
