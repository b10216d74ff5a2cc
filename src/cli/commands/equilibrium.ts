import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { EquilibriumOptions } from "../tasks/equilibrium.ts";

export function equilibriumCommand(context: CliContext): Command {
  return new Command("equilibrium")
    .description("equilibrium of a matrix game, or least squares in a box, with a residual as certificate")
    .argument(
      "<data>",
      "payoffs y^T A x to the row player y: .mtx or .csv without a header; or samples, with --least-squares",
    )
    .addOption(
      new Option(
        "--method <id>",
        "variance-reduced Halpern iteration, or its inexact form, which is proven for games",
      )
        .choices(["vr-halpern", "vr-halpern-inexact"])
        .default("vr-halpern"),
    )
    .option("--least-squares", "the data are samples with a last column, or LIBSVM labels, to fit")
    .option("--box <lo,hi>", "bounds of every coefficient of least squares", parseNumbers)
    .option("--tol <residual>", "residual of the last iterate to stop at", parseNumber, 1e-4)
    .option("--max-epochs <n>", "budget in passes over the data", parseInteger, 10_000)
    .option("--step <size>", "step (default: 1/(4 L), and sqrt(n)/L of the inexact form)", parseNumber)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--out <file>", "where the solution goes: .csv with name, value")
    .option("--json", "print one JSON document about what was found")
    .addHelpText(
      "after",
      `
Exit status 1 when the budget ended before the residual was reached.

Example:
  $ ockham equilibrium payoff.csv --tol 1e-4 --out strategies.csv`,
    )
    .action(async (path: string, options: EquilibriumOptions) => {
      const { equilibrium } = await import("../tasks/equilibrium.ts");
      await equilibrium(path, options, context);
    });
}
