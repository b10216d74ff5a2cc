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
import { noDigit } from "./digit-model.ts";
import { imagesOf } from "./digits.ts";

const batch = 32;
const schedule = vpLinear();
/** Steps of training of the network that all experiments share: about seven minutes on two cores. */
export const imageDenoiserSteps = 1200;

/**
 * Weights of a U-Net that predicts the noise in images of handwritten digits on the linear schedule, told t and the
 * digit; one image in ten is trained without it, for guidance. Trained on first use and kept in the cache folder, by
 * number of steps; training that was interrupted is taken up again.
 */
export async function digitImageDenoiser(
  call: ReturnType<Run["stage"]>,
  steps = imageDenoiserSteps,
): Promise<ImageDenoiser<NdArray>> {
  const initial = initImageDenoiser(randomStream(0, "digit-image-denoiser"), 1, 10);
  const { mkdirSync, rmSync } = await import("node:fs");
  const folder = `${cacheFolder()}/networks`;
  mkdirSync(folder, { recursive: true });
  const name = `${folder}/digit-image-denoiser-2-${steps}`;
  const kept = await loadCheckpoint(`${name}.safetensors`, initial);
  if (kept !== undefined) return kept.tree;
  const { images, labels } = await loadMnist({ part: "train" });
  const pixels = imagesOf(images.data).data;
  const shape = [batch, 1, 28, 28];
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
        classes[i] = BigInt(stream.uniform() < 0.1 ? noDigit : labels.data[row]!);
        const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
        for (let at = 0; at < 784; at++)
          x[i * 784 + at] = alpha * pixels[row * 784 + at]! + sigma * noise[i * 784 + at]!;
      }
      const array = (data: Float32Array, extents: number[]): NdArray => ({
        dtype: "float32",
        shape: extents,
        data,
      });
      return {
        x: array(x, shape),
        noise: array(noise, shape),
        time: array(time, [batch]),
        classes: { dtype: "int64", shape: [batch], data: classes } as NdArray,
      };
    },
    loss: (params, { x, noise, time, classes }) =>
      meanSquaredError(imageDenoiser(params as ImageDenoiser, x, time, classes), noise),
    optimiser: chain(adam({ learningRate: linearSchedule(2e-3, 1e-4, steps) }), averageParameters(0.995)),
    steps,
    checkpoint: { path: `${name}.training.safetensors`, every: 100 },
    ...call,
  });
  const weights = averageOf(state.optimiser);
  await saveCheckpoint(`${name}.safetensors`, weights, {});
  rmSync(`${name}.training.safetensors`);
  return weights;
}

/** The diffusion model of the images of one digit, or of all; or of one digit for each row of a batch. */
export function digitImageModel(
  weights: ImageDenoiser<NdArray>,
  digits: number | readonly number[] = noDigit,
): NetworkModel {
  return fromNetwork(
    (params: ImageDenoiser, x: Tensor, time: Tensor) => {
      const rows = x.shape[0]!;
      const data = BigInt64Array.from({ length: rows }, (_, i) =>
        BigInt(typeof digits === "number" ? digits : digits[i]!),
      );
      return imageDenoiser(params, x, time, x.constant({ dtype: "int64", shape: [rows], data }));
    },
    weights,
    { schedule, shape: [1, 28, 28] },
  );
}
