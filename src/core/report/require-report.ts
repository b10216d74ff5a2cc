import { InvalidInputError, requireFinite, requireKnownOptions, requireOneOf, show } from "../errors.ts";
import { type ClaimResult, modes, type RunReport, verdict } from "./run-report.ts";
import { requireTable, type Table } from "./table.ts";

/** What each field of a report must be; a field that ends in `?` may be absent. */
type Schema = Readonly<Record<string, (argument: string, value: unknown) => void>>;

const claimSchema: Schema = {
  id: text,
  says: text,
  paper: text,
  measured: nullOr(finite),
  "spread?": (argument, value) =>
    fields(argument, value, { min: finite, max: finite, sd: finite, values: listOf(finite) }),
  unit: string,
  bar: text,
  pass: nullOr(boolean),
  "skipped?": text,
};

const reportSchema: Schema = {
  id: text,
  mode: (argument, value) => void requireOneOf(argument, value, modes),
  seeds: listOf(finite),
  seconds: finite,
  pass: nullOr(boolean),
  claims: listOf(claim),
  tables: listOf((argument, value) => {
    fields(argument, value, { id: text, title: text, columns: listOf(column), rows: listOf(listOf(cell)) });
    requireTable(argument, value as Table);
  }),
  figures: listOf(text),
  environment: (argument, value) => {
    object(argument, value);
    for (const [name, fact] of Object.entries(value as object)) text(`${argument}.${name}`, fact);
  },
};

/**
 * Checks that a value, parsed from JSON, is a report as `ockham run --json` prints it; returns it. The error
 * names the field at fault.
 */
export function requireReport(argument: string, value: unknown): RunReport {
  fields(argument, value, reportSchema);
  const report = value as RunReport;
  const expected = verdict(report.claims.map(({ pass }) => pass));
  if (report.pass !== expected)
    throw new InvalidInputError(`${argument}.pass`, `its claims say ${expected}, got ${show(report.pass)}`);
  return report;
}

function claim(argument: string, value: unknown): void {
  fields(argument, value, claimSchema);
  const { measured, pass, skipped } = value as ClaimResult;
  const consistent =
    skipped === undefined ? measured !== null && pass !== null : measured === null && pass === null;
  if (!consistent)
    throw new InvalidInputError(argument, "expected a measured value and a verdict, or the reason of a skip");
}

function column(argument: string, value: unknown): void {
  fields(argument, value, { name: text, "unit?": text, "digits?": finite });
}

function cell(argument: string, value: unknown): void {
  if (value !== null && !["string", "number", "boolean"].includes(typeof value))
    throw new InvalidInputError(argument, `expected text, a number, true, false or null, got ${show(value)}`);
}

function fields(argument: string, value: unknown, schema: Schema): void {
  object(argument, value);
  const known = Object.keys(schema).map((name) => name.replace("?", ""));
  requireKnownOptions(argument, value, known);
  for (const [name, check] of Object.entries(schema)) {
    const field = (value as Record<string, unknown>)[name.replace("?", "")];
    if (field === undefined && name.endsWith("?")) continue;
    check(`${argument}.${name.replace("?", "")}`, field);
  }
}

function object(argument: string, value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidInputError(argument, `expected an object, got ${show(value)}`);
}

function listOf(check: Schema[string]): Schema[string] {
  return (argument, value) => {
    if (!Array.isArray(value)) throw new InvalidInputError(argument, `expected a list, got ${show(value)}`);
    for (const [i, item] of value.entries()) check(`${argument}[${i}]`, item);
  };
}

function nullOr(check: Schema[string]): Schema[string] {
  return (argument, value) => {
    if (value !== null) check(argument, value);
  };
}

function string(argument: string, value: unknown): void {
  if (typeof value !== "string") throw new InvalidInputError(argument, `expected text, got ${show(value)}`);
}

function text(argument: string, value: unknown): void {
  string(argument, value);
  if ((value as string).trim() === "") throw new InvalidInputError(argument, "expected text, got nothing");
}

function boolean(argument: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw new InvalidInputError(argument, `expected true or false, got ${show(value)}`);
}

function finite(argument: string, value: unknown): void {
  requireFinite(argument, value);
}
