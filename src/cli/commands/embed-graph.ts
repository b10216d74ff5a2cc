import { Command, InvalidArgumentError, Option } from "commander";
import type { LongCallOptions } from "ockham";
import type { NdArray } from "ockham/array";
import { type FastRPOptions, fastRP, type Graph, graphFromEdges } from "ockham/graph";
import { readEdgeList } from "ockham/io";
import type { Pool } from "ockham/parallel";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { embeddingWriter } from "../embedding-file.ts";
import { withPool } from "../measure.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import { progressDisplay } from "../progress-display.ts";

interface EmbedGraphOptions
  extends Pick<FastRPOptions, "dim" | "weights" | "beta" | "projection" | "sparsity" | "input" | "merge"> {
  readonly method: Method;
  readonly out: string;
  readonly directed?: true;
  /** Commander turns `--no-x` into `x: false` and leaves `x: true` otherwise. */
  readonly normalizeHops: boolean;
  readonly standardize: boolean;
  readonly seed: number;
  readonly threads?: number;
  readonly json?: true;
}

type Method = keyof typeof methods;

/** What `--method` offers. */
const methods = {
  fastrp: (graph: Graph, options: EmbedGraphOptions, call: LongCallOptions, pool: Pool) => {
    const { dim, weights, beta, projection, sparsity, input, merge, normalizeHops, standardize } = options;
    const given = { dim, weights, beta, projection, sparsity, input, merge };
    const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    return fastRP(graph, { ...set, normalizeHops, standardize, ...call, seed: options.seed, pool });
  },
} satisfies Record<string, (...args: never) => Promise<NdArray<"float32" | "float64">>>;

export function embedGraphCommand(context: CliContext): Command {
  return new Command("embed-graph")
    .description("a vector for every vertex of a graph, near for vertices that reach each other")
    .argument("<edges>", "edge list (.csv, .tsv, .txt, gzipped or not): source, target and, if any, weight")
    .addOption(
      new Option("--method <id>", "how to embed")
        .choices(Object.keys(methods))
        .default("fastrp" satisfies Method),
    )
    .requiredOption("--out <file>", "where the vectors go: .npy or .csv")
    .option("--dim <n>", "length of a vector (default: 128)", parseInteger)
    .option("--weights <list>", "weight of each hop, e.g. 0,1,4,4 (default)", parseNumbers)
    .option("--beta <x>", "exponent of the degrees, below 0 to damp hubs (default: -0.5)", parseNumber)
    .addOption(new Option("--projection <kind>", "random matrix").choices(["very-sparse", "gaussian"]))
    .option(
      "--sparsity <s>",
      "one entry in s of the very sparse projection; sqrt (default) is sqrt(n)",
      sparsity,
    )
    .addOption(
      new Option("--input <matrix>", "what is raised to powers").choices(["transition", "adjacency"]),
    )
    .addOption(new Option("--merge <how>", "how hops become one vector").choices(["sum", "concat"]))
    .option("--no-normalize-hops", "keep the lengths of every hop's vectors")
    .option("--no-standardize", "keep mean and deviation of the columns")
    .option("--directed", "edges run one way, from source to target")
    .option("--seed <n>", "seed of the projection", parseInteger, 0)
    .option("--threads <n>", "worker threads; default the number of cores", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham embed-graph edges.csv --dim 64 --out embedding.npy
  $ ockham embed-graph edges.tsv.gz --weights 0,0,1,8 --beta -0.3 --out embedding.csv

Rows of an .npy file follow the vertices in ascending order of their numbers; where the file names them
otherwise, the names are written beside it, one a line, as <file>.ids.txt.`,
    )
    .action((edges: string, options: EmbedGraphOptions) => embedGraph(edges, options, context));
}

function sparsity(text: string): number | "sqrt" {
  if (text === "sqrt") return text;
  try {
    return parseNumber(text);
  } catch {
    throw new InvalidArgumentError("Expected a number or sqrt.");
  }
}

async function embedGraph(path: string, options: EmbedGraphOptions, context: CliContext): Promise<void> {
  const write = embeddingWriter("options.out", options.out);
  const started = performance.now();
  const display = progressDisplay(context, "embed-graph");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const list = await readEdgeList(path, stageOf(call, "reading", 0, 0.4, 1));
    const graph = graphFromEdges(
      { sources: list.source, targets: list.target, ...(list.weights && { weights: list.weights }) },
      { nodes: list.nodes, directed: options.directed ?? false },
    );
    const vectors = await withPool(options, (pool) =>
      methods[options.method](graph, options, stageOf(call, "embedding", 0.4, 0.9, 1), pool),
    );
    await write(options.out, { vectors, ids: list.ids }, stageOf(call, "writing", 0.9, 1, 1));
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
    const summary = { method: options.method, vertices, edges, isolated, dim, seconds, out: options.out };
    if (options.json) printJson(context, summary);
    else
      printLine(
        context.stdout,
        `${vertices} vectors of length ${dim} from ${edges} edges in ${seconds} s: ${options.out}`,
      );
  } finally {
    display.stop();
  }
}
