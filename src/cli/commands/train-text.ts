import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { TrainTextOptions } from "../tasks/train-text.ts";

export function trainTextCommand(context: CliContext): Command {
  return new Command("train-text")
    .description("train a language model on the characters of a text, and let it write")
    .argument("<text>", "a file of text in UTF-8")
    .addOption(new Option("--method <id>", "how").choices(["monarch-mixer"]).default("monarch-mixer"))
    .requiredOption("--out <file>", "where the weights go: .safetensors")
    .option("--length <n>", "characters that the model looks back", parseInteger, 256)
    .option("--epochs <x>", "passes over the text", parseNumber, 1)
    .option("--width <n>", "features of a character", parseInteger, 128)
    .option("--layers <n>", "blocks", parseInteger, 4)
    .option("--batch-size <n>", "stretches in a batch", parseInteger, 16)
    .option("--sample <n>", "characters that the model writes at the end", parseInteger, 200)
    .option("--onnx <file>", "where the network goes: .onnx, for one stretch at a time")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham train-text book.txt --length 512 --epochs 1 --out book.safetensors

The last tenth of the text is held out. Characters beyond the 255 most frequent are taken as one.`,
    )
    .action(async (text: string, options: TrainTextOptions) => {
      const { trainText } = await import("../tasks/train-text.ts");
      await trainText(text, options, context);
    });
}
