import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { poolOption, threadsOption } from "../measure.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import { type PprCliOptions, pprMethods } from "../tasks/ppr-options.ts";

export function pprCommand(context: CliContext): Command {
  return new Command("ppr")
    .description("personalised PageRank: which vertices matter from the point of view of others")
    .argument("<edges>", "edge list (text, gzipped or not, or .parquet) or adjacency matrix (.mtx)")
    .addOption(
      new Option("--source <ids>", "vertices to look from, separated by commas").conflicts("sources"),
    )
    .option("--sources <file>", "vertices to look from, one a line")
    .addOption(new Option("--method <id>", "how").choices(pprMethods).default("powerwalk"))
    .option("--top <n>", "scores of every source, largest first", parseInteger, 20)
    .option("--out <file>", "where the scores go: .csv or .parquet; default standard output")
    .option("--directed", "edges run one way, from source to target")
    .option("--teleport <c>", "probability of going back to the source (default: 0.15)", parseNumber)
    .addOption(
      new Option("--dangling <policy>", "what a walk does at a vertex without outgoing edges").choices([
        "return-to-source",
        "absorb",
        "self-loop",
        "uniform",
      ]),
    )
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .addOption(threadsOption())
    .addOption(poolOption())
    .option("--json", "print one JSON document with the scores")
    .optionsGroup("Options of powerwalk and monte-carlo:")
    .option(
      "--walks <n>",
      "walks from a vertex (default: 100 of powerwalk, 1000 of monte-carlo)",
      parseInteger,
    )
    .optionsGroup("Options of powerwalk:")
    .option("--index <file>", "fingerprints are read from here, or built and kept here")
    .option(
      "--iterations <n>",
      "steps that mass is pushed before fingerprints take over (default: 2)",
      parseInteger,
    )
    .option("--threshold <x>", "drop flow below this (default: 0)", parseNumber)
    .addHelpText(
      "after",
      `
Examples:
  $ ockham ppr edges.csv --source 17 --top 10
  $ ockham ppr edges.csv --sources ids.txt --index edges.fingerprints --out scores.parquet
  $ ockham ppr edges.csv --source 17 --method exact --json
  $ ockham ppr edges.csv --sources ids.txt --index edges.fingerprints --pool redis://10.0.0.5:6379

Scores come as source, target and score (in .parquet: weight), largest first.`,
    )
    .action(async (edges: string, options: PprCliOptions) => {
      const { ppr } = await import("../tasks/ppr.ts");
      await ppr(edges, options, context);
    });
}
