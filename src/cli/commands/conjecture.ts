import { Command, InvalidArgumentError, Option } from "commander";
import type { CliContext } from "../context.ts";
import { threadsOption } from "../measure.ts";
import { parseInteger } from "../parse-values.ts";
import type { ConjectureOptions } from "../tasks/conjecture.ts";

export function conjectureCommand(context: CliContext): Command {
  return new Command("conjecture")
    .description("continued fractions with a pattern that seem to equal a constant, checked to many digits")
    .addOption(new Option("--digits <file>", "text file with the constant's decimal digits, 300 or more"))
    .addOption(
      new Option(
        "--constant <name>",
        "e, e2, pi, ln2, tan1, catalan, zeta3, sqrt2, phi, or bessel:p/q",
      ).conflicts("digits"),
    )
    .option("--degree <n>", "largest degree of the rational function of the constant", parseInteger, 1)
    .option("--coeff <n>", "largest size of its coefficients", parseInteger, 2)
    .option("--periods <min:max>", "lengths of the repeating signs", parsePeriods, [1, 2])
    .option("--depth <n>", "terms that are read off", parseInteger, 100)
    .addOption(threadsOption())
    .option("--latex", "print each conjecture as a line of LaTeX")
    .addOption(new Option("--json", "print one JSON document").conflicts("latex"))
    .addHelpText(
      "after",
      `
Examples:
  $ ockham conjecture --constant e --periods 2:2 --depth 105
  $ ockham conjecture --digits file.txt --coeff 3 --json

What is printed was verified to the digits stated, beyond those that it was read from. It is not proven.`,
    )
    .action(async (options: ConjectureOptions) => {
      const { conjecture } = await import("../tasks/conjecture.ts");
      await conjecture(options, context);
    });
}

function parsePeriods(text: string): [number, number] {
  const match = /^(\d+):(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("Expected two whole numbers, min:max.");
  return [Number(match[1]), Number(match[2])];
}
