import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { threadsOption } from "../measure.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { CoresetOptions } from "../tasks/coreset.ts";

export function coresetCommand(context: CliContext): Command {
  return new Command("coreset")
    .description(
      "a few weighted rows of a tall table that keep the p-norm of every combination of its columns",
    )
    .argument("<table>", "table with a header, or a matrix in .mtx form")
    .addOption(new Option("--method <id>", "how").choices(["lp-sensitivity"]).default("lp-sensitivity"))
    .requiredOption(
      "--out <file>",
      "where the rows go: .csv with their numbers from 0, probabilities and weights",
    )
    .option("--p <x>", "exponent of the norm, at least 1", parseNumber, 2)
    .option("--size <n>", "rows to keep, in expectation (default: as epsilon needs)", parseInteger)
    .option(
      "--epsilon <x>",
      "accuracy of the p-th power that the default size is for (default: 0.5)",
      parseNumber,
    )
    .addOption(
      new Option("--scores <kind>", "importance that rows are sampled by")
        .choices(["sensitivity", "leverage", "root-leverage", "lewis", "leverage+sensitivity", "uniform"])
        .default("sensitivity"),
    )
    .option("--columns <list>", "columns to use (default: all)", (text: string) => text.split(","))
    .option(
      "--target <name>",
      "column to regress on the others, in the same norm; it counts as a column of the table",
    )
    .option("--coefficients <file>", "where the coefficients of that regression go: .csv")
    .option("--no-intercept", "regress without a constant")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .addOption(threadsOption())
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham coreset houses.csv --p 4 --size 100 --out rows.csv
  $ ockham coreset houses.csv --p 1 --size 100 --target price --coefficients fit.csv --out rows.csv --json

The weight of a row is probability^(-1 / p), which multiplies the row; solvers that weight terms |r|^p take 1 /
probability.`,
    )
    .action(async (path: string, options: CoresetOptions) => {
      const { coreset } = await import("../tasks/coreset.ts");
      await coreset(path, options, context);
    });
}
