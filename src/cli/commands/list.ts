import { Command, Option } from "commander";
import { fields } from "ockham/paper";
import { renderTable } from "ockham/report";
import { factsOf, paperIds } from "../../../papers/index.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { implementedIds } from "../papers.ts";

export function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the papers: those that can be run, and those to come")
    .addOption(new Option("--field <field>", "only papers of that field").choices(fields))
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  $ ockham list --field graph")
    .action((options: { field?: string; json?: true }) => {
      const papers = paperIds
        .map((id) => ({ ...factsOf(id), runnable: implementedIds.includes(id) }))
        .filter(({ field }) => options.field === undefined || field === options.field);
      if (options.json) {
        printJson(context, papers);
        return;
      }
      const table = renderTable(
        {
          id: "papers",
          title: `${papers.length} papers, ${papers.filter(({ runnable }) => runnable).length} can be run`,
          columns: ["id", "field", "year", "run", "summary"].map((name) => ({ name })),
          rows: papers.map((paper) => [
            paper.id,
            paper.field,
            paper.year,
            paper.runnable ? "yes" : "",
            paper.summary,
          ]),
        },
        tableOptions(context),
      );
      printLine(context.stdout, table);
    });
}
