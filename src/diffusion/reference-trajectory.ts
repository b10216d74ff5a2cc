import type { Matrix } from "../core/array/index.ts";
import { requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions } from "../core/progress.ts";
import { type DiffusionModel, requireModel } from "./diffusion-model.ts";
import type { Samples } from "./sampling.ts";
import { timeSteps } from "./time-steps.ts";
import { uniPC } from "./unipc.ts";

export interface ReferenceOptions extends Omit<LongCallOptions, "seed"> {
  /** As of `timeSteps`, but the last time is 1e-3 (or the schedule's least) by default. */
  readonly tStart?: number;
  readonly tEnd?: number;
  /** Factor on the number of nodes, 400 uniform in t and 200 in lambda; default 1. */
  readonly refinement?: number;
}

/**
 * The probability-flow equation solved so finely that samplers of few steps can be held against it: UniPC of order
 * 2 on the union of 400 steps uniform in time and 200 uniform in lambda.
 */
export function referenceTrajectory(
  model: DiffusionModel,
  start: Matrix,
  options: ReferenceOptions = {},
): Promise<Samples> {
  requireModel("model", model);
  requireKnownOptions("options", options, ["tStart", "tEnd", "refinement", ...longCallOptions]);
  const { tStart = model.schedule.tMax, refinement = 1, ...rest } = options;
  const { tEnd = Math.max(model.schedule.tMin, 1e-3), ...call } = rest;
  const nodes = (n: number, spacing: "time" | "logsnr"): number[] => [
    ...timeSteps(model.schedule, { n: n * refinement, spacing, tStart, tEnd }),
  ];
  const sorted = [...nodes(400, "time"), ...nodes(200, "logsnr")].sort((a, b) => b - a);
  // Nodes that nearly coincide would divide by their distance.
  const times: number[] = [tStart];
  for (const t of sorted) if (times.at(-1)! - t > 1e-9 * tStart && t - tEnd > 1e-9 * tStart) times.push(t);
  times.push(tEnd);
  return uniPC(model, start, { ...call, times: Float64Array.from(times) });
}
