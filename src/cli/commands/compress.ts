import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseRankRule } from "../parse-rank-rule.ts";
import { parseInteger, parseNumbers } from "../parse-values.ts";
import type { CompressMethod, CompressOptions } from "../tasks/compress-methods.ts";

const methods = [
  "lord",
  "svd",
  "asvd",
  "channel",
  "spatial",
  "decouple",
] as const satisfies readonly CompressMethod[];

export function compressCommand(context: CliContext): Command {
  return new Command("compress")
    .description("a smaller and faster network of the same kind from a trained one, without training")
    .argument("<model>", "the network (.onnx), or its weights alone (.safetensors)")
    .addOption(
      new Option(
        "--method <id>",
        "by outputs, by weights, by weights and sizes of inputs, or a split of convolutions",
      )
        .choices(methods)
        .default("lord"),
    )
    .option("--out <file>", "where the result goes, of the same kind as the model")
    .option(
      "--calibrate <files...>",
      "unlabelled inputs of the network: .npz with arrays named as its inputs, .npy, .csv",
    )
    .option("--batch <n>", "rows of them in one run, where the network leaves it open", parseInteger, 32)
    .option(
      "--rank <rule>",
      "ratio=, energy=, params=, value=, fixed= or budget=, a number (default: ratio=0.6)",
      parseRankRule,
    )
    .option("--layers <pattern>", "only layers with such names; * stands for any text")
    .option("--skip <pattern>", "not the layers with such names")
    .option("--max-samples <n>", "samples of each layer (default: 100000)", parseInteger)
    .option("--sequential", "lord: take statistics anew after every layer")
    .option(
      "--sweep <parts>",
      "try ranks of these parts of the full one, such as 0.8,0.5,0.2, and write nothing",
      parseNumbers,
    )
    .option(
      "--test <files...>",
      "inputs that the networks of a sweep are judged by; default those of --calibrate",
    )
    .option(
      "--labels <file>",
      "a class for each row of scores of those, to judge by accuracy and loss: idx, .npy, .npz, .csv",
    )
    .option("--dry-run", "show what would be done")
    .option("--allow-larger", "write a result that is larger than the model")
    .option("--no-time", "do not measure how long a run takes")
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham compress model.onnx --calibrate inputs.npz --rank energy=0.99 --out small.onnx
  $ ockham compress model.onnx --method svd --rank params=0.5 --dry-run
  $ ockham compress model.onnx --calibrate inputs.npz --sweep 0.8,0.5,0.2 --test others.npz --labels others.csv
  $ ockham compress weights.safetensors --method svd --layers "blocks.*" --out small.safetensors

lord keeps the directions in which the outputs of a layer vary on the calibration data, which should look like what the
network will be used on; svd needs none and loses more. channel, spatial and decouple split convolutions, best of networks
trained for it. In an .npz, arrays with one axis more than their inputs are
stacks of runs; otherwise rows are cut into batches. Layers stay dense where two factors would take more room.`,
    )
    .action(async (model: string, options: CompressOptions) => {
      const { compress } = await import("../tasks/compress.ts");
      await compress(model, options, context);
    });
}
