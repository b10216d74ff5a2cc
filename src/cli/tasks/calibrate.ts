import { InvalidInputError } from "ockham";
import { type Matrix, type NdArray, sizeOf } from "ockham/array";
import { computeModelStatistics, saveModelStatistics } from "ockham/diffusion";
import { readIdx, readNpy } from "ockham/io";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type DenoiserOptions, openDenoiser } from "./denoiser-file.ts";

export interface CalibrateOptions extends DenoiserOptions {
  readonly out: string;
  readonly data?: string;
  readonly gridSize: number;
  readonly samples: number;
  readonly probes: number;
  readonly tEnd?: number;
  readonly seed: number;
  readonly json?: true;
}

export async function calibrate(path: string, options: CalibrateOptions, context: CliContext): Promise<void> {
  const { out, data, gridSize, samples, probes, tEnd, seed, json } = options;
  if (!out.toLowerCase().endsWith(".safetensors"))
    throw new InvalidInputError(
      "options.out",
      `expected a file name that ends in .safetensors, got "${out}"`,
    );
  const started = performance.now();
  const display = progressDisplay(context, "calibrate");
  const { model, shape, dispose } = await openDenoiser(path, options);
  try {
    const statistics = await computeModelStatistics(model, {
      ...{ gridSize, samples, probes, seed, signal: context.signal, onProgress: display.onProgress },
      ...(data !== undefined && { data: await rowsOf(data, shape) }),
      ...(tEnd !== undefined && { tEnd }),
    });
    await saveModelStatistics(out, statistics);
    display.stop();
    const { schedule, tStart, tEnd: last, warning } = statistics;
    if (warning !== undefined) printLine(context.stderr, `calibrate: ${warning}`);
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json) printJson(context, { schedule, shape, tStart, tEnd: last, gridSize, samples, seconds, out });
    else
      printLine(
        context.stdout,
        `statistics of ${samples} points at ${gridSize + 1} levels in ${seconds} s: ${out}`,
      );
  } finally {
    display.stop();
    await dispose();
  }
}

/** Samples of a file as rows; whole bytes, as of images, become -1 to 1. */
async function rowsOf(path: string, shape: readonly number[]): Promise<Matrix> {
  const array: NdArray = path.toLowerCase().endsWith(".npy") ? await readNpy(path) : await readIdx(path);
  const dim = sizeOf(shape);
  const [rows = 0] = array.shape;
  if (array.shape.length < 2 || sizeOf(array.shape.slice(1)) !== dim)
    throw new InvalidInputError(
      path,
      `expected samples of shape [${shape.join(", ")}], got an array of shape [${array.shape.join(", ")}]`,
    );
  const bytes = array.dtype === "uint8";
  return {
    dtype: "float64",
    shape: [rows, dim],
    data: Float64Array.from(array.data as ArrayLike<number>, (value) =>
      bytes ? Number(value) / 127.5 - 1 : Number(value),
    ),
  };
}
