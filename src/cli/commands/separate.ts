import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber, parseNumbers } from "../parse-values.ts";
import type { SeparateOptions } from "../tasks/separate.ts";

export function separateCommand(context: CliContext): Command {
  return new Command("separate")
    .description("a hyperplane that separates two classes, where there is one")
    .argument("<data>", "samples with labels: LIBSVM text, .csv with a header, or idx images with --labels")
    .addOption(
      new Option("--method <id>", "how")
        .choices([
          "normalized-lr-gd",
          "lr-gd",
          "batch-perceptron",
          "normalized-batch-perceptron",
          "perceptron",
        ])
        .default("normalized-lr-gd"),
    )
    .option("--label <column>", "column of a .csv that holds the labels (default: the last)")
    .option("--labels <file>", "idx file with the labels of idx images")
    .option("--classes <a,b>", "the two labels to tell apart, where there are more", parseNumbers)
    .option("--step <size>", "step of the methods with a logistic loss", parseNumber, 100)
    .option("--bias", "add a constant, so that the hyperplane need not pass through 0")
    .option("--max-iterations <n>", "most updates", parseInteger, 100_000)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--out <file>", "where the coefficients go: .csv with feature, coefficient")
    .option("--json", "print one JSON document about what was found")
    .addHelpText(
      "after",
      `
Exit status 1 when the samples were not separated; the rows on the wrong side are then listed.

Example:
  $ ockham separate train.libsvm --step 100 --bias --out theta.csv`,
    )
    .action(async (path: string, options: SeparateOptions) => {
      const { separate } = await import("../tasks/separate.ts");
      await separate(path, options, context);
    });
}
