import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { CompleteOptions } from "../tasks/complete.ts";

export function completeCommand(context: CliContext): Command {
  return new Command("complete")
    .description("fills in a partly observed table of low rank, e.g. ratings of films by users")
    .argument(
      "<table>",
      "cells as row, column, value (.csv with a header, or .mtx), or a .csv with blanks (--wide)",
    )
    .addOption(new Option("--method <id>", "how").choices(["robust-altmin"]).default("robust-altmin"))
    .requiredOption("--rank <n>", "rank of the completed table", parseInteger)
    .requiredOption(
      "--out <file>",
      "where the completion goes: .csv with row, column, value of the missing cells",
    )
    .option(
      "--factors <file>",
      "also write the factors: .safetensors with rows and columns, or a prefix for <prefix>-rows.npy and <prefix>-columns.npy",
    )
    .option(
      "--wide",
      "the table is written out, one line a row, the first column naming it, missing cells empty",
    )
    .option("--weight <column>", "heading of a column that says how much each cell counts")
    .option("--ridge <x>", "weight of the squared norms of the factors (default: 0)", parseNumber)
    .option("--holdout <x>", "part of the cells to judge the completion by (default: 0)", parseNumber)
    .option("--iterations <n>", "sweeps at most (default: 50)", parseInteger)
    .addOption(
      new Option("--solver <id>", "how the small least-squares problems are solved").choices([
        "cg",
        "sketched",
        "exact",
      ]),
    )
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham complete ratings.csv --rank 8 --ridge 1 --holdout 0.1 --out filled.csv
  $ ockham complete sensors.csv --wide --rank 3 --out filled.csv --json

Ratings should be centred when the rank is small: what all cells share costs a rank of its own.`,
    )
    .action(async (path: string, options: CompleteOptions) => {
      const { complete } = await import("../tasks/complete.ts");
      await complete(path, options, context);
    });
}
