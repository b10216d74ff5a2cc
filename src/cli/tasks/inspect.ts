import { statSync } from "node:fs";
import { InvalidInputError } from "ockham";
import { type Matrix, ndArray, sizeOf } from "ockham/array";
import {
  breakEvenRank,
  chooseRank,
  linearLayers,
  type ModelSize,
  modelSize,
  multiplyAdds,
  type OnnxModel,
  readOnnxModel,
  type UnsupportedLayer,
} from "ockham/compression";
import { openSafetensors } from "ockham/io";
import { svd } from "ockham/linalg";
import { renderTable } from "ockham/report";
import { floatsOf } from "../../compression/tensor-factoring.ts";
import { matcher } from "../../core/name-pattern.ts";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { modelInputs } from "./model-inputs.ts";

export interface InspectOptions {
  readonly layers?: string;
  readonly input?: readonly string[];
  readonly batch: number;
  readonly json?: true;
}

/** A weight as a matrix [out, in], or a tensor that is none. */
interface Weight {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Part of its numbers that are zero; of floats. */
  readonly zeros?: number;
  /** Singular values whose squares make up 90, 95 and 99 % of the sum of all; of matrices of floats. */
  readonly ranks?: readonly number[];
  readonly breakEven?: number;
}

interface Inspected extends ModelSize {
  readonly weights: readonly Weight[];
  readonly unsupported: readonly UnsupportedLayer[];
  readonly multiplyAdds?: number;
}

const parts = [0.9, 0.95, 0.99];

export async function inspect(path: string, options: InspectOptions, context: CliContext): Promise<void> {
  const display = progressDisplay(context, "inspect");
  let found: Inspected;
  try {
    if (path.endsWith(".onnx")) found = await inspectModel(path, options, context, display.onProgress);
    else if (path.endsWith(".safetensors"))
      found = await inspectTensors(path, options, context, display.onProgress);
    else throw new InvalidInputError(path, "expected a file that ends in .onnx or .safetensors");
  } finally {
    display.stop();
  }
  if (options.json) printJson(context, found);
  else print(path, found, context);
}

type OnProgress = ReturnType<typeof progressDisplay>["onProgress"];

/** Lets the display draw, and Ctrl-C act, between two decompositions. */
async function pause(
  context: CliContext,
  done: number,
  total: number,
  onProgress: OnProgress,
): Promise<void> {
  onProgress({ done, total });
  await new Promise((resolve) => setImmediate(resolve));
  context.signal.throwIfAborted();
}

function spectrumOf(weight: Matrix): Pick<Weight, "ranks" | "breakEven" | "zeros"> {
  const [out, inputs] = weight.shape as [number, number];
  const { s } = svd(weight);
  const zeros = weight.data.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
  return {
    zeros: zeros / weight.data.length,
    ranks: parts.map((threshold) => chooseRank(s, [out, inputs], { kind: "energy", threshold })),
    breakEven: breakEvenRank(out, inputs),
  };
}

async function inspectModel(
  path: string,
  { layers: pattern, input, batch }: InspectOptions,
  context: CliContext,
  onProgress: OnProgress,
): Promise<Inspected> {
  const model = await readOnnxModel(path);
  const wanted = matcher("--layers", pattern ?? "*");
  const all = linearLayers(model);
  const layers = all.layers.filter(({ name }) => wanted(name));
  const unsupported = all.unsupported.filter(({ name }) => wanted(name));
  if (pattern !== undefined && layers.length + unsupported.length === 0)
    throw new InvalidInputError("--layers", `no weight is called like this: ${pattern}`);
  const weights: Weight[] = [];
  for (const { name, kind, weight, kernel } of layers) {
    weights.push({ name, type: kind, shape: kernel ?? weight.shape, ...spectrumOf(weight) });
    await pause(context, weights.length, layers.length, onProgress);
  }
  const work = await workOf(model, input, batch, context);
  return { ...modelSize(model), weights, unsupported, ...(work !== undefined && { multiplyAdds: work }) };
}

/** Of one run; undefined where no input was stated and the model does not run on what it declares. */
async function workOf(
  model: OnnxModel,
  input: readonly string[] | undefined,
  batch: number,
  { signal }: CliContext,
): Promise<number | undefined> {
  if (input !== undefined) return multiplyAdds(model, await modelInputs(model, input, batch, signal));
  try {
    return await multiplyAdds(model, await modelInputs(model, [], batch, signal));
  } catch {
    return undefined;
  }
}

async function inspectTensors(
  path: string,
  { layers: pattern, input }: InspectOptions,
  context: CliContext,
  onProgress: OnProgress,
): Promise<Inspected> {
  if (input !== undefined)
    throw new InvalidInputError("--input", "a .safetensors file holds no graph to run; expected an .onnx");
  const wanted = matcher("--layers", pattern ?? "*");
  const file = await openSafetensors(path);
  try {
    const names = [...file.entries.keys()].filter(wanted);
    if (names.length === 0)
      throw new InvalidInputError("--layers", `no tensor is called like this: ${pattern ?? "*"}`);
    const weights: Weight[] = [];
    let [params, nonZero] = [0, 0];
    for (const name of names) {
      const { dtype, shape, bfloat16 } = file.entries.get(name)!;
      const common = { name, type: bfloat16 ? "bfloat16" : dtype, shape };
      const floats = floatsOf(await file.read(name));
      if (floats === undefined || floats.length === 0) weights.push(common);
      else {
        const zeros = floats.reduce((count, value) => count + (value === 0 ? 1 : 0), 0);
        params += floats.length;
        nonZero += floats.length - zeros;
        const out = shape[0] ?? 1;
        const spectrum =
          shape.length < 2 ? {} : spectrumOf(ndArray("float64", [out, sizeOf(shape.slice(1))], floats));
        weights.push({ ...common, zeros: zeros / floats.length, ...spectrum });
      }
      await pause(context, weights.length, names.length, onProgress);
    }
    return { params, nonZero, bytes: statSync(path).size, weights, unsupported: [] };
  } finally {
    await file.close();
  }
}

function print(path: string, found: Inspected, context: CliContext): void {
  const { weights, unsupported, params, nonZero, bytes } = found;
  printLine(
    context.stdout,
    renderTable(
      {
        id: "weights",
        title: path,
        columns: [
          { name: "weight" },
          { name: "kind" },
          { name: "shape" },
          ...parts.map((part) => ({ name: `rank at ${100 * part} %` })),
          { name: "break-even", digits: 4 },
          { name: "zeros", digits: 3 },
        ],
        rows: weights.map(({ name, type, shape, ranks, breakEven, zeros }) => [
          name,
          type,
          shape.join(" x "),
          ...parts.map((_, i) => ranks?.[i] ?? null),
          breakEven ?? null,
          zeros ?? null,
        ]),
      },
      tableOptions(context),
    ),
  );
  for (const { name, op, problem } of unsupported) printLine(context.stdout, `${name}: ${op}, ${problem}`);
  printLine(
    context.stdout,
    `${params} parameters, ${(100 * (1 - nonZero / Math.max(1, params))).toPrecision(3)} % of them zero; ${bytes} bytes`,
  );
  if (found.multiplyAdds !== undefined)
    printLine(context.stdout, `${found.multiplyAdds} multiply-adds in a run`);
  else if (path.endsWith(".onnx"))
    printLine(context.stdout, "multiply-adds: state the inputs of a run with --input");
}
