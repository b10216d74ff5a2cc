export { environment } from "../environment.ts";
export { type Axis, type Figure, requireFigure, type Series } from "./figure.ts";
export { type ClaimResult, type Mode, modes, type RunReport, type Spread, verdict } from "./run-report.ts";
export { type Cell, type Column, cellText, formatNumber, requireTable, type Table } from "./table.ts";
