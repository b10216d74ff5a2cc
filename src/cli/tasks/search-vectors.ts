import { InvalidInputError } from "ockham";
import { type TrecRun, writeTrecRun } from "ockham/io";
import { renderTable } from "ockham/report";
import { readPointSets, readVectorIndex, searchVectorIndex } from "ockham/retrieval";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readNames } from "./names-file.ts";

export interface SearchVectorsOptions {
  readonly queries?: string;
  readonly queryIds?: string;
  readonly out?: string;
  /** Default 100. */
  readonly top?: number;
  readonly candidates: number;
  readonly json?: true;
}

/** Queries whose best documents are shown on a terminal. */
const shown = 20;

export async function searchVectors(
  path: string,
  { queries: file, queryIds, out, top = 100, candidates, json }: SearchVectorsOptions,
  context: CliContext,
): Promise<void> {
  const display = progressDisplay(context, "search");
  let run: TrecRun;
  try {
    const index = await readVectorIndex(path);
    const { points, offsets, dimension } = await readPointSets(file!);
    const expected = index.index.encoder.config.dimension;
    if (dimension !== expected)
      throw new InvalidInputError(file!, `has vectors of length ${dimension}, the index has ${expected}`);
    const ids = queryIds === undefined ? {} : { ids: await readNames(queryIds, offsets.length - 1) };
    run = await searchVectorIndex(
      index,
      { points, offsets },
      {
        ...ids,
        k: top,
        candidates: Math.max(top, candidates),
        signal: context.signal,
        onProgress: display.onProgress,
      },
    );
    if (out !== undefined) await writeTrecRun(out, run);
  } finally {
    display.stop();
  }
  if (json) {
    printJson(context, {
      queries: run.size,
      top,
      ...(out === undefined ? { found: Object.fromEntries(run) } : { out }),
    });
    return;
  }
  if (out !== undefined) printLine(context.stdout, `${run.size} queries: ${out}`);
  else
    printLine(
      context.stdout,
      renderTable(
        {
          id: "found",
          title: `Best documents of ${Math.min(shown, run.size)} of ${run.size} queries`,
          columns: [{ name: "query" }, { name: "document" }, { name: "score", digits: 4 }],
          rows: [...run]
            .slice(0, shown)
            .flatMap(([query, found]) =>
              found.slice(0, 3).map(({ document, score }) => [query, document, score]),
            ),
        },
        tableOptions(context),
      ),
    );
}
