#!/usr/bin/env node
import picocolors from "picocolors";
import { runCli } from "./program.ts";

// A reader that closes the pipe (`ockham list | head`) has what it wanted.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

/** Exit status of a command that a signal ended, as shells report it. */
const signalStatus = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What still runs this long after the signal, in milliseconds, is given up. */
const patience = 800;

const interruption = new AbortController();
let status: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // Asked twice: leave at once. Unfinished files are removed on the way out.
    if (status !== undefined) process.exit(status);
    status = signalStatus[signal];
    interruption.abort(new Error(`stopped by ${signal}`));
    setTimeout(() => process.exit(status), patience).unref();
  });
}

try {
  process.exitCode = await runCli(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interruption.signal,
    colors: process.stdout.isTTY === true && picocolors.isColorSupported,
  });
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  process.stderr.write("ockham: interrupted\n");
  // No exit here: a native computation that is cut off in the middle takes the process down with it.
  process.exitCode = status;
}
