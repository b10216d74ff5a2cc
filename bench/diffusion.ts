// Sampling with a U-Net and fits of LightSB beside PyTorch on the same machine.
// node --conditions=ockham-source bench/diffusion.ts
import type { Matrix } from "ockham/array";
import {
  ddim,
  fitLightSB,
  fromNetwork,
  type ImageDenoiser,
  imageDenoiser,
  initImageDenoiser,
  vpLinear,
} from "ockham/diffusion";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { median } from "./support/median.ts";
import { pythonWith, WorkPeer } from "./support/peer.ts";

const [batch, steps, rounds] = [16, 5, 5];

const normals = (n: number, d: number, seed: number): Matrix => ({
  dtype: "float64",
  shape: [n, d],
  data: randomStream(seed).fillNormal(new Float64Array(n * d)),
});

const model = fromNetwork(
  (params: ImageDenoiser, x: Tensor, time: Tensor) =>
    imageDenoiser(
      params,
      x,
      time,
      time.constant({ dtype: "int64", shape: [batch], data: new BigInt64Array(batch).fill(10n) }),
    ),
  initImageDenoiser(randomStream(0), 1, 10),
  { schedule: vpLinear(), shape: [1, 28, 28] },
);
const start = normals(batch, 784, 1);
const lightSB = (d: number, components: number) => {
  const [x0, x1] = [normals(20_000, d, 2), normals(20_000, d, 3)];
  return () => fitLightSB(x0, x1, { epsilon: 0.1, components, steps: 20 });
};

/** What we run, and the largest acceptable ratio of our time to PyTorch's. */
const works: Readonly<Record<string, { run: () => Promise<unknown>; bar: number; what: string }>> = {
  unet: {
    run: () => ddim(model, start, { steps, spacing: "time" }),
    bar: 1.1,
    what: `DDIM, ${steps} evaluations of the U-Net, ${batch} images`,
  },
  "lightsb-2": { run: lightSB(2, 30), bar: 0.2, what: "LightSB, 20 steps, d = 2, K = 30" },
  "lightsb-50": { run: lightSB(50, 100), bar: 0.5, what: "LightSB, 20 steps, d = 50, K = 100" },
};

const python = pythonWith("torch");
const peer =
  python === undefined
    ? undefined
    : await WorkPeer.start(python, new URL("peers/diffusion_peer.py", import.meta.url).pathname);
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
}
peer?.stop();
await model.dispose();
