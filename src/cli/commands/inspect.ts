import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { InspectOptions } from "../tasks/inspect.ts";

export function inspectCommand(context: CliContext): Command {
  return new Command("inspect")
    .description("what is in a trained network: its weights, their ranks and zeros, size and multiply-adds")
    .argument("<model>", "the network (.onnx), or its weights alone (.safetensors)")
    .option("--layers <pattern>", "only weights with such names; * stands for any text")
    .option(
      "--input <what...>",
      "inputs of one run, for the multiply-adds: shapes such as x=1x3x48x320, or files (.npz, .npy, .csv)",
    )
    .option("--batch <n>", "rows of it where the network leaves that open", parseInteger, 1)
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham inspect model.onnx
  $ ockham inspect model.onnx --input x=1x3x48x320
  $ ockham inspect weights.safetensors --layers "blocks.*"

The rank at 90 % is the number of singular values whose squares make up 90 % of the sum of all. Two factors of a rank
below the break-even take less room than the weight.`,
    )
    .action(async (model: string, options: InspectOptions) => {
      const { inspect } = await import("../tasks/inspect.ts");
      await inspect(model, options, context);
    });
}
