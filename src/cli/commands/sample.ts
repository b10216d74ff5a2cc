import { Command, Option } from "commander";
import type { Spacing } from "ockham/diffusion";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { SampleMethod, SampleOptions } from "../tasks/sample.ts";
import { withDenoiserOptions } from "./denoiser-options.ts";

const methods = [
  "dpm-solver-v3",
  "ddim",
  "heun",
  "dpm-solver-plus-plus-2m",
  "dpm-solver-plus-plus-3m",
  "unipc",
  "ancestral",
  "euler-maruyama",
  "sde-dpm-solver-plus-plus",
] as const satisfies readonly SampleMethod[];
const spacings = ["logsnr", "time", "time-quadratic", "karras"] as const satisfies readonly Spacing[];

export function sampleCommand(context: CliContext): Command {
  return withDenoiserOptions(
    new Command("sample")
      .description("draw samples from a diffusion model in an ONNX file")
      .argument("<model>", "ONNX file: samples and time in, the prediction out")
      .addOption(
        new Option("--method <id>", "sampler (default: dpm-solver-v3 with --statistics, else unipc)").choices(
          methods,
        ),
      )
      .requiredOption("--out <file>", "where the samples go: a grid as .png, or numbers as .npy"),
  )
    .option("--nfe <n>", "evaluations of the model", parseInteger, 10)
    .option("--count <n>", "number of samples", parseInteger, 64)
    .addOption(new Option("--spacing <kind>", "how the times lie").choices(spacings).default("logsnr"))
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of dpm-solver-v3:")
    .option(
      "--statistics <file>",
      "of the model: read if it exists, else computed and written (.safetensors)",
    )
    .option("--grid-size <n>", "intervals of the statistics", parseInteger, 250)
    .option("--samples <n>", "points at each of them", parseInteger, 256)
    .addHelpText(
      "after",
      `
Examples:
  $ ockham sample denoiser.onnx --nfe 8 --count 64 --statistics denoiser.safetensors --out grid.png
  $ ockham sample denoiser.onnx --method unipc --time-input 1000t --out samples.npy

Statistics cost thousands of evaluations, once for a model: they depend on the model, the schedule and
the guidance, so keep one file for each.`,
    )
    .action(async (model: string, options: SampleOptions) => {
      const { sample } = await import("../tasks/sample.ts");
      await sample(model, options, context);
    });
}
