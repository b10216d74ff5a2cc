import type { NdArray } from "ockham/array";
import { cacheFolder } from "ockham/data";
import { type CoordinateDenoiser, coordinateDenoiser, initCoordinateDenoiser } from "ockham/diffusion";
import {
  adam,
  averageOf,
  averageParameters,
  chain,
  fit,
  loadCheckpoint,
  meanSquaredError,
  saveCheckpoint,
} from "ockham/nn";
import type { Run } from "ockham/paper";
import { randomStream } from "ockham/random";
import { digitDimension as dim, noDigit, digitSchedule as schedule } from "./digit-model.ts";
import type { Digits } from "./digits.ts";

const batch = 256;
const steps = 2500;

/**
 * Weights of a denoiser of handwritten digits in 32 principal components, trained on first use (about a minute) and
 * kept in the cache folder: the same for every paper. One point in ten is trained without its class, for guidance.
 */
export async function digitDenoiser(
  { coordinates, labels }: Digits,
  call: ReturnType<Run["stage"]>,
): Promise<CoordinateDenoiser<NdArray>> {
  const initial = initCoordinateDenoiser(randomStream(0, "digit-denoiser"), dim, 10);
  const { mkdirSync } = await import("node:fs");
  const folder = `${cacheFolder()}/networks`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/digit-denoiser-2.safetensors`;
  const kept = await loadCheckpoint(path, initial);
  if (kept !== undefined) return kept.tree;
  const count = labels.length;
  const [first, last] = [schedule.lambda(1), schedule.lambda(1e-4)];
  const { state } = await fit({
    params: initial,
    data: (_, stream) => {
      const x = new Float32Array(batch * dim);
      const noise = stream.fillNormal(new Float32Array(batch * dim));
      const lambda = new Float32Array(batch);
      const classes = new BigInt64Array(batch);
      for (let i = 0; i < batch; i++) {
        const row = stream.integer(count);
        lambda[i] = first + (last - first) * stream.uniform();
        classes[i] = BigInt(stream.uniform() < 0.1 ? noDigit : labels[row]!);
        const t = schedule.tOfLambda(lambda[i]!);
        const [alpha, sigma] = [schedule.alpha(t), schedule.sigma(t)];
        for (let j = 0; j < dim; j++)
          x[i * dim + j] = alpha * coordinates.data[row * dim + j]! + sigma * noise[i * dim + j]!;
      }
      const array = (data: Float32Array, shape: number[]): NdArray => ({ dtype: "float32", shape, data });
      return {
        x: array(x, [batch, dim]),
        noise: array(noise, [batch, dim]),
        lambda: array(lambda, [batch]),
        classes: { dtype: "int64", shape: [batch], data: classes } as NdArray,
      };
    },
    loss: (params, { x, noise, lambda, classes }) =>
      meanSquaredError(coordinateDenoiser(params as CoordinateDenoiser, x, lambda, classes), noise),
    optimiser: chain(
      adam({
        learningRate: (step) =>
          step
            .mul(-2 / steps)
            .add(2)
            .minimum(1)
            .mul(1e-3),
      }),
      averageParameters(0.995),
    ),
    steps,
    ...call,
  });
  const weights = averageOf(state.optimiser);
  await saveCheckpoint(path, weights, {});
  return weights;
}
