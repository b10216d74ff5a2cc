import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumbers } from "../parse-values.ts";
import type { SmoothOptions } from "../tasks/smooth.ts";
import { smoothingModels } from "../tasks/smoothing-models.ts";

export function smoothCommand(context: CliContext): Command {
  return new Command("smooth")
    .description("the hidden states behind a series, given all of it, and the model's parameters")
    .argument("<series>", "table with a header; the first column is the series, NA where missing")
    .addOption(new Option("--method <id>", "how").choices(["ppg"]).default("ppg"))
    .addOption(
      new Option("--model <id>", "linear-Gaussian autoregression, stochastic volatility or nonlinear growth")
        .choices(Object.keys(smoothingModels))
        .makeOptionMandatory(),
    )
    .requiredOption("--out <file>", "where the smoothed states go: .csv with step, mean, error")
    .option("--parameters <list>", "of the model, in the order given below", parseNumbers)
    .option("--learn", "learn the parameters first, starting from those given")
    .option("--learning-steps <n>", "steps of the ascent (default: 300)", parseInteger)
    .option("--particles <n>", "particles of a sweep", parseInteger, 25)
    .option("--iterations <n>", "sweeps, each around the path of the one before", parseInteger, 20)
    .option("--burnin <n>", "sweeps left out of the averages (default: half of them)", parseInteger)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--json", "print one JSON document about what was found")
    .addHelpText(
      "after",
      `
Parameters of the models and their defaults:
${Object.entries(smoothingModels)
  .map(([id, { names, defaults }]) => `  ${id.padEnd(7)} ${names.join(", ")} (${defaults.join(", ")})`)
  .join("\n")}

Example:
  $ ockham smooth returns.csv --model sv --particles 25 --iterations 20 --learn --out states.csv`,
    )
    .action(async (path: string, options: SmoothOptions) => {
      const { smooth } = await import("../tasks/smooth.ts");
      await smooth(path, options, context);
    });
}
