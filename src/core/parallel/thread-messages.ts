// What a pool and its worker threads tell each other.
import type { MessagePort } from "node:worker_threads";
import type { ErrorRecord } from "./task-error.ts";

export interface ThreadJob {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
  /** Takes `[done, total]` to the pool, and {@link threadStop} to the job. */
  readonly port: MessagePort;
  readonly state: Int32Array;
}

export interface ThreadOutcome {
  readonly output?: unknown;
  readonly error?: ErrorRecord;
}

/** Asks a job to end. */
export const threadStop = "stop";

/** What the number in `state` says. Whoever changes it from `waiting` first decides whether the job runs at all. */
export const jobState = { waiting: 0, runs: 1, stopped: 2 } as const;
