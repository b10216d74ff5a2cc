import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { TransportOptions } from "../tasks/transport.ts";

export function transportCommand(context: CliContext): Command {
  return new Command("transport")
    .description("map the points of one table to where those of another lie, though nothing pairs them")
    .argument("<source>", "table with a header; its columns of numbers are the coordinates")
    .argument("<target>", "table with the same columns of numbers")
    .addOption(new Option("--method <id>", "how").choices(["lightsb"]).default("lightsb"))
    .requiredOption("--out <file>", "where the mapped points go: .csv, other columns copied through")
    .option("--epsilon <x>", "how much the map mixes, in units of the common variance", parseNumber, 0.1)
    .option("--components <n>", "components of the potential (default: 50)", parseInteger)
    .addOption(new Option("--covariance <kind>", "of the components").choices(["diagonal", "full"]))
    .option("--learning-rate <x>", "of Adam (default: 0.001)", parseNumber)
    .option("--steps <n>", "steps of Adam (default: 10000)", parseInteger)
    .option("--time <t>", "where on the way, from 0 (source) to 1 (target)", parseNumber, 1)
    .option("--model <file>", "also write the fitted bridge: .json")
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham transport day2.csv day4.csv --out mapped.csv
  $ ockham transport day2.csv day4.csv --time 0.5 --epsilon 0.05 --components 100 --out day3.csv

Coordinates are divided by one common deviation of both tables before the fit, and multiplied again after.`,
    )
    .action(async (source: string, target: string, options: TransportOptions) => {
      const { transport } = await import("../tasks/transport.ts");
      await transport(source, target, options, context);
    });
}
