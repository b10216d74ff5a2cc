import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { TrainDenoiserOptions } from "../tasks/train-denoiser.ts";

export function trainDenoiserCommand(context: CliContext): Command {
  return new Command("train-denoiser")
    .description("train a small U-Net on handwritten digits and write it as an ONNX file to sample from")
    .requiredOption("--out <file>", "where the model goes: .onnx")
    .option("--steps <n>", "steps of training, of 32 images each (default: as for the papers)", parseInteger)
    .option("--batch <n>", "images that the file's model takes at once", parseInteger, 16)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham train-denoiser --out digits.onnx
  $ ockham sample digits.onnx --label 3 --null-label 10 --guidance 2 --nfe 8 --out threes.png

Trained weights are kept in the cache folder; training that was interrupted is taken up again.`,
    )
    .action(async (options: TrainDenoiserOptions) => {
      const { trainDenoiser } = await import("../tasks/train-denoiser.ts");
      await trainDenoiser(options, context);
    });
}
