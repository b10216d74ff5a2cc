import { monotone } from "./monotone.ts";
import { mapWith, type Pool, type PoolRunOptions } from "./pool.ts";
import type { Task } from "./task.ts";
import { failureOf, recordOf } from "./task-error.ts";

/**
 * Runs every task on the calling thread, one after the other. Works everywhere, browsers included. A task
 * stops when it looks at its signal; nothing can stop one that does not.
 */
export function inlinePool(): Pool {
  let last: Promise<unknown> = Promise.resolve();
  const pool: Pool = {
    size: 1,
    run: (task, input, options = {}) => {
      const turn = last.then(() => runInline(task, input, options));
      last = turn.catch(() => undefined);
      return turn;
    },
    map: (task, inputs, options) => mapWith(pool, task, inputs, options),
    close: async () => {},
  };
  return pool;
}

async function runInline<Input, Output>(
  task: Task<Input, Output>,
  input: Input,
  options: PoolRunOptions,
): Promise<Output> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const progress = monotone(options.onProgress);
  let output: Output;
  try {
    output = await task.run(input, { signal, progress: progress.report });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failureOf(task.name, input, recordOf(error));
  }
  signal.throwIfAborted();
  progress.finish();
  return output;
}
