import { InvalidInputError } from "ockham";
import { appendColumn, type Matrix } from "ockham/array";
import { writeAtomically } from "ockham/io";
import { type LpScore, lpRegression, lpSample, lpSampleSize } from "ockham/optim";
import { toDense } from "ockham/sparse";
import { stageOf } from "../../core/progress.ts";
import { type CliContext, printJson, printLine } from "../context.ts";
import { withPool } from "../measure.ts";
import { progressDisplay } from "../progress-display.ts";
import { readDesign } from "./design-file.ts";

export interface CoresetOptions {
  readonly method: "lp-sensitivity";
  readonly out: string;
  readonly p: number;
  readonly size?: number;
  readonly epsilon?: number;
  readonly scores: LpScore;
  readonly columns?: readonly string[];
  readonly target?: string;
  readonly coefficients?: string;
  readonly intercept: boolean;
  readonly seed?: number;
  readonly threads?: number;
  readonly json?: true;
}

export async function coreset(path: string, options: CoresetOptions, context: CliContext): Promise<void> {
  const { out, p, target, coefficients, columns, scores: kind } = options;
  for (const [name, file] of Object.entries({ out, coefficients }))
    if (file !== undefined && !file.endsWith(".csv"))
      throw new InvalidInputError(`options.${name}`, `expected a name that ends in .csv, got ${file}`);
  if ((target === undefined) !== (coefficients === undefined))
    throw new InvalidInputError("options.target", "--target and --coefficients belong together");
  const display = progressDisplay(context, "coreset");
  const call = { signal: context.signal, onProgress: display.onProgress };
  try {
    const design = await readDesign(
      path,
      {
        intercept: target !== undefined && options.intercept,
        ...(target === undefined ? {} : { target }),
        ...(columns === undefined ? {} : { columns }),
      },
      context.signal,
    );
    const features = "indptr" in design.a ? toDense(design.a) : design.a;
    const table = design.b === undefined ? features : appendColumn(features, design.b);
    const sample = await withPool(options, (pool) =>
      lpSample(table, p, {
        kind,
        pool,
        ...(options.size === undefined ? {} : { size: options.size }),
        ...(options.epsilon === undefined ? {} : { epsilon: options.epsilon }),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        ...stageOf(call, "sampling", 0, 0.9, 1),
      }),
    );
    await writeAtomically(out, async (file) => {
      await file.write("row,probability,weight\n");
      for (const [k, row] of sample.rows.entries())
        await file.write(`${row},${sample.probabilities[k]},${sample.weights[k]}\n`);
    });
    const cost =
      design.b === undefined
        ? undefined
        : await regressOn(sample.a, features, design.b, design.names, p, coefficients!, call);
    display.stop();
    const d = table.shape[1]!;
    const found = {
      method: options.method,
      scores: kind,
      p,
      rows: sample.rows.length,
      of: table.shape[0]!,
      columns: d,
      totalScore: sample.total,
      worstTotal: d ** Math.max(p / 2, 1),
      // What the totals of the scores ask for.
      sizeForEpsilon: lpSampleSize(p, sample.total, d, {
        kind,
        ...(options.epsilon === undefined ? {} : { epsilon: options.epsilon }),
      }),
      ...(cost === undefined ? {} : { cost }),
      warnings: sample.warnings,
      out,
    };
    if (options.json) printJson(context, found);
    else
      printLine(
        context.stdout,
        `${found.rows} rows of ${found.of}; total ${kind} ${short(found.totalScore)} (at most ${short(found.worstTotal)})${
          cost === undefined ? "" : `; cost of the regression ${short(cost)}`
        }: ${out}`,
      );
    if (sample.warnings.length > 0)
      printLine(context.stderr, "as many rows were asked for as there are: all are kept");
  } finally {
    display.stop();
  }
}

/** Fits the sample, writes the coefficients, and gives the cost over all rows. */
async function regressOn(
  sampled: Matrix,
  features: Matrix,
  b: Float64Array,
  names: readonly string[],
  p: number,
  path: string,
  call: Parameters<typeof stageOf>[0],
): Promise<number> {
  const [m, width] = sampled.shape as [number, number];
  const d = width - 1;
  if (m < d)
    throw new InvalidInputError("options.size", `${m} rows were drawn for ${d} columns; ask for more`);
  const rows = new Float64Array(m * d);
  const right = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    rows.set(sampled.data.subarray(k * width, k * width + d), k * d);
    right[k] = sampled.data[k * width + d]!;
  }
  const { x } = await lpRegression({ dtype: "float64", shape: [m, d], data: rows }, right, p, {
    ...stageOf(call, "fit", 0.9, 1, 1),
  });
  await writeAtomically(path, async (file) => {
    await file.write("name,coefficient\n");
    for (const [j, name] of names.entries()) await file.write(`${name},${x[j]}\n`);
  });
  let sum = 0;
  for (let i = 0; i < b.length; i++) {
    let r = -b[i]!;
    for (let j = 0; j < d; j++) r += features.data[i * d + j]! * x[j]!;
    sum += Math.abs(r) ** p;
  }
  return sum ** (1 / p);
}

const short = (value: number): number => Number(value.toPrecision(4));
