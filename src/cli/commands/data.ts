import { Command } from "commander";
import { InvalidInputError } from "ockham";
import { type Dataset, datasetStatus, datasets, fetchDataset } from "ockham/data";
import { renderTable } from "ockham/report";
import { type CliContext, exitStatus, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { didYouMean } from "../suggest.ts";

export function dataCommand(context: CliContext): Command {
  return new Command("data")
    .description("the data sets that papers use: list, fetch, and where their files are")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham data list
  $ ockham data fetch blogcatalog
  $ ls "$(ockham data path blogcatalog)"

Fetched data sets are kept in the folder OCKHAM_CACHE (default: the platform's cache folder). Files in the
folder OCKHAM_DATA_DIR are preferred to the network.`,
    )
    .addCommand(listCommand(context))
    .addCommand(fetchCommand(context))
    .addCommand(pathCommand(context));
}

function listCommand(context: CliContext): Command {
  return new Command("list")
    .description("list the data sets, their terms, and whether they are here")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  $ ockham data list --json")
    .action(async (options: { json?: true }) => {
      const rows = [];
      for (const { name, title, shape, terms, url } of datasets) {
        context.signal.throwIfAborted();
        rows.push({ name, title, shape, terms, url, status: await datasetStatus(name) });
      }
      if (options.json) {
        printJson(context, rows);
        return;
      }
      const table = renderTable(
        {
          id: "datasets",
          title: `${rows.length} data sets`,
          columns: ["name", "here", "what it holds", "terms"].map((name) => ({ name })),
          rows: rows.map(({ name, status, title, shape, terms }) => [
            name,
            status === "absent" ? "" : status,
            `${title}: ${shape}`,
            terms,
          ]),
        },
        tableOptions(context),
      );
      printLine(context.stdout, table);
    });
}

function fetchCommand(context: CliContext): Command {
  return new Command("fetch")
    .description("fetch data sets into the cache")
    .argument("<name...>", "data sets, as `ockham data list` names them")
    .option("--json", "print one JSON document: the folders")
    .addHelpText("after", "\nExample:\n  $ ockham data fetch blogcatalog wordnet")
    .action(async (names: string[], options: { json?: true }) => {
      const sets = names.map(datasetNamed);
      const fetched = [];
      for (const set of sets) {
        const display = progressDisplay(context, set.name);
        try {
          const { signal } = context;
          const { name, folder } = await fetchDataset(set, { signal, onProgress: display.onProgress });
          fetched.push({ name, folder });
        } finally {
          display.stop();
        }
      }
      if (options.json) printJson(context, fetched);
      else for (const { name, folder } of fetched) printLine(context.stdout, `${name}: ${folder}`);
    });
}

function pathCommand(context: CliContext): Command {
  return new Command("path")
    .description("print the folder of a data set that was fetched")
    .argument("<name>", "data set, as `ockham data list` names it")
    .addHelpText("after", "\nExample:\n  $ ockham data path blogcatalog")
    .action(async (name: string) => {
      const set = datasetNamed(name);
      if ((await datasetStatus(set)) === "cached") {
        printLine(context.stdout, (await fetchDataset(set)).folder);
        return;
      }
      printLine(context.stderr, `ockham: ${name} is not in the cache; run: ockham data fetch ${name}`);
      context.fail(exitStatus.unmet);
    });
}

function datasetNamed(name: string): Dataset {
  const set = datasets.find((dataset) => dataset.name === name);
  if (set !== undefined) return set;
  const known = datasets.map((dataset) => dataset.name);
  throw new InvalidInputError("name", `no data set is called "${name}"${didYouMean(name, known)}`);
}
