// Entry module of a pool's worker threads.
import type { MessagePort } from "node:worker_threads";
import { move, transferableSymbol, valueSymbol } from "piscina";
import { enterPoolWorker } from "./activity.ts";
import { taskNamed } from "./task.ts";
import { type ErrorRecord, recordOf } from "./task-error.ts";

export interface ThreadJob {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
  readonly port: MessagePort | undefined;
}

export interface ThreadOutcome {
  readonly output?: unknown;
  readonly error?: ErrorRecord;
}

enterPoolWorker();
// A stopped task's thread is ended from outside.
const { signal } = new AbortController();

export default async function runJob(job: ThreadJob): Promise<ThreadOutcome> {
  try {
    await import(job.module);
    const task = taskNamed(job.name);
    const output = await task.run(job.input, {
      signal,
      progress: (done, total) => job.port?.postMessage([done, total]),
    });
    const buffers = task.transfer?.(output) ?? [];
    if (buffers.length === 0) return { output };
    return move({ [transferableSymbol]: buffers, [valueSymbol]: { output } }) as ThreadOutcome;
  } catch (error) {
    return { error: recordOf(error) };
  }
}
