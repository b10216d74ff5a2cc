import {
  type DiffusionModel,
  type DpmSolverV3Options,
  type EmpiricalModelStatistics,
  referenceTrajectory,
  trajectoryRmse,
} from "ockham/diffusion";
import type { Run, Table } from "ockham/paper";
import { startNoise } from "./comparison.ts";
import { v3 } from "./solvers.ts";

/** What the method leaves to its user. */
const candidates: Readonly<Record<string, DpmSolverV3Options>> = {
  "order 3": {},
  "order 3, predictor from few points": { predictorPseudo: true },
  "order 2": { order: 2 },
  "order 2, without corrector": { order: 2, corrector: false },
};

/**
 * The settings with the least distance, in the geometric mean over spacings and numbers of evaluations, from noise
 * that serves for nothing else. They are then kept for every number of evaluations, spacing, seed and model.
 */
export async function chooseSettings(
  run: Run,
  model: DiffusionModel,
  statistics: EmpiricalModelStatistics,
  tEnd: number,
): Promise<{ settings: DpmSolverV3Options; table: Table }> {
  const start = startNoise(model, 64, 0, "validation");
  const { x: exact } = await referenceTrajectory(model, start, {
    ...{ tEnd, refinement: 0.5, signal: run.signal },
  });
  const scores: [name: string, score: number][] = [];
  for (const [name, settings] of Object.entries(candidates)) {
    const solver = v3(statistics, settings);
    let sum = 0;
    for (const spacing of ["time", "logsnr"] as const)
      for (const count of [5, 6, 8, 10]) {
        const { x } = await solver(model, start, count, { spacing, tEnd, signal: run.signal });
        sum += Math.log(trajectoryRmse(x, exact)) / 8;
      }
    scores.push([name, Math.exp(sum)]);
  }
  const [best] = [...scores].sort(([, a], [, b]) => a - b)[0]!;
  return {
    settings: candidates[best]!,
    table: {
      id: "settings",
      title: `Settings of DPM-Solver-v3 on noise kept for their choice; "${best}" is used throughout`,
      columns: [{ name: "settings" }, { name: "distance, geometric mean", digits: 3 }],
      rows: scores,
    },
  };
}
