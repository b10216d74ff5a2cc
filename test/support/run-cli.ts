import { runCli } from "../../src/cli/program.ts";

/** Runs a command line in this process. */
export async function ockham(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  let stdout = "";
  let stderr = "";
  const status = await runCli(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    signal: new AbortController().signal,
    colors: false,
  });
  return { status, stdout, stderr };
}
