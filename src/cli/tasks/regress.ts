import { InvalidInputError } from "ockham";
import { writeAtomically } from "ockham/io";
import { lstsq } from "ockham/linalg";
import { type RegressionSketch, sketchedLeastSquares } from "ockham/optim";
import { toDense } from "ockham/sparse";
import { type CliContext, printJson, printLine } from "../context.ts";
import { readDesign } from "./design-file.ts";

export interface RegressOptions {
  readonly method: "linf-sketch";
  readonly target?: string;
  readonly rhs?: string;
  readonly columns?: readonly string[];
  readonly out: string;
  readonly intercept: boolean;
  readonly verify?: true;
  readonly json?: true;
  readonly sketch: RegressionSketch;
  /** Numbers that the method takes, as they were given. */
  readonly epsilon?: number;
  readonly delta?: number;
  readonly rows?: number;
  readonly refine?: number;
  readonly seed?: number;
}

export async function regress(path: string, options: RegressOptions, context: CliContext): Promise<void> {
  const { method, target, rhs, columns, out, intercept, verify, json, ...given } = options;
  if (!out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${out}`);
  const design = await readDesign(
    path,
    {
      intercept,
      ...(target === undefined ? {} : { target }),
      ...(rhs === undefined ? {} : { rhs }),
      ...(columns === undefined ? {} : { columns }),
    },
    context.signal,
  );
  const { names, a, b } = design;
  if (b === undefined) throw new InvalidInputError("--target", "expected a column to predict, or --rhs");
  const started = performance.now();
  const solution = sketchedLeastSquares(a, b, given);
  const seconds = (performance.now() - started) / 1000;
  await writeAtomically(out, async (file) => {
    await file.write("name,coefficient,standard_error,bound\n");
    for (const [j, name] of names.entries())
      await file.write(
        `${quoted(name)},${solution.x[j]},${solution.standardErrors[j]},${solution.coordinateBounds[j]}\n`,
      );
  });
  const { rows, sketch, epsilon, residualNorm, condition, bound, warnings } = solution;
  const check = verify ? compareWithExact("indptr" in a ? toDense(a) : a, b, solution, seconds) : undefined;
  if (json)
    printJson(context, {
      method,
      sketch,
      rows,
      of: b.length,
      coefficients: names.length,
      epsilon,
      residualNorm,
      condition,
      bound,
      seconds,
      ...(check === undefined ? {} : { exact: check }),
      warnings,
      out,
    });
  else {
    printLine(
      context.stdout,
      `${names.length} coefficients from ${rows} sketched rows of ${b.length}, residual ${short(residualNorm)}: ${out}`,
    );
    if (check !== undefined)
      printLine(
        context.stdout,
        `largest error ${short(check.largestError)} (${short(check.errorOverBound)} of its bound), ${short(check.speedup)}x faster than exact`,
      );
  }
  for (const warning of warnings) printLine(context.stderr, messages[warning] ?? warning);
}

const messages: Readonly<Record<string, string>> = {
  "sparse-sketch-no-linf-guarantee":
    "this sketch does not bound the error of single coefficients; see --sketch",
  "all-rows-used": "a sketch would not be shorter than the table: solved exactly",
  "refinement-not-converged": "coefficients still moved in the last step; try a larger --refine",
};

/** Errors against the solution by QR of all rows. */
function compareWithExact(
  a: Parameters<typeof lstsq>[0],
  b: Float64Array,
  { x, coordinateBounds }: ReturnType<typeof sketchedLeastSquares>,
  seconds: number,
) {
  const started = performance.now();
  const exact = lstsq(a, b);
  const exactSeconds = (performance.now() - started) / 1000;
  const errors = x.map((value, j) => Math.abs(value - exact.x[j]!));
  return {
    residualNorm: exact.residuals[0]!,
    seconds: exactSeconds,
    speedup: exactSeconds / seconds,
    largestError: Math.max(...errors),
    errorOverBound: Math.max(
      ...errors.map((error, j) => (coordinateBounds[j]! > 0 ? error / coordinateBounds[j]! : 0)),
    ),
  };
}

const short = (value: number): number => Number(value.toPrecision(3));

const quoted = (name: string): string => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
