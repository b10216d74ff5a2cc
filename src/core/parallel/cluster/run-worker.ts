import { availableParallelism } from "node:os";
import type { Job } from "bullmq";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../../errors.ts";
import type { Pool } from "../pool.ts";
import { taskNamed } from "../task.ts";
import { type ErrorRecord, failureRecordOf } from "../task-error.ts";
import { threadPool } from "../thread-pool.node.ts";
import { BlobCache } from "./blob-cache.ts";
import { connect } from "./connection.ts";
import type { TaskModules, WorkerOptions } from "./options.ts";
import { checkFrame } from "./payload.ts";
import { attempts, endings } from "./protocol.ts";
import {
  errorFrame,
  lifetime,
  outputFrame,
  queueName,
  requireMaxBytes,
  requirePrefix,
  requireSize,
  Store,
} from "./store.ts";
import { within } from "./within.ts";

/** How often a worker looks whether a running task is still wanted, in milliseconds. */
const cancelInterval = 250;
/** Shortest time between two reports of one task's progress, in milliseconds. */
const progressInterval = 200;
/** How long the end of a worker waits for the server, in milliseconds. */
const closingPatience = 3000;

/**
 * Runs tasks for the {@link redisPool}s of a server until `options.signal` is aborted, then resolves. A task is
 * computed on a worker thread, so that the process itself goes on telling the server that it is alive; when it
 * dies, its tasks begin anew on another worker some 5 s later. Only tasks that `options.tasks` names are run:
 * the queue carries names and data, never code.
 *
 * A task that throws bad input or numerical trouble fails at once; any other error, a dead thread included,
 * fails it when it has been tried three times.
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const known = ["url", "prefix", "maxBytes", "tasks", "threads", "signal", "onLog"];
  requireKnownOptions("options", options, known);
  const threads = requireInteger("options.threads", options.threads ?? availableParallelism(), 1, 256);
  const prefix = requirePrefix(options.prefix ?? "ockham");
  const maxBytes = requireMaxBytes(options.maxBytes);
  if (typeof options.tasks !== "object" || options.tasks === null)
    throw new InvalidInputError("options.tasks", `expected modules by task, got ${show(options.tasks)}`);
  const { signal, onLog: log = () => {} } = options;
  signal?.throwIfAborted();
  const { redis, address } = await connect(options.url);
  const { Worker } = await import("bullmq");
  const pool = threadPool({ threads });
  const runner = new TaskRunner(new Store(redis, prefix, maxBytes), options.tasks, pool, log);
  const worker = new Worker(queueName, (job, token) => runner.process(job, token ?? ""), {
    connection: redis,
    prefix,
    concurrency: threads,
    lockDuration: 5000,
    stalledInterval: 2000,
    maxStalledCount: 3,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on("error", (error) => log(`trouble with ${address}: ${error.message}`));
  worker.on("stalled", (id) => log(`${id}: its worker is gone; it begins anew`));
  worker.on("failed", (job) => void (job?.deferredFailure && runner.giveUp(job)));
  const watch = setInterval(() => void runner.stopCancelled(), cancelInterval);
  try {
    await worker.waitUntilReady();
    log(`ready on ${address} with ${threads} ${threads === 1 ? "thread" : "threads"}`);
    await new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    runner.handBack();
    clearInterval(watch);
    await within(closingPatience, worker.close());
    await pool.close();
    redis.disconnect();
  }
}

/** Why a running task is stopped. */
const handedBack = new Error("the worker ends");
const cancelled = new Error("nobody wants the result any more");
/** The input of a task is not there: its pool is gone, or the server lost its data. */
const lost = new Error("the input is gone");

class TaskRunner {
  readonly #store: Store;
  readonly #modules: TaskModules;
  readonly #pool: Pool;
  readonly #log: (line: string) => void;
  readonly #blobs: BlobCache;
  readonly #running = new Map<string, AbortController>();
  #ending = false;

  constructor(store: Store, modules: TaskModules, pool: Pool, log: (line: string) => void) {
    this.#store = store;
    this.#modules = modules;
    this.#pool = pool;
    this.#log = log;
    this.#blobs = new BlobCache(store);
  }

  /** Puts everything that runs back into the queue. */
  handBack(): void {
    this.#ending = true;
    for (const stop of this.#running.values()) stop.abort(handedBack);
  }

  /** Stops the tasks that were cancelled. */
  async stopCancelled(): Promise<void> {
    const ids = [...this.#running.keys()];
    if (ids.length === 0 || this.#store.redis.status !== "ready") return;
    try {
      const marks = await this.#store.redis.mget(ids.map((id) => this.#store.cancelKey(id)));
      for (const [i, mark] of marks.entries())
        if (mark !== null) this.#running.get(ids[i]!)?.abort(cancelled);
    } catch (error) {
      this.#log(`trouble with the server: ${(error as Error).message}`);
    }
  }

  /** Tells the pool of a task that BullMQ gave up: its workers died again and again. */
  async giveUp(job: Job): Promise<void> {
    const message = "its workers died, or lost the server, too often";
    await this.#end(job.id!, { kind: "Error", message, stack: undefined }).catch((error: Error) =>
      this.#log(`${job.id}: ${error.message}`),
    );
  }

  async process(job: Job, token: string): Promise<null> {
    const { UnrecoverableError, WaitingError } = await import("bullmq");
    const id = job.id!;
    const stop = new AbortController();
    if (this.#ending) stop.abort(handedBack);
    this.#running.set(id, stop);
    const started = performance.now();
    try {
      const frame = await this.#compute(job, stop.signal);
      if (frame !== undefined) await this.#store.putOutcome(id, frame);
      this.#log(`${id}: ${job.name} ended in ${Math.round(performance.now() - started)} ms`);
      return null;
    } catch (error) {
      if (error === handedBack) {
        await job.moveToWait(token);
        this.#log(`${id}: back to the queue`);
        throw new WaitingError();
      }
      const ending = error === cancelled ? endings.cancelled : error === lost ? endings.lost : undefined;
      if (ending !== undefined) {
        this.#log(`${id}: ${job.name} ${ending}`);
        throw new UnrecoverableError(ending);
      }
      const record = failureRecordOf(error);
      const attempt = job.attemptsMade + 1;
      this.#log(`${id}: ${job.name} failed, attempt ${attempt}: ${record.message}`);
      if (record.kind === "Error" && attempt < attempts) throw new Error(record.message);
      await this.#end(id, record);
      throw new UnrecoverableError(record.message);
    } finally {
      this.#running.delete(id);
    }
  }

  async #end(id: string, error: ErrorRecord): Promise<void> {
    await this.#store.putOutcome(id, errorFrame(error));
  }

  /** The frame of the outcome; undefined when it is there already, from a worker that was taken for dead. */
  async #compute(job: Job, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const store = this.#store;
    const id = job.id!;
    if (!Object.hasOwn(this.#modules, job.name))
      throw new InvalidInputError("task", `the worker has no task named ${show(job.name)}`);
    await this.#modules[job.name]!();
    const task = taskNamed(job.name);
    await store.redis.expire(store.queueKey("active"), lifetime);
    if ((await store.redis.exists(store.outputKey(id))) === 1) return undefined;
    const inputFrame = await store.get(store.inputKey(id));
    if (inputFrame === undefined) throw lost;
    const checked = checkFrame("input", inputFrame);
    const total = checked.blobs.reduce((sum, { bytes }) => sum + bytes, inputFrame.byteLength);
    requireSize("input", total, store.maxBytes);
    const blobs = new Map<string, SharedArrayBuffer>();
    for (const { hash, bytes } of checked.blobs) {
      const blob = await this.#blobs.get(hash, bytes);
      if (blob === undefined) throw lost;
      blobs.set(hash, blob);
    }
    const input = checked.value((hash) => blobs.get(hash));
    signal.throwIfAborted();
    this.#log(`${id}: ${job.name} begins`);
    const output = await this.#pool.run(task, input, { signal, onProgress: this.#progressOf(job) });
    return outputFrame(output, store.maxBytes);
  }

  /** Hands progress on, now and then: a task may report it in a tight loop. */
  #progressOf(job: Job): (progress: { done: number; total: number }) => void {
    let next = 0;
    return ({ done, total }) => {
      const now = performance.now();
      if (now < next) return;
      next = now + progressInterval;
      job.updateProgress({ done, total }).catch((error: Error) => this.#log(`${job.id}: ${error.message}`));
    };
  }
}
