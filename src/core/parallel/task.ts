import { InvalidInputError, show } from "../errors.ts";

/** What a task is given beside its input. */
export interface TaskContext {
  /** Stops the task. A task on a worker thread need not look: its thread is ended. */
  readonly signal: AbortSignal;
  /** Reports that `done` of `total` units of this task are complete. */
  progress(done: number, total: number): void;
}

/**
 * A named piece of work that a {@link Pool} runs inline, on a worker thread or on another machine. Input and
 * output must be structured-cloneable: plain data, typed arrays, SharedArrayBuffers.
 */
export interface Task<Input, Output> {
  /** Unique, `"folder/what-it-does"`. A worker finds the task by this name. */
  readonly name: string;
  /** `import.meta.url` of the module that defines the task; a worker imports it. */
  readonly module: string;
  run(input: Input, context: TaskContext): Output | Promise<Output>;
  /**
   * What the task does with shared memory in its input. "read" promises that it never writes there, so that
   * another machine may be given a copy; default "write": such inputs stay on this machine.
   */
  readonly sharedMemory?: "read" | "write";
  /** Buffers of the output that are moved, not copied, back from a worker thread. Default none. */
  transfer?(output: Output): readonly ArrayBuffer[];
}

const tasks = new Map<string, Task<unknown, unknown>>();

/**
 * Defines and registers a task, at the top level of a module:
 *
 * ```ts
 * const squares = defineTask({
 *   name: "example/squares",
 *   module: import.meta.url,
 *   run: (input: Float64Array) => input.map((x) => x * x),
 * });
 * ```
 */
export function defineTask<Input, Output>(task: Task<Input, Output>): Task<Input, Output> {
  const other = tasks.get(task.name);
  if (other !== undefined && other.module !== task.module)
    throw new InvalidInputError("task.name", `${show(task.name)} is already defined in ${other.module}`);
  tasks.set(task.name, task as Task<unknown, unknown>);
  return task;
}

/** The task of that name among the modules imported so far. */
export function taskNamed(name: string): Task<unknown, unknown> {
  const task = tasks.get(name);
  if (task === undefined) throw new InvalidInputError("task", `no task is named ${show(name)}`);
  return task;
}
