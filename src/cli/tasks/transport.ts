import { InvalidInputError, type LongCallOptions } from "ockham";
import type { Matrix } from "ockham/array";
import { fitLightSB, type LightSBOptions } from "ockham/diffusion";
import { readTable, type Table, writeAtomically } from "ockham/io";
import { randomStream } from "ockham/random";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { csvField } from "./embedding-file.ts";

export interface TransportOptions extends Pick<LightSBOptions, "epsilon" | "components" | "covariance"> {
  readonly method: "lightsb";
  readonly out: string;
  readonly learningRate?: number;
  readonly steps?: number;
  readonly time: number;
  readonly model?: string;
  readonly seed?: number;
  readonly json?: true;
}

export async function transport(
  sourcePath: string,
  targetPath: string,
  options: TransportOptions,
  context: CliContext,
): Promise<void> {
  const { method, out, time, model: modelPath, json, ...fitOptions } = options;
  for (const [name, path, ending] of [
    ["out", out, ".csv"],
    ["model", modelPath ?? ".json", ".json"],
  ] as const)
    if (!path.toLowerCase().endsWith(ending))
      throw new InvalidInputError(
        `options.${name}`,
        `expected a file name that ends in ${ending}, got "${path}"`,
      );
  if (!(time >= 0 && time <= 1))
    throw new InvalidInputError("options.time", `expected a number from 0 to 1, got ${time}`);
  const started = performance.now();
  const display = progressDisplay(context, "transport");
  const call: LongCallOptions = { signal: context.signal, onProgress: display.onProgress };
  try {
    const source = await readTable(sourcePath, stageOf(call, "reading", 0, 0.05, 1));
    const target = await readTable(targetPath, stageOf(call, "reading", 0.05, 0.1, 1));
    const names = coordinateNames(source);
    if (names.length === 0) throw new InvalidInputError(sourcePath, "has no column of numbers");
    const x0 = coordinatesOf(source, names, sourcePath);
    const x1 = coordinatesOf(target, names, targetPath);
    const scale = commonDeviation(x0, x1);
    const scaled = (x: Matrix, factor: number): Matrix => ({
      ...x,
      data: x.data.map((value) => value * factor),
    });
    const model = await fitLightSB(scaled(x0, 1 / scale), scaled(x1, 1 / scale), {
      ...fitOptions,
      components: fitOptions.components ?? Math.min(50, x1.shape[0]!),
      lrDecay: "last30pct",
      ...stageOf(call, "fitting", 0.1, 0.95, 1),
    });
    const stream = randomStream(options.seed ?? 0, "transport");
    const mapped = scaled(model.bridge(scaled(x0, 1 / scale), time, stream), scale);
    await writeAtomically(out, (file) => file.write(csvOf(source, names, mapped)));
    if (modelPath !== undefined)
      await writeAtomically(modelPath, (file) =>
        file.write(`${JSON.stringify({ scale, names, ...model.toJSON() })}\n`),
      );
    display.stop();
    const seconds = Math.round(performance.now() - started) / 1000;
    const loss = model.loss(scaled(x0, 1 / scale), scaled(x1, 1 / scale));
    const [points, dim] = mapped.shape;
    if (json) printJson(context, { method, points, dim, loss, scale, seconds, out });
    else printLine(context.stdout, `${points} points of dimension ${dim} in ${seconds} s: ${out}`);
  } finally {
    display.stop();
  }
}

/** Columns of numbers, in the order of the file. */
function coordinateNames({ names, columns }: Table): string[] {
  return names.filter((name) => columns[name]!.kind === "number");
}

function coordinatesOf({ rows, columns }: Table, names: readonly string[], path: string): Matrix {
  const data = new Float64Array(rows * names.length);
  for (const [j, name] of names.entries()) {
    const column = columns[name];
    if (column === undefined) throw new InvalidInputError(path, `has no column ${name}, as the source has`);
    if (column.kind !== "number")
      throw new InvalidInputError(path, `column ${name} holds values that are no numbers`);
    const missing = column.values.findIndex(Number.isNaN);
    if (missing >= 0) throw new InvalidInputError(path, `row ${missing + 1} has no value in column ${name}`);
    for (let i = 0; i < rows; i++) data[i * names.length + j] = column.values[i]!;
  }
  return { dtype: "float64", shape: [rows, names.length], data };
}

/** Root of the mean variance over the coordinates of both sets. */
function commonDeviation(...sets: readonly Matrix[]): number {
  let total = 0;
  let count = 0;
  for (const { data, shape } of sets) {
    const [n, d] = shape as [number, number];
    for (let j = 0; j < d; j++) {
      let mean = 0;
      for (let i = 0; i < n; i++) mean += data[i * d + j]! / n;
      for (let i = 0; i < n; i++) total += (data[i * d + j]! - mean) ** 2;
    }
    count += n * d;
  }
  const deviation = Math.sqrt(total / count);
  return deviation > 0 ? deviation : 1;
}

/** The source's table with mapped coordinates. */
function csvOf({ rows, names, columns }: Table, coordinates: readonly string[], mapped: Matrix): string {
  const d = coordinates.length;
  const lines = [names.map(csvField).join(",")];
  for (let i = 0; i < rows; i++)
    lines.push(
      names
        .map((name) => {
          const j = coordinates.indexOf(name);
          return j >= 0 ? String(mapped.data[i * d + j]) : csvField(String(columns[name]!.values[i]));
        })
        .join(","),
    );
  return `${lines.join("\n")}\n`;
}
