// Sampling with a U-Net and fits of LightSB beside PyTorch on the same machine.
// node --conditions=ockham-source bench/diffusion.ts
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Matrix, NdArray } from "ockham/array";
import {
  type DiffusionModel,
  ddim,
  dpmSolverV3,
  type EmpiricalModelStatistics,
  fitLightSB,
  type ImageDenoiser,
  initImageDenoiser,
} from "ockham/diffusion";
import { saveCheckpoint } from "ockham/nn";
import { randomStream } from "ockham/random";
import { mapTree } from "ockham/tensor";
import { digitImageModel } from "../papers/digit-image-denoiser.ts";
import { median } from "./support/median.ts";
import { pythonWith, WorkPeer } from "./support/peer.ts";

const [steps, rounds] = [5, 5];
/** Steps of a fit that is timed; a fit has thousands. */
const fitSteps = 200;

const normals = (n: number, d: number, seed: number): Matrix => ({
  dtype: "float64",
  shape: [n, d],
  data: randomStream(seed).fillNormal(new Float64Array(n * d)),
});

// Weights as drawn, with a little more: layers that begin at zero must not.
const jitter = randomStream(4);
const params = mapTree(
  (leaf: NdArray) => ({
    ...leaf,
    data: (leaf.data as Float32Array).map((value) => value + 0.03 * jitter.normal()),
  }),
  initImageDenoiser(randomStream(0), 1, 10),
) as ImageDenoiser<NdArray>;
const model = digitImageModel(params);
const start = normals(64, 784, 1);
const lightSB = (d: number, components: number) => {
  const [x0, x1] = [normals(20_000, d, 2), normals(20_000, d, 3)];
  return () => fitLightSB(x0, x1, { epsilon: 0.1, components, steps: fitSteps });
};

const unet = (batch: number) => ({
  run: () => ddim(model, firstRows(batch), { steps, spacing: "time" }),
  bar: 1.1,
  what: `DDIM, ${steps} evaluations of the U-Net, ${batch} images`,
});
const firstRows = (batch: number): Matrix => ({
  ...start,
  shape: [batch, 784],
  data: start.data.slice(0, batch * 784),
});

/** What we run, and the largest acceptable ratio of our time to PyTorch's. */
const works: Readonly<Record<string, { run: () => Promise<unknown>; bar: number; what: string }>> = {
  "unet-16": unet(16),
  "unet-64": unet(64),
  "lightsb-2": { run: lightSB(2, 30), bar: 0.2, what: `LightSB, ${fitSteps} steps, d = 2, K = 30` },
  "lightsb-50": { run: lightSB(50, 100), bar: 0.5, what: `LightSB, ${fitSteps} steps, d = 50, K = 100` },
};

const folder = mkdtempSync(join(tmpdir(), "ockham-bench-"));
const weights = join(folder, "unet.safetensors");
await saveCheckpoint(weights, { params, start }, {});
const python = pythonWith("torch", "numpy");
const peer =
  python === undefined
    ? undefined
    : await WorkPeer.start(python, new URL("peers/diffusion_peer.py", import.meta.url).pathname, weights);
console.log(peer === undefined ? "PyTorch is not installed: our times alone" : `beside ${peer.name}`);
for (const [name, { run, bar, what }] of Object.entries(works)) {
  await run();
  const ours: number[] = [];
  const theirs: number[] = [];
  // Alternating, so that a busy machine slows both.
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await run();
    ours.push(performance.now() - started);
    if (peer !== undefined) theirs.push(...(await peer.time(name, 1)));
  }
  const own = median(ours);
  const ratio = peer === undefined ? undefined : own / median(theirs);
  const verdict =
    ratio === undefined
      ? ""
      : `, PyTorch ${median(theirs).toFixed(1)} ms, ratio ${ratio.toFixed(2)} (bar ${bar})`;
  console.log(`${what}: ${own.toFixed(1)} ms${verdict}`);
  if (peer !== undefined && name === "unet-64") {
    const { x } = await ddim(model, start, { steps, spacing: "time" });
    const theirSamples = new Float32Array(Uint8Array.from(readFileSync(`${weights}.samples`)).buffer);
    const gap = Math.max(...x.data.map((value, i) => Math.abs(value - theirSamples[i]!)));
    const size = Math.max(...x.data.map(Math.abs));
    console.log(`  the same samples up to ${gap.toExponential(1)} of ${size.toFixed(1)}`);
  }
}

// What DPM-Solver-v3 adds to the calls of the network.
const nodes = 41;
const [first, last] = [model.schedule.lambda(1), model.schedule.lambda(1e-3)];
const constant = (value: number): Matrix => ({
  dtype: "float64",
  shape: [nodes, 784],
  data: new Float64Array(nodes * 784).fill(value),
});
const statistics: EmpiricalModelStatistics = {
  lambda: Float64Array.from({ length: nodes }, (_, i) => first + ((last - first) * i) / (nodes - 1)),
  ...{ l: constant(1), s: constant(0), b: constant(0) },
  ...{ tStart: 1, tEnd: 1e-3, schedule: "vp-linear", samples: 1000 },
};
let inNetwork = 0;
const timed: DiffusionModel = {
  ...model,
  async eps(x, rows, t) {
    const started = performance.now();
    const eps = await model.eps(x, rows, t);
    inNetwork += performance.now() - started;
    return eps;
  },
};
await dpmSolverV3(timed, statistics, start, { steps, spacing: "time" });
inNetwork = 0;
const started = performance.now();
await dpmSolverV3(timed, statistics, start, { steps, spacing: "time" });
const total = performance.now() - started;
const share = (100 * (total - inNetwork)) / inNetwork;
console.log(`DPM-Solver-v3, 64 images: ${share.toFixed(1)} % on top of the calls of the U-Net (bar 10 %)`);
peer?.stop();
await model.dispose();
rmSync(folder, { recursive: true });
