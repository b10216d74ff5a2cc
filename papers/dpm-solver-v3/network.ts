import type { Matrix, NdArray } from "ockham/array";
import {
  computeModelStatistics,
  type DiffusionModel,
  type DpmSolverV3Options,
  frechetDistance,
  referenceTrajectory,
  type SamplingOptions,
  withGuidance,
} from "ockham/diffusion";
import type { Picture, PictureRow, Run, Table } from "ockham/paper";
import { digitDenoiser } from "../digit-denoiser.ts";
import { digitModel } from "../digit-model.ts";
import { type DigitClassifier, type Digits, digitClassifier } from "../digits.ts";
import { compare, comparisonTable, deviation, mean, startNoise, worstRatios } from "./comparison.ts";
import { baselines, type Solver, v3 } from "./solvers.ts";

const tEnd = 1e-3;
const evaluations = [5, 6, 8];
const samples = 2000;
const own = "DPM-Solver-v3";

export interface NetworkOutcome {
  /** Distance to the exact solution over that of the best baseline, worst number of evaluations. */
  readonly distance: readonly number[];
  /** The same for guided sampling of one digit. */
  readonly guided: readonly number[];
  /** Fréchet distance over that of the best baseline, worst number of evaluations. */
  readonly frechet: readonly number[];
  readonly tables: readonly Table[];
  readonly picture: Picture;
}

/** The comparison with a network that is trained here, calibrated by automatic differentiation. */
export async function networkComparison(
  run: Run,
  digits: Digits,
  settings: DpmSolverV3Options,
  from: number,
  to: number,
): Promise<NetworkOutcome> {
  const at = (part: number): number => from + (to - from) * part;
  const weights = await digitDenoiser(digits, run.stage("training the denoiser", at(0), at(0.3)));
  const classifier = await digitClassifier(run.stage("training the classifier", at(0.3), at(0.45)));
  const plain = digitModel(weights);
  const three = digitModel(weights, 3);
  const guided = withGuidance(plain, three, 2);
  const spacings = ["time", "logsnr"] as const;
  const calibrated = (model: DiffusionModel, data: Matrix | undefined, part: number) =>
    computeModelStatistics(model, {
      ...(data && { data }),
      ...{ samples: 1024, gridSize: 250, tEnd, seed: run.seed },
      ...run.stage("statistics", at(part), at(part + 0.1)),
    });
  const others = Object.keys(baselines);
  const common = { spacings, evaluations, batch: 256, tEnd };

  const solver = v3(await calibrated(plain, digits.coordinates, 0.45), settings);
  const comparison = await compare(
    run,
    plain,
    { [own]: solver },
    {
      ...{ ...common, from: at(0.55), to: at(0.7), stage: "network" },
    },
  );
  const distances = await featureDistances(run, plain, solver, digits, classifier);
  // Guided states do not follow the noised data: the statistics are those of trajectories.
  const guidedSolver = v3(await calibrated(guided, undefined, 0.75), { order: 2 });
  const guidedComparison = await compare(
    run,
    guided,
    { [own]: guidedSolver },
    {
      ...{ ...common, from: at(0.85), to: at(1), stage: "guided network" },
    },
  );
  const picture = await samplesBySolver(run, digits, { plain, solver, guided, guidedSolver });
  for (const model of [plain, three]) await model.dispose();
  await classifier.dispose();
  return {
    distance: worstRatios(comparison, own, others, "time", evaluations),
    guided: worstRatios(guidedComparison, own, others, "time", evaluations),
    frechet: distances.ratios,
    tables: [
      comparisonTable("network", "Trained network, distance to the exact solution", comparison),
      comparisonTable(
        "guided",
        "Guided to one digit (scale 2), distance to the exact solution",
        guidedComparison,
      ),
      distances.table,
    ],
    picture,
  };
}

/** Samples from the same noise by every solver in 5 evaluations, decoded to pixels. */
async function samplesBySolver(
  run: Run,
  digits: Digits,
  models: {
    readonly plain: DiffusionModel;
    readonly solver: Solver;
    readonly guided: DiffusionModel;
    readonly guidedSolver: Solver;
  },
): Promise<Picture> {
  const { plain, solver, guided, guidedSolver } = models;
  const start = startNoise(plain, 12, run.seed, "picture");
  const options: SamplingOptions = { spacing: "time", tEnd, signal: run.signal };
  const rows: PictureRow[] = [];
  const show = (name: string, x: Matrix) => rows.push({ name, images: imagesOf(digits.pixels(x)) });
  // Heun's method has but three steps, and leaves noise.
  const { Heun: _, ...others } = baselines;
  for (const [name, one] of Object.entries({ [own]: solver, ...others }))
    show(name, (await one(plain, start, 5, options)).x);
  show("exact solution", (await referenceTrajectory(plain, start, { tEnd, signal: run.signal })).x);
  show(`${own}, guided to 3`, (await guidedSolver(guided, start, 5, options)).x);
  return { id: "samples", title: "Samples in 5 evaluations, each column from the same noise", rows };
}

/** Rows of pixels, -1 to 1, as images of bytes. */
function imagesOf({ data, shape }: Matrix): NdArray<"uint8"> {
  return {
    dtype: "uint8",
    shape: [shape[0]!, 28, 28],
    data: Uint8Array.from(data, (value) => Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)))),
  };
}

/** Fréchet distances of classifier features between samples, decoded to pixels, and true digits, decoded alike. */
async function featureDistances(
  run: Run,
  model: DiffusionModel,
  solver: Solver,
  digits: Digits,
  classifier: DigitClassifier,
): Promise<{ ratios: readonly number[]; table: Table }> {
  const featuresOf = async (x: Matrix): Promise<Matrix> =>
    (await classifier.judge(digits.pixels(x))).features;
  const rows = (first: number): Matrix => {
    const d = digits.coordinates.shape[1]!;
    const data = digits.coordinates.data.slice(first * d, (first + samples) * d);
    return { dtype: "float64", shape: [samples, d], data };
  };
  const truth = await featuresOf(rows(0));
  const floor = frechetDistance(await featuresOf(rows(samples)), truth);
  const options: SamplingOptions = { spacing: "time", tEnd, signal: run.signal };
  const solvers = Object.entries({ [own]: solver, ...baselines });
  /** Distances by seed, of each solver at each number of evaluations, and of the exact solution. */
  const found: number[][][] = [];
  const exact: number[] = [];
  for (const seed of run.seeds) {
    const start = startNoise(model, samples, seed);
    const distance = async (x: Matrix): Promise<number> => frechetDistance(await featuresOf(x), truth);
    const { x } = await referenceTrajectory(model, start, { tEnd, refinement: 0.1, signal: run.signal });
    exact.push(await distance(x));
    const distances: number[][] = [];
    for (const [, one] of solvers) {
      const row: number[] = [];
      for (const count of evaluations) row.push(await distance((await one(model, start, count, options)).x));
      distances.push(row);
    }
    found.push(distances);
  }
  const cells = (values: readonly number[]) => [mean(values), deviation(values)];
  return {
    ratios: found.map(([first, ...rest]) =>
      Math.max(...evaluations.map((_, i) => first![i]! / Math.min(...rest.map((row) => row[i]!)))),
    ),
    table: {
      id: "frechet",
      title: `Fréchet distance of classifier features, ${samples} samples (${samples} true digits: ${floor.toPrecision(3)})`,
      columns: [
        { name: "solver" },
        ...evaluations.flatMap((count) => [
          { name: `${count} evaluations`, digits: 3 },
          { name: "±", digits: 1 },
        ]),
      ],
      rows: [
        ...solvers.map(([name], k) => [
          name,
          ...evaluations.flatMap((_, i) => cells(found.map((distances) => distances[k]![i]!))),
        ]),
        ["exact solution of the network", ...evaluations.flatMap(() => cells(exact))],
      ],
    },
  };
}
