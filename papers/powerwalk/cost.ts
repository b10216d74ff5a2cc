import {
  barabasiAlbert,
  buildFingerprints,
  type FingerprintIndex,
  type Graph,
  powerWalk,
  pprForwardPush,
  pprMonteCarlo,
  pprPowerIteration,
} from "ockham/graph";
import type { Figure, Run, Table } from "ockham/paper";
import { threadPool } from "ockham/parallel";
import { type Accuracy, ExactScores } from "./accuracy.ts";
import { drawSources, webGraph } from "./graphs.ts";

/** Milliseconds of every query, ascending. */
function timesOf(count: number, query: (i: number) => void): number[] {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    query(i);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

const median = (sorted: readonly number[]): number => sorted[sorted.length >> 1]!;

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Time of the whole index on one thread and on two, the least of two runs each. */
export async function indexTimes(
  graph: Graph,
  walks: number,
  run: Run,
): Promise<{ one: number; two: number }> {
  const best = { 1: Number.POSITIVE_INFINITY, 2: Number.POSITIVE_INFINITY };
  for (let repeat = 0; repeat < 2; repeat++)
    for (const threads of [1, 2] as const) {
      const pool = threadPool({ threads });
      try {
        // Starts the threads and compiles.
        await buildFingerprints(graph, { walks: 1, pool, signal: run.signal });
        const taken = await seconds(() => buildFingerprints(graph, { walks, pool, signal: run.signal }));
        best[threads] = Math.min(best[threads], taken);
      } finally {
        await pool.close();
      }
    }
  return { one: best[1], two: best[2] };
}

export interface QueryTimes {
  /** Median of single queries in milliseconds. */
  readonly single: number;
  /** Queries a second in a batch. */
  readonly throughput: number;
  /** All single queries divided by the batch, same answers. */
  readonly ratio: number;
  readonly difference: number;
}

/** Single queries against one batch of the same sources: medians of five rounds after a first. */
export async function queryTimes(
  graph: Graph,
  index: FingerprintIndex,
  iterations: number,
  run: Run,
): Promise<QueryTimes> {
  const sources = drawSources(graph, 500, run.seed + 1000);
  const walker = await powerWalk(graph, index, { pool: run.pool, signal: run.signal });
  const rounds: { singles: number; median: number; batch: number }[] = [];
  let difference = 0;
  for (let round = 0; round < 6; round++) {
    const times = timesOf(sources.length, (i) => walker.query(sources[i]!, { iterations }));
    const started = performance.now();
    const { scores } = await walker.queryBatch(sources, { iterations, signal: run.signal });
    const batch = performance.now() - started;
    const singles = times.reduce((sum, time) => sum + time, 0);
    if (round > 0) rounds.push({ singles, median: median(times), batch });
    else
      for (const [row, source] of sources.entries()) {
        const alone = walker.query(source, { iterations });
        const [first, last] = [scores.indptr[row]!, scores.indptr[row + 1]!];
        for (const [k, value] of scores.data.subarray(first, last).entries())
          difference = Math.max(difference, Math.abs(value - alone.values[k]!));
      }
  }
  const middle = (of: (round: (typeof rounds)[number]) => number): number =>
    median(rounds.map(of).sort((a, b) => a - b));
  const batch = middle((round) => round.batch);
  return {
    single: middle((round) => round.median),
    throughput: (1000 * sources.length) / batch,
    ratio: middle((round) => round.singles) / batch,
    difference,
  };
}

/**
 * Forward push with the smallest epsilon that takes no longer a query than the given time. What a call spends
 * on checking the graph is not counted: it is the time of a call that pushes nothing.
 */
export async function pushAtMatchedTime(
  graph: Graph,
  sources: Int32Array,
  exact: ExactScores,
  milliseconds: number,
): Promise<{ epsilon: number; time: number; accuracy: Accuracy }> {
  const timeOf = (epsilon: number): number =>
    median(timesOf(sources.length, (i) => pprForwardPush(graph, sources[i]!, { epsilon })));
  const idle = timeOf(0.999);
  let found = { epsilon: 1e-2, time: 0 };
  for (let epsilon = 1e-2; epsilon > 1e-8; epsilon /= Math.sqrt(10)) {
    const time = Math.max(0, timeOf(epsilon) - idle);
    if (time > milliseconds) break;
    found = { epsilon, time };
  }
  const rows = Array.from(sources, (source) => {
    const { estimate } = pprForwardPush(graph, source, { epsilon: found.epsilon });
    const sum = estimate.values.reduce((total, value) => total + value, 0);
    return { indices: estimate.indices, values: estimate.values.map((value) => value / sum) };
  });
  const indptr = Int32Array.from([0, ...rows.map(({ indices }) => indices.length)]);
  for (let i = 1; i < indptr.length; i++) indptr[i]! += indptr[i - 1]!;
  const accuracy = exact.accuracyOf({
    rows: rows.length,
    cols: graph.nodes,
    indptr,
    indices: Int32Array.from(rows.flatMap(({ indices }) => [...indices])),
    data: Float64Array.from(rows.flatMap(({ values }) => [...values])),
  });
  return { ...found, accuracy };
}

/** A second real graph, a crawl with three million links. */
export async function webTable(run: Run, at: number): Promise<Table> {
  const graph = await webGraph(run.stage("cnr-2000", at, at));
  const { pool, signal, seed } = run;
  const sources = drawSources(graph, 8, seed);
  const exact = new ExactScores(await pprPowerIteration(graph, sources, { tolerance: 1e-10, signal }));
  let index: FingerprintIndex | undefined;
  const time = await seconds(async () => {
    index = await buildFingerprints(graph, { walks: 20, seed, pool, signal });
  });
  const walker = await powerWalk(graph, index!, { pool, signal });
  const rows: (string | number | null)[][] = [];
  for (const iterations of [0, 2, 4]) {
    const times = timesOf(sources.length, (i) => walker.query(sources[i]!, { iterations }));
    const { scores } = await walker.queryBatch(sources, { iterations, signal });
    const { l1, precision } = exact.accuracyOf(scores);
    rows.push([`PowerWalk, R = 20, T = ${iterations}`, l1, precision, median(times)]);
  }
  for (const walks of [200, 2000]) {
    const { l1, precision } = exact.accuracyOf(
      await pprMonteCarlo(graph, sources, { walks, seed, pool, signal }),
    );
    rows.push([`full path, R = ${walks}`, l1, precision, null]);
  }
  return {
    id: "web",
    title: `cnr-2000 (325,557 pages, 3,216,152 links), 8 sources, index of 20 walks in ${time.toFixed(1)} s`,
    columns: [
      { name: "method" },
      { name: "L1 error", digits: 3 },
      { name: "precision at 100", digits: 3 },
      { name: "median query", unit: "ms", digits: 3 },
    ],
    rows,
  };
}

/** Index time, size and query time on preferential-attachment graphs of growing size. */
export async function growth(
  run: Run,
  from: number,
  to: number,
): Promise<{ exponent: number; table: Table; figure: Figure }> {
  const sizes = [10_000, 30_000, 100_000, 300_000, 1_000_000, 2_000_000];
  const walks = 10;
  const points: { nodes: number; edges: number; build: number; entries: number; query: number }[] = [];
  for (const [step, nodes] of sizes.entries()) {
    const graph = barabasiAlbert(nodes, 5, { seed: run.seed });
    let index: FingerprintIndex | undefined;
    const at = (part: number): number => from + ((to - from) * (step + part)) / sizes.length;
    const build = await seconds(async () => {
      const stage = run.stage(`${nodes} vertices`, at(0.3), at(1));
      index = await buildFingerprints(graph, { walks, seed: run.seed, pool: run.pool, ...stage });
    });
    const walker = await powerWalk(graph, index!, { signal: run.signal });
    const sources = drawSources(graph, 50, run.seed);
    for (const source of sources) walker.query(source);
    const query = median(timesOf(50, (i) => walker.query(sources[i]!)));
    points.push({ nodes, edges: graph.report.edges, build, entries: index!.counts.length, query });
  }
  return {
    // The smallest graph also starts the threads.
    exponent: slope(
      points.slice(1).map(({ nodes }) => Math.log(nodes)),
      points.slice(1).map(({ build }) => Math.log(build)),
    ),
    table: {
      id: "growth",
      title: `Preferential-attachment graphs, R = ${walks}, T = 2, ${run.pool.size} workers`,
      columns: [
        { name: "vertices" },
        { name: "edges" },
        { name: "index time", unit: "s", digits: 3 },
        { name: "index time a vertex", unit: "µs", digits: 3 },
        { name: "index size", unit: "MiB", digits: 3 },
        { name: "median query", unit: "ms", digits: 3 },
      ],
      rows: points.map(({ nodes, edges, build, entries, query }) => [
        nodes,
        edges,
        build,
        (1e6 * build) / nodes,
        (8 * entries + 8 * nodes) / 2 ** 20,
        query,
      ]),
    },
    figure: {
      id: "growth",
      title: "Index time grows in proportion to the vertices",
      x: { label: "vertices", scale: "log" },
      y: { label: "index time", unit: "s", scale: "log" },
      series: [
        {
          name: "R = 10",
          mark: "line",
          x: points.map(({ nodes }) => nodes),
          y: points.map(({ build }) => build),
        },
      ],
    },
  };
}

/** Of the least-squares line through the points. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const meanX = x.reduce((sum, value) => sum + value, 0) / x.length;
  const meanY = y.reduce((sum, value) => sum + value, 0) / y.length;
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return covariance / x.reduce((sum, value) => sum + (value - meanX) ** 2, 0);
}
