import type { Matrix } from "ockham/array";
import { type DiffusionModel, referenceTrajectory, type Spacing, trajectoryRmse } from "ockham/diffusion";
import type { Figure, Run, Table } from "ockham/paper";
import { randomStream } from "ockham/random";
import { baselines, type Solver } from "./solvers.ts";

/** Mean distance to the reference over seeds, by solver, spacing and number of evaluations. */
export interface Comparison {
  readonly evaluations: readonly number[];
  readonly spacings: readonly Spacing[];
  readonly solvers: readonly string[];
  /** Errors over seeds. */
  errors(solver: string, spacing: Spacing, evaluations: number): readonly number[];
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Every solver from the same noise, held against the finely solved equation. */
export async function compare(
  run: Run,
  model: DiffusionModel,
  solvers: Readonly<Record<string, Solver>>,
  settings: {
    readonly spacings: readonly Spacing[];
    readonly evaluations: readonly number[];
    readonly batch: number;
    readonly tEnd: number;
    readonly from: number;
    readonly to: number;
    readonly stage: string;
  },
): Promise<Comparison> {
  const { spacings, evaluations, batch, tEnd, from, to, stage } = settings;
  const found = new Map<string, number[]>();
  const key = (solver: string, spacing: Spacing, count: number): string => `${solver} ${spacing} ${count}`;
  for (const [i, seed] of run.seeds.entries()) {
    const at = (part: number): number => from + ((to - from) * (i + part)) / run.seeds.length;
    const start = startNoise(model, batch, seed);
    const reference = await referenceTrajectory(model, start, { ...run.stage(stage, at(0), at(0.7)), tEnd });
    for (const spacing of spacings)
      for (const count of evaluations)
        for (const [name, solver] of Object.entries({ ...solvers, ...baselines })) {
          const { x } = await solver(model, start, count, { spacing, tEnd, signal: run.signal });
          const id = key(name, spacing, count);
          found.set(id, [...(found.get(id) ?? []), trajectoryRmse(x, reference.x)]);
        }
    run.progress(at(1), 1, stage);
  }
  return {
    evaluations,
    spacings,
    solvers: [...Object.keys(solvers), ...Object.keys(baselines)],
    errors: (solver, spacing, count) => found.get(key(solver, spacing, count))!,
  };
}

/** Noise at the model's first time; settings are chosen on noise of another name than they are judged on. */
export function startNoise(model: DiffusionModel, batch: number, seed: number, name = "start"): Matrix {
  const { dim, schedule } = model;
  const data = randomStream(seed, name).fillNormal(
    new Float64Array(batch * dim),
    0,
    schedule.sigma(schedule.tMax),
  );
  return { dtype: "float64", shape: [batch, dim], data };
}

/** For each seed, the error of one solver over the least of others, at its worst number of evaluations. */
export function worstRatios(
  { errors }: Comparison,
  solver: string,
  others: readonly string[],
  spacing: Spacing,
  evaluations: readonly number[],
): number[] {
  const { length } = errors(solver, spacing, evaluations[0]!);
  return Array.from({ length }, (_, seed) =>
    Math.max(
      ...evaluations.map((count) => {
        const best = Math.min(...others.map((other) => errors(other, spacing, count)[seed]!));
        return errors(solver, spacing, count)[seed]! / best;
      }),
    ),
  );
}

export function comparisonTable(id: string, title: string, comparison: Comparison): Table {
  const { spacings, solvers, evaluations, errors } = comparison;
  return {
    id,
    title,
    columns: [
      { name: "times" },
      { name: "solver" },
      ...evaluations.flatMap((count) => [
        { name: `${count} evaluations`, digits: 3 },
        { name: "±", digits: 1 },
      ]),
    ],
    rows: spacings.flatMap((spacing) =>
      solvers.map((solver) => [
        spacing,
        solver,
        ...evaluations.flatMap((count) => {
          const values = errors(solver, spacing, count);
          return [mean(values), deviation(values)];
        }),
      ]),
    ),
  };
}

export function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

export function comparisonFigure(
  id: string,
  title: string,
  comparison: Comparison,
  spacing: Spacing,
): Figure {
  return {
    id,
    title,
    x: { label: "evaluations", scale: "log" },
    y: { label: "distance to the exact solution", scale: "log" },
    series: comparison.solvers.map((name) => {
      const all = comparison.evaluations.map((count) => comparison.errors(name, spacing, count));
      return {
        name,
        mark: "line",
        x: comparison.evaluations,
        y: all.map(mean),
        low: all.map((values) => Math.min(...values)),
        high: all.map((values) => Math.max(...values)),
      };
    }),
  };
}
