import { join } from "node:path";
import { Command } from "commander";
import type { Paper, PaperResult } from "ockham/paper";
import { renderClaims, renderTable, writeReport, writeResults } from "ockham/report";
import { type CliContext, exitStatus, printJson, printLine, tableOptions } from "../context.ts";
import { type MeasureOptions, measure, measureOptions, withPool } from "../measure.ts";
import { checkoutRoot } from "../package-root.ts";
import { loadPapers } from "../papers.ts";

interface RunOptions extends MeasureOptions {
  readonly json?: true;
  readonly out: string;
}

export function runCommand(context: CliContext): Command {
  const command = new Command("run")
    .description("measure the claims of papers, print them, and write a report with figures")
    .argument("<id...>", "papers, as `ockham list` names them");
  for (const option of measureOptions()) command.addOption(option);
  return command
    .option("--out <folder>", "where the report is written", "ockham-report")
    .option("--json", "print one JSON document: a report, or an array of them for several papers")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham run fastrp
  $ ockham run fastrp --full --seeds 3 --json > fastrp.json
  $ ockham run fastrp --full --pool redis://10.0.0.5:6379

In a checkout a --full run over the paper's own number of seeds also writes results/<id>.json.
Exit status: 0 when no claim missed its bar, 1 when one did.`,
    )
    .action((ids: string[], options: RunOptions) => run(ids, options, context));
}

async function run(ids: readonly string[], options: RunOptions, context: CliContext): Promise<void> {
  const papers = await loadPapers(ids);
  const reports = await withPool(
    options,
    async (pool) => {
      const reports = [];
      for (const paper of papers) {
        const result = await measure(paper, options, context, pool);
        const path = await writeReport(options.out, paper.title, result.report, result.figures);
        await keepResults(paper, options, result);
        reports.push(result.report);
        if (result.report.pass === false) context.fail(exitStatus.unmet);
        if (options.json) printLine(context.stderr, `Report: ${path}`);
        else print(paper, result, path, context);
      }
      return reports;
    },
    context.stderr,
  );
  if (options.json) printJson(context, reports.length === 1 ? reports[0] : reports);
  else {
    const lab = checkoutRoot() === undefined ? "npx ockham lab --open" : "npm run lab";
    printLine(context.stdout, `To read and try the papers in your browser: ${lab}`);
  }
}

/** `results/` states what the last full run over all of a paper's seeds measured. */
async function keepResults(paper: Paper, options: RunOptions, result: PaperResult): Promise<void> {
  const root = checkoutRoot();
  if (root === undefined || !options.full || result.report.seeds.length < (paper.seeds?.full ?? 1)) return;
  await writeResults(join(root, "results"), result.report, result.figures);
}

function print(paper: Paper, { report }: PaperResult, path: string, context: CliContext): void {
  const { stdout } = context;
  printLine(stdout, `${paper.title} (${paper.year})`);
  printLine(stdout, renderClaims(report.claims, tableOptions(context)));
  for (const table of report.tables) printLine(stdout, renderTable(table, tableOptions(context)));
  printLine(stdout, `${verdictText(report.pass)} in ${report.seconds} s. Report: ${path}`);
}

function verdictText(pass: boolean | null): string {
  if (pass === null) return "Some claims were skipped,";
  return pass ? "Every claim met its bar," : "A claim missed its bar,";
}
