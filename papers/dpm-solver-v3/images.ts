import type { Matrix, NdArray } from "ockham/array";
import {
  computeModelStatistics,
  type DpmSolverV3Options,
  referenceTrajectory,
  uniPC,
  withGuidance,
} from "ockham/diffusion";
import type { Figure, Picture, PictureRow, Run, Table } from "ockham/paper";
import { digitImageDenoiser, digitImageModel, trainingImages } from "../digit-image-denoiser.ts";
import { noDigit } from "../digit-model.ts";
import { compare, comparisonFigure, comparisonTable, startNoise, worstRatios } from "./comparison.ts";
import { baselines, v3 } from "./solvers.ts";

const tEnd = 1e-3;
const evaluations = [5, 6, 8];
const own = "DPM-Solver-v3";
/** Images in a row of the picture. */
const shown = 10;

export interface ImageOutcome {
  /** Distance to the exact solution over that of the best baseline, worst number of evaluations, by seed. */
  readonly distance: readonly number[];
  readonly table: Table;
  readonly figure: Figure;
  readonly picture: Picture;
}

/** The comparison in pixels, with a U-Net that is trained here and calibrated by automatic differentiation. */
export async function imageComparison(
  run: Run,
  settings: DpmSolverV3Options,
  from: number,
  to: number,
): Promise<ImageOutcome> {
  const at = (part: number): number => from + (to - from) * part;
  const weights = await digitImageDenoiser(run.stage("training the U-Net", at(0), at(0.4)));
  const model = digitImageModel(weights);
  const statistics = await computeModelStatistics(model, {
    ...{ data: await trainingImages(1000), samples: 128, gridSize: 60, tEnd, seed: run.seed },
    ...run.stage("statistics of the U-Net", at(0.4), at(0.7)),
  });
  const solver = v3(statistics, settings);
  const comparison = await compare(
    run,
    model,
    { [own]: solver },
    {
      ...{ spacings: ["time", "logsnr"], evaluations, batch: 16, tEnd, refinement: 0.25 },
      ...{ from: at(0.7), to: at(0.95), stage: "U-Net" },
    },
  );

  const start = startNoise(model, shown, run.seed, "picture");
  const { signal } = run;
  const rows: PictureRow[] = [];
  const show = (name: string, x: Matrix) => rows.push({ name, images: imagesOf(x) });
  const reference = await referenceTrajectory(model, start, { tEnd, refinement: 0.25, signal });
  for (const [name, sampler] of Object.entries({ [own]: solver, ...baselines }))
    if (name !== "Heun") {
      const { x } = await sampler(model, start, 5, { spacing: "time", tEnd, signal });
      show(`${name}, 5 evaluations`, x);
    }
  show("exact solution", reference.x);
  const each = digitImageModel(
    weights,
    Array.from({ length: shown }, (_, i) => i % noDigit),
  );
  const guided = await uniPC(withGuidance(model, each, 2), start, {
    steps: 20,
    spacing: "time",
    tEnd,
    signal,
  });
  show("guided to 0, 1, ..., 9", guided.x);
  for (const one of [model, each]) await one.dispose();
  return {
    distance: worstRatios(comparison, own, Object.keys(baselines), "time", evaluations),
    table: comparisonTable("images", "U-Net of 28 x 28 pixels, distance to the exact solution", comparison),
    figure: comparisonFigure("images", "U-Net of 28 x 28 pixels, times uniform in t", comparison, "time"),
    picture: { id: "samples", title: "Samples of the U-Net, each column from the same noise", rows },
  };
}

/** Rows of pixels, -1 to 1, as images of bytes. */
function imagesOf({ data, shape }: Matrix): NdArray<"uint8"> {
  return {
    dtype: "uint8",
    shape: [shape[0]!, 28, 28],
    data: Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)))),
  };
}
