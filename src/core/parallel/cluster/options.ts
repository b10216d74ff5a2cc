import type { Pool } from "../pool.ts";

/** What workers and pools on one server must agree on. */
export interface ClusterOptions {
  /**
   * The server, `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS. Certificates of
   * an authority of your own are made known to Node by `NODE_EXTRA_CA_CERTS`.
   */
  readonly url: string;
  /** What the names of all keys begin with; default "ockham". */
  readonly prefix?: string;
  /** Largest input or output of a task in bytes, 1024 to 2^29; default 2^28 (256 MiB). */
  readonly maxBytes?: number;
}

export interface RedisPoolOptions extends ClusterOptions {
  /** Tasks in the queue at once, those that run included, 1 to 4096; default 64. */
  readonly inFlight?: number;
  /** Threads on this machine for tasks that write to shared memory, 1 to 256; default the number of cores. */
  readonly threads?: number;
}

/** A pool whose tasks are run by the workers ({@link runWorker}) of a Redis or Valkey server. */
export interface RedisPool extends Pool {
  /** How many worker processes are connected now. */
  workers(): Promise<number>;
}

/** Modules of tasks by the tasks' names, loaded when first asked for: all that a worker will run. */
export type TaskModules = Readonly<Record<string, () => Promise<unknown>>>;

export interface WorkerOptions extends ClusterOptions {
  readonly tasks: TaskModules;
  /** Tasks at once, each on a thread of its own, 1 to 256; default the number of cores. */
  readonly threads?: number;
  /** Ends the worker; tasks under way go back to the queue. */
  readonly signal?: AbortSignal;
  /** Is told, in a line, of every task and of trouble with the server. */
  readonly onLog?: (line: string) => void;
}
