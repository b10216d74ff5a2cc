import type { Matrix } from "ockham/array";
import { computeModelStatistics, referenceTrajectory, uniPC, withGuidance } from "ockham/diffusion";
import type { Figure, Picture, PictureRow, Run, Table } from "ockham/paper";
import { digitImageDenoiser, digitImageModel, trainingImages } from "../digit-image-denoiser.ts";
import { noDigit } from "../digit-model.ts";
import {
  byteImages,
  compare,
  comparisonFigure,
  comparisonTable,
  startNoise,
  worstRatios,
} from "./comparison.ts";
import { chooseSettings } from "./settings.ts";
import { baselines, v3 } from "./solvers.ts";

const tEnd = 1e-3;
const own = "DPM-Solver-v3";
/** Of the exact solution: a network costs more than a mixture, and is known less exactly anyway. */
const refinement = 0.25;
/** Images in a row of the picture. */
const shown = 10;

export interface ImageOutcome {
  /** Distance to the exact solution over that of the best baseline, worst number of evaluations, by seed. */
  readonly distance: readonly number[];
  readonly tables: readonly Table[];
  readonly figure: Figure;
  readonly picture: Picture;
}

/** The comparison in pixels, with a U-Net that is trained here and calibrated by automatic differentiation. */
export async function imageComparison(run: Run, from: number, to: number): Promise<ImageOutcome> {
  const at = (part: number): number => from + (to - from) * part;
  const { signal } = run;
  const weights = await digitImageDenoiser(run.stage("training the U-Net", at(0), at(0.3)));
  const model = digitImageModel(weights);
  const statistics = await computeModelStatistics(model, {
    ...{ data: await trainingImages(10_000), samples: 256, gridSize: 60, trendStep: 0.1 },
    ...{ tEnd, seed: run.seed, ...run.stage("statistics of the U-Net", at(0.3), at(0.7)) },
  });
  const chosen = await chooseSettings(run, model, statistics, { tEnd, batch: 16, refinement });
  const solver = v3(statistics, chosen.settings);
  const comparison = await compare(
    run,
    model,
    { [own]: solver },
    {
      ...{ spacings: ["time", "logsnr"], evaluations: [5, 6, 8, 10], batch: 16, tEnd, refinement },
      ...{ from: at(0.75), to: at(0.97), stage: "U-Net" },
    },
  );

  const start = startNoise(model, shown, run.seed, "picture");
  const rows: PictureRow[] = [];
  const show = (name: string, x: Matrix) => rows.push({ name, images: byteImages(x) });
  const { Heun: _, ...others } = baselines;
  for (const [name, sampler] of Object.entries({ [own]: solver, ...others }))
    show(`${name}, 5 evaluations`, (await sampler(model, start, 5, { spacing: "time", tEnd, signal })).x);
  show("exact solution", (await referenceTrajectory(model, start, { tEnd, refinement, signal })).x);
  const each = digitImageModel(
    weights,
    Array.from({ length: shown }, (_, i) => i % noDigit),
  );
  const guided = withGuidance(model, each, 2);
  show(
    "guided to 0, 1, ..., 9",
    (await uniPC(guided, start, { steps: 20, spacing: "time", tEnd, signal })).x,
  );
  for (const one of [model, each]) await one.dispose();
  return {
    distance: worstRatios(comparison, own, Object.keys(baselines), "time", [5, 6, 8]),
    tables: [
      { ...chosen.table, id: "image-settings", title: `U-Net: ${chosen.table.title}` },
      comparisonTable("images", "U-Net of 28 x 28 pixels, distance to the exact solution", comparison),
    ],
    figure: comparisonFigure("images", "U-Net of 28 x 28 pixels, times uniform in t", comparison, "time"),
    picture: { id: "image-samples", title: "Samples of the U-Net, each column from the same noise", rows },
  };
}
