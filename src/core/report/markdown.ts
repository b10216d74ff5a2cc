import type { ClaimResult, RunReport } from "./run-report.ts";
import { cellText, headingOf, type Table } from "./table.ts";
import { measuredText } from "./terminal-table.ts";

/** The table in GitHub's markdown, numbers flush right. */
export function markdownTable(table: Table): string {
  const numeric = table.columns.map((_, i) => table.rows.every((row) => typeof row[i] !== "string"));
  const lines = [
    table.columns.map(headingOf),
    numeric.map((right) => (right ? "---:" : "---")),
    ...table.rows.map((row) => row.map((cell, i) => cellText(cell, table.columns[i]!.digits))),
  ];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`).join("");
}

/** The claims of a run in GitHub's markdown. */
export function markdownClaims(claims: readonly ClaimResult[]): string {
  return markdownTable({
    id: "claims",
    title: "Claims",
    columns: ["claim", "the paper says", "measured here", "bar", "met"].map((name) => ({ name })),
    rows: claims.map((claim) => [
      claim.says,
      claim.paper,
      measuredText(claim),
      `${claim.bar}${claim.unit && ` ${claim.unit}`}`,
      claim.pass === null ? "skipped" : claim.pass,
    ]),
  });
}

/** A whole report in markdown, with its figures by path. */
export function markdownReport(title: string, report: RunReport): string {
  const sections = [
    `# ${title}\n`,
    `\`ockham run ${report.id} --${report.mode}\`, ${report.seeds.length} seed${report.seeds.length > 1 ? "s" : ""}, ${report.seconds} s.\n`,
    markdownClaims(report.claims),
    ...report.tables.map((table) => `## ${table.title}\n\n${markdownTable(table)}`),
    ...report.figures.map((path) => `![${path.slice(path.indexOf("/") + 1, -4)}](${path})\n`),
    `Environment: ${Object.entries(report.environment)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}.\n`,
  ];
  return sections.join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
