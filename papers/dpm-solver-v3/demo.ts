import type { Matrix, NdArray } from "ockham/array";
import { type DemoContext, defineDemo, type Frame, type ImagesView, type Role } from "ockham/demo";
import {
  type CoordinateDenoiser,
  type EmpiricalModelStatistics,
  referenceTrajectory,
  trajectoryRmse,
} from "ockham/diffusion";
import { nestTree, parseSafetensors } from "ockham/io";
import { digitModel } from "../digit-model.ts";
import { startNoise } from "./comparison.ts";
import { baselines, type Solver, v3 } from "./solvers.ts";

const tEnd = 1e-3;
const side = 28;
/** Images that are shown, of those whose distance is measured. */
const shown = 12;
const batch = 32;

export const demo = defineDemo({
  says: "A network that draws handwritten digits, trained here, is asked as few times as possible. From the same noise, DPM-Solver-v3 (whose coefficients were calibrated on this network) and DDIM try to reach the picture that the finely solved equation gives. Watch from how many evaluations on the rows agree with the top one.",
  shows: [
    { kind: "images", title: "Digits after so many evaluations", rows: 4 },
    { kind: "plot", title: "Distance to the exact pictures" },
    { kind: "table", title: "At the evaluations reached", rows: 3 },
  ],
  controls: {
    fewest: { kind: "number", label: "Fewest evaluations", value: 3, min: 2, max: 8, step: 1 },
    most: { kind: "number", label: "Most evaluations", value: 12, min: 4, max: 24, step: 1 },
    spacing: {
      kind: "choice",
      label: "Times",
      value: "time",
      options: { time: "uniform in t", logsnr: "uniform in log signal-to-noise ratio" },
    },
    rival: {
      kind: "choice",
      label: "Second baseline",
      value: "UniPC-2",
      options: {
        "UniPC-2": "UniPC-2",
        "UniPC-3": "UniPC-3",
        "DPM-Solver++ (2M)": "DPM-Solver++ (2M)",
        Heun: "Heun",
      },
    },
    seed: { kind: "seed", label: "Seed of the noise", value: 1 },
  },
  async *run({ fewest, most, spacing, rival, seed }, context: DemoContext) {
    const { signal, onProgress } = context;
    const weights = nestTree(parseSafetensors(await context.asset("denoiser.safetensors")).tensors);
    const statistics = statisticsOf(await context.asset("statistics.safetensors"));
    const { mean, basis } = parseSafetensors(await context.asset("pixels.safetensors")).tensors;
    const model = digitModel(weights as unknown as CoordinateDenoiser<NdArray>);
    try {
      const start = startNoise(model, batch, seed);
      const reference = await referenceTrajectory(model, start, {
        tEnd,
        signal,
        onProgress: (progress) => onProgress({ ...progress, stage: "solving the equation finely" }),
      });
      const solvers: readonly { name: string; role: Role; solver: Solver }[] = [
        { name: "DPM-Solver-v3", role: "method", solver: v3(statistics, { predictorPseudo: true }) },
        { name: "DDIM", role: "baseline", solver: baselines.DDIM! },
        { name: rival, role: "second-baseline", solver: baselines[rival]! },
      ];
      const pixels = (x: Matrix): Float32Array =>
        imagesOf(x, mean!.data as Float32Array, basis!.data as Float32Array);
      const counts: number[] = [];
      const errors = solvers.map((): number[] => []);
      const last = Math.max(fewest, most);
      for (let count = fewest; count <= last; count++) {
        counts.push(count);
        const rows: ImagesView["rows"][number][] = [
          {
            name: `exact, ${reference.evaluations} evaluations`,
            role: "reference",
            pixels: pixels(reference.x),
          },
        ];
        for (const [s, { name, role, solver }] of solvers.entries()) {
          const { x } = await solver(model, start, count, { spacing, tEnd, signal });
          errors[s]!.push(trajectoryRmse(x, reference.x));
          rows.push({ name, role, pixels: pixels(x) });
        }
        const views: Frame["views"] = [
          { kind: "images", title: `Digits after ${count} evaluations`, width: side, height: side, rows },
          {
            kind: "plot",
            title: "Distance to the exact pictures",
            x: { label: "evaluations of the network", domain: [fewest, last] },
            y: { label: "root mean square distance", scale: "log" },
            series: solvers.map(({ name, role }, s) => ({
              name,
              role,
              mark: "line" as const,
              x: [...counts],
              y: [...errors[s]!],
            })),
          },
          {
            kind: "table",
            title: `At ${count} evaluations, ${batch} pictures`,
            columns: [
              { name: "solver" },
              { name: "distance", digits: 3 },
              { name: "times that of DPM-Solver-v3", digits: 3 },
            ],
            rows: solvers.map(({ name }, s) => [
              name,
              errors[s]!.at(-1)!,
              errors[s]!.at(-1)! / errors[0]!.at(-1)!,
            ]),
          },
        ];
        yield { done: count - fewest + 1, total: last - fewest + 1, views };
      }
    } finally {
      await model.dispose();
    }
  },
});

function statisticsOf(bytes: Uint8Array): EmpiricalModelStatistics {
  const { tensors, metadata } = parseSafetensors(bytes);
  const matrix = (name: string): Matrix => tensors[name] as Matrix;
  return {
    lambda: matrix("lambda").data,
    l: matrix("l"),
    s: matrix("s"),
    b: matrix("b"),
    tStart: Number(metadata.tStart),
    tEnd: Number(metadata.tEnd),
    schedule: metadata.schedule!,
    samples: Number(metadata.samples),
  };
}

/** Grey values, 0 to 1, of the first rows of coordinates. */
function imagesOf({ data, shape }: Matrix, mean: Float32Array, basis: Float32Array): Float32Array {
  const d = shape[1]!;
  const size = side * side;
  const out = new Float32Array(shown * size);
  for (let i = 0; i < shown; i++)
    for (let p = 0; p < size; p++) {
      let value = mean[p]!;
      for (let j = 0; j < d; j++) value += data[i * d + j]! * basis[j * size + p]!;
      out[i * size + p] = Math.min(1, Math.max(0, (value + 1) / 2));
    }
  return out;
}
