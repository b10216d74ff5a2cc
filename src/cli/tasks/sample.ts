import { existsSync } from "node:fs";
import { InvalidInputError, type LongCallOptions } from "ockham";
import type { Matrix, NdArray } from "ockham/array";
import {
  ancestral,
  computeModelStatistics,
  type DiffusionModel,
  ddim,
  dpmSolverPlusPlus2M,
  dpmSolverPlusPlus3M,
  dpmSolverV3,
  eulerMaruyama,
  heun,
  loadModelStatistics,
  type Samples,
  type SamplingOptions,
  type Spacing,
  saveModelStatistics,
  sdeDpmSolverPlusPlus,
  timeSteps,
  uniPC,
} from "ockham/diffusion";
import { formatNpy, formatPng, writeAtomically } from "ockham/io";
import { randomStream } from "ockham/random";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type DenoiserOptions, openDenoiser } from "./denoiser-file.ts";

type Sampling = (
  model: DiffusionModel,
  start: Matrix,
  options: SamplingOptions & { seed?: number },
) => Promise<Samples>;

const deterministic =
  (sampler: (model: DiffusionModel, start: Matrix, options: SamplingOptions) => Promise<Samples>): Sampling =>
  (model, start, { seed: _, ...options }) =>
    sampler(model, start, options);

/** What `--method` offers besides DPM-Solver-v3, which needs statistics. */
const samplers = {
  ddim: deterministic(ddim),
  heun: deterministic(heun),
  "dpm-solver-plus-plus-2m": deterministic(dpmSolverPlusPlus2M),
  "dpm-solver-plus-plus-3m": deterministic(dpmSolverPlusPlus3M),
  unipc: deterministic(uniPC),
  ancestral,
  "euler-maruyama": eulerMaruyama,
  "sde-dpm-solver-plus-plus": sdeDpmSolverPlusPlus,
} as const satisfies Record<string, Sampling>;
export type SampleMethod = keyof typeof samplers | "dpm-solver-v3";

export interface SampleOptions extends DenoiserOptions {
  /** Without one, what needs no calibration unless there is a file of statistics. */
  readonly method?: SampleMethod;
  readonly out: string;
  readonly nfe: number;
  readonly count: number;
  readonly spacing: Spacing;
  readonly seed: number;
  readonly json?: true;
  readonly statistics?: string;
  readonly gridSize: number;
  readonly samples: number;
}

export async function sample(path: string, options: SampleOptions, context: CliContext): Promise<void> {
  const { out, nfe, count, spacing, seed, json } = options;
  const method = options.method ?? (options.statistics === undefined ? "unipc" : "dpm-solver-v3");
  const format = /\.(png|npy)$/i.exec(out)?.[1]?.toLowerCase();
  if (format === undefined)
    throw new InvalidInputError(
      "options.out",
      `expected a file name that ends in .png or .npy, got "${out}"`,
    );
  if (options.statistics !== undefined && method !== "dpm-solver-v3")
    throw new InvalidInputError("options.statistics", `only dpm-solver-v3 takes statistics, not ${method}`);
  if (!(nfe >= 1)) throw new InvalidInputError("options.nfe", `expected at least 1, got ${nfe}`);
  if (!(count >= 1)) throw new InvalidInputError("options.count", `expected at least 1, got ${count}`);
  const started = performance.now();
  const display = progressDisplay(context, "sample");
  const call: LongCallOptions = { signal: context.signal, onProgress: display.onProgress };
  const { model, shape, dispose } = await openDenoiser(path, options);
  try {
    const start: Matrix = {
      dtype: "float64",
      shape: [count, model.dim],
      data: randomStream(seed, "start").fillNormal(
        new Float64Array(count * model.dim),
        0,
        model.schedule.sigma(model.schedule.tMax),
      ),
    };
    // Heun's method takes two evaluations a step but for the last.
    const steps = method === "heun" ? Math.max(1, Math.floor((nfe + 1) / 2)) : nfe;
    const common = { steps, spacing, ...stageOf(call, "sampling", 0.8, 1, 1) };
    const { x, evaluations, modelCalls } =
      method === "dpm-solver-v3"
        ? await dpmSolverV3(model, await statisticsOf(model, options, call), start, {
            ...common,
            order: options.guidance === undefined ? 3 : 2,
          })
        : await samplers[method](model, start, { ...common, seed });
    const written =
      format === "png" ? formatPng(gridOf(x, shape)) : formatNpy({ ...x, shape: [count, ...shape] });
    await writeAtomically(out, (file) => file.write(written));
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json) printJson(context, { method, count, shape, evaluations, modelCalls, seconds, out });
    else printLine(context.stdout, `${count} samples of ${evaluations} evaluations in ${seconds} s: ${out}`);
  } finally {
    display.stop();
    await dispose();
  }
}

/** Statistics from the file named, or along trajectories of the model; written if a file is named. */
async function statisticsOf(
  model: DiffusionModel,
  { statistics: path, gridSize, samples, seed, nfe }: SampleOptions,
  call: LongCallOptions,
) {
  if (path !== undefined && existsSync(path)) return loadModelStatistics(path);
  const times = timeSteps(model.schedule, { n: nfe });
  const computed = await computeModelStatistics(model, {
    ...{ gridSize, samples, seed, tEnd: times.at(-1)! },
    ...stageOf(call, "statistics", 0, 0.8, 1),
  });
  if (path !== undefined) await saveModelStatistics(path, computed);
  return computed;
}

/** Samples [n, channels, height, width] or [n, height, width], -1 to 1, side by side as an image. */
function gridOf({ data }: Matrix, shape: readonly number[]): NdArray<"uint8"> {
  const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
  if (shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3))
    throw new InvalidInputError(
      "options.out",
      `only images with 1 or 3 channels can be a .png; samples have shape [${shape.join(", ")}], write .npy`,
    );
  const [h, w] = [height!, width!];
  const n = data.length / (channels * h * w);
  const columns = Math.ceil(Math.sqrt(n));
  const rows = Math.ceil(n / columns);
  const pixels = new Uint8Array(rows * h * columns * w * channels);
  for (let i = 0; i < n; i++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
          const value = (data[((i * channels + c) * h + y) * w + x]! + 1) * 127.5;
          const row = Math.floor(i / columns) * h + y;
          const column = (i % columns) * w + x;
          pixels[(row * columns * w + column) * channels + c] = Math.min(255, Math.max(0, Math.round(value)));
        }
  return { dtype: "uint8", shape: [rows * h, columns * w, channels], data: pixels };
}
