import type { Matrix } from "ockham/array";
import {
  type DiffusionModel,
  type DpmSolverV3Options,
  ddim,
  dpmSolverPlusPlus2M,
  dpmSolverV3,
  type EmpiricalModelStatistics,
  heun,
  type Samples,
  type SamplingOptions,
  uniPC,
} from "ockham/diffusion";

/** A sampler of a given number of evaluations. */
export type Solver = (
  model: DiffusionModel,
  start: Matrix,
  evaluations: number,
  options: SamplingOptions,
) => Promise<Samples>;

const bySteps =
  (sampler: (model: DiffusionModel, start: Matrix, options: SamplingOptions) => Promise<Samples>): Solver =>
  (model, start, evaluations, options) =>
    sampler(model, start, { ...options, steps: evaluations });

/** What DPM-Solver-v3 is held against; Heun only has odd numbers of evaluations. */
export const baselines: Readonly<Record<string, Solver>> = {
  DDIM: bySteps(ddim),
  "DPM-Solver++ (2M)": bySteps(dpmSolverPlusPlus2M),
  "UniPC-2": bySteps((model, start, options) =>
    uniPC(model, start, { ...options, order: 2, variant: "bh2" }),
  ),
  "UniPC-3": bySteps((model, start, options) =>
    uniPC(model, start, { ...options, order: 3, variant: "bh1" }),
  ),
  Heun: (model, start, evaluations, options) =>
    heun(model, start, { ...options, steps: Math.floor((evaluations + 1) / 2) }),
};

export function v3(statistics: EmpiricalModelStatistics, own: DpmSolverV3Options = {}): Solver {
  return bySteps((model, start, options) => dpmSolverV3(model, statistics, start, { ...options, ...own }));
}
