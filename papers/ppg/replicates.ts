import type { Run } from "ockham/paper";

/** Mean and standard error of independent replicates. */
export interface Spread {
  readonly mean: number;
  readonly error: number;
  readonly variance: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / (values.length - 1);
  return { mean, error: Math.sqrt(variance / values.length), variance };
}

/** Runs `count` replicates by seed; the progress fills [from, to] of the experiment. */
export async function replicate<T>(
  run: Run,
  stage: string,
  [from, to]: readonly [number, number],
  count: number,
  one: (seed: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let last = performance.now();
  for (let r = 0; r < count; r++) {
    results.push(await one(run.seed * 1_000_003 + r));
    if (performance.now() - last < 50) continue;
    run.progress(from + ((to - from) * r) / count, 1, stage);
    await new Promise((resolve) => setImmediate(resolve));
    run.signal.throwIfAborted();
    last = performance.now();
  }
  return results;
}
