import { statSync } from "node:fs";
import { InvalidInputError } from "ockham";
import type { NdArray } from "ockham/array";
import {
  compareLatency,
  type Feeds,
  factorTensors,
  formatOnnxModel,
  type LayerReport,
  type OnnxModel,
  readOnnxModel,
  type UnsupportedLayer,
} from "ockham/compression";
import { openSafetensors, safetensorsHeader, streamSafetensors, writeAtomically } from "ockham/io";
import { renderTable, type Table } from "ockham/report";
import { openOnnx } from "ockham/tensor";
import { type CliContext, exitStatus, printJson, printLine, tableOptions } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readCalibration } from "./calibration-files.ts";
import { type CompressCall, type CompressOptions, factored } from "./compress-methods.ts";
import { sweep } from "./compress-sweep.ts";
import { modelInputs } from "./model-inputs.ts";

/** What is found out about the compressed network by running it. */
interface Comparison {
  /** Root of the mean squared difference of the outputs, over that of the original's outputs, on the calibration data. */
  readonly outputError?: number;
  /** Largest difference from the dense network that the factors stand for, over the largest output: rounding alone. */
  readonly rewriteError?: number;
}

interface Done {
  readonly report: readonly LayerReport[];
  readonly unsupported: readonly UnsupportedLayer[];
  readonly bytes: readonly [before: number, after: number];
  readonly comparison?: Comparison;
  readonly latency?: Readonly<Record<"dense" | "compressed", { readonly p50: number; readonly p95: number }>>;
  write(path: string): Promise<unknown>;
}

/** Most that rounding may change an output by, as a part of the largest. */
const roundingLimit = 1e-3;

export async function compress(path: string, options: CompressOptions, context: CliContext): Promise<void> {
  const { out } = options;
  const extension = path.endsWith(".safetensors") ? ".safetensors" : ".onnx";
  if (!path.endsWith(extension))
    throw new InvalidInputError(path, "expected a file that ends in .onnx or .safetensors");
  if (options.sweep !== undefined) return sweep(path, options.sweep, options, context);
  for (const name of ["test", "labels"] as const)
    if (options[name] !== undefined) throw new InvalidInputError(`--${name}`, "is an option of --sweep");
  if (options.dryRun ? out !== undefined : out === undefined)
    throw new InvalidInputError("--out", "expected a file, or --dry-run without one");
  if (out !== undefined && !out.endsWith(extension))
    throw new InvalidInputError(
      "--out",
      `expected a name that ends in ${extension} as that of the input does, got ${out}`,
    );
  const display = progressDisplay(context, "compress");
  let done: Done;
  try {
    const call = { signal: context.signal, onProgress: display.onProgress };
    done =
      extension === ".onnx"
        ? await compressModel(path, options, context, call)
        : await compressTensors(path, options, call);
  } finally {
    display.stop();
  }
  const [before, after] = done.bytes;
  const larger = after > before;
  const written = out !== undefined && (!larger || options.allowLarger === true);
  if (written) await done.write(out);
  if (options.json)
    printJson(context, {
      method: options.method,
      layers: done.report,
      unsupported: done.unsupported,
      bytes: { before, after },
      ...(done.comparison && { comparison: done.comparison }),
      ...(done.latency && { latency: done.latency }),
      out: written ? out : null,
    });
  else print(done, context, written ? out : undefined);
  if (larger && !written && out !== undefined) {
    printLine(
      context.stderr,
      `ockham: nothing written: the result would take ${after} bytes, more than the ${before} of ${path}; --allow-larger writes it`,
    );
    context.fail(exitStatus.unmet);
  }
}

async function compressModel(
  path: string,
  options: CompressOptions,
  context: CliContext,
  call: CompressCall,
): Promise<Done> {
  const model = await readOnnxModel(path);
  const calibration = options.calibrate
    ? await readCalibration(model, options.calibrate, options.batch, context.signal)
    : undefined;
  const { report, unsupported, reference, ...result } = await factored(model, calibration, options, call);
  const bytes = formatOnnxModel(result.model);
  const [first] = calibration ?? [];
  const comparison =
    calibration === undefined
      ? await checked(model, result.model, reference, context.signal)
      : await compared(model, result.model, reference, calibration.slice(0, 16));
  return {
    report,
    unsupported,
    bytes: [model.bytes, bytes.length],
    ...(comparison && { comparison }),
    ...(first &&
      options.time && {
        latency: await compareLatency({ dense: model, compressed: result.model }, first, {
          signal: context.signal,
          runs: 100,
          warmUp: 10,
        }),
      }),
    write: (out) => writeAtomically(out, (file) => file.write(bytes)),
  };
}

/**
 * Without data of its own a network is run on four inputs at random in the shapes that it declares, to see that the
 * rewritten graph computes what its factors stand for; one that does not run on such inputs is opened only.
 */
async function checked(
  original: OnnxModel,
  result: OnnxModel,
  reference: OnnxModel | undefined,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const session = await openOnnx(formatOnnxModel(result));
  const runs: Feeds[] = [];
  try {
    for (let seed = 0; seed < 4; seed++) runs.push(await modelInputs(original, [], 1, signal, seed));
    await session.run(runs[0]!);
  } catch (cause) {
    if (!(cause instanceof InvalidInputError)) throw cause;
    return undefined;
  } finally {
    await session.release();
  }
  const { rewriteError } = await compared(original, result, reference, runs);
  return rewriteError === undefined ? undefined : { rewriteError };
}

/** Runs the original, the result and the dense network that the result stands for on real inputs. */
async function compared(
  original: OnnxModel,
  result: OnnxModel,
  reference: OnnxModel | undefined,
  calibration: readonly Feeds[],
): Promise<Comparison> {
  const sessions = [];
  try {
    for (const model of [original, result, reference ?? result])
      sessions.push(await openOnnx(formatOnnxModel(model)));
    let [squares, total, largest, difference] = [0, 0, 0, 0];
    for (const feeds of calibration) {
      const [before, after, dense] = await Promise.all(sessions.map((session) => session.run(feeds)));
      for (const [name, { dtype, data }] of Object.entries(before!)) {
        if (dtype !== "float32" && dtype !== "float64") continue;
        const [others, denses] = [after![name]!.data, dense![name]!.data];
        for (let i = 0; i < data.length; i++) {
          const [value, other] = [Number(data[i]), Number(others[i])];
          squares += (value - other) ** 2;
          total += value ** 2;
          largest = Math.max(largest, Math.abs(value));
          difference = Math.max(difference, Math.abs(other - Number(denses[i])));
        }
      }
    }
    const rewriteError = difference / (largest || 1);
    if (!(rewriteError <= roundingLimit))
      throw new InvalidInputError(
        "model",
        `factoring it changes its outputs by ${rewriteError.toExponential(1)} beyond what the ranks do: it is not numerically stable`,
      );
    const outputError = Math.sqrt(squares / (total || 1));
    return { outputError, ...(reference && { rewriteError }) };
  } finally {
    for (const session of sessions) await session.release();
  }
}

async function compressTensors(path: string, options: CompressOptions, call: CompressCall): Promise<Done> {
  const { method, rank, layers, skip } = options;
  if (method !== "svd" || options.calibrate)
    throw new InvalidInputError(
      "--method",
      `${method} with a .safetensors file: it holds no graph to run; export .onnx, or use --method svd without --calibrate`,
    );
  const file = await openSafetensors(path);
  try {
    const tensors: Record<string, NdArray> = {};
    for (const name of file.entries.keys()) tensors[name] = await file.read(name);
    const { tensors: result, report } = await factorTensors(tensors, {
      ...call,
      ...(rank && { rank }),
      ...(layers !== undefined && { layers }),
      ...(skip !== undefined && { skip }),
    });
    const parts = Object.fromEntries(
      Object.entries(result).map(([name, { dtype, shape }]) => {
        const source = file.entries.get(name) ?? file.entries.get(name.replace(/__[ab]$/, ""));
        return [name, { dtype, shape, bfloat16: source?.bfloat16 === true }];
      }),
    );
    const width = (name: string) => (parts[name]!.bfloat16 ? 2 : result[name]!.data.BYTES_PER_ELEMENT);
    const size = Object.keys(result).reduce(
      (sum, name) => sum + result[name]!.data.length * width(name),
      safetensorsHeader(parts, file.metadata).header.length,
    );
    return {
      report,
      unsupported: [],
      bytes: [statSync(path).size, size],
      write: (out) => streamSafetensors(out, parts, (name) => result[name]!, file.metadata),
    };
  } finally {
    await file.close();
  }
}

function print(done: Done, context: CliContext, out: string | undefined): void {
  const table: Table = {
    id: "layers",
    title: "Layers",
    columns: [
      { name: "layer" },
      { name: "shape" },
      { name: "rank" },
      { name: "parameters" },
      { name: "before" },
      { name: "kept", digits: 4 },
      { name: "squared error", digits: 3 },
      { name: "stays dense because" },
    ],
    rows: done.report.map(({ name, shape, rank, params, retained, mse, skipped }) => [
      name,
      shape.join(" x "),
      rank,
      params[1],
      params[0],
      retained,
      mse ?? null,
      skipped ?? null,
    ]),
  };
  printLine(context.stdout, renderTable(table, tableOptions(context)));
  const problems = new Map<string, string[]>();
  for (const { name, op, problem } of done.unsupported) {
    const reason = `${op}: ${problem}`;
    problems.set(reason, [...(problems.get(reason) ?? []), name]);
  }
  for (const [reason, names] of problems)
    printLine(
      context.stdout,
      `left alone (${reason}): ${names.slice(0, 6).join(", ")}${names.length > 6 ? ` and ${names.length - 6} more` : ""}`,
    );
  const [before, after] = done.bytes;
  printLine(context.stdout, `bytes: ${before} -> ${after} (${(after / before).toFixed(3)} x)`);
  const { outputError, rewriteError } = done.comparison ?? {};
  if (outputError !== undefined)
    printLine(
      context.stdout,
      `outputs on the calibration data differ by ${(100 * outputError).toPrecision(3)} % of their size`,
    );
  if (rewriteError !== undefined)
    printLine(
      context.stdout,
      `the rewritten graph agrees with its dense form to ${rewriteError.toExponential(1)}`,
    );
  if (done.latency) {
    const { dense, compressed } = done.latency;
    printLine(
      context.stdout,
      `a run takes ${compressed.p50.toPrecision(3)} ms instead of ${dense.p50.toPrecision(3)} (median, one thread; one in twenty above ${compressed.p95.toPrecision(3)} and ${dense.p95.toPrecision(3)})`,
    );
  }
  if (out !== undefined) printLine(context.stdout, out);
}
