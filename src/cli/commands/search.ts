import { Command } from "commander";
import { InvalidInputError } from "ockham";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { SearchOptions } from "../tasks/search-texts.ts";
import type { SearchVectorsOptions } from "../tasks/search-vectors.ts";

export function searchCommand(context: CliContext): Command {
  return new Command("search")
    .description("what an index holds that fits a query, or many, best")
    .argument("<index>", "file that ockham index wrote")
    .argument("[query]", "words to look for in an index of texts")
    .option(
      "--queries <file>",
      "queries for an index of vectors: .npz, .npy or .safetensors, a set of vectors each",
    )
    .option("--query-ids <file>", "names of the queries, one a line; default their numbers from 0")
    .option("--out <file>", "where the found documents of all queries go, as a TREC run")
    .option(
      "--top <n>",
      "passages or documents wanted for a query; default 5 passages, 100 documents",
      parseInteger,
    )
    .option("--candidates <n>", "passages or documents compared vector by vector", parseInteger, 200)
    .option("--json", "print one JSON document with what was found")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham search notes.index "why the experiment failed"
  $ ockham search notes.index "cooling of turbine blades" --top 20 --json
  $ ockham search passages.index --queries queries.npz --out run.trec`,
    )
    .action(
      async (path: string, query: string | undefined, options: SearchOptions & SearchVectorsOptions) => {
        if ((query === undefined) === (options.queries === undefined))
          throw new InvalidInputError("query", "expected either words, or --queries with a file of vectors");
        if (query === undefined) {
          const { searchVectors } = await import("../tasks/search-vectors.ts");
          await searchVectors(path, options, context);
        } else {
          const { searchTexts } = await import("../tasks/search-texts.ts");
          await searchTexts(path, query, options, context);
        }
      },
    );
}
