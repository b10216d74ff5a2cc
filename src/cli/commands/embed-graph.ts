import { Command, InvalidArgumentError, Option } from "commander";
import type { CliContext } from "../context.ts";
import { poolOption, threadsOption } from "../measure.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { EmbedGraphOptions, GraphMethod } from "../tasks/embed-graph.ts";

const methods = ["fastrp", "randne", "deepwalk", "node2vec"] as const satisfies readonly GraphMethod[];

export function embedGraphCommand(context: CliContext): Command {
  return new Command("embed-graph")
    .description("a vector for every vertex of a graph, near for vertices that reach each other")
    .argument("<edges>", "edge list (text, gzipped or not, or .parquet) or adjacency matrix (.mtx)")
    .addOption(new Option("--method <id>", "how").choices(methods).default("fastrp"))
    .requiredOption("--out <file>", "where the vectors go: .npy, .csv or .parquet")
    .option("--directed", "edges run one way, from source to target")
    .option("--dim <n>", "length of a vector (default: 128)", parseInteger)
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .addOption(threadsOption())
    .addOption(poolOption())
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of fastrp:")
    .option("--weights <list>", "weight of each hop, e.g. 0,1,4,4 (default); also of randne", parseNumbers)
    .option("--beta <x>", "exponent of the degrees, below 0 to damp hubs (default: -0.5)", parseNumber)
    .addOption(new Option("--projection <kind>", "random matrix").choices(["very-sparse", "gaussian"]))
    .option("--sparsity <s>", "one entry in s is not zero; sqrt (default) is sqrt(vertices)", parseSparsity)
    .addOption(
      new Option("--input <matrix>", "what is raised to powers; also of randne").choices([
        "transition",
        "adjacency",
      ]),
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
    .action(async (edges: string, options: EmbedGraphOptions) => {
      const { embedGraph } = await import("../tasks/embed-graph.ts");
      await embedGraph(edges, options, context);
    });
}

function parseSparsity(text: string): number | "sqrt" {
  if (text === "sqrt") return text;
  try {
    return parseNumber(text);
  } catch {
    throw new InvalidArgumentError("Expected a number or sqrt.");
  }
}
