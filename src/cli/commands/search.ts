import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { SearchOptions } from "../tasks/search-texts.ts";

export function searchCommand(context: CliContext): Command {
  return new Command("search")
    .description("passages of an indexed folder that fit a query best")
    .argument("<index>", "file that ockham index wrote")
    .argument("<query>", "words to look for")
    .option("--top <n>", "passages wanted", parseInteger, 5)
    .option("--candidates <n>", "passages compared word by word", parseInteger, 200)
    .option("--json", "print one JSON document with the passages")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham search notes.index "why the experiment failed"
  $ ockham search notes.index "cooling of turbine blades" --top 20 --json`,
    )
    .action(async (path: string, query: string, options: SearchOptions) => {
      const { searchTexts } = await import("../tasks/search-texts.ts");
      await searchTexts(path, query, options, context);
    });
}
