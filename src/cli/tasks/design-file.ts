import { InvalidInputError } from "ockham";
import type { CsrMatrix, Matrix } from "ockham/array";
import { readSparseMatrix, readTable, readVector } from "ockham/io";
import { numericColumn, numericMatrix } from "./table-columns.ts";

/** Columns to fit with, and what is fitted to them where that is asked. */
export interface Design {
  readonly names: readonly string[];
  readonly a: Matrix | CsrMatrix;
  readonly b?: Float64Array;
}

export interface DesignOptions {
  /** Column of a table that is to be predicted. */
  readonly target?: string;
  /** File with the right-hand side of a .mtx matrix. */
  readonly rhs?: string;
  /** Columns of a table to fit with; default all but the target. */
  readonly columns?: readonly string[];
  /** Adds a column of ones to a table. */
  readonly intercept: boolean;
}

/** Reads a table with a header, or a matrix in Matrix Market form. */
export async function readDesign(path: string, options: DesignOptions, signal: AbortSignal): Promise<Design> {
  const { target, rhs, columns } = options;
  if (/\.mtx(\.gz)?$/i.test(path)) {
    if (target !== undefined || columns !== undefined)
      throw new InvalidInputError(
        "--target",
        "columns of a .mtx file have no names; the values come by --rhs",
      );
    const a = await readSparseMatrix(path, { signal });
    const names = Array.from({ length: a.cols }, (_, j) => `c${j}`);
    return { names, a, ...(rhs === undefined ? {} : { b: await readRightHandSide(rhs, signal) }) };
  }
  const table = await readTable(path, { signal });
  if (rhs !== undefined && target !== undefined)
    throw new InvalidInputError("--rhs", "is another way to say --target; give one of them");
  const chosen = columns ?? table.names.filter((name) => name !== target);
  const features = numericMatrix(table, path, chosen);
  const b =
    target !== undefined
      ? numericColumn(table, path, target)
      : rhs === undefined
        ? undefined
        : await readRightHandSide(rhs, signal);
  const a = options.intercept ? withOnes(features) : features;
  return {
    names: options.intercept ? ["intercept", ...chosen] : chosen,
    a,
    ...(b === undefined ? {} : { b }),
  };
}

function withOnes({ shape, data }: Matrix): Matrix {
  const [n, d] = shape as [number, number];
  const joined = new Float64Array(n * (d + 1)).fill(1);
  for (let i = 0; i < n; i++) joined.set(data.subarray(i * d, (i + 1) * d), i * (d + 1) + 1);
  return { dtype: "float64", shape: [n, d + 1], data: joined };
}

/** The first column of a table, or a vector in Matrix Market form. */
async function readRightHandSide(path: string, signal: AbortSignal): Promise<Float64Array> {
  if (/\.mtx(\.gz)?$/i.test(path)) return readVector(path, { signal });
  const table = await readTable(path, { signal });
  return numericColumn(table, path, table.names[0]!);
}
