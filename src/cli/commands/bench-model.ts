import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumbers } from "../parse-values.ts";
import type { BenchModelOptions } from "../tasks/bench-model.ts";

export function benchModelCommand(context: CliContext): Command {
  return new Command("bench-model")
    .description("how long runs of networks take, measured side by side")
    .argument(
      "<models...>",
      "networks of the same inputs (.onnx); the first is what the others are held against",
    )
    .option(
      "--input <what...>",
      "inputs of a run: shapes such as x=1x3x48x320, or files (.npz, .npy, .csv); default what the first declares",
    )
    .option("--batch <numbers>", "rows of a run where the networks leave that open", parseNumbers, [1, 64])
    .option("--runs <n>", "timed runs of each", parseInteger, 200)
    .option("--warm-up <n>", "runs of each before the clock", parseInteger, 20)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham bench-model model.onnx small.onnx
  $ ockham bench-model model.onnx small.onnx --input x=1x3x48x320 --runs 50

One thread of ONNX Runtime, the networks in turn run by run, so that whatever else the machine does falls on all alike.`,
    )
    .action(async (models: string[], options: BenchModelOptions) => {
      const { benchModel } = await import("../tasks/bench-model.ts");
      await benchModel(models, options, context);
    });
}
