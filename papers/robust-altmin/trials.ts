import { type CompleteMatrixOptions, completeMatrix, type ObservedMatrix } from "ockham/optim";
import { defineTask } from "ockham/parallel";
import { randomStream } from "ockham/random";

/** A table with normal factors, of which a part of the cells is seen. */
export interface Setting {
  readonly n: number;
  readonly rank: number;
  /** Part of the cells that are observed. */
  readonly part: number;
  readonly noise: number;
  readonly seed: number;
}

export interface Made {
  readonly observed: ObservedMatrix;
  /** Cells to judge by, mostly not observed, without noise. */
  readonly test: ObservedMatrix;
}

export function make({ n, rank, part, noise, seed }: Setting): Made {
  const stream = randomStream(seed, "low rank", n, rank);
  const u = stream.split("u").fillNormal(new Float64Array(n * rank));
  const v = stream.split("v").fillNormal(new Float64Array(n * rank));
  const truth = (i: number, j: number): number => {
    let sum = 0;
    for (let q = 0; q < rank; q++) sum += u[i * rank + q]! * v[j * rank + q]!;
    return sum;
  };
  const draws = stream.split("cells");
  const at: number[] = [];
  for (let e = 0; e < n * n; e++) if (draws.uniform() < part) at.push(e);
  const errors = stream.split("noise");
  const cells = (list: ArrayLike<number>, deviation: number): ObservedMatrix => {
    const i = Int32Array.from(list, (e) => Math.floor(e / n));
    const j = Int32Array.from(list, (e) => e % n);
    const value = Float64Array.from(i, (r, c) => truth(r, j[c]!) + deviation * errors.normal());
    return { rows: n, cols: n, i, j, value };
  };
  return {
    observed: cells(at, noise),
    test: cells(stream.split("test").subset(n * n, Math.min(20000, n * n)), 0),
  };
}

export type Options = Omit<CompleteMatrixOptions, "onIteration" | "rank" | "signal" | "onProgress">;

interface TrialInput {
  readonly setting: Setting;
  readonly options: Options;
  /** Sweeps end below this relative error over the test cells. */
  readonly until?: number;
}

export interface Trial {
  readonly observations: number;
  /** Relative error over the test cells after every sweep. */
  readonly errors: readonly number[];
  readonly inner: readonly number[];
  readonly flops: readonly number[];
  /** Fastest sweep but the first, in which solves start from nothing. */
  readonly sweepSeconds: number;
  readonly warnings: readonly string[];
}

/** Completes a made table and judges every sweep; the method never sees the cells that it is judged by. */
export const trialTask = defineTask({
  name: "papers/robust-altmin/trial",
  module: import.meta.url,
  run: async ({ setting, options, until = 0 }: TrialInput, context): Promise<Trial> => {
    const { observed, test } = make(setting);
    const { rank } = setting;
    const errors: number[] = [];
    const inner: number[] = [];
    const flops: number[] = [];
    const seconds: number[] = [];
    const reached = new AbortController();
    const size = Math.sqrt(test.value.reduce((sum, value) => sum + value * value, 0));
    let started = performance.now();
    let warnings: readonly string[] = [];
    try {
      const result = await completeMatrix(observed, {
        ...options,
        rank,
        signal: AbortSignal.any([context.signal, reached.signal]),
        onIteration: (sweep) => {
          seconds.push((performance.now() - started) / 1000);
          let sum = 0;
          for (let c = 0; c < test.value.length; c++) {
            let cell = -test.value[c]!;
            const [p, q] = [test.i[c]! * rank, test.j[c]! * rank];
            for (let r = 0; r < rank; r++) cell += sweep.u.data[p + r]! * sweep.v.data[q + r]!;
            sum += cell * cell;
          }
          errors.push(Math.sqrt(sum) / size);
          inner.push(sweep.inner);
          flops.push(sweep.flops);
          context.progress(sweep.iteration, options.iterations ?? 50);
          if (errors.at(-1)! < until) reached.abort();
          started = performance.now();
        },
      });
      warnings = result.warnings;
    } catch (error) {
      context.signal.throwIfAborted();
      if (!reached.signal.aborted) throw error;
    }
    return {
      observations: observed.value.length,
      errors,
      inner,
      flops,
      sweepSeconds: Math.min(...(seconds.length > 1 ? seconds.slice(1) : seconds)),
      warnings,
    };
  },
});
