import { InvalidInputError } from "ockham";
import {
  readSparseMatrix,
  readTable,
  type Table,
  writeAtomically,
  writeNpy,
  writeSafetensors,
} from "ockham/io";
import { completeMatrix, type ObservedMatrix } from "ockham/optim";
import { type CliContext, exitStatus, printJson, printLine } from "../context.ts";
import { progressDisplay } from "../progress-display.ts";
import { numericColumn } from "./table-columns.ts";

export interface CompleteOptions {
  readonly method: "robust-altmin";
  readonly rank: number;
  readonly out: string;
  readonly factors?: string;
  readonly wide?: true;
  /** Heading of the column of weights. */
  readonly weight?: string;
  readonly ridge?: number;
  readonly holdout?: number;
  readonly iterations?: number;
  readonly solver?: "cg" | "sketched" | "exact";
  readonly seed?: number;
  readonly json?: true;
}

interface NamedCells {
  readonly cells: ObservedMatrix;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Headings of the three columns of the output. */
  readonly headings: readonly string[];
}

export async function complete(path: string, options: CompleteOptions, context: CliContext): Promise<void> {
  const { method, rank, out, factors, wide, weight, ridge, holdout, iterations, solver, seed, json } =
    options;
  if (!out.endsWith(".csv"))
    throw new InvalidInputError("options.out", `expected a name that ends in .csv, got ${out}`);
  const display = progressDisplay(context, "complete");
  try {
    const { cells, rows, columns, headings } = await readCells(path, wide === true, weight, context.signal);
    const started = performance.now();
    const found = await completeMatrix(cells, {
      rank,
      ...(ridge === undefined ? {} : { ridge }),
      ...(holdout === undefined ? {} : { validation: holdout }),
      ...(iterations === undefined ? {} : { iterations }),
      ...(solver === undefined ? {} : { solver }),
      ...(seed === undefined ? {} : { seed }),
      signal: context.signal,
      onProgress: display.onProgress,
    });
    const seconds = (performance.now() - started) / 1000;
    const observed = new Set<number>();
    for (const [e, r] of cells.i.entries()) observed.add(r * cells.cols + cells.j[e]!);
    let predicted = 0;
    await writeAtomically(out, async (file) => {
      await file.write(`${headings.map(quoted).join(",")}\n`);
      for (const [r, row] of rows.entries()) {
        let text = "";
        for (const [c, column] of columns.entries()) {
          if (observed.has(r * cells.cols + c)) continue;
          predicted++;
          text += `${quoted(row)},${quoted(column)},${found.predict(r, c)}\n`;
        }
        await file.write(text);
      }
    });
    if (factors !== undefined) {
      if (factors.endsWith(".safetensors"))
        await writeSafetensors(factors, { rows: found.u, columns: found.v });
      else {
        await writeNpy(`${factors}-rows.npy`, found.u);
        await writeNpy(`${factors}-columns.npy`, found.v);
      }
    }
    display.stop();
    const { converged, trainRmse, validationRmse, warnings } = found;
    if (json)
      printJson(context, {
        method,
        rows: cells.rows,
        columns: cells.cols,
        observed: observed.size,
        predicted,
        rank,
        iterations: found.iterations,
        converged,
        trainRmse,
        ...(validationRmse === undefined ? {} : { holdoutRmse: validationRmse }),
        incoherence: found.incoherence,
        seconds,
        warnings,
        out,
      });
    else {
      const held = validationRmse === undefined ? "" : `, held-out cells ${short(validationRmse)}`;
      printLine(
        context.stdout,
        `${predicted} cells from ${observed.size}, error ${short(trainRmse)}${held}: ${out}`,
      );
    }
    for (const warning of warnings) printLine(context.stderr, messages[warning] ?? warning);
    if (warnings.includes("does-not-generalize") || warnings.includes("diverged"))
      context.fail(exitStatus.unmet);
  } finally {
    display.stop();
  }
}

const messages: Readonly<Record<string, string>> = {
  "under-determined":
    "there are fewer cells than the factors have degrees of freedom; try a smaller --rank or a --ridge",
  "rows-below-rank":
    "some rows or columns have fewer cells than the rank: their factors are the smallest that fit",
  "empty-rows": "some rows have no cells: their predictions are 0",
  "empty-columns": "some columns have no cells: their predictions are 0",
  "does-not-generalize":
    "held-out cells are predicted far worse than fitted ones: do not trust the completion",
  diverged: "the error grew from sweep to sweep: try a --ridge",
};

const short = (value: number): number => Number(value.toPrecision(4));

const quoted = (name: string): string => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

async function readCells(
  path: string,
  wide: boolean,
  weight: string | undefined,
  signal: AbortSignal,
): Promise<NamedCells> {
  if (weight !== undefined && (wide || /\.mtx(\.gz)?$/i.test(path)))
    throw new InvalidInputError("options.weight", "is for tables of row, column, value");
  if (/\.mtx(\.gz)?$/i.test(path)) {
    const { rows, cols, indptr, indices, data } = await readSparseMatrix(path, { signal });
    const i = new Int32Array(indices.length);
    for (let r = 0; r < rows; r++) i.fill(r, indptr[r]!, indptr[r + 1]!);
    const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`);
    return {
      cells: { rows, cols, i, j: indices, value: data },
      rows: names(rows),
      columns: names(cols),
      headings: ["row", "column", "value"],
    };
  }
  const table = await readTable(path, { signal });
  return wide ? wideCells(table, path) : tripletCells(table, path, weight);
}

/** The first three columns: row, column, value; and that of the weights. */
function tripletCells(table: Table, path: string, weight: string | undefined): NamedCells {
  const headings = table.names.slice(0, 3);
  if (headings.length < 3) throw new InvalidInputError(path, "expected three columns: row, column, value");
  const [i, rows] = labelled(table, headings[0]!);
  const [j, columns] = labelled(table, headings[1]!);
  const value = numericColumn(table, path, headings[2]!);
  const weights = weight === undefined ? {} : { weight: numericColumn(table, path, weight) };
  const cells = { rows: rows.length, cols: columns.length, i, j, value, ...weights };
  return { cells, rows, columns, headings };
}

/** Numbers of the distinct values of a column in the order of their first occurrence, and the values. */
function labelled(table: Table, name: string): [Int32Array, string[]] {
  const known = new Map<string, number>();
  const numbers = Int32Array.from(table.columns[name]!.values as ArrayLike<string | number>, (value) => {
    const text = `${value}`;
    if (!known.has(text)) known.set(text, known.size);
    return known.get(text)!;
  });
  return [numbers, [...known.keys()]];
}

function wideCells(table: Table, path: string): NamedCells {
  const [first, ...columns] = table.names as [string, ...string[]];
  const rows = Array.from(table.columns[first]!.values as ArrayLike<string | number>, String);
  const [i, j, value]: [number[], number[], number[]] = [[], [], []];
  for (const [c, name] of columns.entries()) {
    const column = table.columns[name]!;
    if (column.kind !== "number") {
      if (column.missing === table.rows) continue;
      throw new InvalidInputError(`${path}, column ${name}`, "expected numbers, empty where missing");
    }
    for (const [r, cell] of column.values.entries()) {
      if (Number.isNaN(cell)) continue;
      i.push(r);
      j.push(c);
      value.push(cell);
    }
  }
  const cells: ObservedMatrix = {
    rows: rows.length,
    cols: columns.length,
    i: Int32Array.from(i),
    j: Int32Array.from(j),
    value: Float64Array.from(value),
  };
  return { cells, rows, columns, headings: [first, "column", "value"] };
}
