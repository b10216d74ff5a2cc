// Entry module of a pool's worker threads.
import { move, transferableSymbol, valueSymbol } from "piscina";
import { enterPoolWorker } from "./activity.ts";
import { taskNamed } from "./task.ts";
import { recordOf } from "./task-error.ts";
import { jobState, type ThreadJob, type ThreadOutcome } from "./thread-messages.ts";

enterPoolWorker();

export default async function runJob(job: ThreadJob): Promise<ThreadOutcome> {
  const stopping = new AbortController();
  // The one message that may come.
  job.port.once("message", () => stopping.abort());
  try {
    if (Atomics.compareExchange(job.state, 0, jobState.waiting, jobState.runs) !== jobState.waiting)
      return {};
    await import(job.module);
    const task = taskNamed(job.name);
    stopping.signal.throwIfAborted();
    const output = await task.run(job.input, {
      signal: stopping.signal,
      progress: (done, total) => job.port.postMessage([done, total]),
    });
    const buffers = task.transfer?.(output) ?? [];
    if (buffers.length === 0) return { output };
    return move({ [transferableSymbol]: buffers, [valueSymbol]: { output } }) as ThreadOutcome;
  } catch (error) {
    return { error: recordOf(error) };
  }
}
