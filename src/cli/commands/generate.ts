import { Argument, Command, Option } from "commander";
import type { OperatorEquation } from "ockham/pde";
import type { CliContext } from "../context.ts";
import { poolOption, threadsOption } from "../measure.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { GenerateOptions } from "../tasks/generate.ts";

const equations = [
  "darcy",
  "darcy-log-normal",
  "helmholtz",
  "navier-stokes",
] as const satisfies readonly OperatorEquation[];

export function generateCommand(context: CliContext): Command {
  return new Command("generate")
    .description("make training data for neural operators: inputs and solutions of a differential equation")
    .addArgument(new Argument("<equation>", "what to solve").choices(equations))
    .requiredOption("--n <n>", "points along each axis of the unit square", parseInteger)
    .requiredOption("--count <n>", "number of pairs", parseInteger)
    .requiredOption("--out <folder>", "where inputs, outputs and report.json go")
    .addOption(
      new Option("--format <name>", "how they are stored").choices(["npy", "safetensors"]).default("npy"),
    )
    .addOption(
      new Option("--dtype <type>", "element type").choices(["float32", "float64"]).default("float32"),
    )
    .option("--seed <n>", "seed of everything random (default: 0)", parseInteger)
    .option(
      "--group-size <n>",
      "pairs solved in one sequence (default: 50); part of the result",
      parseInteger,
    )
    .addOption(threadsOption())
    .addOption(poolOption())
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of darcy, darcy-log-normal and helmholtz:")
    .addOption(
      new Option("--method <id>", "how systems are solved (default: skr)").choices(["skr", "gmres", "cg"]),
    )
    .addOption(
      new Option("--precond <kind>", "preconditioner (default: ilu0, ic0 for cg)").choices([
        "none",
        "jacobi",
        "sor",
        "ssor",
        "ilu0",
        "ic0",
      ]),
    )
    .option("--tol <x>", "bound on relative residuals (default: 1e-8)", parseNumber)
    .optionsGroup("Options of navier-stokes:")
    .option("--time <t>", "time of the output (default: 10)", parseNumber)
    .option("--viscosity <x>", "kinematic viscosity (default: 0.001)", parseNumber)
    .addHelpText(
      "after",
      `
Examples:
  $ ockham generate darcy --n 128 --count 1000 --out data/
  $ ockham generate navier-stokes --n 64 --count 100 --time 20 --format safetensors --out flows/

The result does not depend on the number of threads. A call that was interrupted goes on where it stopped when it
is given again.`,
    )
    .action(async (equation: OperatorEquation, options: GenerateOptions) => {
      const { generate } = await import("../tasks/generate.ts");
      await generate(equation, options, context);
    });
}
