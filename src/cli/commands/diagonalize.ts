import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { DiagonalizeOptions } from "../tasks/diagonalize.ts";

export function diagonalizeCommand(context: CliContext): Command {
  return new Command("diagonalize")
    .description("diagonalise a matrix close to a given one whose own eigenvectors are nearly dependent")
    .argument("<matrix>", "a square real matrix: .mtx")
    .addOption(new Option("--method <id>", "how").choices(["ptd"]).default("ptd"))
    .option("--gamma <x>", "weight of the size of the change against the condition (default: 1)", parseNumber)
    .option("--steps <n>", "steps of the search (default: 400)", parseInteger)
    .option("--stable <x>", "real parts of eigenvalues are at most minus this (default: 0.05)", parseNumber)
    .option("--out <file>", "where eigenvalues, eigenvectors and the change go: .json")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham diagonalize state.mtx --gamma 1 --out modes.json

The answer is exact to rounding for a matrix within the size that is printed. Lower --gamma for a better condition.`,
    )
    .action(async (matrix: string, options: DiagonalizeOptions) => {
      const { diagonalize } = await import("../tasks/diagonalize.ts");
      await diagonalize(matrix, options, context);
    });
}
