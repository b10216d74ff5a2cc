import { Command, Option } from "commander";
import { predictions, type Spacing, timeInputs } from "ockham/diffusion";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { SampleMethod, SampleOptions, ScheduleName } from "../tasks/sample.ts";

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
const schedules = ["vp-linear", "vp-cosine", "edm", "ve"] as const satisfies readonly ScheduleName[];
const spacings = ["logsnr", "time", "time-quadratic", "karras"] as const satisfies readonly Spacing[];

export function sampleCommand(context: CliContext): Command {
  return new Command("sample")
    .description("draw samples from a diffusion model in an ONNX file")
    .argument("<model>", "ONNX file: samples and time in, the prediction out")
    .addOption(new Option("--method <id>", "sampler").choices(methods).default("dpm-solver-v3"))
    .requiredOption("--out <file>", "where the samples go: a grid as .png, or numbers as .npy")
    .addOption(new Option("--schedule <kind>", "noise schedule").choices(schedules).default("vp-linear"))
    .addOption(new Option("--predicts <what>", "what the model gives").choices(predictions).default("noise"))
    .addOption(new Option("--time-input <how>", "how it is told the time").choices(timeInputs).default("t"))
    .option("--shape <list>", "shape of one sample where the file leaves it open, e.g. 1,28,28", parseNumbers)
    .option("--nfe <n>", "evaluations of the model", parseInteger, 10)
    .option("--count <n>", "number of samples", parseInteger, 64)
    .addOption(new Option("--spacing <kind>", "how the times lie").choices(spacings).default("logsnr"))
    .option("--label <k>", "class, for models that take one", parseInteger)
    .option("--guidance <w>", "scale of classifier-free guidance towards --label", parseNumber)
    .option("--null-label <k>", "the class that stands for none; needed by --guidance", parseInteger)
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

Statistics depend on the model, the schedule and the guidance: keep one file for each.`,
    )
    .action(async (model: string, options: SampleOptions) => {
      const { sample } = await import("../tasks/sample.ts");
      await sample(model, options, context);
    });
}
