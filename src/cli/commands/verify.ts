import { Command } from "commander";
import type { RunReport, Table } from "ockham/report";
import { renderTable, verdict } from "ockham/report";
import { type CliContext, exitStatus, printJson, printLine, tableOptions } from "../context.ts";
import { reportOf } from "../error-report.ts";
import { type MeasureOptions, measure, measureOptions, withPool } from "../measure.ts";
import { implementedIds, loadPapers } from "../papers.ts";

/** A paper's line on the scoreboard. */
type Score = RunReport | { readonly id: string; readonly error: string };

export function verifyCommand(context: CliContext): Command {
  const command = new Command("verify").description("measure the claims of every paper, on one scoreboard");
  for (const option of measureOptions()) command.addOption(option);
  return command
    .option("--json", "print one JSON document: the reports of all papers")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham verify --full
  $ ockham verify --pool redis://10.0.0.5:6379

Exit status: 0 when no claim missed its bar, 1 when one did or an experiment failed.`,
    )
    .action((options: MeasureOptions & { json?: true }) => verify(options, context));
}

async function verify(options: MeasureOptions & { json?: true }, context: CliContext): Promise<void> {
  const papers = await loadPapers(implementedIds);
  const scores = await withPool(
    options,
    async (pool) => {
      const scores: Score[] = [];
      for (const paper of papers) {
        try {
          scores.push((await measure(paper, options, context, pool)).report);
        } catch (error) {
          context.signal.throwIfAborted();
          // One experiment that fails must not hide the scores of the others.
          scores.push({ id: paper.id, error: reportOf(error).text });
        }
      }
      return scores;
    },
    context.stderr,
  );
  if (scores.some((score) => "error" in score || score.pass === false)) context.fail(exitStatus.unmet);
  if (options.json) printJson(context, scores);
  else printLine(context.stdout, renderTable(scoreboard(scores), tableOptions(context)));
}

function scoreboard(scores: readonly Score[]): Table {
  const verdicts = scores.map((score) => ("error" in score ? false : score.pass));
  const words = new Map([
    [true, "pass"],
    [false, "MISS"],
    [null, "skipped"],
  ]);
  return {
    id: "scoreboard",
    title: `${scores.length} papers: ${words.get(verdict(verdicts))}`,
    columns: [{ name: "paper" }, { name: "claims met" }, { name: "time", unit: "s" }, { name: "verdict" }],
    rows: scores.map((score, i) =>
      "error" in score
        ? [score.id, "", null, `failed: ${score.error}`]
        : [
            score.id,
            `${score.claims.filter(({ pass }) => pass).length} of ${score.claims.length}`,
            score.seconds,
            words.get(verdicts[i]!)!,
          ],
    ),
  };
}
