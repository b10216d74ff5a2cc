import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "ockham/io";
import type { Pool } from "ockham/parallel";
import {
  generateOperatorData,
  type OperatorEquation,
  type OperatorMethod,
  type OperatorWork,
  type PreconditionerKind,
} from "ockham/pde";
import { type CliContext, printJson, printLine } from "../context.ts";
import { type PoolOptions, withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";
import { DatasetFiles, type DatasetRequest, type ElementType } from "./dataset-files.ts";

export interface GenerateOptions extends PoolOptions {
  readonly n: number;
  readonly count: number;
  readonly out: string;
  readonly format: "npy" | "safetensors";
  readonly dtype: ElementType;
  readonly method?: OperatorMethod;
  readonly precond?: PreconditionerKind;
  readonly tol?: number;
  readonly time?: number;
  readonly viscosity?: number;
  readonly groupSize?: number;
  readonly seed?: number;
  readonly json?: true;
}

/** Makes a data set on all cores; an interrupted call is taken up where it stopped. */
export async function generate(
  equation: OperatorEquation,
  options: GenerateOptions,
  context: CliContext,
): Promise<void> {
  const { n, count, out, format, dtype, threads, pool: url, json, ...given } = options;
  const request: DatasetRequest = {
    format,
    dtype,
    shape: [count, n, n],
    name: equation,
    settings: { equation, ...given },
  };
  const display = progressDisplay(context, "generate");
  try {
    const finished = await finishedReport(out, request);
    if (finished !== undefined) {
      display.stop();
      if (json) printJson(context, finished);
      else printLine(context.stdout, `${out} holds these ${count} pairs already`);
      return;
    }
    // Sizes are checked before a file is made.
    const started = performance.now();
    let files: DatasetFiles | undefined;
    let kept = 0;
    const opened = async (): Promise<DatasetFiles> => {
      files ??= await DatasetFiles.open(out, request);
      return files;
    };
    const where = { ...(threads !== undefined && { threads }), ...(url !== undefined && { pool: url }) };
    const generated = async (pool: Pool): Promise<void> => {
      // An empty selection checks the options.
      await generateOperatorData({ equation, n, count, ...given, skip: () => true, onGroup: () => {} });
      const store = await opened();
      kept = store.pairs;
      await generateOperatorData({
        equation,
        n,
        count,
        ...given,
        pool,
        signal: context.signal,
        skip: (group) => store.has(group),
        onGroup: (group) => store.write(group),
        onProgress: ({ done, total }) =>
          display.onProgress({
            done: kept + done,
            total: kept + total,
            stage: `${Math.floor(kept + done)} of ${count}`,
          }),
      });
    };
    await withPool(where, generated, context.stderr);
    const store = await opened();
    const seconds = Math.round(performance.now() - started) / 1000;
    const report = {
      request,
      pairs: count,
      resumedFrom: kept,
      seconds,
      hash: store.hash,
      ...totals(store.work),
    };
    const names = await store.finish();
    await writeAtomically(join(out, "report.json"), (file) =>
      file.write(`${JSON.stringify(report, undefined, 2)}\n`),
    );
    display.stop();
    if (json) printJson(context, report);
    else {
      printLine(
        context.stdout,
        `${count} pairs of ${n} x ${n} in ${seconds} s${kept > 0 ? ` (${kept} were there)` : ""}: ${names.map((name) => join(out, name)).join(", ")}`,
      );
      for (const line of savings(report)) printLine(context.stdout, line);
    }
  } finally {
    display.stop();
  }
}

/** The report of a data set of the same request that is complete. */
async function finishedReport(out: string, request: DatasetRequest): Promise<unknown> {
  const text = await readFile(join(out, "report.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const report = JSON.parse(text) as { request?: DatasetRequest };
  const names = request.format === "npy" ? ["inputs.npy", "outputs.npy"] : [`${request.name}.safetensors`];
  for (const name of names)
    if (
      !(await stat(join(out, name)).then(
        () => true,
        () => false,
      ))
    )
      return undefined;
  return JSON.stringify(report.request) === JSON.stringify(request) ? report : undefined;
}

interface Totals {
  readonly iterations: number;
  readonly solveSeconds: number;
  readonly worstResidual: number;
  /** Means over one system of each group, by method. */
  readonly comparison: Readonly<
    Record<string, { readonly iterations: number; readonly milliseconds: number }>
  >;
}

function totals(work: readonly OperatorWork[]): Totals {
  const sums: Record<string, { iterations: number; milliseconds: number }> = {};
  for (const { sample } of work) {
    for (const [method, { iterations, seconds }] of Object.entries(sample)) {
      sums[method] ??= { iterations: 0, milliseconds: 0 };
      const sum = sums[method];
      sum.iterations += iterations / work.length;
      sum.milliseconds += (1000 * seconds) / work.length;
    }
  }
  return {
    iterations: work.reduce((sum, { iterations }) => sum + iterations, 0),
    solveSeconds: work.reduce((sum, { seconds }) => sum + seconds, 0),
    worstResidual: Math.max(...work.map(({ worstResidual }) => worstResidual)),
    comparison: sums,
  };
}

/** What recycling saved, in words: the same systems by each method. */
function savings({ comparison }: Totals): string[] {
  const own = Object.entries(comparison)[0];
  if (own === undefined) return [];
  const [method, mine] = own;
  const fastest = Object.entries(comparison).reduce((a, b) =>
    b[1].milliseconds < a[1].milliseconds ? b : a,
  );
  const advice = mine.milliseconds > 1.2 * fastest[1].milliseconds ? [`Faster here: ${fastest[0]}`] : [];
  const lines = Object.entries(comparison).map(([name, { iterations, milliseconds }]) =>
    name === method
      ? `${method}: ${iterations.toFixed(1)} iterations and ${milliseconds.toFixed(1)} ms a system, on one system of each group; the same systems by`
      : `  ${name}: ${iterations.toFixed(1)} iterations (${(iterations / mine.iterations).toFixed(2)} x), ${milliseconds.toFixed(1)} ms (${(milliseconds / mine.milliseconds).toFixed(2)} x)`,
  );
  return [...lines, ...advice];
}
