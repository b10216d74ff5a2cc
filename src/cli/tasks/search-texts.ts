import { renderTable } from "ockham/report";
import { readTextIndex } from "ockham/retrieval";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";

export interface SearchOptions {
  /** Default 5. */
  readonly top?: number;
  readonly candidates: number;
  readonly json?: true;
}

export async function searchTexts(
  path: string,
  query: string,
  { top = 5, candidates, json }: SearchOptions,
  context: CliContext,
): Promise<void> {
  const index = await readTextIndex(path);
  const hits = index.search(query, { k: top, candidates: Math.max(top, candidates) });
  const found = hits.map(({ passage, score }) => ({ score, ...passage }));
  if (json) {
    printJson(context, { query, passages: found });
    return;
  }
  printLine(
    context.stdout,
    renderTable(
      {
        id: "passages",
        title: query,
        columns: [{ name: "score", digits: 3 }, { name: "place" }, { name: "passage" }],
        rows: found.map(({ score, file, line, text }) => [score, `${file}:${line}`, text]),
      },
      tableOptions(context),
    ),
  );
}
