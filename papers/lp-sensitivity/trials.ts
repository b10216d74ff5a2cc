import type { Matrix } from "ockham/array";
import { type LpScore, lpRegression, lpSample, subspaceDistortion } from "ockham/optim";
import { defineTask } from "ockham/parallel";
import { withColumn } from "./instances.ts";

/** What rows are sampled by, and how many of them. */
export interface Plan {
  readonly kind: LpScore;
  /** Scores of the rows; rounds of root leverage compute their own. */
  readonly scores?: Float64Array;
  readonly size: number;
  readonly seeds: readonly number[];
}

/** Worst relative error of |a x|_p^p over x, for every seed. */
export const distortionTask = defineTask({
  name: "papers/lp-sensitivity/distortion",
  module: import.meta.url,
  run: async ({ a, p, plan, sensitivities, probes }: DistortionInput, context): Promise<number[]> => {
    const { size, seeds } = plan;
    const worst: number[] = [];
    for (const [i, seed] of seeds.entries()) {
      const sample = await lpSample(a, p, { ...sampling(plan), size, seed, signal: context.signal });
      const { max } = await subspaceDistortion(a, sample.a, p, {
        scores: sensitivities,
        seed,
        probes,
        signal: context.signal,
      });
      worst.push(max);
      context.progress(i + 1, seeds.length);
    }
    return worst;
  },
});

interface DistortionInput {
  readonly a: Matrix;
  readonly p: number;
  readonly plan: Plan;
  /** Of all rows: the most important ones are tried as directions. */
  readonly sensitivities: Float64Array;
  readonly probes: number;
}

/** Cost of regression on a sample over the smallest cost there is, less 1, for every seed. */
export const regressionTask = defineTask({
  name: "papers/lp-sensitivity/regression",
  module: import.meta.url,
  run: async ({ a, b, p, plan, best }: RegressionInput, context): Promise<number[]> => {
    const { size, seeds } = plan;
    const d = a.shape[1]!;
    const extra: number[] = [];
    for (const [i, seed] of seeds.entries()) {
      const all = await lpSample(withColumn(a, b), p, {
        ...sampling(plan),
        size,
        seed,
        signal: context.signal,
      });
      const count = all.rows.length;
      const rows = new Float64Array(count * d);
      const right = new Float64Array(count);
      for (let k = 0; k < count; k++) {
        rows.set(all.a.data.subarray(k * (d + 1), k * (d + 1) + d), k * d);
        right[k] = all.a.data[k * (d + 1) + d]!;
      }
      const { x } = await lpRegression({ dtype: "float64", shape: [count, d], data: rows }, right, p);
      extra.push(costOf(a, b, x, p) / best - 1);
      context.progress(i + 1, seeds.length);
    }
    return extra;
  },
});

interface RegressionInput {
  readonly a: Matrix;
  readonly b: Float64Array;
  readonly p: number;
  readonly plan: Plan;
  readonly best: number;
}

/** Options of a sample by scores that are known, or by rounds of root leverage. */
function sampling({ kind, scores }: Plan) {
  return scores === undefined ? { kind } : { scores };
}

function costOf({ shape, data }: Matrix, b: Float64Array, x: Float64Array, p: number): number {
  const [n, d] = shape as [number, number];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let r = -b[i]!;
    for (let j = 0; j < d; j++) r += data[i * d + j]! * x[j]!;
    sum += Math.abs(r) ** p;
  }
  return sum ** (1 / p);
}
