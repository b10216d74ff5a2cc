import type { Matrix } from "../core/array/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

export interface HeunOptions extends SamplingOptions {
  /** Add an Euler step from the last time to noise level 0, so that only the least noise is left out; default false. */
  readonly toZero?: boolean;
}

/**
 * Heun's method for `dy / ds = eps`, y = x / alpha and s = sigma / alpha: order 2 with two evaluations a step, but
 * one on the last step, which is Euler's: 2 N - 1 in all, or 2 N + 1 with `toZero`. Karras et al. 2022, algorithm 1.
 */
export async function heun(
  model: DiffusionModel,
  start: Matrix,
  options: HeunOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options, ["toZero"]);
  const { x, steps } = run;
  const { toZero = false } = options;
  const predicted = new Float64Array(x.length);
  for (let n = 1; n <= steps; n++) {
    const [s, t] = [run.levels[n - 1]!, run.levels[n]!];
    const a = t.alpha / s.alpha;
    const b = t.alpha * (t.sigma / t.alpha - s.sigma / s.alpha);
    const slope = await run.eps(s);
    if (n < steps || toZero) {
      for (let i = 0; i < x.length; i++) predicted[i] = a * x[i]! + b * slope[i]!;
      const ahead = await run.eps(t, predicted);
      for (let i = 0; i < x.length; i++) slope[i] = 0.5 * (slope[i]! + ahead[i]!);
    }
    for (let i = 0; i < x.length; i++) x[i] = a * x[i]! + b * slope[i]!;
    await run.advance(n);
  }
  if (!toZero) return run.result();
  // At noise level 0 the state is the data: Euler's step ends in what the model takes for them.
  x.set(await run.data(run.levels[steps]!));
  await run.advance(steps + 1);
  return { ...run.result(), times: Float64Array.of(...run.times, 0) };
}
