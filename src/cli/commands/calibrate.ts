import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { CalibrateOptions } from "../tasks/calibrate.ts";
import { withDenoiserOptions } from "./denoiser-options.ts";

export function calibrateCommand(context: CliContext): Command {
  return withDenoiserOptions(
    new Command("calibrate")
      .description("compute the statistics of a diffusion model that DPM-Solver-v3 samples with")
      .argument("<model>", "ONNX file: samples and time in, the prediction out")
      .requiredOption("--out <file>", "where the statistics go: .safetensors")
      .option(
        "--data <file>",
        "data of the model, .npy or IDX; bytes become -1 to 1 (default: its own trajectories)",
      ),
  )
    .option("--grid-size <n>", "intervals of the statistics", parseInteger, 250)
    .option("--samples <n>", "points at each of them", parseInteger, 256)
    .option("--probes <n>", "random signs a point", parseInteger, 1)
    .option("--t-end <t>", "last time to be sampled (default: as for 15 steps and fewer)", parseNumber)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham calibrate denoiser.onnx --data train-images-idx3-ubyte.gz --out denoiser.safetensors
  $ ockham sample denoiser.onnx --statistics denoiser.safetensors --nfe 8 --out grid.png
  $ ockham calibrate ddpm.onnx --schedule vp-discrete --betas 0.0001,0.02,1000 --time-input step --out ddpm.safetensors

Statistics depend on the model, the schedule and the guidance: keep one file for each.`,
    )
    .action(async (model: string, options: CalibrateOptions) => {
      const { calibrate } = await import("../tasks/calibrate.ts");
      await calibrate(model, options, context);
    });
}
