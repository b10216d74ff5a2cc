import { Command } from "commander";
import type { CliContext } from "../context.ts";
import { parseInteger } from "../parse-values.ts";
import type { LabOptions } from "../tasks/lab.ts";

export function labCommand(context: CliContext): Command {
  return new Command("lab")
    .description("serve the lab, where papers are explained and run in the browser, on this machine")
    .option("--port <n>", "port to serve on; 0 takes a free one", parseInteger, 8640)
    .option(
      "--host <address>",
      "address to serve on; others than loopback are open to the network",
      "127.0.0.1",
    )
    .option("--open", "open it in the browser")
    .addHelpText(
      "after",
      `
Examples:
  $ ockham lab --open
  $ ockham lab --port 9000

Everything is computed in the browser; the server hands out files and asks no other host for anything.`,
    )
    .action(async (options: LabOptions) => {
      const { serveLab } = await import("../tasks/lab.ts");
      await serveLab(options, context);
    });
}
