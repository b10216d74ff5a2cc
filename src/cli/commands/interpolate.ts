import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { InterpolateOptions } from "../tasks/interpolate.ts";

export function interpolateCommand(context: CliContext): Command {
  return new Command("interpolate")
    .description("values at new points from scattered measurements with several continuous coordinates")
    .argument("<measurements>", "table with a header; a row for every measurement")
    .addOption(new Option("--method <id>", "how").choices(["funbat"]).default("funbat"))
    .requiredOption("--coords <list>", "names of the columns of coordinates, two at least", (text: string) =>
      text.split(","),
    )
    .requiredOption("--value <name>", "name of the column of measured values")
    .requiredOption("--grid <file>", "table of the points to predict, with the same coordinates")
    .requiredOption("--out <file>", "where the predictions go: .csv with coordinates, mean, sd, extrapolated")
    .option("--factors <prefix>", "also write the functions of every coordinate, as <prefix>-<name>.csv")
    .option("--rank <n>", "functions of a coordinate (default: 3)", parseInteger)
    .addOption(new Option("--form <kind>", "interaction of the functions").choices(["tucker", "cp"]))
    .addOption(new Option("--kernel <id>", "roughness of the functions").choices(["matern12", "matern32"]))
    .option("--lengthscale <x>", "where the range of a coordinate is 1 (default: 0.2)", parseNumber)
    .option("--epochs <n>", "most epochs (default: 100)", parseInteger)
    .option("--restarts <n>", "starts, of which the best is kept (default: 3)", parseInteger)
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Example:
  $ ockham interpolate obs.csv --coords lat,lon,time --value pm25 --rank 3 --grid grid.csv --out map.csv

Values are standardised for the fit and given back in their own units; sd is that of a new measurement.`,
    )
    .action(async (path: string, options: InterpolateOptions) => {
      const { interpolate } = await import("../tasks/interpolate.ts");
      await interpolate(path, options, context);
    });
}
