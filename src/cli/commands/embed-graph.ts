import { Command, InvalidArgumentError, Option } from "commander";
import type { LongCallOptions } from "ockham";
import type { NdArray } from "ockham/array";
import { deepWalk, fastRP, type Graph, node2vec } from "ockham/graph";
import type { Pool } from "ockham/parallel";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { embeddingFormat } from "../embedding-file.ts";
import { readGraph } from "../graph-file.ts";
import { type ThreadOptions, threadsOption, withPool } from "../measure.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import { progressDisplay } from "../progress-display.ts";

/** What `--method` offers. Each refuses options that it does not know. */
const methods: Readonly<
  Record<
    string,
    (
      graph: Graph,
      options: LongCallOptions & { pool: Pool },
    ) => Promise<NdArray<"float32"> | NdArray<"float32" | "float64">>
  >
> = { fastrp: fastRP, deepwalk: deepWalk, node2vec };

interface EmbedGraphOptions extends ThreadOptions {
  readonly method: string;
  readonly out: string;
  readonly directed?: true;
  readonly json?: true;
  /** Options of the method, as they were given. */
  readonly [name: string]: unknown;
}

export function embedGraphCommand(context: CliContext): Command {
  return new Command("embed-graph")
    .description("a vector for every vertex of a graph, near for vertices that reach each other")
    .argument("<edges>", "edge list: source, target and, if any, weight; text (gzipped or not) or .parquet")
    .addOption(new Option("--method <id>", "how").choices(Object.keys(methods)).default("fastrp"))
    .requiredOption("--out <file>", "where the vectors go: .npy, .csv or .parquet")
    .option("--directed", "edges run one way, from source to target")
    .option("--dim <n>", "length of a vector (default: 128)", parseInteger)
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .addOption(threadsOption())
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of fastrp:")
    .option("--weights <list>", "weight of each hop, e.g. 0,1,4,4 (default)", parseNumbers)
    .option("--beta <x>", "exponent of the degrees, below 0 to damp hubs (default: -0.5)", parseNumber)
    .addOption(new Option("--projection <kind>", "random matrix").choices(["very-sparse", "gaussian"]))
    .option("--sparsity <s>", "one entry in s is not zero; sqrt (default) is sqrt(vertices)", parseSparsity)
    .addOption(
      new Option("--input <matrix>", "what is raised to powers").choices(["transition", "adjacency"]),
    )
    .addOption(new Option("--merge <how>", "how hops become one vector").choices(["sum", "concat"]))
    .option("--no-normalize-hops", "keep the lengths of every hop's vectors")
    .option("--no-standardize", "keep mean and deviation of the columns")
    .optionsGroup("Options of deepwalk and node2vec:")
    .option("--walks-per-node <n>", "walks from every vertex (default: 80)", parseInteger)
    .option("--walk-length <n>", "vertices of a walk (default: 40)", parseInteger)
    .option("--window <n>", "largest distance of a pair within a walk (default: 10)", parseInteger)
    .option("--negatives <n>", "negative samples for each pair (default: 5)", parseInteger)
    .option("--epochs <n>", "passes over the walks (default: 1)", parseInteger)
    .option("--learning-rate <x>", "first learning rate (default: 0.025)", parseNumber)
    .option("--p <x>", "return parameter of node2vec (default: 1)", parseNumber)
    .option("--q <x>", "in-out parameter of node2vec (default: 1)", parseNumber)
    .addHelpText(
      "after",
      `
Examples:
  $ ockham embed-graph edges.csv --dim 64 --out embedding.npy
  $ ockham embed-graph edges.tsv.gz --weights 0,0,1,8 --beta -0.3 --out embedding.parquet

Rows of an .npy file follow the vertices in ascending order of their numbers; where the file names them
otherwise, the names are written beside it, one a line, as <file>.ids.txt.`,
    )
    .action((edges: string, options: EmbedGraphOptions) => embedGraph(edges, options, context));
}

function parseSparsity(text: string): number | "sqrt" {
  if (text === "sqrt") return text;
  try {
    return parseNumber(text);
  } catch {
    throw new InvalidArgumentError("Expected a number or sqrt.");
  }
}

async function embedGraph(path: string, options: EmbedGraphOptions, context: CliContext): Promise<void> {
  const { method, out, directed, threads, json, ...rest } = options;
  // Commander sets what `--no-x` turns off to true when the flag is absent.
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== true));
  const format = embeddingFormat("options.out", out);
  const started = performance.now();
  const display = progressDisplay(context, "embed-graph");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const graph = await readGraph(path, directed ?? false, stageOf(call, "reading", 0, 0.4, 1));
    const vectors = await withPool(threads === undefined ? {} : { threads }, (pool) =>
      methods[method]!(graph, { ...given, ...stageOf(call, "embedding", 0.4, 0.9, 1), pool }),
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
