import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { EvaluateOptions } from "../tasks/evaluate-embedding.ts";

export function evaluateEmbeddingCommand(context: CliContext): Command {
  return new Command("evaluate-embedding")
    .description("how well vectors tell the classes of what they stand for: F1 of a linear classifier")
    .argument("<embedding>", "vectors: .npy, .csv or .parquet, as embed-graph writes them")
    .requiredOption("--labels <file>", "table with a header: id, class")
    .option("--train <list>", "shares of the labelled vectors to train on", parseNumbers, [0.1, 0.5, 0.9])
    .option("--repeats <n>", "random splits for each share", parseInteger, 3)
    .option("--penalty <C>", "inverse strength of the L2 penalty", parseNumber, 1)
    .option("--seed <n>", "seed of the splits", parseInteger, 0)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Example:
  $ ockham evaluate-embedding embedding.npy --labels labels.csv --train 0.1,0.5

Splits keep the shares of the classes. Vectors without a label are left out.`,
    )
    .action(async (path: string, options: EvaluateOptions) => {
      const { evaluateEmbedding } = await import("../tasks/evaluate-embedding.ts");
      await evaluateEmbedding(path, options, context);
    });
}
