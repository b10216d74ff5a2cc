import { InvalidInputError } from "ockham";
import type { NdArray } from "ockham/array";
import { imageDenoiser } from "ockham/diffusion";
import { writeAtomically } from "ockham/io";
import { type Tensor, toOnnx } from "ockham/tensor";
import { digitImageDenoiser, imageDenoiserSteps } from "../../../papers/digit-image-denoiser.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface TrainDenoiserOptions {
  readonly out: string;
  readonly steps?: number;
  readonly batch: number;
  readonly json?: true;
}

export async function trainDenoiser(
  { out, steps = imageDenoiserSteps, batch, json }: TrainDenoiserOptions,
  context: CliContext,
): Promise<void> {
  if (!out.toLowerCase().endsWith(".onnx"))
    throw new InvalidInputError("options.out", `expected a file name that ends in .onnx, got "${out}"`);
  if (!(batch >= 1)) throw new InvalidInputError("options.batch", `expected at least 1, got ${batch}`);
  const started = performance.now();
  const display = progressDisplay(context, "train-denoiser");
  try {
    const call = { signal: context.signal, onProgress: display.onProgress };
    const weights = await digitImageDenoiser(call, steps);
    const examples: [NdArray, NdArray, NdArray] = [
      { dtype: "float32", shape: [batch, 1, 28, 28], data: new Float32Array(batch * 784) },
      { dtype: "float32", shape: [batch], data: new Float32Array(batch) },
      { dtype: "int64", shape: [batch], data: new BigInt64Array(batch) },
    ];
    const network = (x: Tensor, t: Tensor, label: Tensor): Tensor => imageDenoiser(weights, x, t, label);
    const bytes = toOnnx(network, examples, { inputs: ["x", "t", "label"] });
    await writeAtomically(out, (file) => file.write(bytes));
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json) printJson(context, { steps, batch, bytes: bytes.length, seconds, out });
    else
      printLine(
        context.stdout,
        `denoiser of ${bytes.length} bytes after ${steps} steps in ${seconds} s: ${out}`,
      );
  } finally {
    display.stop();
  }
}
