import { type Command, Option } from "commander";
import { predictions, timeInputs } from "ockham/diffusion";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { ScheduleName } from "../tasks/denoiser-file.ts";

const schedules = [
  "vp-linear",
  "vp-cosine",
  "vp-discrete",
  "edm",
  "ve",
] as const satisfies readonly ScheduleName[];

/** Adds what every command asks about a denoiser's file. */
export function withDenoiserOptions(command: Command): Command {
  return command
    .addOption(new Option("--schedule <kind>", "noise schedule").choices(schedules).default("vp-linear"))
    .option("--betas <what>", "variances of vp-discrete: a .npy file, or first,last,count")
    .addOption(new Option("--predicts <what>", "what the model gives").choices(predictions).default("noise"))
    .addOption(new Option("--time-input <how>", "how it is told the time").choices(timeInputs).default("t"))
    .option("--shape <list>", "shape of one sample where the file leaves it open, e.g. 1,28,28", parseNumbers)
    .option("--label <k>", "class, for models that take one", parseInteger)
    .option("--guidance <w>", "scale of classifier-free guidance towards --label", parseNumber)
    .option("--null-label <k>", "the class that stands for none; needed by --guidance", parseInteger);
}
