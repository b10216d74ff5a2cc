import type { DanglingPolicy } from "ockham/graph";
import type { PoolOptions } from "../measure.ts";

/** What `--method` offers. */
export const pprMethods = ["powerwalk", "exact", "monte-carlo"] as const;
export type PprMethod = (typeof pprMethods)[number];

export interface PprCliOptions extends PoolOptions {
  readonly source?: string;
  readonly sources?: string;
  readonly method: PprMethod;
  readonly top: number;
  readonly out?: string;
  readonly directed?: true;
  readonly teleport?: number;
  readonly dangling?: DanglingPolicy;
  readonly seed?: number;
  readonly walks?: number;
  readonly index?: string;
  readonly iterations?: number;
  readonly threshold?: number;
  readonly json?: true;
}
