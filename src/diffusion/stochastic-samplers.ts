import type { Matrix } from "../core/array/index.ts";
import { requireFinite } from "../core/errors.ts";
import { randomStream } from "../core/random/index.ts";
import { exp, expm1 } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

export interface StochasticOptions extends SamplingOptions {
  /** Seed of the noise added on the way; default 0. */
  readonly seed?: number | bigint;
}

/** Standard normal noise of the next step, from a stream for each sample: a batch cut in two draws the same. */
function noiseOf(run: SamplingRun, { seed }: StochasticOptions): () => Float64Array {
  const root = randomStream(seed ?? 0, "sampler");
  const { dim } = run.model;
  const streams = Array.from({ length: run.batch }, (_, sample) => root.split(sample));
  const z = new Float64Array(run.x.length);
  return () => {
    for (const [i, stream] of streams.entries()) stream.fillNormal(z.subarray(i * dim, (i + 1) * dim));
    return z;
  };
}

/**
 * Euler-Maruyama on the reverse stochastic equation `dx = (f x - g^2 score) dt + g dW`, backwards in t. Strong
 * order 1/2, weak order 1: needs hundreds of steps. Song et al. 2021.
 */
export async function eulerMaruyama(
  model: DiffusionModel,
  start: Matrix,
  options: StochasticOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options, ["seed"]);
  const { x, levels } = run;
  const noise = noiseOf(run, options);
  for (let n = 1; n <= run.steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    const dt = s.t - t.t;
    const drift = model.schedule.drift(s.t);
    const square = model.schedule.diffusion2(s.t);
    const eps = await run.eps(s);
    const z = noise();
    const spread = Math.sqrt(square * dt);
    const pull = (square * dt) / s.sigma;
    for (let i = 0; i < x.length; i++) x[i] = x[i]! * (1 - drift * dt) - pull * eps[i]! + spread * z[i]!;
    await run.advance(n);
  }
  return run.result();
}

export interface AncestralOptions extends StochasticOptions {
  /** Share of the noise of the reverse chain: 1 is DDPM's (default), 0 is DDIM. */
  readonly eta?: number;
}

/**
 * Ancestral sampling: the reverse Markov chain of DDPM, in the form of DDIM with `eta` of its noise. Ho, Jain and Abbeel 2020; Song, Meng and Ermon 2021, equation (16).
 */
export async function ancestral(
  model: DiffusionModel,
  start: Matrix,
  options: AncestralOptions = {},
): Promise<Samples> {
  const eta = requireFinite("options.eta", options.eta ?? 1, 0, 1);
  const run = new SamplingRun(model, start, options, ["seed", "eta"]);
  const { x, levels } = run;
  const noise = noiseOf(run, options);
  for (let n = 1; n <= run.steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    const data = await run.data(s);
    // Of the noise at t, `fresh` is new; the rest points where the state's noise does.
    const fresh = eta * t.sigma * Math.sqrt(-expm1(2 * (s.lambda - t.lambda)));
    const kept = Math.sqrt(Math.max(0, t.sigma * t.sigma - fresh * fresh)) / s.sigma;
    const z = noise();
    const a = t.alpha - kept * s.alpha;
    for (let i = 0; i < x.length; i++) x[i] = kept * x[i]! + a * data[i]! + fresh * z[i]!;
    await run.advance(n);
  }
  return run.result();
}

/**
 * SDE-DPM-Solver++ (2M): the multistep method of order 2 for the reverse stochastic equation in the predicted data;
 * first and last step are of order 1. Lu et al. 2022, appendix; `tau = 1` of SA-Solver.
 */
export async function sdeDpmSolverPlusPlus(
  model: DiffusionModel,
  start: Matrix,
  options: StochasticOptions = {},
): Promise<Samples> {
  const run = new SamplingRun(model, start, options, ["seed"]);
  const { x, levels, steps } = run;
  const noise = noiseOf(run, options);
  let previous: Float64Array | undefined;
  for (let n = 1; n <= steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    const data = await run.data(s);
    const h = t.lambda - s.lambda;
    const a = (t.sigma / s.sigma) * exp(-h);
    const b = -t.alpha * expm1(-2 * h);
    const half = previous === undefined || n === steps ? 0 : h / (2 * (s.lambda - levels[n - 2]!.lambda));
    const spread = t.sigma * Math.sqrt(-expm1(-2 * h));
    const older = previous ?? data;
    const z = noise();
    for (let i = 0; i < x.length; i++)
      x[i] = a * x[i]! + b * ((1 + half) * data[i]! - half * older[i]!) + spread * z[i]!;
    previous = data;
    await run.advance(n);
  }
  return run.result();
}
