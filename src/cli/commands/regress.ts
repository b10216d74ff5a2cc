import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { RegressOptions } from "../tasks/regress.ts";

export function regressCommand(context: CliContext): Command {
  return new Command("regress")
    .description("least squares for tall tables by one sketch, with error bars for every coefficient")
    .argument("<design>", "table with a header, or a matrix in .mtx form")
    .addOption(new Option("--method <id>", "how").choices(["linf-sketch"]).default("linf-sketch"))
    .option("--target <name>", "column of the table that is to be predicted")
    .option("--rhs <file>", "what is to be predicted, in a file of its own: the first column, or .mtx")
    .option("--columns <list>", "columns to predict from (default: all others)", (text: string) =>
      text.split(","),
    )
    .requiredOption("--out <file>", "where the coefficients go: .csv")
    .option("--no-intercept", "fit without a constant")
    .addOption(
      new Option("--sketch <kind>", "random matrix; the first three are accurate in every coefficient")
        .choices(["srht", "gaussian", "rademacher", "countSketch", "sparseSign", "leverage"])
        .default("srht"),
    )
    .option("--epsilon <x>", "accuracy asked for (default: 0.5)", parseNumber)
    .option("--delta <x>", "probability of failure (default: 0.01)", parseNumber)
    .option("--rows <n>", "rows of the sketch (default: as epsilon needs)", parseInteger)
    .option("--refine <n>", "steps of LSQR after the sketch (default: 0)", parseInteger)
    .option("--verify", "also solve exactly, and tell the errors and the times")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was found")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham regress houses.csv --target price --epsilon 0.3 --out coefficients.csv
  $ ockham regress design.mtx --rhs y.csv --verify --out coefficients.csv --json

The file has a row for every coefficient: its value, the standard deviation of its error from sketching, and a bound
that the error hardly exceeds.`,
    )
    .action(async (path: string, options: RegressOptions) => {
      const { regress } = await import("../tasks/regress.ts");
      await regress(path, options, context);
    });
}
