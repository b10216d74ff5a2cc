import { InvalidInputError, type Progress } from "ockham";
import { type NdArray, ndArray, sizeOf } from "ockham/array";
import {
  compareLatency,
  type Feeds,
  formatOnnxModel,
  type Latency,
  type ModelSize,
  modelSize,
  multiplyAdds,
  type OnnxModel,
  readOnnxModel,
} from "ockham/compression";
import { renderTable } from "ockham/report";
import { openOnnx } from "ockham/tensor";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readCalibration } from "./calibration-files.ts";
import { type CompressOptions, factored } from "./compress-methods.ts";
import { judgeScores, readClasses } from "./labelled-arrays.ts";

/** What a network of a sweep takes, and how it does. */
interface Swept extends ModelSize {
  /** Part of the full rank; 1: the original. */
  readonly keep: number;
  readonly multiplyAdds: number;
  /** Root of the mean squared difference of the outputs, over that of the original's. */
  readonly outputError: number;
  readonly accuracy?: number;
  readonly loss?: number;
  readonly latency?: Latency;
}

/** The network at several ranks: size against what it costs. */
export async function sweep(
  path: string,
  keeps: readonly number[],
  options: CompressOptions,
  context: CliContext,
): Promise<void> {
  const { signal } = context;
  if (!path.endsWith(".onnx"))
    throw new InvalidInputError("--sweep", `expected a network to run, .onnx, got ${path}`);
  for (const name of ["out", "rank", "dryRun"] as const)
    if (options[name] !== undefined)
      throw new InvalidInputError("--sweep", `writes nothing and sets the ranks: not with ${name}`);
  const model = await readOnnxModel(path);
  const read = (files: readonly string[]) => readCalibration(model, files, options.batch, signal);
  const calibration = options.calibrate && (await read(options.calibrate));
  const test = options.test ? await read(options.test) : calibration;
  if (test === undefined)
    throw new InvalidInputError("--test", "expected inputs of the network, here or as --calibrate");
  if (options.labels !== undefined && options.test === undefined)
    throw new InvalidInputError(
      "--labels",
      "are those of --test: a network is not judged by what it is made from",
    );
  const classes = options.labels === undefined ? undefined : await readClasses(options.labels, signal);
  const display = progressDisplay(context, "compress");
  const models: OnnxModel[] = [model];
  const rows: Swept[] = [];
  try {
    const total = keeps.length + 1;
    for (const [i, keep] of keeps.entries()) {
      const call = {
        signal,
        onProgress: ({ done, total: of }: Progress) => display.onProgress({ done: i + done / of, total }),
      };
      const ranked = { ...options, rank: { kind: "ratio", keep } as const };
      models.push((await factored(model, calibration, ranked, call)).model);
    }
    const [first] = test;
    const named = Object.fromEntries(models.map((own, i) => [i, own]));
    const latency = options.time
      ? await compareLatency(named, first!, { signal, runs: 100, warmUp: 10 })
      : undefined;
    const original = await outputsOf(model, test, signal);
    for (const [i, own] of models.entries()) {
      const outputs = i === 0 ? original : await outputsOf(own, test, signal);
      rows.push({
        keep: i === 0 ? 1 : keeps[i - 1]!,
        ...modelSize(own),
        multiplyAdds: await multiplyAdds(own, first!),
        outputError: relativeError(original, outputs),
        ...(classes && judgeRuns(outputs, classes)),
        ...(latency && { latency: latency[i]! }),
      });
    }
  } finally {
    display.stop();
  }
  if (options.json)
    printJson(context, {
      method: options.method,
      tested: options.test ? "test" : "calibration",
      sweep: rows,
    });
  else
    printLine(
      context.stdout,
      renderTable(
        {
          id: "sweep",
          title: `${path} by ${options.method}, judged by ${options.test ? "other inputs" : "the inputs it is calibrated on"}`,
          columns: [
            { name: "part of the rank" },
            { name: "parameters" },
            { name: "bytes" },
            { name: "multiply-adds" },
            { name: "outputs differ by", digits: 3 },
            ...(classes
              ? [
                  { name: "right", digits: 4 },
                  { name: "loss", digits: 4 },
                ]
              : []),
            ...(options.time ? [{ name: "ms, median", digits: 3 }] : []),
          ],
          rows: rows.map((row) => [
            ...[row.keep, row.params, row.bytes, row.multiplyAdds, row.outputError],
            ...(classes ? [row.accuracy!, row.loss!] : []),
            ...(options.time ? [row.latency!.p50] : []),
          ]),
        },
        tableOptions(context),
      ),
    );
}

async function outputsOf(
  model: OnnxModel,
  test: readonly Feeds[],
  signal: AbortSignal,
): Promise<Readonly<Record<string, NdArray>>[]> {
  const session = await openOnnx(formatOnnxModel(model));
  const outputs = [];
  try {
    for (const feeds of test) {
      outputs.push(await session.run(feeds));
      signal.throwIfAborted();
    }
  } finally {
    await session.release();
  }
  return outputs;
}

type Outputs = readonly Readonly<Record<string, NdArray>>[];

/** Root of the mean squared difference of all outputs of floating point, over that of the first ones. */
function relativeError(original: Outputs, changed: Outputs): number {
  let [squares, total] = [0, 0];
  for (const [run, outputs] of original.entries())
    for (const [name, { dtype, data }] of Object.entries(outputs)) {
      if (dtype !== "float32" && dtype !== "float64") continue;
      const other = changed[run]![name]!.data;
      for (let i = 0; i < data.length; i++) {
        squares += (Number(data[i]) - Number(other[i])) ** 2;
        total += Number(data[i]) ** 2;
      }
    }
  return Math.sqrt(squares / (total || 1));
}

/** The first output of every run against the classes, in order. */
function judgeRuns(outputs: Outputs, classes: NdArray<"int64">): { accuracy: number; loss: number } {
  let [at, accuracy, loss] = [0, 0, 0];
  for (const own of outputs) {
    const scores = Object.values(own)[0]!;
    const count = sizeOf(scores.shape.slice(0, -1));
    if (at + count > classes.data.length) {
      at = 0;
      break;
    }
    const part = ndArray("int64", [count], classes.data.slice(at, at + count));
    const judged = judgeScores("--labels", scores, part);
    accuracy += judged.accuracy * count;
    loss += judged.loss * count;
    at += count;
  }
  if (at !== classes.data.length || at === 0)
    throw new InvalidInputError(
      "--labels",
      `expected a class for each row of scores, got ${classes.data.length}`,
    );
  return { accuracy: accuracy / at, loss: loss / at };
}
