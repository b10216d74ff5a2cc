import type { Pool, Task } from "../core/parallel/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";

/** Runs a task on every part, in order: on the workers of a pool, or here with rests between the parts. */
export async function mapParts<Input, Output>(
  task: Task<Input, Output>,
  parts: readonly Input[],
  options: LongCallOptions,
  pool: Pool | undefined,
): Promise<Output[]> {
  const { signal, onProgress } = options;
  if (pool !== undefined)
    return pool.map(task, parts, {
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
  const pace = new Pace(options, parts.length);
  const context = { signal: signal ?? new AbortController().signal, progress: () => {} };
  const outputs: Output[] = [];
  for (const part of parts) {
    outputs.push(await task.run(part, context));
    if (pace.due()) await pace.rest(outputs.length);
  }
  pace.finish();
  return outputs;
}
