import type { Matrix } from "../core/array/index.ts";
import { requireInteger, requireOneOf } from "../core/errors.ts";
import { solve } from "../core/linalg/index.ts";
import { expm1 } from "../core/special/index.ts";
import type { DiffusionModel } from "./diffusion-model.ts";
import { type Level, type Samples, type SamplingOptions, SamplingRun } from "./sampling.ts";

export interface UniPCOptions extends SamplingOptions {
  /** Default 2. */
  readonly order?: number;
  /** B(h) of the paper: h (`"bh1"`) or e^h - 1 (`"bh2"`, default). */
  readonly variant?: "bh1" | "bh2";
  /** What is interpolated: predicted data (default) or noise. */
  readonly predicts?: "data" | "noise";
  /** Default true. */
  readonly corrector?: boolean;
  /** Lower the order over the last steps, which is better for few steps; default true. */
  readonly lowerOrderFinal?: boolean;
}

/**
 * UniPC: a multistep predictor of order p and a corrector of order p + 1 that reuses the next step's evaluation,
 * one evaluation a step. Order grows over the first steps and falls over the last. Without its corrector, order 2
 * in the predicted data with bh2 is DPM-Solver++ (2M). Zhao et al. 2023.
 */
export async function uniPC(
  model: DiffusionModel,
  start: Matrix,
  options: UniPCOptions = {},
): Promise<Samples> {
  const order = requireInteger("options.order", options.order ?? 2, 1, 6);
  const variant = requireOneOf("options.variant", options.variant ?? "bh2", ["bh1", "bh2"]);
  const predicts = requireOneOf("options.predicts", options.predicts ?? "data", ["data", "noise"]);
  const { corrector = true, lowerOrderFinal = true } = options;
  const run = new SamplingRun(model, start, options, [
    "order",
    "variant",
    "predicts",
    "corrector",
    "lowerOrderFinal",
  ]);
  const { x, levels, steps } = run;
  // Newest first: predictions m_0, m_1, ... and their levels.
  const history: { m: Float64Array; level: Level }[] = [];
  const base = new Float64Array(x.length);
  const evaluate = async (level: Level): Promise<void> => {
    const m = predicts === "data" ? await run.data(level) : await run.eps(level);
    history.unshift({ m, level });
    if (history.length > order + 1) history.pop();
  };
  await evaluate(levels[0]!);
  for (let n = 1; n <= steps; n++) {
    const [s, t] = [levels[n - 1]!, levels[n]!];
    const p = Math.min(n, order, lowerOrderFinal ? steps + 1 - n : order);
    const h = t.lambda - s.lambda;
    const hh = predicts === "data" ? -h : h;
    const bh = variant === "bh1" ? hh : expm1(hh);
    const [keep, gain] = predicts === "data" ? [t.sigma / s.sigma, t.alpha] : [t.alpha / s.alpha, t.sigma];
    const ratios = history.slice(1, p).map(({ level }) => (level.lambda - s.lambda) / h);
    const { predict, correct } = weights([...ratios, 1], hh, bh);
    const m0 = history[0]!.m;
    for (let i = 0; i < x.length; i++) x[i] = base[i] = keep * x[i]! - gain * expm1(hh) * m0[i]!;
    const subtract = (factor: number, later: Float64Array, earlier: Float64Array): void => {
      for (let i = 0; i < x.length; i++) x[i]! -= factor * (later[i]! - earlier[i]!);
    };
    for (const [k, ratio] of ratios.entries())
      subtract((gain * bh * predict[k]!) / ratio, history[k + 1]!.m, m0);
    if (n < steps) {
      const older = history.slice(1, p).map(({ m }) => m);
      await evaluate(t);
      if (corrector) {
        x.set(base);
        for (const [k, ratio] of ratios.entries()) subtract((gain * bh * correct[k]!) / ratio, older[k]!, m0);
        subtract(gain * bh * correct[p - 1]!, history[0]!.m, m0);
      }
    }
    await run.advance(n);
  }
  return run.result();
}

/** Solutions of the order conditions R rho = b, for predictor (without the last point) and corrector. */
function weights(
  ratios: readonly number[],
  hh: number,
  bh: number,
): { predict: Float64Array; correct: Float64Array } {
  const p = ratios.length;
  const b = new Float64Array(p);
  let c = expm1(hh) / hh - 1;
  let factorial = 1;
  for (let i = 0; i < p; i++) {
    b[i] = (c * factorial) / bh;
    factorial *= i + 2;
    c = c / hh - 1 / factorial;
  }
  const solved = (size: number): Float64Array =>
    solve(
      {
        dtype: "float64",
        shape: [size, size],
        data: Float64Array.from(
          { length: size * size },
          (_, at) => ratios[at % size]! ** Math.floor(at / size),
        ),
      },
      b.subarray(0, size),
    );
  return {
    predict: p === 1 ? new Float64Array(0) : p === 2 ? Float64Array.of(0.5) : solved(p - 1),
    correct: p === 1 ? Float64Array.of(0.5) : solved(p),
  };
}
