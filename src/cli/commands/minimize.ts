import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { MinimizeOptions } from "../tasks/minimize.ts";

export function minimizeCommand(context: CliContext): Command {
  return new Command("minimize")
    .description("a regression, or labels spread over a graph, by block coordinate descent")
    .argument("<data>", "samples with a last column or LIBSVM labels; for --loss labels an edge list")
    .addOption(
      new Option("--loss <id>", "what to minimise")
        .choices(["squares", "logistic", "softmax", "labels"])
        .default("squares"),
    )
    .addOption(new Option("--method <id>", "how").choices(["greedy-bcd"]).default("greedy-bcd"))
    .option("--labels <file>", "of a graph: .csv with a header, vertex and number")
    .option("--block <n>", "variables of a block", parseInteger, 5)
    .addOption(
      new Option(
        "--select <rule>",
        "which block (default: gsl, with constraints gsq, on a graph tree-greedy)",
      ).choices(["random", "cyclic", "lipschitz", "gs", "gsl", "gsd", "gsq", "tree-greedy", "tree-random"]),
    )
    .addOption(
      new Option(
        "--update <rule>",
        "which step (default: matrix, with constraints projected, on a graph message-passing)",
      ).choices([
        "gradient",
        "linesearch-L",
        "matrix",
        "newton",
        "exact",
        "message-passing",
        "projected",
        "two-metric",
        "qp",
      ]),
    )
    .option("--l1 <weight>", "weight of the absolute values", parseNumber, 0)
    .option("--l2 <weight>", "weight of half the squares", parseNumber, 0)
    .option("--nonneg", "no coefficient below 0")
    .option("--tol <norm>", "norm of the gradient to stop at", parseNumber, 1e-6)
    .option("--max-iterations <n>", "most blocks", parseInteger, 100_000)
    .option("--seed <n>", "seed of everything random", parseInteger, 0)
    .option("--out <file>", "where the solution goes: .csv with name, value")
    .option("--json", "print one JSON document about what was found")
    .addHelpText(
      "after",
      `
Exit status 1 when the gradient did not become that small.

Examples:
  $ ockham minimize a.libsvm --loss logistic --block 5 --select gsd --update matrix --l2 1 --out x.csv
  $ ockham minimize edges.csv --loss labels --labels labels.csv --out soft.csv`,
    )
    .action(async (path: string, options: MinimizeOptions) => {
      const { minimize } = await import("../tasks/minimize.ts");
      await minimize(path, options, context);
    });
}
