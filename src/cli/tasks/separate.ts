import { InvalidInputError } from "ockham";
import { writeAtomically } from "ockham/io";
import { fitSeparator, type SeparatorMethod } from "ockham/optim";
import { selectRows } from "ockham/sparse";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { type LabelledFile, type LabelledFileOptions, readLabelled } from "./labelled-file.ts";

export interface SeparateOptions extends LabelledFileOptions {
  readonly method: SeparatorMethod;
  readonly classes?: readonly number[];
  readonly step: number;
  readonly bias?: true;
  readonly maxIterations: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

/** Rows on the wrong side that are printed; `--json` has all of them. */
const shownRows = 20;

export async function separate(path: string, options: SeparateOptions, context: CliContext): Promise<void> {
  if (options.out !== undefined && !options.out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${options.out}`);
  const display = progressDisplay(context, "separate");
  try {
    const { data, rows } = ofClasses(await readLabelled(path, options, context.signal), options.classes);
    const result = await fitSeparator(data.x, data.y, {
      method: options.method,
      stepSize: options.step,
      maxIterations: options.maxIterations,
      bias: options.bias === true,
      seed: options.seed,
      signal: context.signal,
      onProgress: display.onProgress,
    });
    if (options.out !== undefined) {
      const names = [...data.names, ...(options.bias ? ["bias"] : [])];
      await writeAtomically(options.out, async (file) => {
        await file.write("feature,coefficient\n");
        await file.write(names.map((name, j) => `${JSON.stringify(name)},${result.theta[j]}\n`).join(""));
      });
    }
    display.stop();
    const wrong = Array.from(result.misclassified, (i) => rows?.[i] ?? i);
    if (options.json)
      printJson(context, {
        method: options.method,
        samples: data.x.rows,
        features: data.x.cols,
        separated: result.separated,
        iterations: result.iterations,
        margin: result.margin,
        loss: result.history.at(-1)!.loss,
        misclassified: wrong,
        ...(options.out === undefined ? {} : { out: options.out }),
      });
    else {
      const { separated, iterations, margin } = result;
      printLine(
        context.stdout,
        `${separated ? "separated" : "not separated"} after ${iterations} iterations`,
      );
      printLine(context.stdout, `margin: ${Number(margin.toPrecision(6))}`);
      if (!separated)
        printLine(
          context.stdout,
          `${wrong.length} of ${data.x.rows} rows on the wrong side, counted from 0: ${wrong.slice(0, shownRows).join(", ")}${wrong.length > shownRows ? ", ..." : ""}`,
        );
    }
    if (!result.separated) context.fail(exitStatus.unmet);
  } finally {
    display.stop();
  }
}

/** The rows of two classes, and which rows of the file they are. */
function ofClasses(
  data: LabelledFile,
  classes: readonly number[] | undefined,
): { data: LabelledFile; rows?: Int32Array } {
  if (classes === undefined) return { data };
  if (classes.length !== 2)
    throw new InvalidInputError("options.classes", "expected two labels, such as 3,8");
  const rows = Int32Array.from(data.y.keys()).filter((i) => classes.includes(data.y[i]!));
  return {
    data: { x: selectRows(data.x, rows), y: Float64Array.from(rows, (i) => data.y[i]!), names: data.names },
    rows,
  };
}
