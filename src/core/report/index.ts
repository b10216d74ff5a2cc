export { environment } from "../environment.ts";
export { type Axis, type Figure, requireFigure, type Series } from "./figure.ts";
export { markdownClaims, markdownReport, markdownTable } from "./markdown.ts";
export { requireReport } from "./require-report.ts";
export { type ClaimResult, type Mode, modes, type RunReport, type Spread, verdict } from "./run-report.ts";
export { figureToSvg } from "./svg.ts";
export { type Cell, type Column, cellText, formatNumber, requireTable, type Table } from "./table.ts";
export { measuredText, renderClaims, renderTable, type TerminalOptions } from "./terminal-table.ts";
export { writeReport, writeResults } from "./write-report.ts";
