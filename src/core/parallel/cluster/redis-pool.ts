import { InvalidInputError, requireInteger, requireKnownOptions } from "../../errors.ts";
import { monotone } from "../monotone.ts";
import { mapWith, type Pool, type PoolRunOptions } from "../pool.ts";
import type { Task } from "../task.ts";
import { failureOf, recordOf } from "../task-error.ts";
import { threadPool } from "../thread-pool.node.ts";
import { connect } from "./connection.ts";
import { JobQueue } from "./job-queue.ts";
import type { RedisPool, RedisPoolOptions } from "./options.ts";
import { hasSharedMemory, takeApart } from "./payload.ts";
import { type HashMemo, outcomeIn, requireMaxBytes, requirePrefix, Store, storedInput } from "./store.ts";

/**
 * Runs tasks on the workers of a Redis or Valkey server (one, not a sharded cluster of them): processes on any machine that {@link runWorker} or
 * `ockham worker` started, which may join and leave at any time. A task whose worker dies begins anew on
 * another one; a lost connection, and a server that was restarted, are waited for, for five minutes. Large
 * arrays travel once for all inputs that have them. Whatever is left on the server when a pool dies lapses
 * within an hour; the same work asked for again before then takes up what was finished.
 *
 * Inputs in shared memory that a task may write to (`Task.sharedMemory`) stay on threads of this machine.
 *
 * Refuses at once a server that cannot be reached or does not accept the password. Inputs and outputs beyond
 * `options.maxBytes`, and inputs that are no plain data, are refused by name.
 */
export async function redisPool(options: RedisPoolOptions): Promise<RedisPool> {
  requireKnownOptions("options", options, ["url", "prefix", "maxBytes", "inFlight", "threads"]);
  const prefix = requirePrefix(options.prefix ?? "ockham");
  const maxBytes = requireMaxBytes(options.maxBytes);
  const inFlight = requireInteger("options.inFlight", options.inFlight ?? 64, 1, 4096);
  const { threads } = options;
  if (threads !== undefined) requireInteger("options.threads", threads, 1, 256);
  const { redis, address } = await connect(options.url);
  const queue = await JobQueue.open(new Store(redis, prefix, maxBytes), address).catch((error: Error) => {
    redis.disconnect();
    throw error;
  });

  let local: Pool | undefined;
  const onThreads = (): Pool => {
    local ??= threadPool(threads === undefined ? {} : { threads });
    return local;
  };

  async function run<Input, Output>(
    task: Task<Input, Output>,
    input: Input,
    runOptions: PoolRunOptions,
    memo: HashMemo,
  ): Promise<Output> {
    const { signal, onProgress } = runOptions;
    signal?.throwIfAborted();
    if (task.sharedMemory !== "read" && hasSharedMemory(input))
      return onThreads().run(task, input, runOptions);
    const named = <T>(work: () => T): T => {
      try {
        return work();
      } catch (error) {
        throw failureOf(task.name, input, recordOf(error));
      }
    };
    const stored = named(() => storedInput(task.name, takeApart("input", input), maxBytes, memo));
    const progress = monotone(onProgress);
    const frame = await queue.run(task.name, stored, signal, progress.report).catch((error: Error) => {
      throw error instanceof InvalidInputError && !signal?.aborted
        ? failureOf(task.name, input, recordOf(error))
        : error;
    });
    const outcome = named(() => outcomeIn(frame));
    if ("error" in outcome) throw failureOf(task.name, input, outcome.error);
    progress.finish();
    return outcome.output as Output;
  }

  let closing: Promise<void> | undefined;
  const pool: RedisPool = {
    size: inFlight,
    run: (task, input, runOptions = {}) => run(task, input, runOptions, new Map()),
    map: (task, inputs, runOptions) => {
      // Inputs do not change while the call lasts: what they share is hashed once.
      const memo: HashMemo = new Map();
      return mapWith(
        { size: inFlight, run: (task, input, each = {}) => run(task, input, each, memo) },
        task,
        inputs,
        runOptions,
      );
    },
    workers: () => queue.workers(),
    close: () => {
      closing ??= Promise.all([local?.close(), queue.close()]).then(() => undefined);
      return closing;
    },
  };
  return pool;
}
