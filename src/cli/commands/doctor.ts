import { access, constants, mkdir } from "node:fs/promises";
import { Command } from "commander";
import { cacheFolder, dataFolder } from "ockham/data";
import { threadPool } from "ockham/parallel";
import { environment, renderTable } from "ockham/report";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { poolCheck } from "../pool-check.ts";

/** What a part of the machine gives: found or absent, and the line that tells more. */
interface Finding {
  readonly part: string;
  readonly found: boolean;
  readonly detail: string;
}

/** One look at the machine each; a check that throws reports its part as absent, with the error. */
const checks: readonly { readonly part: string; look(): Promise<string> }[] = [
  {
    part: "cache folder",
    async look() {
      const folder = cacheFolder();
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
      return folder;
    },
  },
  {
    part: "data folder",
    async look() {
      const folder = dataFolder();
      if (folder === undefined) throw new Error("OCKHAM_DATA_DIR is not set; data sets are fetched");
      await access(folder, constants.R_OK);
      return folder;
    },
  },
  {
    part: "worker threads",
    async look() {
      const pool = threadPool({ threads: 1 });
      try {
        await pool.run(poolCheck, 1);
      } finally {
        await pool.close();
      }
      return "a task ran on a worker thread";
    },
  },
  {
    part: "LAPACK",
    async look() {
      const { lapackInfo } = await import("ockham/linalg");
      const { provider, library, vendor, threads, problems, advice } = lapackInfo();
      if (provider === "portable") throw new Error([advice, ...problems].join("; "));
      return `${vendor ?? library}${threads === undefined ? "" : `, ${threads} threads`}`;
    },
  },
  {
    part: "onnxruntime-node",
    async look() {
      const { env, listSupportedBackends } = await import("onnxruntime-node");
      const backends = listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? [name] : []));
      return `${env.versions.node ?? env.versions.common}; backends ${backends.join(", ")}`;
    },
  },
  {
    part: "onnxruntime-web",
    async look() {
      const { env } = await import("onnxruntime-web/wasm");
      return `${env.versions.web ?? env.versions.common}; backend wasm`;
    },
  },
];

export function doctorCommand(context: CliContext): Command {
  return new Command("doctor")
    .description("tell what this machine offers: engines, threads, folders")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample:\n  $ ockham doctor")
    .action(async (options: { json?: true }) => {
      // Before the checks, which load engines.
      const facts = environment();
      const findings: Finding[] = [];
      for (const { part, look } of checks) {
        try {
          findings.push({ part, found: true, detail: await look() });
        } catch (error) {
          context.signal.throwIfAborted();
          findings.push({ part, found: false, detail: (error as Error).message.split("\n")[0]! });
        }
      }
      if (options.json) {
        printJson(context, { environment: facts, findings });
        return;
      }
      const table = renderTable(
        {
          id: "doctor",
          title: "This machine",
          columns: [{ name: "part" }, { name: "found" }, { name: "detail" }],
          rows: [
            ...Object.entries(facts).map(([name, fact]) => [name, true, fact]),
            ...findings.map(({ part, found, detail }) => [part, found, detail]),
          ],
        },
        tableOptions(context),
      );
      printLine(context.stdout, table);
    });
}
