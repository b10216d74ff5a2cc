import { InvalidInputError, show } from "../errors.ts";

/** What a table cell holds; null where there is nothing to state. */
export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly unit?: string;
  /** Significant digits of numbers, default 4. */
  readonly digits?: number;
}

/** A table of results, as data: printed in terminals, written as markdown and JSON, drawn by the lab. */
export interface Table {
  /** Kebab-case, unique within its report. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** One cell for each column. */
  readonly rows: readonly (readonly Cell[])[];
}

/** Refuses a table whose rows do not fit its columns or that holds a number that is not finite. */
export function requireTable(argument: string, table: Table): Table {
  if (table.columns.length === 0) throw new InvalidInputError(`${argument}.columns`, "expected at least one");
  for (const [index, row] of table.rows.entries()) {
    const name = `${argument}.rows[${index}]`;
    if (row.length !== table.columns.length)
      throw new InvalidInputError(name, `expected ${table.columns.length} cells, got ${row.length}`);
    for (const cell of row) {
      if (typeof cell === "number" && !Number.isFinite(cell))
        throw new InvalidInputError(name, `expected finite numbers or null, got ${show(cell)}`);
    }
  }
  return table;
}

/** The column's heading, with its unit. */
export function headingOf(column: Column): string {
  return column.unit === undefined ? column.name : `${column.name} (${column.unit})`;
}

/** The cell as text for people. */
export function cellText(cell: Cell, digits = 4): string {
  if (cell === null) return "";
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  return typeof cell === "number" ? formatNumber(cell, digits) : cell;
}

/** A number with that many significant digits; whole numbers in full, with no trailing zeros. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
    return `${Number(mantissa)}e${Number(exponent)}`;
  }
  return String(Number(value.toPrecision(digits)));
}
