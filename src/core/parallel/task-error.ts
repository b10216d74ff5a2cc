import { InvalidInputError, NumericalError, show } from "../errors.ts";

/** A task that threw, or whose worker died. Names the task and sums up the input that it had. */
export class TaskError extends Error {
  override readonly name: string = "TaskError";
  readonly task: string;
  /** The input, shortened to a line. */
  readonly input: string;

  constructor(task: string, input: string, problem: string, options?: ErrorOptions) {
    super(`task ${task} failed: ${problem} (input: ${input})`, options);
    this.task = task;
    this.input = input;
  }
}

/** An error in a form that crosses threads and machines with its class and fields. */
export interface ErrorRecord {
  readonly kind: "InvalidInputError" | "NumericalError" | "Error";
  readonly message: string;
  readonly stack: string | undefined;
  readonly argument?: string;
  readonly diagnostics?: Readonly<Record<string, unknown>>;
}

export function recordOf(error: unknown): ErrorRecord {
  if (error instanceof InvalidInputError)
    return {
      kind: "InvalidInputError",
      message: error.message.slice(error.argument.length + 2),
      stack: error.stack,
      argument: error.argument,
    };
  if (error instanceof NumericalError)
    return {
      kind: "NumericalError",
      message: error.message,
      stack: error.stack,
      diagnostics: JSON.parse(JSON.stringify(error.diagnostics)) as Record<string, unknown>,
    };
  if (error instanceof Error) return { kind: "Error", message: error.message, stack: error.stack };
  return { kind: "Error", message: String(error), stack: undefined };
}

/**
 * What the caller of a pool sees of a failed task, the same from every executor: bad input and numerical
 * trouble keep their class, everything else is a TaskError; all name the task and its input.
 */
export function failureOf(task: string, input: unknown, record: ErrorRecord): Error {
  const cause = new Error(record.message);
  if (record.stack !== undefined) cause.stack = record.stack;
  const summary = summarize(input);
  const where = `${record.message} (task ${task}, input: ${summary})`;
  if (record.kind === "InvalidInputError")
    return new InvalidInputError(record.argument ?? "input", where, { cause });
  if (record.kind === "NumericalError") return new NumericalError(where, record.diagnostics, { cause });
  return new TaskError(task, summary, record.message, { cause });
}

/** The record of which {@link failureOf} made an error; of any other error, its own. */
export function failureRecordOf(error: unknown): ErrorRecord {
  const record = recordOf(error);
  const cause = error instanceof Error ? error.cause : undefined;
  const reported =
    error instanceof TaskError || error instanceof InvalidInputError || error instanceof NumericalError;
  if (!reported || !(cause instanceof Error)) return record;
  return { ...record, message: cause.message, stack: cause.stack };
}

const longestSummary = 200;

/** One line about an input: its fields, arrays by type and length. */
export function summarize(input: unknown): string {
  let text: string;
  if (ArrayBuffer.isView(input)) text = viewSummary(input);
  else if (typeof input === "object" && input !== null && !Array.isArray(input))
    text = `{ ${Object.entries(input)
      .map(([key, value]) => `${key}: ${ArrayBuffer.isView(value) ? viewSummary(value) : show(value)}`)
      .join(", ")} }`;
  else text = show(input);
  return text.length > longestSummary ? `${text.slice(0, longestSummary - 3)}...` : text;
}

function viewSummary(view: ArrayBufferView): string {
  const length = (view as { length?: number }).length;
  return `${view.constructor.name}(${length ?? view.byteLength})`;
}
