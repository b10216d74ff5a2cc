import type { Cell, Table } from "ockham/report";
import type { Outcome } from "./methods.ts";

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/** Outcomes over seeds, by method. */
export type Outcomes = Readonly<Record<string, readonly Outcome[]>>;

/** Mean and sample deviation of both scores over the seeds, and the mean time. */
export function outcomeTable(id: string, title: string, outcomes: Outcomes): Table {
  return {
    id,
    title,
    columns: [
      { name: "method" },
      { name: "micro-F1", digits: 3 },
      { name: "±", digits: 1 },
      { name: "macro-F1", digits: 3 },
      { name: "±", digits: 1 },
      { name: "embedding time", unit: "s", digits: 3 },
      { name: "runs" },
    ],
    rows: Object.entries(outcomes).map(([method, runs]): Cell[] => {
      const micro = runs.map((run) => run.micro);
      const macro = runs.map((run) => run.macro);
      const seconds = mean(runs.map((run) => run.seconds));
      return [
        method,
        mean(micro),
        deviation(micro),
        mean(macro),
        deviation(macro),
        seconds || null,
        runs.length,
      ];
    }),
  };
}
