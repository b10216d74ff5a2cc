import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from the interrupt to the end of the program. */
  readonly sinceInterrupt?: number;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Sends a signal when `when` resolves; it is given what the program has written to stderr so far. */
  readonly interrupt?: {
    readonly signal: NodeJS.Signals;
    readonly when: (stderr: () => string) => Promise<void>;
  };
}

/** Runs a program to its end. */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { interrupt } = options;
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let interrupted: number | undefined;
  interrupt
    ?.when(() => stderr)
    .then(() => {
      interrupted = performance.now();
      child.kill(interrupt.signal);
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      const since = interrupted === undefined ? {} : { sinceInterrupt: performance.now() - interrupted };
      resolve({ status, stdout, stderr, ...since });
    });
  });
}

/** Arguments of Node that run the command line from its sources. */
export const fromSources = ["--conditions=ockham-source", `${root}src/cli/main.ts`];

/** Runs the command line from its sources. */
export function ockham(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  return run(process.execPath, [...fromSources, ...args], options);
}
