import type { Queue, QueueEvents } from "bullmq";
import { attempts, endings } from "./protocol.ts";
import { outcomeIn, queueName, type Store, type StoredInput } from "./store.ts";
import { within } from "./within.ts";

/** How often the pool looks at what it waits for, in milliseconds: events can be missed. */
const lookInterval = 2000;
/** How many looks pass between two renewals of the lifetimes of keys. */
const looksPerRenewal = 15;
/** How long a lost server is waited for, in milliseconds. */
const patience = 300_000;
/** How long the end of a pool waits for the server, in milliseconds. */
const closingPatience = 3000;
/** Times that a job is submitted anew when the server has lost it, or another pool cancelled it. */
const mostSubmissions = 10;

type Report = (done: number, total: number) => void;

/** A job that somebody waits for. */
interface Waited {
  readonly task: string;
  readonly input: StoredInput;
  /** The frame of the outcome. */
  readonly outcome: Promise<Uint8Array>;
  readonly settle: (outcome: Uint8Array | Promise<never>) => void;
  readonly reports: Set<Report>;
  /** Calls that wait for it. */
  waiters: number;
  submissions: number;
  /** Looks in a row that found neither the job nor an outcome. */
  misses: number;
}

/** Whether a frame says that a task succeeded. */
function isOutput(frame: Uint8Array): boolean {
  try {
    return "output" in outcomeIn(frame);
  } catch {
    return false;
  }
}

/** The jobs of one pool: submits them, waits for their outcomes, and cleans up after them. */
export class JobQueue {
  readonly #store: Store;
  readonly #address: string;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #waited = new Map<string, Waited>();
  /** How many waited jobs need a blob. */
  readonly #blobUses = new Map<string, number>();
  /** What must be done before the pool is closed. */
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #looks = 0;
  #looking = false;
  #downSince: number | undefined;
  #closed = false;

  static async open(store: Store, address: string): Promise<JobQueue> {
    const { Queue, QueueEvents } = await import("bullmq");
    const connection = { connection: store.redis, prefix: store.prefix };
    // From the last event before any job of this pool: none can be missed while the listener starts.
    const last = await store.redis.xrevrange(store.queueKey("events"), "+", "-", "COUNT", 1);
    const events = new QueueEvents(queueName, { ...connection, lastEventId: last[0]?.[0] ?? "0-0" });
    const queue = new Queue(queueName, connection);
    return new JobQueue(store, address, queue, events);
  }

  private constructor(store: Store, address: string, queue: Queue, events: QueueEvents) {
    this.#store = store;
    this.#address = address;
    this.#queue = queue;
    this.#events = events;
    // The server's absence is told by what waits for it, when it lasts.
    queue.on("error", () => {});
    events.on("error", () => {});
    events.on("completed", ({ jobId }) => this.#settle(jobId));
    events.on("failed", ({ jobId, failedReason }) => this.#settle(jobId, failedReason));
    events.on("progress", ({ jobId, data }) => {
      const { done, total } = data as { done?: unknown; total?: unknown };
      if (typeof done !== "number" || typeof total !== "number") return;
      for (const report of this.#waited.get(jobId)?.reports ?? []) report(done, total);
    });
    store.redis.on("close", () => {
      this.#downSince ??= performance.now();
    });
    store.redis.on("ready", () => {
      this.#downSince = undefined;
    });
    this.#timer = setInterval(() => void this.#look(), lookInterval);
  }

  /** Rejects with the signal's reason when it is aborted; a job that nobody else waits for is cancelled. */
  async run(
    task: string,
    input: StoredInput,
    signal: AbortSignal | undefined,
    report: Report,
  ): Promise<Uint8Array> {
    if (this.#closed) throw new Error("the pool is closed");
    const waited = this.#waited.get(input.id) ?? this.#begin(task, input);
    waited.waiters++;
    waited.reports.add(report);
    let stop: (() => void) | undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = () => reject(signal!.reason as Error);
      signal?.addEventListener("abort", stop, { once: true });
    });
    try {
      return await Promise.race([waited.outcome, stopped]);
    } finally {
      signal?.removeEventListener("abort", stop!);
      waited.reports.delete(report);
      if (--waited.waiters === 0 && this.#waited.get(input.id) === waited) {
        this.#forget(waited);
        this.#keepTrack(this.#cancel(input));
      }
    }
  }

  async workers(): Promise<number> {
    return this.#queue.getWorkersCount();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { settle } of [...this.#waited.values()])
      settle(Promise.reject(new Error("the pool was closed")));
    // Those who waited cancel their jobs.
    await new Promise((resolve) => setImmediate(resolve));
    const tidy = async (): Promise<void> => {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
      await this.#store.renew([]);
    };
    await within(closingPatience, tidy());
    await within(closingPatience, Promise.all([this.#events.close(), this.#queue.close()]));
    this.#store.redis.disconnect();
  }

  #begin(task: string, input: StoredInput): Waited {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    promise.catch(() => undefined);
    const waited: Waited = {
      task,
      input,
      outcome: promise,
      settle: resolve,
      reports: new Set(),
      waiters: 0,
      submissions: 0,
      misses: 0,
    };
    this.#waited.set(input.id, waited);
    for (const hash of input.blobs.keys()) this.#blobUses.set(hash, (this.#blobUses.get(hash) ?? 0) + 1);
    this.#attempt(waited, () => this.#submit(waited));
    return waited;
  }

  /** Does something for a job that fails the job when it fails. */
  #attempt(waited: Waited, work: () => Promise<void>): void {
    this.#keepTrack(work().catch((error: Error) => waited.settle(Promise.reject(error))));
  }

  #keepTrack(work: Promise<void>): void {
    const tracked = work.catch(() => undefined).then(() => void this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  async #submit(waited: Waited): Promise<void> {
    const { id } = waited.input;
    const store = this.#store;
    if (++waited.submissions > mostSubmissions)
      throw new Error(`${this.#address} has lost task ${waited.task} ${mostSubmissions} times`);
    waited.misses = 0;
    const finished = await store.get(store.outputKey(id));
    if (finished !== undefined && isOutput(finished)) return this.#end(waited, finished);
    // A failure that a pool left behind is no reason not to try again.
    await store.redis.del(store.cancelKey(id), store.outputKey(id));
    await store.putInput(waited.input);
    if (!this.#waited.has(id)) return this.#discard(waited.input);
    await this.#queue.add(
      waited.task,
      {},
      {
        jobId: id,
        attempts,
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
    await store.renew([store.jobKey(id)]);
    if (!this.#waited.has(id)) await this.#cancel(waited.input);
  }

  /** A job has ended, if the events are right. */
  #settle(id: string, failure?: string): void {
    const waited = this.#waited.get(id);
    if (waited === undefined) return;
    this.#attempt(waited, async () => {
      const outcome = await this.#store.get(this.#store.outputKey(id));
      if (this.#waited.get(id) !== waited) return;
      if (outcome !== undefined) await this.#end(waited, outcome);
      else if (failure === undefined || Object.values<string>(endings).includes(failure))
        // Taken by another pool that waited for the same, cancelled by one, or lost.
        await this.#submit(waited);
      // What else fails leaves its outcome, now or, where a worker reports the death of others, in a moment.
    });
  }

  async #end(waited: Waited, outcome: Uint8Array): Promise<void> {
    const { id } = waited.input;
    if (this.#waited.get(id) !== waited) return;
    this.#forget(waited);
    waited.settle(outcome);
    await this.#store.redis.unlink(this.#store.outputKey(id));
    await this.#discard(waited.input);
  }

  /** Stops waiting for a job. */
  #forget({ input }: Waited): void {
    this.#waited.delete(input.id);
    for (const hash of input.blobs.keys()) {
      const uses = this.#blobUses.get(hash)! - 1;
      if (uses > 0) this.#blobUses.set(hash, uses);
      else this.#blobUses.delete(hash);
    }
  }

  /** Removes the input of a job that is waited for no more, and the blobs that no other needs. */
  async #discard({ id, blobs }: StoredInput): Promise<void> {
    const keys = [...blobs.keys()]
      .filter((hash) => !this.#blobUses.has(hash))
      .map((hash) => this.#store.blobKey(hash));
    if (!this.#waited.has(id)) keys.push(this.#store.inputKey(id));
    if (keys.length > 0) await this.#store.redis.unlink(keys);
  }

  async #cancel(input: StoredInput): Promise<void> {
    const { redis } = this.#store;
    const [mark, output] = [this.#store.cancelKey(input.id), this.#store.outputKey(input.id)];
    // First the mark, so that a worker that takes the job now sees it.
    await redis.set(mark, "", "EX", 60);
    const removed = await this.#queue.remove(input.id);
    await redis.unlink(removed === 1 ? [mark, output] : [output]);
    await this.#discard(input);
  }

  /** Looks for outcomes whose events were missed, for lost jobs, and for a lost server; renews lifetimes. */
  async #look(): Promise<void> {
    if (this.#downSince !== undefined && performance.now() - this.#downSince > patience)
      for (const { settle } of this.#waited.values())
        settle(Promise.reject(new Error(`${this.#address} has not answered for ${patience / 1000} s`)));
    if (this.#looking) return;
    this.#looking = true;
    try {
      await Promise.all([...this.#waited].map((entry) => this.#lookAt(...entry)));
      if (this.#looks++ % looksPerRenewal === 0) await this.#store.renew(this.#keysInUse());
    } catch {
      // The connection was lost; the next look sees more.
    } finally {
      this.#looking = false;
    }
  }

  async #lookAt(id: string, waited: Waited): Promise<void> {
    const { redis } = this.#store;
    // In this order: a job that ends leaves its outcome first.
    const [job, outcome] = await Promise.all([
      redis.exists(this.#store.jobKey(id)),
      redis.exists(this.#store.outputKey(id)),
    ]);
    if (outcome === 1) this.#settle(id);
    else if (job === 1) waited.misses = 0;
    else if (++waited.misses >= 2) this.#attempt(waited, () => this.#submit(waited));
  }

  *#keysInUse(): Generator<string> {
    for (const id of this.#waited.keys()) {
      yield this.#store.jobKey(id);
      yield this.#store.inputKey(id);
    }
    for (const hash of this.#blobUses.keys()) yield this.#store.blobKey(hash);
  }
}
