import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { MergeMethodId, MergeOptions } from "../tasks/merge.ts";

const methods = [
  "breadcrumbs",
  "task-arithmetic",
  "ties",
  "dare",
  "average",
] as const satisfies readonly MergeMethodId[];

export function mergeCommand(context: CliContext): Command {
  return new Command("merge")
    .description("one model from several fine-tunings of a base, without data or training")
    .argument("<base>", "weights of the base (.safetensors)")
    .argument("<models...>", "weights of its fine-tunings")
    .addOption(new Option("--method <id>", "how").choices(methods).default("breadcrumbs"))
    .requiredOption("--out <file>", "where the merged weights go (.safetensors)")
    .option("--search <file>", "settings to try on few of the models, and a command that scores them (.json)")
    .option("--alpha <x>", "scale of the changes (default: 0.3; ties 1)", parseNumber)
    .option("--include <pattern>", "only tensors with such names; * stands for any text")
    .option("--exclude <pattern>", "tensors that stay as in the base, such as heads of single tasks")
    .option("--allow-missing", "take from the base what a model lacks")
    .option("--seed <n>", "seed of dare (default: 0)", parseInteger, 0)
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of breadcrumbs and ties:")
    .option("--keep <part>", "part of the entries kept (default: 0.1; ties 0.2)", parseNumber)
    .option("--remove-top <part>", "breadcrumbs: part dropped, the largest (default: 0.01)", parseNumber)
    .addOption(
      new Option("--granularity <kind>", "breadcrumbs: rank entries in a tensor or in each row").choices([
        "layer",
        "row",
      ]),
    )
    .optionsGroup("Options of dare:")
    .option("--drop <part>", "part dropped at random (default: 0.9)", parseNumber)
    .addHelpText(
      "after",
      `
Examples:
  $ ockham merge base.safetensors a.safetensors b.safetensors --out merged.safetensors
  $ ockham merge base.safetensors a.safetensors b.safetensors --search few.json --out merged.safetensors
  $ ockham merge base.safetensors a.safetensors b.safetensors --exclude "head.*" --keep 0.15 --out merged.safetensors

few.json of a search, where the command is given the file of a merge and prints a score, the higher the better, last:
  { "evaluate": ["node", "score.js", "{file}"], "models": 4, "alpha": [0.2, 0.3, 0.5], "keep": [0.1, 0.2] }
The best settings are then used for all models. Tensors are merged and written one by one. Those that are not of floating point are taken from the base.`,
    )
    .action(async (base: string, models: string[], options: MergeOptions) => {
      const { merge } = await import("../tasks/merge.ts");
      await merge([base, ...models], options, context);
    });
}
