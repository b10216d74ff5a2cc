import { InvalidInputError } from "ockham";
import type { Matrix } from "ockham/array";
import { type FunBaTModel, fitFunBaT } from "ockham/bayes";
import { readTable, writeAtomically } from "ockham/io";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { numericColumn, numericMatrix } from "./table-columns.ts";

export interface InterpolateOptions {
  readonly method: "funbat";
  readonly coords: readonly string[];
  readonly value: string;
  readonly grid: string;
  readonly out: string;
  readonly factors?: string;
  readonly json?: true;
  /** Options of the method, as they were given. */
  readonly [name: string]: unknown;
}

export async function interpolate(
  path: string,
  options: InterpolateOptions,
  context: CliContext,
): Promise<void> {
  const { method, coords, value, grid, out, factors, json, ...given } = options;
  if (!out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${out}`);
  const display = progressDisplay(context, "interpolate");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const table = await readTable(path, { signal: context.signal });
    const at = await readTable(grid, { signal: context.signal });
    const measured = numericMatrix(table, path, coords);
    const asked = numericMatrix(at, grid, coords);
    const values = numericColumn(table, path, value);
    const centre = values.reduce((sum, y) => sum + y, 0) / values.length;
    const spread = Math.sqrt(values.reduce((sum, y) => sum + (y - centre) ** 2, 0) / values.length) || 1;
    const model = await fitFunBaT(
      measured,
      values.map((y) => (y - centre) / spread),
      { ...given, ...stageOf(call, "fitting", 0, 0.95, 1) },
    );
    const { mean, variance, extrapolated } = model.predict(asked);
    await writeAtomically(out, async (file) => {
      await file.write(`${[...coords, "mean", "sd", "extrapolated"].join(",")}\n`);
      for (let n = 0; n < mean.length; n++) {
        const place = asked.data.subarray(n * coords.length, (n + 1) * coords.length);
        const sd = spread * Math.sqrt(variance[n]! + 1 / model.noisePrecision);
        await file.write(`${[...place, centre + spread * mean[n]!, sd, extrapolated[n]].join(",")}\n`);
      }
    });
    if (factors !== undefined)
      for (const [mode, name] of coords.entries())
        await writeFunctions(`${factors}-${name}.csv`, model, mode, measured, name);
    display.stop();
    const outside = extrapolated.reduce((sum, flag) => sum + flag, 0);
    const { converged, iterations } = model;
    const noise = spread / Math.sqrt(model.noisePrecision);
    if (json)
      printJson(context, {
        method,
        measurements: values.length,
        predictions: mean.length,
        extrapolated: outside,
        noise,
        iterations,
        converged,
        out,
      });
    else
      printLine(
        context.stdout,
        `${mean.length} predictions from ${values.length} measurements (noise ${Number(noise.toPrecision(3))}): ${out}`,
      );
    if (outside > 0) printLine(context.stderr, `${outside} points lie outside the range of the measurements`);
    if (!converged) {
      printLine(context.stderr, `predictions still moved after ${iterations} epochs; try --epochs`);
      context.fail(exitStatus.unmet);
    }
  } finally {
    display.stop();
  }
}

/** The functions of one coordinate at its measured places: mean and deviation of each. */
async function writeFunctions(
  path: string,
  model: FunBaTModel,
  mode: number,
  measured: Matrix,
  name: string,
): Promise<void> {
  const modes = measured.shape[1]!;
  const places = Float64Array.from(new Set(measured.data.filter((_, e) => e % modes === mode))).sort();
  const { mean, covariance } = model.factor(mode, places);
  const rank = mean.shape[1]!;
  const headings = Array.from({ length: rank }, (_, r) => `mean${r + 1},sd${r + 1}`);
  await writeAtomically(path, async (file) => {
    await file.write(`${[name, ...headings].join(",")}\n`);
    for (const [t, place] of places.entries()) {
      const cells = Array.from(
        { length: rank },
        (_, r) =>
          `${mean.data[t * rank + r]},${Math.sqrt(Math.max(0, covariance.data[(t * rank + r) * rank + r]!))}`,
      );
      await file.write(`${[place, ...cells].join(",")}\n`);
    }
  });
}
