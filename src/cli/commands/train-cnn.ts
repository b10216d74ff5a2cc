import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseRankRule } from "../parse-rank-rule.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { TrainCnnOptions } from "../tasks/train-cnn.ts";

export function trainCnnCommand(context: CliContext): Command {
  return new Command("train-cnn")
    .description("train a convolutional network on your pictures so that it can be split into smaller layers")
    .argument("<architecture>", "its layers (.json)")
    .requiredOption(
      "--data <file>",
      "pictures: idx, .npy, or array x of an .npz, [n, channels, height, width]",
    )
    .requiredOption(
      "--labels <file>",
      "their classes, whole numbers from 0 on: idx, .npy, array y of an .npz, or .csv",
    )
    .addOption(new Option("--method <id>", "how").choices(["trp"]).default("trp"))
    .requiredOption("--out <file>", "where the network goes (.onnx)")
    .addOption(
      new Option("--scheme <id>", "how kernels are kept at low rank, and split")
        .choices(["channel", "spatial", "decouple"])
        .default("channel"),
    )
    .option(
      "--energy <part>",
      "part of the squared singular values that a projection keeps",
      parseNumber,
      0.95,
    )
    .option("--period <n>", "steps between two projections", parseInteger, 20)
    .option("--nuclear-weight <x>", "weight of the nuclear norm", parseNumber, 3e-4)
    .option("--skip <pattern>", "layers that are neither projected nor split; default the first and the last")
    .option(
      "--rank <rule>",
      "split the trained layers too, by value=, energy=, ratio=, params= or fixed=",
      parseRankRule,
    )
    .option("--epochs <n>", "passes over the pictures", parseInteger, 10)
    .option("--batch-size <n>", "pictures of a step", parseInteger, 128)
    .option(
      "--learning-rate <x>",
      "of the first step; a tenth after half of the steps, a hundredth after three quarters",
      parseNumber,
      0.02,
    )
    .option("--held-out <part>", "part of the pictures that the network is judged by", parseNumber, 0.1)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham train-cnn network.json --data images-idx3-ubyte --labels labels-idx1-ubyte --rank energy=0.98 --out small.onnx

network.json:
  { "input": [1, 28, 28], "layers": [
    { "type": "convolution", "outputs": 16, "window": 3, "stride": 2, "padding": 1 }, { "type": "relu" },
    { "type": "convolution", "outputs": 32, "window": 3, "padding": 1 }, { "type": "relu" },
    { "type": "max-pool", "window": 2 }, { "type": "linear", "outputs": 10 } ] }

Layers are named by their kind and number: convolution1, linear2. The network can be split later by
ockham compress --method channel.`,
    )
    .action(async (architecture: string, options: TrainCnnOptions) => {
      const { trainCnn } = await import("../tasks/train-cnn.ts");
      await trainCnn(architecture, options, context);
    });
}
