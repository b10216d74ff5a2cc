import CliTable from "cli-table3";
import picocolors from "picocolors";
import type { ClaimResult } from "./run-report.ts";
import { cellText, formatNumber, headingOf, type Table } from "./table.ts";

export interface TerminalOptions {
  /** Whether to use ANSI colours; default false, as a pipe needs. */
  readonly colors?: boolean;
  /** Width of the terminal in characters, default 100. Long cells are wrapped to fit. */
  readonly width?: number;
}

/** The table as text with a frame, numbers flush right. */
export function renderTable(table: Table, options: TerminalOptions = {}): string {
  const numeric = table.columns.map((_, i) =>
    table.rows.every((row) => typeof row[i] !== "string" && typeof row[i] !== "boolean"),
  );
  const cells = table.rows.map((row) => row.map((cell, i) => cellText(cell, table.columns[i]!.digits)));
  return `${table.title}\n${frame(table.columns.map(headingOf), cells, numeric, options)}`;
}

/** The claims of a run: what the paper says, what was measured here, the bar, and whether it was met. */
export function renderClaims(claims: readonly ClaimResult[], options: TerminalOptions = {}): string {
  const paint = picocolors.createColors(options.colors ?? false);
  const rows = claims.map((claim) => [
    claim.says,
    claim.paper,
    measuredText(claim),
    `${claim.bar}${claim.unit && ` ${claim.unit}`}`,
    claim.pass === null ? paint.yellow("skipped") : claim.pass ? paint.green("pass") : paint.red("MISS"),
  ]);
  return frame(
    ["claim", "the paper says", "measured here", "bar", ""],
    rows,
    rows[0]?.map(() => false) ?? [],
    options,
  );
}

/** The measured value with unit and spread, or why there is none. */
export function measuredText(claim: ClaimResult): string {
  if (claim.measured === null) return claim.skipped ?? "";
  const unit = claim.unit && ` ${claim.unit}`;
  const spread =
    claim.spread === undefined
      ? ""
      : ` (sd ${formatNumber(claim.spread.sd, 2)}, ${claim.spread.values.length} seeds)`;
  return `${formatNumber(claim.measured, 3)}${unit}${spread}`;
}

function frame(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
  { colors = false, width = 100 }: TerminalOptions,
): string {
  const widths = columnWidths(head, rows, width);
  // Lines between rows help only where cells are wrapped.
  const compact = rows.every((row) => row.every((cell, i) => visibleLength(cell) <= widths[i]! - padding));
  const table = new CliTable({
    head: [...head],
    style: { ...(colors ? { head: ["bold"], border: ["gray"] } : { head: [], border: [] }), compact },
    colAligns: numeric.map((right) => (right ? "right" : "left")),
    colWidths: widths,
    wordWrap: true,
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}

/** Blank columns around a cell's text. */
const padding = 2;

/** Natural widths, the widest columns narrowed until the row fits. */
function columnWidths(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = head.map(
    (name, i) => padding + Math.max(1, ...[name, ...rows.map((row) => row[i]!)].map(visibleLength)),
  );
  const available = width - widths.length - 1;
  for (let excess = sum(widths) - available; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= 12) break;
    widths[widest]!--;
  }
  return widths;
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of ANSI colours
  return text.replace(/\u001b\[\d+m/g, "").length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
