import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { ClassifySequencesOptions } from "../tasks/classify-sequences.ts";

export function classifySequencesCommand(context: CliContext): Command {
  return new Command("classify-sequences")
    .description("train a state-space model on labelled sequences, and test it on others")
    .argument("<train>", ".csv with a sequence a row and a label column, or .safetensors with x and labels")
    .option("--test <file>", "sequences to test on, in the same form")
    .option("--label <column>", "column of the class in tables", "label")
    .addOption(new Option("--method <id>", "how").choices(["ptd-ssm"]).default("ptd-ssm"))
    .addOption(
      new Option("--layer <kind>", "one system a channel, or one of all").choices(["s4", "s5"]).default("s4"),
    )
    .addOption(
      new Option("--init <kind>", "what the state matrix starts from")
        .choices(["ptd", "s4d-legs", "s4d-lin", "ginibre"])
        .default("ptd"),
    )
    .option("--width <n>", "channels (default: 64)", parseInteger)
    .option("--layers <n>", "layers (default: 2)", parseInteger)
    .option("--state-size <n>", "order of the state (default: 32)", parseInteger)
    .option("--epochs <n>", "passes over the data (default: 10)", parseNumber)
    .option("--batch-size <n>", "sequences in a batch (default: 32)", parseInteger)
    .option("--rate <hz>", "steps a second, for the spectrum in Hz", parseNumber)
    .option("--spectrum <file>", "where the gain of every layer by frequency goes: .csv")
    .option("--out <file>", "where the weights go: .safetensors")
    .option("--onnx <file>", "where the network goes: .onnx, for one sequence at a time")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham classify-sequences train.csv --test test.csv --out model.safetensors
  $ ockham classify-sequences ecg.safetensors --rate 250 --spectrum gains.csv --onnx ecg.onnx`,
    )
    .action(async (train: string, options: ClassifySequencesOptions) => {
      const { classifySequences } = await import("../tasks/classify-sequences.ts");
      await classifySequences(train, options, context);
    });
}
