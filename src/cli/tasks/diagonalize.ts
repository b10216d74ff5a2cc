import { InvalidInputError } from "ockham";
import type { Matrix } from "ockham/array";
import { readMatrixMarket, writeAtomically } from "ockham/io";
import { type PtdOptions, perturbThenDiagonalize } from "ockham/sequence";
import { toDense } from "ockham/sparse";
import { type CliContext, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";

export interface DiagonalizeOptions extends Pick<PtdOptions, "gamma" | "steps" | "stable"> {
  readonly method: "ptd";
  readonly out?: string;
  readonly seed?: number;
  readonly json?: true;
}

export async function diagonalize(
  path: string,
  { method, out, json, ...search }: DiagonalizeOptions,
  context: CliContext,
): Promise<void> {
  if (out !== undefined && !out.toLowerCase().endsWith(".json"))
    throw new InvalidInputError("options.out", `expected a file name that ends in .json, got "${out}"`);
  const started = performance.now();
  const display = progressDisplay(context, "diagonalize");
  try {
    const call = { signal: context.signal, onProgress: display.onProgress };
    const read = await readMatrixMarket(path, { signal: context.signal });
    const a: Matrix = "indptr" in read ? toDense(read) : read;
    const found = await perturbThenDiagonalize(a, { ...search, ...call });
    const list = ({ data }: Matrix): number[] => Array.from(data);
    const parts = ({ re, im }: { re: Matrix; im: Matrix }) => ({ re: list(re), im: list(im) });
    if (out !== undefined) {
      const document = {
        order: a.shape[0],
        eigenvalues: { re: Array.from(found.eigenvalues.re), im: Array.from(found.eigenvalues.im) },
        vectors: parts(found.vectors),
        inverse: parts(found.inverse),
        perturbation: list(found.perturbation),
      };
      await writeAtomically(out, (file) => file.write(`${JSON.stringify(document)}\n`));
    }
    display.stop();
    const { condition, norm, relativeNorm, residual, converged } = found;
    const largestRealPart = Math.max(...found.eigenvalues.re);
    const seconds = Math.round(performance.now() - started) / 1000;
    if (json)
      printJson(context, {
        ...{ method, order: a.shape[0], condition, norm, relativeNorm, largestRealPart, residual },
        ...{ converged, seconds, out },
      });
    else
      printLine(
        context.stdout,
        `condition ${condition.toPrecision(4)} after a change of ${(100 * relativeNorm).toPrecision(3)} % of the norm, largest real part ${largestRealPart.toPrecision(3)}, in ${seconds} s${out === undefined ? "" : `: ${out}`}`,
      );
  } finally {
    display.stop();
  }
}
