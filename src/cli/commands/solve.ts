import { Command, Option } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger, parseNumber } from "../parse-values.ts";
import type { LearnerKind, SolveMethod, SolveOptions } from "../tasks/solve.ts";

const methods = ["skr", "gmres", "cg", "sor", "ssor-pcg"] as const satisfies readonly SolveMethod[];
const learners = ["tsallis-inf", "tsallis-inf-binned", "chebcb"] as const satisfies readonly LearnerKind[];

export function solveCommand(context: CliContext): Command {
  return new Command("solve")
    .description("solve sparse linear systems, related ones faster than one by one")
    .argument("<systems...>", "folders of A_*.mtx and b_*.mtx, or matrices in Matrix Market form")
    .addOption(new Option("--method <id>", "how").choices(methods).default("skr"))
    .requiredOption("--out <folder>", "where solutions x_*.mtx and report.json go")
    .option("--rhs <folder>", "where right-hand sides are, if not beside the matrices; ones for b = 1")
    .option("--tol <x>", "bound on ||b - A x|| / ||b|| (default: 1e-8)", parseNumber)
    .option("--max-iterations <n>", "most iterations for each system (default: 10000)", parseInteger)
    .option("--json", "print one JSON document about what was done")
    .optionsGroup("Options of skr, gmres and cg:")
    .addOption(
      new Option("--precond <kind>", "preconditioner").choices([
        "none",
        "jacobi",
        "sor",
        "ssor",
        "ilu0",
        "ic0",
      ]),
    )
    .option("--m <n>", "dimension of a cycle's search space (default: 40)", parseInteger)
    .option("--k <n>", "dimension of the recycled space of skr (default: 20)", parseInteger)
    .option("--params <csv>", "what the matrices of skr were made from, a row each: decides the order")
    .option("--no-sort", "solve in the order of the files")
    .option("--no-recycle", "start every system without the space of the one before")
    .optionsGroup("Options of sor and ssor-pcg:")
    .option("--omega <x>", "relaxation parameter; default learnt", parseNumber)
    .addOption(
      new Option("--learner <id>", "what learns it; default chebcb with contexts, else tsallis-inf").choices(
        learners,
      ),
    )
    .option("--context <csv>", "a number for each system that bears on the best parameter")
    .option("--degree <n>", "Chebyshev terms of chebcb (default: 6)", parseInteger)
    .option("--bins <n>", "bins of tsallis-inf-binned (default: 5)", parseInteger)
    .option("--seed <n>", "seed of the learner (default: 0)", parseInteger)
    .option("--resume <json>", "go on with the learner.json of an earlier call")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham solve systems/ --method skr --precond ilu0 --params params.csv --out solutions/
  $ ockham solve bcsstk16.mtx --rhs ones --method cg --precond ic0 --out solutions/
  $ ockham solve systems/ --method ssor-pcg --learner chebcb --context shifts.csv --out solutions/

Solutions are named after the systems, whatever the order of solving. One that did not converge is written as
x_<name>.unconverged.mtx and the exit status is 1.`,
    )
    .action(async (systems: string[], options: SolveOptions) => {
      const { solve } = await import("../tasks/solve.ts");
      await solve(systems, options, context);
    });
}
