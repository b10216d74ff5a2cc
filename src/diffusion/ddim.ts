import type { Matrix } from "../core/array/index.ts";
import { expm1 } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

/**
 * DDIM, the exponential Euler method of the probability-flow equation: one evaluation a step, order 1.
 * `x_t = (alpha_t / alpha_s) x_s - sigma_t (e^h - 1) eps_s` with h = lambda_t - lambda_s. Song, Meng and Ermon 2021.
 *
 * @param start noise at tStart, [batch, dim]: its deviation is that of sigma(tStart)
 */
export async function ddim(
  model: DiffusionModel,
  start: Matrix,
  options: SamplingOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options);
  const { x } = run;
  for (let n = 1; n <= run.steps; n++) {
    const [s, t] = [run.levels[n - 1]!, run.levels[n]!];
    const eps = await run.eps(s);
    const a = t.alpha / s.alpha;
    const b = t.sigma * expm1(t.lambda - s.lambda);
    for (let i = 0; i < x.length; i++) x[i] = a * x[i]! - b * eps[i]!;
    await run.advance(n);
  }
  return run.result();
}
