/** How far a long call has come. `done` never decreases and ends at `total`. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is being done now, where a call has several stages. */
  readonly stage?: string;
}

/**
 * What every long call takes. Long calls are asynchronous: they give way to the event loop while they
 * compute, so that progress is drawn and `signal` can stop them; a stopped call rejects with the signal's
 * reason and leaves nothing behind.
 */
export interface LongCallOptions {
  /** Seed of everything random in the call; default 0. The same seed gives the same result everywhere. */
  readonly seed?: number | bigint;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Names of the options in {@link LongCallOptions}, for checks of unknown options. */
export const longCallOptions = ["seed", "signal", "onProgress"] as const;

/** Longest stretch of computation, in milliseconds, between two turns of the event loop. */
const longestStretch = 30;

/**
 * The rhythm of a long call: reports progress, gives way to the event loop now and then, and throws when
 * the call was aborted. The clock decides only when to give way, never what is computed.
 *
 * ```ts
 * const pace = new Pace(options, rows);
 * for (let row = 0; row < rows; row++) {
 *   work(row);
 *   if (pace.due()) await pace.rest(row + 1);
 * }
 * pace.finish();
 * ```
 */
export class Pace {
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: Progress) => void) | undefined;
  readonly #total: number;
  #done = 0;
  #last: number;

  /** Throws the signal's reason at once when it has already been aborted. */
  constructor(options: LongCallOptions, total: number) {
    this.#signal = options.signal;
    this.#onProgress = options.onProgress;
    this.#total = total;
    this.#last = performance.now();
    this.#signal?.throwIfAborted();
    this.#onProgress?.({ done: 0, total });
  }

  /** Whether it is time to rest. Costs one clock reading: call it every few thousand operations. */
  due(): boolean {
    return performance.now() - this.#last >= longestStretch;
  }

  /** Reports that `done` units are complete, lets the event loop turn, and throws when aborted. */
  async rest(done: number, stage?: string): Promise<void> {
    this.#report(done, stage);
    await giveWay();
    this.#signal?.throwIfAborted();
    this.#last = performance.now();
  }

  /** Reports completion. */
  finish(): void {
    this.#signal?.throwIfAborted();
    this.#report(this.#total);
  }

  #report(done: number, stage?: string): void {
    this.#done = Math.min(this.#total, Math.max(this.#done, done));
    this.#onProgress?.({ done: this.#done, total: this.#total, ...(stage === undefined ? {} : { stage }) });
  }
}

/** One turn of the event loop. A message channel, because timers are clamped to 4 ms in browsers. */
function giveWay(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

/** Options for one stage of a call: its progress fills the part [from, to] of the whole. */
export function stageOf(
  options: LongCallOptions,
  stage: string,
  from: number,
  to: number,
  total: number,
): LongCallOptions {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  return {
    ...options,
    onProgress: (inner) =>
      onProgress({
        done: from + (inner.total > 0 ? inner.done / inner.total : 1) * (to - from),
        total,
        stage,
      }),
  };
}
