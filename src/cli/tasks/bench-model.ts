import { InvalidInputError } from "ockham";
import {
  compareLatency,
  type Feeds,
  type Latency,
  modelSize,
  multiplyAdds,
  type OnnxModel,
  readOnnxModel,
} from "ockham/compression";
import { renderTable } from "ockham/report";
import { type CliContext, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { givenInputs, modelInputs } from "./model-inputs.ts";

export interface BenchModelOptions {
  readonly input?: readonly string[];
  readonly batch: readonly number[];
  readonly runs: number;
  readonly warmUp: number;
  readonly json?: true;
}

interface Timed {
  /** Shapes of the inputs. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly multiplyAdds: readonly number[];
  /** Milliseconds. */
  readonly latency: readonly Latency[];
}

export async function benchModel(
  paths: readonly string[],
  options: BenchModelOptions,
  context: CliContext,
): Promise<void> {
  for (const path of paths)
    if (!path.endsWith(".onnx")) throw new InvalidInputError(path, "expected a file that ends in .onnx");
  for (const batch of options.batch)
    if (!Number.isInteger(batch) || batch < 1)
      throw new InvalidInputError("--batch", `expected whole numbers from 1 on, got ${batch}`);
  const models: OnnxModel[] = [];
  for (const path of paths) models.push(await readOnnxModel(path));
  const names = givenInputs(models[0]!).map(({ name }) => name);
  for (const [i, model] of models.entries()) {
    const own = givenInputs(model).map(({ name }) => name);
    if (String([...own].sort()) !== String([...names].sort()))
      throw new InvalidInputError(
        paths[i]!,
        `expected the inputs ${names.join(", ")} as ${paths[0]} has, got ${own.join(", ")}`,
      );
  }
  const runs = new Map<string, Feeds>();
  for (const batch of options.batch) {
    const feeds = await modelInputs(models[0]!, options.input ?? [], batch, context.signal);
    runs.set(JSON.stringify(shapesOf(feeds)), feeds);
  }
  const display = progressDisplay(context, "bench-model");
  const timed: Timed[] = [];
  try {
    for (const feeds of runs.values()) {
      const work: number[] = [];
      for (const model of models) work.push(await multiplyAdds(model, feeds));
      const latency = await compareLatency(Object.fromEntries(models.map((model, i) => [i, model])), feeds, {
        ...{ runs: options.runs, warmUp: options.warmUp, signal: context.signal },
        onProgress: ({ done, total }) =>
          display.onProgress({ done: timed.length + done / total, total: runs.size }),
      });
      timed.push({
        inputs: shapesOf(feeds),
        multiplyAdds: work,
        latency: models.map((_, i) => latency[i]!),
      });
    }
  } finally {
    display.stop();
  }
  const sizes = models.map(modelSize);
  if (options.json) {
    printJson(context, { models: paths.map((path, i) => ({ path, ...sizes[i] })), runs: timed });
    return;
  }
  for (const { inputs, multiplyAdds: work, latency } of timed)
    printLine(
      context.stdout,
      renderTable(
        {
          id: "latency",
          title: Object.entries(inputs)
            .map(([name, shape]) => `${name} ${shape.join(" x ") || "a number"}`)
            .join(", "),
          columns: [
            { name: "model" },
            { name: "parameters" },
            { name: "bytes" },
            { name: "multiply-adds" },
            { name: "ms, median", digits: 3 },
            { name: "ms, one in twenty above", digits: 3 },
            { name: "over the first", digits: 3 },
          ],
          rows: paths.map((path, i) => [
            path,
            sizes[i]!.params,
            sizes[i]!.bytes,
            work[i]!,
            latency[i]!.p50,
            latency[i]!.p95,
            latency[i]!.p50 / latency[0]!.p50,
          ]),
        },
        tableOptions(context),
      ),
    );
}

const shapesOf = (feeds: Feeds): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(feeds).map(([name, { shape }]) => [name, shape]));
