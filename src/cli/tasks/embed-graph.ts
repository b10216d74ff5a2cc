import type { LongCallOptions } from "ockham";
import type { NdArray } from "ockham/array";
import { deepWalk, fastRP, type Graph, node2vec, randNE } from "ockham/graph";
import type { Pool } from "ockham/parallel";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { type PoolOptions, withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";
import { embeddingFormat } from "./embedding-file.ts";
import { readGraph } from "./graph-file.ts";

export type GraphMethod = "fastrp" | "randne" | "deepwalk" | "node2vec";

/** What `--method` offers. Each refuses options that it does not know. */
const methods: Readonly<
  Record<
    GraphMethod,
    (
      graph: Graph,
      options: LongCallOptions & { pool: Pool },
    ) => Promise<NdArray<"float32"> | NdArray<"float32" | "float64">>
  >
> = { fastrp: fastRP, randne: randNE, deepwalk: deepWalk, node2vec };

export interface EmbedGraphOptions extends PoolOptions {
  readonly method: GraphMethod;
  readonly out: string;
  readonly directed?: true;
  readonly json?: true;
  /** Options of the method, as they were given. */
  readonly [name: string]: unknown;
}

export async function embedGraph(
  path: string,
  options: EmbedGraphOptions,
  context: CliContext,
): Promise<void> {
  const { method, out, directed, threads, pool: url, json, ...rest } = options;
  // Commander sets what `--no-x` turns off to true when the flag is absent.
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== true));
  const format = embeddingFormat("options.out", out);
  const started = performance.now();
  const display = progressDisplay(context, "embed-graph");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const graph = await readGraph(path, directed ?? false, stageOf(call, "reading", 0, 0.4, 1));
    const vectors = await withPool(
      { ...(threads !== undefined && { threads }), ...(url !== undefined && { pool: url }) },
      (pool) => methods[method](graph, { ...given, ...stageOf(call, "embedding", 0.4, 0.9, 1), pool }),
      context.stderr,
    );
    await format.write(
      out,
      { vectors, ...(graph.ids && { ids: graph.ids }) },
      stageOf(call, "writing", 0.9, 1, 1),
    );
    display.stop();
    const { edges, isolated, droppedSelfLoops, mergedDuplicates } = graph.report;
    if (droppedSelfLoops + mergedDuplicates > 0)
      printLine(
        context.stderr,
        `${path}: left out ${droppedSelfLoops} self-loops and ${mergedDuplicates} repeated edges`,
      );
    if (isolated > 0)
      printLine(context.stderr, `${path}: ${isolated} vertices have no edge; their vectors are zero`);
    const seconds = Math.round(performance.now() - started) / 1000;
    const [vertices, dim] = vectors.shape;
    if (json) printJson(context, { method, vertices, edges, isolated, dim, seconds, out });
    else
      printLine(
        context.stdout,
        `${vertices} vectors of length ${dim} from ${edges} edges in ${seconds} s: ${out}`,
      );
  } finally {
    display.stop();
  }
}
