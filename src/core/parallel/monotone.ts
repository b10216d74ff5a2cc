import type { Progress } from "../progress.ts";

/**
 * Hands a task's reports on so that they only grow and end at the total, also when they arrive late or when
 * the task never reports.
 */
export function monotone(onProgress: ((progress: Progress) => void) | undefined): {
  report(done: number, total: number): void;
  finish(): void;
} {
  let last: Progress | undefined;
  let finished = false;
  return {
    report(done, total) {
      if (finished || onProgress === undefined) return;
      last = { done: Math.min(total, Math.max(done, last?.done ?? 0)), total };
      onProgress(last);
    },
    finish() {
      if (finished || onProgress === undefined) return;
      finished = true;
      const total = last?.total ?? 1;
      if (last?.done !== total) onProgress({ done: total, total });
    },
  };
}
