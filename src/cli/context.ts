/** A stream that the command line writes to; process.stdout and process.stderr fit. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What every command is given: where to write, when to stop, and the exit status to end with. */
export interface CliContext {
  /** Results, and nothing else: with `--json` exactly one JSON document. */
  readonly stdout: Output;
  /** Progress, logs and errors. */
  readonly stderr: Output;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether standard output shows ANSI colours. */
  readonly colors: boolean;
  /** Called by a command whose outcome is not success: {@link exitStatus}. */
  fail(status: number): void;
}

/** What the exit status says, the same for every command. */
export const exitStatus = {
  ok: 0,
  /** A claim missed its bar, a solve did not converge, something could not be fetched. */
  unmet: 1,
  /** Bad input: an unknown option, a file that cannot be read, a value out of range. */
  badInput: 2,
  /** An error inside the program. */
  internal: 70,
} as const;

export function printLine(output: Output, text = ""): void {
  output.write(`${text}\n`);
}

export function printJson(context: CliContext, value: unknown): void {
  printLine(context.stdout, JSON.stringify(value, undefined, 2));
}

/** How tables are drawn on the context's standard output. */
export function tableOptions(context: CliContext): { colors: boolean; width: number } {
  return { colors: context.colors, width: Math.max(60, context.stdout.columns || 100) };
}
