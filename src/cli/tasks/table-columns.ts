import { InvalidInputError } from "ockham";
import { type Matrix, ndArray } from "ockham/array";
import type { Table } from "ockham/io";

/** A column of numbers without gaps; refuses any other, naming the file, the column and the row. */
export function numericColumn(table: Table, path: string, name: string): Float64Array {
  const column = table.columns[name];
  if (column === undefined)
    throw new InvalidInputError(path, `no column ${name}; there are ${table.names.join(", ")}`);
  if (column.kind !== "number") throw new InvalidInputError(`${path}, column ${name}`, "expected numbers");
  const row = column.values.findIndex(Number.isNaN);
  if (row >= 0) throw new InvalidInputError(`${path}, column ${name}, row ${row + 1}`, "is missing");
  return column.values;
}

/** Columns of numbers without gaps, side by side. */
export function numericMatrix(table: Table, path: string, names: readonly string[]): Matrix {
  const columns = names.map((name) => numericColumn(table, path, name));
  const data = new Float64Array(table.rows * names.length);
  for (const [k, column] of columns.entries())
    for (const [n, value] of column.entries()) data[n * names.length + k] = value;
  return ndArray("float64", [table.rows, names.length], data);
}
