import { availableParallelism } from "node:os";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { requireInteger, requireKnownOptions } from "../errors.ts";
import { onPoolActivity, poolOpened } from "./activity.ts";
import { monotone } from "./monotone.ts";
import { mapWith, type Pool, type PoolRunOptions } from "./pool.ts";
import type { Task } from "./task.ts";
import { failureOf, recordOf } from "./task-error.ts";
import { jobState, type ThreadJob, type ThreadOutcome, threadStop } from "./thread-messages.ts";
import type { ThreadPoolOptions } from "./thread-pool-options.ts";

/** Milliseconds that a stopped task has to end by itself before its thread is ended. */
const patience = 500;

/** Read by BLAS libraries when they load; workers may be the first to load one. */
const threadVariables = ["OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"];

let savedVariables: Map<string, string | undefined> | undefined;
onPoolActivity((active) => {
  if (active) {
    savedVariables = new Map(threadVariables.map((name) => [name, process.env[name]]));
    for (const name of threadVariables) process.env[name] = "1";
  } else {
    for (const [name, value] of savedVariables ?? []) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

/**
 * Runs tasks on worker threads. A stopped task is asked to end; half a second later its thread is ended, even inside
 * a busy loop, and replaced. A thread that is ended inside native code may take the process with it, hence the asking.
 * Inputs and outputs are copied between threads; put large shared data into SharedArrayBuffers.
 *
 * @param options.threads number of threads, 1 to 256; default the number of cores
 */
export function threadPool(options: ThreadPoolOptions = {}): Pool {
  requireKnownOptions("options", options, ["threads"]);
  const threads = requireInteger("options.threads", options.threads ?? availableParallelism(), 1, 256);
  const closed = poolOpened();
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const piscina = new Piscina({
    filename: new URL(`./thread-worker.${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 10_000,
    maxQueue: Number.POSITIVE_INFINITY,
    execArgv: workerArguments(extension),
  });
  let closing: Promise<void> | undefined;
  const pool: Pool = {
    size: threads,
    run: (task, input, runOptions = {}) => runOnThread(piscina, task, input, runOptions),
    map: (task, inputs, runOptions) => mapWith(pool, task, inputs, runOptions),
    close: () => {
      closing ??= piscina.destroy().finally(closed);
      return closing;
    },
  };
  return pool;
}

/** Sources import `ockham/...` through the condition that the checkout's scripts start Node with. */
function workerArguments(extension: string): string[] {
  const condition = "--conditions=ockham-source";
  if (extension !== "ts" || process.execArgv.includes(condition)) return process.execArgv;
  return [...process.execArgv, condition];
}

async function runOnThread<Input, Output>(
  piscina: Piscina,
  task: Task<Input, Output>,
  input: Input,
  options: PoolRunOptions,
): Promise<Output> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const progress = monotone(onProgress);
  const { port1, port2 } = new MessageChannel();
  const ending = new AbortController();
  const state = new Int32Array(new SharedArrayBuffer(4));
  let timer: ReturnType<typeof setTimeout> | undefined;
  port1.on("message", ([done, total]: [number, number]) => progress.report(done, total));
  const stop = (): void => {
    if (Atomics.compareExchange(state, 0, jobState.waiting, jobState.stopped) === jobState.waiting) {
      ending.abort();
      return;
    }
    port1.postMessage(threadStop);
    timer = setTimeout(() => ending.abort(), patience);
  };
  signal?.addEventListener("abort", stop, { once: true });
  const job: ThreadJob = { module: task.module, name: task.name, input, port: port2, state };
  let outcome: ThreadOutcome;
  try {
    outcome = (await piscina.run(job, {
      transferList: [port2],
      signal: ending.signal,
    })) as ThreadOutcome;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    // The input could not be copied, the module not be imported, or the worker died.
    const record = recordOf(error);
    // An output that could not be copied arrives as an error without a message.
    const message = record.message || "its output could not be cloned";
    throw failureOf(task.name, input, { ...record, message });
  } finally {
    signal?.removeEventListener("abort", stop);
    clearTimeout(timer);
    port1.close();
  }
  signal?.throwIfAborted();
  if (outcome.error !== undefined) throw failureOf(task.name, input, outcome.error);
  progress.finish();
  return outcome.output as Output;
}
