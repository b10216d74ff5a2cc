import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { expm1 } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

/**
 * DPM-Solver++ (2M): the multistep method of order 2 in the predicted data, one evaluation a step; first and last
 * step are of order 1. Lu et al. 2022, algorithm 2.
 */
export async function dpmSolverPlusPlus2M(
  model: DiffusionModel,
  start: Matrix,
  options: SamplingOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options);
  const { x, levels, steps } = run;
  let previous: Float64Array | undefined;
  for (let n = 1; n <= steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    const data = await run.data(s);
    const h = t.lambda - s.lambda;
    const a = t.sigma / s.sigma;
    const b = t.alpha * expm1(-h);
    if (previous === undefined || n === steps)
      for (let i = 0; i < x.length; i++) x[i] = a * x[i]! - b * data[i]!;
    else {
      const half = h / (2 * (s.lambda - levels[n - 2]!.lambda));
      for (let i = 0; i < x.length; i++) x[i] = a * x[i]! - b * ((1 + half) * data[i]! - half * previous[i]!);
    }
    previous = data;
    await run.advance(n);
  }
  return run.result();
}

/**
 * DPM-Solver++ (3M): order 3 in the predicted data, one evaluation a step, from divided differences of the last
 * three predictions. The first two and last two steps are of lower order, as of a run of 2M and 1M. Lu et al. 2022.
 */
export async function dpmSolverPlusPlus3M(
  model: DiffusionModel,
  start: Matrix,
  options: SamplingOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options);
  const { x, levels, steps } = run;
  requireSteps(steps, 3);
  const history: Float64Array[] = [];
  for (let n = 1; n <= steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    history.unshift(await run.data(s));
    const [newest, older, oldest] = history as [Float64Array, Float64Array?, Float64Array?];
    const order = Math.min(n, 3, steps + 1 - n);
    const h = t.lambda - s.lambda;
    const a = t.sigma / s.sigma;
    // phi_1 = e^-h - 1, phi_2 = phi_1 / h + 1, phi_3 = phi_2 / h - 1/2: integrals of e^lambda, lambda e^lambda, ...
    const phi1 = expm1(-h);
    const phi2 = phi1 / h + 1;
    const phi3 = phi2 / h - 0.5;
    const r0 = order > 1 ? (s.lambda - levels[n - 2]!.lambda) / h : 1;
    const r1 = order > 2 ? (levels[n - 2]!.lambda - levels[n - 3]!.lambda) / h : 1;
    for (let i = 0; i < x.length; i++) {
      let next = a * x[i]! - t.alpha * phi1 * newest[i]!;
      if (order === 2) next -= (t.alpha * phi1 * 0.5 * (newest[i]! - older![i]!)) / r0;
      else if (order === 3) {
        const d0 = (newest[i]! - older![i]!) / r0;
        const d1 = (older![i]! - oldest![i]!) / r1;
        const second = (d0 - d1) / (r0 + r1);
        next += t.alpha * (phi2 * (d0 + r0 * second) - phi3 * second);
      }
      x[i] = next;
    }
    if (history.length === 3) history.pop();
    await run.advance(n);
  }
  return run.result();
}

/** Refuses fewer steps than a method of fixed order needs. */
export function requireSteps(steps: number, order: number): void {
  if (steps < order)
    throw new InvalidInputError(
      "options.steps",
      `expected at least ${order}, the order of the method, got ${steps}`,
    );
}
