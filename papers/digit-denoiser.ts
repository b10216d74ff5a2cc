import type { NdArray } from "ockham/array";
import { cacheFolder, loadMnist } from "ockham/data";
import {
  fromNetwork,
  type ImageDenoiser,
  imageDenoiser,
  initImageDenoiser,
  type NetworkModel,
  vpLinear,
} from "ockham/diffusion";
import {
  adam,
  averageOf,
  averageParameters,
  chain,
  fit,
  linearSchedule,
  loadCheckpoint,
  meanSquaredError,
  saveCheckpoint,
} from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import type { Tensor } from "ockham/tensor";
import { imagesOf } from "./digits.ts";

/** The class that stands for no class. */
const noClass = 10;
const batch = 64;
const steps = 1500;

/** The one noise schedule of the denoiser. */
const schedule = vpLinear();

/**
 * Weights of the denoiser of handwritten digits, trained on first use (minutes) and kept in the cache folder: the same
 * for every paper. One image in ten is trained without its class, for guidance.
 */
export async function digitDenoiser(call: ReturnType<Run["stage"]>): Promise<ImageDenoiser<NdArray>> {
  const initial = initImageDenoiser(randomStream(0, "digit-denoiser"), 1, 10);
  const { mkdirSync } = await import("node:fs");
  const folder = `${cacheFolder()}/networks`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/digit-denoiser-1.safetensors`;
  const kept = await loadCheckpoint(path, initial);
  if (kept !== undefined) return kept.tree;
  const { images, labels } = await loadMnist({ part: "train" });
  const all = imagesOf(images.data).data;
  const { state } = await fit({
    params: initial,
    data: (_, stream) => {
      const x = new Float32Array(batch * 784);
      const noise = stream.fillNormal(new Float32Array(batch * 784));
      const time = new Float32Array(batch);
      const classes = new BigInt64Array(batch);
      for (let i = 0; i < batch; i++) {
        const row = stream.integer(60_000);
        // One time in each of as many equal parts of [0, 1]: less varied losses than independent times.
        const t = 1e-4 + (1 - 1e-4) * ((i + stream.uniform()) / batch);
        time[i] = t;
        classes[i] = BigInt(stream.uniform() < 0.1 ? noClass : labels.data[row]!);
        const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
        for (let at = 0; at < 784; at++)
          x[i * 784 + at] = alpha * all[row * 784 + at]! + sigma * noise[i * 784 + at]!;
      }
      const shape = [batch, 1, 28, 28];
      return {
        x: { dtype: "float32", shape, data: x } as NdArray,
        noise: { dtype: "float32", shape, data: noise } as NdArray,
        time: { dtype: "float32", shape: [batch], data: time } as NdArray,
        classes: { dtype: "int64", shape: [batch], data: classes } as NdArray,
      };
    },
    loss: (params, { x, noise, time, classes }) =>
      meanSquaredError(imageDenoiser(params as ImageDenoiser, x, time, classes), noise),
    optimiser: chain(adam({ learningRate: linearSchedule(2e-3, 1e-4, steps) }), averageParameters(0.995)),
    steps,
    checkpoint: { path: `${folder}/digit-denoiser-1.training.safetensors`, every: 250 },
    ...call,
  });
  const weights = averageOf(state.optimiser);
  await saveCheckpoint(path, weights, {});
  return weights;
}

/** The diffusion model of one digit, or of all. */
export function digitModel(weights: ImageDenoiser<NdArray>, digit = noClass): NetworkModel {
  return fromNetwork(
    (params: ImageDenoiser, x: Tensor, time: Tensor) =>
      imageDenoiser(
        params,
        x,
        time,
        time.constant({
          dtype: "int64",
          shape: [x.shape[0]!],
          data: new BigInt64Array(x.shape[0]!).fill(BigInt(digit)),
        }),
      ),
    weights,
    { schedule, shape: [1, 28, 28] },
  );
}
