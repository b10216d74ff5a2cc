import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseNumbers } from "../parse-values.ts";
import type { EvaluateRunOptions } from "../tasks/evaluate-run.ts";

export function evaluateRunCommand(context: CliContext): Command {
  return new Command("evaluate-run")
    .description("how well a search found what was judged relevant: nDCG, recall, reciprocal rank")
    .argument("<run>", "TREC run: query Q0 document rank score tag a line, as ockham search writes it")
    .requiredOption("--qrels <file>", "judgements: query iteration document grade a line, or a table of BEIR")
    .option("--ndcg <list>", "where nDCG is cut off", parseNumbers, [10])
    .option("--recall <list>", "where recall is cut off", parseNumbers, [10, 100])
    .option("--each", "show every query, not the means alone")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      `
Example:
  $ ockham evaluate-run run.trec --qrels qrels.tsv --recall 10,100,1000

Means are over the judged queries with a relevant document, as by trec_eval -c: a query of which the run has
nothing counts 0.`,
    )
    .action(async (path: string, options: EvaluateRunOptions) => {
      const { evaluateRunFile } = await import("../tasks/evaluate-run.ts");
      await evaluateRunFile(path, options, context);
    });
}
