import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { threadsOption } from "../measure.ts";
import { parseInteger } from "../parse-values.ts";
import type { IndexOptions } from "../tasks/index-texts.ts";
import type { IndexVectorsOptions } from "../tasks/index-vectors.ts";

export function indexCommand(context: CliContext): Command {
  return new Command("index")
    .description("index a folder of text files, or sets of vectors, to be searched by meaning")
    .argument(
      "<source>",
      "folder with text files, or .npz, .npy or .safetensors with a set of vectors a document",
    )
    .requiredOption("--out <file>", "where the index goes")
    .option("--ext <list>", "endings of the text files to read", "txt,md,rst,tex")
    .option(
      "--vectors <file>",
      "word vectors for texts, a word and its numbers a line; default the data set wink-embeddings",
    )
    .option("--ids <file>", "names of the documents of vectors, one a line; default their numbers from 0")
    .option("--k <n>", "hyperplanes of an encoding of vectors", parseInteger, 5)
    .option("--reps <n>", "repetitions of an encoding of vectors", parseInteger, 20)
    .option("--proj <n>", "numbers of a cell in an encoding of vectors", parseInteger, 16)
    .option("--final <n>", "numbers that an encoding of vectors is sketched to; default all", parseInteger)
    .option("--seed <n>", "seed of the encoding of vectors", parseInteger, 0)
    .addOption(threadsOption())
    .option("--json", "print one JSON document about what was done")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham index notes --out notes.index
  $ ockham index notes --vectors glove.6B.50d.txt --out notes.index
  $ ockham search notes.index "why the experiment failed"

  $ ockham index passages.npz --ids passages.txt --out passages.index
  $ ockham search passages.index --queries queries.npz --out run.trec
  $ ockham evaluate-run run.trec --qrels qrels.tsv

Paragraphs are the passages that a search finds; long ones are cut. The index needs no other file.
An .npz or .safetensors of vectors holds points (rows x dimension) and offsets (where each document's rows
begin, and the end); an .npy holds documents x rows x dimension.`,
    )
    .action(async (source: string, options: IndexOptions & IndexVectorsOptions) => {
      if (/\.(npz|npy|safetensors)$/i.test(source)) {
        const { indexVectors } = await import("../tasks/index-vectors.ts");
        await indexVectors(source, options, context);
      } else {
        const { indexTexts } = await import("../tasks/index-texts.ts");
        await indexTexts(source, options, context);
      }
    });
}
