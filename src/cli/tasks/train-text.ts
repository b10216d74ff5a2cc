import { InvalidInputError, type LongCallOptions } from "ockham";
import { readBytes, writeAtomically } from "ockham/io";
import { fitTokenModel, m2Network } from "ockham/sequence";
import { requireInteger } from "../../core/errors.ts";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface TrainTextOptions {
  readonly method: "monarch-mixer";
  readonly out: string;
  readonly length: number;
  readonly epochs: number;
  readonly width: number;
  readonly layers: number;
  readonly batchSize: number;
  readonly sample: number;
  readonly onnx?: string;
  readonly seed?: number;
  readonly json?: true;
}

/** Characters that are told apart; the others share one more. */
const most = 255;

export async function trainText(path: string, options: TrainTextOptions, context: CliContext): Promise<void> {
  const { method, out, length, epochs, width, layers, batchSize, sample, onnx, seed = 0, json } = options;
  for (const [name, file, ending] of [
    ["out", out, ".safetensors"],
    ["onnx", onnx ?? ".onnx", ".onnx"],
  ] as const)
    if (!file.toLowerCase().endsWith(ending))
      throw new InvalidInputError(
        `options.${name}`,
        `expected a file name that ends in ${ending}, got "${file}"`,
      );
  if (!(epochs > 0))
    throw new InvalidInputError("options.epochs", `expected a number above 0, got ${epochs}`);
  // Not after an hour of training.
  requireInteger("options.sample", sample, 0);
  const started = performance.now();
  const display = progressDisplay(context, "train-text");
  const call: LongCallOptions = { signal: context.signal, onProgress: display.onProgress };
  try {
    const text = [...new TextDecoder().decode(await readBytes(path))];
    const cut = Math.floor(0.9 * text.length);
    if (text.length - cut < length + 2)
      throw new InvalidInputError(
        path,
        `a tenth of ${text.length} characters is less than --length ${length}`,
      );
    const counts = new Map<string, number>();
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    const alphabet = [...counts]
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([character]) => character);
    const numbers = new Map(alphabet.map((character, i) => [character, i]));
    const tokens = Int32Array.from(text, (character) => numbers.get(character) ?? alphabet.length);
    const network = m2Network({ vocabulary: alphabet.length + 1, maxLength: length, width, layers, seed });
    const steps = Math.max(1, Math.round((epochs * cut) / (batchSize * length)));
    const model = await fitTokenModel(network, tokens.subarray(0, cut), {
      ...{ batchSize, steps, seed },
      ...stageOf(call, "training", 0, 0.9, 1),
    });
    const { bitsPerToken } = await model.evaluate(
      tokens.subarray(cut),
      stageOf(call, "testing", 0.9, 0.95, 1),
    );
    const prompt = tokens.subarray(cut, cut + Math.min(32, length));
    const written = await model.generate(prompt, sample, {
      ...{ seed, mode: prompt.length + sample <= length ? "stream" : "recompute" },
      ...stageOf(call, "writing", 0.95, 1, 1),
    });
    await model.save(out, {
      alphabet: JSON.stringify(alphabet),
      width: `${width}`,
      layers: `${layers}`,
      length: `${length}`,
    });
    if (onnx !== undefined) {
      const bytes = model.toOnnx(1, length);
      await writeAtomically(onnx, (file) => file.write(bytes));
    }
    display.stop();
    const sampled = Array.from(written, (token) => alphabet[token] ?? "\uFFFD").join("");
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json)
      printJson(context, {
        method,
        steps,
        bitsPerCharacter: bitsPerToken,
        sample: sampled,
        seconds,
        out,
        onnx,
      });
    else {
      printLine(context.stdout, sampled);
      printLine(
        context.stdout,
        `${steps} steps, ${bitsPerToken.toFixed(3)} bits a held-out character, in ${seconds} s: ${out}`,
      );
    }
  } finally {
    display.stop();
  }
}
