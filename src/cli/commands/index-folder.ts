import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { threadsOption } from "../measure.ts";
import type { IndexOptions } from "../tasks/index-texts.ts";

export function indexCommand(context: CliContext): Command {
  return new Command("index")
    .description("index a folder of text files, to be searched by meaning")
    .argument("<folder>", "folder with text files, searched with its subfolders")
    .requiredOption("--out <file>", "where the index goes")
    .option("--ext <list>", "endings of the files to read", "txt,md,rst,tex")
    .option(
      "--vectors <file>",
      "word vectors, a word and its numbers a line; default the data set wink-embeddings",
    )
    .addOption(threadsOption())
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham index notes --out notes.index
  $ ockham index notes --vectors glove.6B.50d.txt --out notes.index
  $ ockham search notes.index "why the experiment failed"

Paragraphs are the passages that a search finds; long ones are cut. The index needs no other file.`,
    )
    .action(async (folder: string, options: IndexOptions) => {
      const { indexTexts } = await import("../tasks/index-texts.ts");
      await indexTexts(folder, options, context);
    });
}
