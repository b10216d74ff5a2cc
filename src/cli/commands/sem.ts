import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { SemOptions } from "../tasks/sem.ts";

export function semCommand(context: CliContext): Command {
  return new Command("sem")
    .description(
      "a linear structural equation model, cycles allowed: covariances, identifiability, implications",
    )
    .argument("<graph>", 'text file, an edge a line: "a -> b" or "a <-> b"')
    .option("--covariance", "print every implied covariance in closed form")
    .option("--identify", "tell whether covariances determine the parameters up to finitely many choices")
    .option("--implications <degree>", "polynomials that all covariance matrices satisfy", parseInteger)
    .option("--data <file>", "table with a column for each vertex: tests every implication on it")
    .option("--svg <file>", "draw the graph")
    .option("--seed <n>", "seed of the random points (default: 0)", parseInteger)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham sem graph.txt --covariance --identify --implications 2
  $ ockham sem graph.txt --implications 2 --data survey.csv --svg graph.svg

With none of --covariance, --identify and --implications, identifiability is told. Tests are z tests by the
delta method for independent Gaussian rows.`,
    )
    .action(async (path: string, options: SemOptions) => {
      const { sem } = await import("../tasks/sem.ts");
      await sem(path, options, context);
    });
}
