import type { Matrix } from "../core/array/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

/**
 * Heun's method for `dy / ds = eps`, y = x / alpha and s = sigma / alpha: order 2 with two evaluations a step, but
 * one on the last step, which is Euler's: 2 N - 1 in all. Karras et al. 2022, algorithm 1.
 */
export async function heun(
  model: DiffusionModel,
  start: Matrix,
  options: SamplingOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options);
  const { x } = run;
  const predicted = new Float64Array(x.length);
  for (let n = 1; n <= run.steps; n++) {
    const [s, t] = [run.levels[n - 1]!, run.levels[n]!];
    const a = t.alpha / s.alpha;
    const b = t.alpha * (t.sigma / t.alpha - s.sigma / s.alpha);
    const slope = await run.eps(s);
    if (n < run.steps) {
      for (let i = 0; i < x.length; i++) predicted[i] = a * x[i]! + b * slope[i]!;
      const ahead = await run.eps(t, predicted);
      for (let i = 0; i < x.length; i++) slope[i] = 0.5 * (slope[i]! + ahead[i]!);
    }
    for (let i = 0; i < x.length; i++) x[i] = a * x[i]! + b * slope[i]!;
    await run.advance(n);
  }
  return run.result();
}
