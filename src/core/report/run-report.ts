import type { Table } from "./table.ts";

/** `quick` takes seconds and is self-contained; `full` carries the claim on real data. */
export type Mode = "quick" | "full";

export const modes = ["quick", "full"] as const satisfies readonly Mode[];

/** Values over seeds. */
export interface Spread {
  readonly min: number;
  readonly max: number;
  /** Sample standard deviation; 0 for one value. */
  readonly sd: number;
  readonly values: readonly number[];
}

/** One claim of a paper, as measured by a run. */
export interface ClaimResult {
  readonly id: string;
  /** What is claimed, in words. */
  readonly says: string;
  /** What the paper reports. */
  readonly paper: string;
  /** The mean over seeds; null when skipped. */
  readonly measured: number | null;
  /** Absent when there is one value only. */
  readonly spread?: Spread;
  readonly unit: string;
  /** What the measured value must meet, as text: ">= 2.5". */
  readonly bar: string;
  /** Whether the bar was met; null when skipped. */
  readonly pass: boolean | null;
  /** Why nothing was measured: the data set that could not be had. */
  readonly skipped?: string;
}

/** What a run of a paper's experiment measured: the JSON that `ockham run --json` prints. */
export interface RunReport {
  readonly id: string;
  readonly mode: Mode;
  readonly seeds: readonly number[];
  readonly seconds: number;
  /** True when every claim met its bar, false when one missed it, null when some were skipped. */
  readonly pass: boolean | null;
  readonly claims: readonly ClaimResult[];
  readonly tables: readonly Table[];
  /** Paths of the figures' files, relative to the report's folder. */
  readonly figures: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** The verdict on several claims: a miss outweighs a skip, a skip outweighs a pass. */
export function verdict(passes: readonly (boolean | null)[]): boolean | null {
  if (passes.includes(false)) return false;
  return passes.length === 0 || passes.includes(null) ? null : true;
}
