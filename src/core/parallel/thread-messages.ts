// What a pool and its worker threads tell each other.
import type { MessagePort } from "node:worker_threads";
import type { ErrorRecord } from "./task-error.ts";

export interface ThreadJob {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
  readonly port: MessagePort;
}

export interface ThreadOutcome {
  readonly output?: unknown;
  readonly error?: ErrorRecord;
}

/** The first message of a job that runs. */
export const threadStarted = "started";
/** Asks a job to end. */
export const threadStop = "stop";

/** From a job to its pool: that it runs, then how far it is. */
export type ThreadMessage = typeof threadStarted | readonly [done: number, total: number];
