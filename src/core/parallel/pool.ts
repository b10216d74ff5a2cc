import type { Progress } from "../progress.ts";
import type { Task } from "./task.ts";

export interface PoolRunOptions {
  /** Stops the work; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Of {@link Pool.run}: as the task reports it. Of {@link Pool.map}: in inputs, fractions included. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Runs tasks, wherever it runs them: {@link inlinePool} on the calling thread, {@link threadPool} on worker
 * threads, {@link redisPool} on other machines. Results do not depend on the executor, nor on its size.
 *
 * A task that throws rejects the call with an error that names the task and sums up its input
 * (`InvalidInputError` and `NumericalError` keep their class, everything else is a `TaskError`), and so does
 * a worker that dies; the pool stays usable.
 */
export interface Pool {
  /** How many tasks run, or are queued to run, at once. Divide work by the data, not by this, where results depend on it. */
  readonly size: number;
  run<Input, Output>(task: Task<Input, Output>, input: Input, options?: PoolRunOptions): Promise<Output>;
  /** Runs the task on every input; outputs in the order of the inputs. The first failure stops the rest. */
  map<Input, Output>(
    task: Task<Input, Output>,
    inputs: readonly Input[],
    options?: PoolRunOptions,
  ): Promise<Output[]>;
  /** Ends the workers. Work still under way is given up. */
  close(): Promise<void>;
}

/** {@link Pool.map} on top of {@link Pool.run}, for every executor. */
export async function mapWith<Input, Output>(
  pool: Pick<Pool, "size" | "run">,
  task: Task<Input, Output>,
  inputs: readonly Input[],
  options: PoolRunOptions = {},
): Promise<Output[]> {
  options.signal?.throwIfAborted();
  const { onProgress } = options;
  const total = inputs.length;
  const fractions = new Float64Array(total);
  let reported = 0;
  const report = (): void => {
    let done = 0;
    for (const fraction of fractions) done += fraction;
    reported = Math.max(reported, Math.min(done, total));
    onProgress?.({ done: reported, total });
  };
  onProgress?.({ done: 0, total });

  const failed = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal;
  const outputs = new Array<Output>(total);
  let next = 0;
  // As many lanes as the pool runs at once: inputs that wait are not copied into its queue.
  const lane = async (): Promise<void> => {
    while (next < total) {
      const index = next++;
      outputs[index] = await pool.run(task, inputs[index]!, {
        signal,
        ...(onProgress && {
          onProgress: (progress: Progress) => {
            fractions[index] = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
            report();
          },
        }),
      });
      fractions[index] = 1;
      report();
    }
  };
  const lanes = Array.from({ length: Math.min(pool.size, total) }, lane);
  try {
    await Promise.all(lanes);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(lanes);
    throw error;
  }
  return outputs;
}
