import { stat } from "node:fs/promises";
import { InvalidInputError, type LongCallOptions } from "ockham";
import type { CsrMatrix } from "ockham/array";
import {
  buildFingerprints,
  type FingerprintIndex,
  type Graph,
  powerWalk,
  pprMonteCarlo,
  pprPowerIteration,
  readFingerprints,
  writeFingerprints,
} from "ockham/graph";
import { readBytes, writeAtomically, writeParquetEdges } from "ockham/io";
import type { Pool } from "ockham/parallel";
import { renderTable } from "ockham/report";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";
import { readGraph } from "./graph-file.ts";
import type { PprCliOptions, PprMethod } from "./ppr-options.ts";

/** Options of the methods, so that one given to a method that does not know it is refused. */
const known: Readonly<Record<PprMethod, readonly (keyof PprCliOptions)[]>> = {
  powerwalk: ["seed", "walks", "index", "iterations", "threshold"],
  exact: [],
  "monte-carlo": ["seed", "walks"],
};

/** Sources whose dense rows are computed at a time. */
const exactBatch = 16;

interface Scores {
  readonly source: number;
  /** Largest first. */
  readonly targets: readonly { readonly vertex: number; readonly score: number }[];
}

export async function ppr(path: string, options: PprCliOptions, context: CliContext): Promise<void> {
  requireSuitable(options);
  const display = progressDisplay(context, "ppr");
  const call = { signal: context.signal, onProgress: display.onProgress };
  const started = performance.now();
  try {
    const graph = await readGraph(path, options.directed ?? false, stageOf(call, "reading", 0, 0.3, 1));
    const sources = await sourcesOf(graph, options);
    const scores = await withPool(
      options,
      (pool) => compute(graph, sources, options, stageOf(call, options.method, 0.3, 1, 1), pool),
      context.stderr,
    );
    if (options.out !== undefined) await write(options.out, graph, scores);
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    report(graph, scores, seconds, options, context);
  } finally {
    display.stop();
  }
}

function requireSuitable(options: PprCliOptions): void {
  const { method, source, sources, top, out } = options;
  if ((source === undefined) === (sources === undefined))
    throw new InvalidInputError("options.source", "expected either --source or --sources");
  for (const name of known.powerwalk)
    if (options[name] !== undefined && !known[method].includes(name))
      throw new InvalidInputError(`options.${name}`, `the method ${method} has no such option`);
  if (top < 1) throw new InvalidInputError("options.top", `expected at least 1, got ${top}`);
  if (out !== undefined && !/\.(csv|parquet)$/i.test(out))
    throw new InvalidInputError(
      "options.out",
      `expected a file name that ends in .csv or .parquet, got "${out}"`,
    );
}

async function sourcesOf(graph: Graph, { source, sources }: PprCliOptions): Promise<Int32Array> {
  const text = source?.split(",") ?? new TextDecoder().decode(await readBytes(sources!)).split("\n");
  const names = text.map((name) => name.trim()).filter((name) => name !== "");
  const numbers = graph.ids && new Map(graph.ids.map((id, vertex) => [id, vertex]));
  return Int32Array.from(names, (name) => {
    const vertex = numbers === undefined ? Number(name) : numbers.get(name);
    if (vertex === undefined || !Number.isInteger(vertex) || vertex < 0 || vertex >= graph.nodes)
      throw new InvalidInputError("options.source", `the graph has no vertex "${name}"`);
    return vertex;
  });
}

async function compute(
  graph: Graph,
  sources: Int32Array,
  options: PprCliOptions,
  call: LongCallOptions,
  pool: Pool,
): Promise<Scores[]> {
  const { method, teleport, dangling, seed, walks, iterations, threshold, top } = options;
  const rule = { ...(teleport !== undefined && { teleport }), ...(dangling && { dangling }) };
  const chance = { ...(seed !== undefined && { seed }), ...(walks !== undefined && { walks }) };
  if (method === "exact") {
    const found: Scores[] = [];
    for (let first = 0; first < sources.length; first += exactBatch) {
      const batch = sources.subarray(first, first + exactBatch);
      const part = stageOf(call, "exact", first, first + batch.length, sources.length);
      const { data } = await pprPowerIteration(graph, batch, { ...rule, ...part });
      for (const [row, source] of batch.entries())
        found.push(
          largest(source, undefined, data.subarray(row * graph.nodes, (row + 1) * graph.nodes), top),
        );
    }
    return found;
  }
  if (method === "monte-carlo")
    return rowsOf(await pprMonteCarlo(graph, sources, { ...rule, ...chance, ...call, pool }), sources, top);
  const index = await indexFor(graph, options, { ...rule, ...chance, ...call, pool });
  const signal = call.signal && { signal: call.signal };
  const walker = await powerWalk(graph, index, { ...rule, ...signal, pool });
  const { scores } = await walker.queryBatch(sources, {
    ...(iterations !== undefined && { iterations }),
    ...(threshold !== undefined && { threshold }),
    ...signal,
  });
  return rowsOf(scores, sources, top);
}

async function indexFor(
  graph: Graph,
  { index: path, walks, seed }: PprCliOptions,
  build: Parameters<typeof buildFingerprints>[1],
): Promise<FingerprintIndex> {
  const exists = path !== undefined && (await stat(path).catch(() => undefined)) !== undefined;
  if (!exists) {
    const index = await buildFingerprints(graph, build);
    if (path !== undefined) await writeFingerprints(path, index);
    return index;
  }
  const index = await readFingerprints(path);
  if (walks !== undefined && walks !== index.walks)
    throw new InvalidInputError("options.walks", `${path} was built with ${index.walks} walks, got ${walks}`);
  if (seed !== undefined && `${seed}` !== index.seed)
    throw new InvalidInputError("options.seed", `${path} was built with seed ${index.seed}, got ${seed}`);
  return index;
}

function rowsOf(scores: CsrMatrix, sources: Int32Array, top: number): Scores[] {
  const { indptr, indices, data } = scores;
  return Array.from(sources, (source, row) => {
    const [first, last] = [indptr[row]!, indptr[row + 1]!];
    return largest(source, indices.subarray(first, last), data.subarray(first, last), top);
  });
}

function largest(
  source: number,
  vertices: Int32Array | undefined,
  scores: Float64Array,
  top: number,
): Scores {
  const order = Array.from(scores.keys())
    .filter((k) => scores[k]! > 0)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, top);
  return { source, targets: order.map((k) => ({ vertex: vertices?.[k] ?? k, score: scores[k]! })) };
}

async function write(path: string, graph: Graph, scores: readonly Scores[]): Promise<void> {
  const rows = scores.flatMap(({ source, targets }) => targets.map((target) => ({ source, ...target })));
  if (/\.parquet$/i.test(path)) {
    await writeParquetEdges(path, {
      source: Int32Array.from(rows, ({ source }) => source),
      target: Int32Array.from(rows, ({ vertex }) => vertex),
      weights: Float64Array.from(rows, ({ score }) => score),
      ...(graph.ids && { ids: graph.ids }),
    });
    return;
  }
  const name = (vertex: number): string => csvField(graph.ids?.[vertex] ?? String(vertex));
  const lines = rows.map(({ source, vertex, score }) => `${name(source)},${name(vertex)},${score}\n`);
  await writeAtomically(path, (file) => file.write(`source,target,score\n${lines.join("")}`));
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function report(
  graph: Graph,
  scores: readonly Scores[],
  seconds: number,
  { method, out, json }: PprCliOptions,
  context: CliContext,
): void {
  const name = (vertex: number): string => graph.ids?.[vertex] ?? String(vertex);
  const named = scores.map(({ source, targets }) => ({
    source: name(source),
    scores: targets.map(({ vertex, score }) => ({ target: name(vertex), score })),
  }));
  if (json) {
    const { nodes, report } = graph;
    printJson(context, {
      method,
      vertices: nodes,
      edges: report.edges,
      seconds,
      ...(out === undefined ? { sources: named } : { out }),
    });
  } else if (out !== undefined)
    printLine(context.stdout, `scores of ${scores.length} sources in ${seconds} s: ${out}`);
  else
    printLine(
      context.stdout,
      renderTable(
        {
          id: "scores",
          title: `Personalised PageRank, ${method}`,
          columns: [{ name: "source" }, { name: "target" }, { name: "score", digits: 4 }],
          rows: named.flatMap(({ source, scores }) =>
            scores.map(({ target, score }) => [source, target, score]),
          ),
        },
        tableOptions(context),
      ),
    );
}
