import { readQrels, readTrecRun } from "ockham/io";
import { renderTable } from "ockham/report";
import { evaluateRun } from "ockham/retrieval";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface EvaluateRunOptions {
  readonly qrels: string;
  readonly ndcg: readonly number[];
  readonly recall: readonly number[];
  readonly each?: true;
  readonly json?: true;
}

export async function evaluateRunFile(
  path: string,
  { qrels, ndcg, recall, each, json }: EvaluateRunOptions,
  context: CliContext,
): Promise<void> {
  const display = progressDisplay(context, "evaluate-run");
  const call = { signal: context.signal, onProgress: display.onProgress };
  let evaluation: ReturnType<typeof evaluateRun>;
  try {
    const run = await readTrecRun(path, stageOf(call, "run", 0, 0.8, 1));
    const judgements = await readQrels(qrels, stageOf(call, "judgements", 0.8, 1, 1));
    evaluation = evaluateRun(run, judgements, { ndcg, recall });
  } finally {
    display.stop();
  }
  const { means, queries, missing, withoutRelevant, unjudged } = evaluation;
  if (json) {
    const perQuery = each ? { each: Object.fromEntries(queries) } : {};
    printJson(context, { means, queries: queries.size, missing, withoutRelevant, unjudged, ...perQuery });
    return;
  }
  const names = Object.keys(means);
  const rows = each
    ? Array.from(queries, ([query, values]) => [query, ...names.map((name) => values[name]!)])
    : [];
  printLine(
    context.stdout,
    renderTable(
      {
        id: "measures",
        title: `${queries.size} queries`,
        columns: [{ name: "query" }, ...names.map((name) => ({ name, digits: 4 }))],
        rows: [...rows, ["mean", ...names.map((name) => means[name]!)]],
      },
      tableOptions(context),
    ),
  );
  for (const [count, what] of [
    [missing, "of which the run has nothing, counted as 0"],
    [withoutRelevant, "without a relevant document, left out"],
    [unjudged, "of the run without a judgement, left out"],
  ] as const)
    if (count > 0) printLine(context.stderr, `${count} queries ${what}`);
}
