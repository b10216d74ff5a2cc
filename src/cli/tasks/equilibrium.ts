import { InvalidInputError } from "ockham";
import { type CsrMatrix, ndArray } from "ockham/array";
import { readBytes, readSparseMatrix, writeAtomically } from "ockham/io";
import {
  boxResolvent,
  finiteSumLeastSquares,
  gameGap,
  halpernInexact,
  halpernVr,
  identityResolvent,
  matrixGame,
} from "ockham/optim";
import { csrFromDense } from "ockham/sparse";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { readLabelled } from "./labelled-file.ts";

export interface EquilibriumOptions {
  readonly method: "vr-halpern" | "vr-halpern-inexact";
  readonly leastSquares?: true;
  readonly box?: readonly number[];
  readonly tol: number;
  readonly maxEpochs: number;
  readonly step?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

export async function equilibrium(
  path: string,
  options: EquilibriumOptions,
  context: CliContext,
): Promise<void> {
  if (options.out !== undefined && !options.out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${options.out}`);
  if (options.box !== undefined && (options.box.length !== 2 || options.leastSquares !== true))
    throw new InvalidInputError("options.box", "expected two bounds, with --least-squares");
  const display = progressDisplay(context, "equilibrium");
  try {
    const { problem, start, describe } = options.leastSquares
      ? await leastSquares(path, options.box, context.signal)
      : await game(path, context.signal);
    const solve = options.method === "vr-halpern" ? halpernVr : halpernInexact;
    const result = await solve(problem.f, problem.g, start, {
      tolerance: options.tol,
      maxEvaluations: options.maxEpochs * problem.f.n,
      seed: options.seed,
      ...(options.step === undefined ? {} : { stepSize: options.step }),
      signal: context.signal,
      onProgress: display.onProgress,
    });
    const { numbers, rows } = describe(result.u);
    if (options.out !== undefined)
      await writeAtomically(options.out, async (file) => {
        await file.write(`name,value\n${rows.map(([name, value]) => `${name},${value}\n`).join("")}`);
      });
    display.stop();
    const { residual, epochs, iterations, converged, monotone } = result;
    const found = { method: options.method, ...numbers, residual, epochs, iterations, converged, monotone };
    if (options.json)
      printJson(context, { ...found, ...(options.out === undefined ? {} : { out: options.out }) });
    else
      for (const [name, value] of Object.entries(found))
        printLine(
          context.stdout,
          `${name}: ${typeof value === "number" ? Number(value.toPrecision(6)) : value}`,
        );
    if (!converged) context.fail(exitStatus.unmet);
  } finally {
    display.stop();
  }
}

async function game(path: string, signal: AbortSignal) {
  const a = await payoffs(path, signal);
  return {
    problem: matrixGame(a),
    start: Float64Array.from({ length: a.cols + a.rows }, (_, k) => 1 / (k < a.cols ? a.cols : a.rows)),
    describe: (u: Float64Array) => {
      const { value, gap, x, y } = gameGap(a, u);
      return {
        numbers: { value, gap },
        rows: [
          ...Array.from(x, (share, j) => [`column ${j + 1}`, share] as const),
          ...Array.from(y, (share, i) => [`row ${i + 1}`, share] as const),
        ],
      };
    },
  };
}

/** A matrix of numbers without a header, or a Matrix Market file. */
async function payoffs(path: string, signal: AbortSignal): Promise<CsrMatrix> {
  if (!/\.csv$/i.test(path)) return readSparseMatrix(path, { signal });
  const lines = new TextDecoder().decode(await readBytes(path)).split(/\r?\n/);
  const rows = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.split(",").map((cell) => cell.trim()));
  const columns = rows[0]?.length ?? 0;
  for (const [i, row] of rows.entries())
    if (row.length !== columns || !row.every((cell) => cell !== "" && Number.isFinite(Number(cell))))
      throw new InvalidInputError(`${path}, row ${i + 1}`, `expected ${columns} numbers, and no header`);
  return csrFromDense(ndArray("float64", [rows.length, columns], Float64Array.from(rows.flat(), Number)));
}

async function leastSquares(path: string, box: readonly number[] | undefined, signal: AbortSignal) {
  const { x, y, names } = await readLabelled(path, {}, signal);
  return {
    problem: {
      f: finiteSumLeastSquares(x, y),
      g: box === undefined ? identityResolvent : boxResolvent(box[0]!, box[1]!),
    },
    start: new Float64Array(x.cols),
    describe: (u: Float64Array) => {
      let squares = 0;
      for (let i = 0; i < x.rows; i++) {
        let error = -y[i]!;
        for (let k = x.indptr[i]!; k < x.indptr[i + 1]!; k++) error += x.data[k]! * u[x.indices[k]!]!;
        squares += error * error;
      }
      return {
        numbers: { meanSquare: squares / x.rows },
        rows: names.map((name, j) => [JSON.stringify(name), u[j]!] as const),
      };
    },
  };
}
