import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { FinetuneOptions } from "../tasks/finetune.ts";

export function finetuneCommand(context: CliContext): Command {
  return new Command("finetune")
    .description(
      "train a network further on inputs with classes: after compressing it, or for a task of its own",
    )
    .argument("<model>", "the network (.onnx)")
    .requiredOption("--data <files...>", "its inputs: .npz with arrays named as they are, .npy, .csv")
    .requiredOption(
      "--labels <file>",
      "a class for each row of its scores: idx, .npy, array y of an .npz, or .csv",
    )
    .addOption(new Option("--method <id>", "optimiser").choices(["adamw", "sgd"]).default("adamw"))
    .requiredOption("--out <file>", "where the network goes (.onnx), or its weights alone (.safetensors)")
    .option("--delta", "write what changes of the weights, not the weights (.safetensors)")
    .option("--layers <pattern>", "train only weights with such names; * stands for any text")
    .option("--skip <pattern>", "leave weights with such names")
    .option("--output <name>", "the output with the scores; default the first")
    .option("--epochs <n>", "passes over the data", parseInteger, 4)
    .option("--batch-size <n>", "rows of a step, where the network leaves that open", parseInteger, 32)
    .option("--learning-rate <x>", "of the first step; falls to 0 along a cosine", parseNumber, 1e-4)
    .option("--held-out <part>", "part of the batches that the network is judged by", parseNumber, 0.1)
    .option("--seed <n>", "seed of the order of the data", parseInteger, 0)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham finetune small.onnx --data images.npy --labels labels.npy --out tuned.onnx
  $ ockham finetune model.onnx --data a.npy --labels a.csv --skip "head.*" --out a.safetensors

Running means and variances of normalisations stay as they are. Weights of several fine-tunings of one network can be
merged with ockham merge.`,
    )
    .action(async (model: string, options: FinetuneOptions) => {
      const { finetune } = await import("../tasks/finetune.ts");
      await finetune(model, options, context);
    });
}
