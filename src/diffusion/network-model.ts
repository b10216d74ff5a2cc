import { type NdArray, sizeOf } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { compile, jvp, mapTree, type Tensor } from "../core/tensor/index.ts";
import { type DiffusionModel, noiseCoefficients, type Prediction, predictions } from "./diffusion-model.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

/** What a network is told the time by; `"step"` is the index, from 0, of a step of the schedule `vpDiscrete`. */
export type TimeInput = "t" | "1000t" | "step" | "sigma" | "lambda";

export const timeInputs = ["t", "1000t", "step", "sigma", "lambda"] as const satisfies readonly TimeInput[];

export interface NetworkModelOptions {
  readonly schedule: NoiseSchedule;
  /** Shape of one sample, e.g. [1, 28, 28]. */
  readonly shape: readonly number[];
  /** Default `"noise"`. */
  readonly predicts?: Prediction;
  /** Default `"t"`. */
  readonly timeInput?: TimeInput;
}

/** A model around a network, with compiled graphs to give back. */
export interface NetworkModel extends DiffusionModel {
  readonly shape: readonly number[];
  eps(x: Float64Array, batch: number, t: number): Promise<Float64Array>;
  jvp(x: Float64Array, direction: Float64Array, batch: number, t: number): Promise<Float64Array>;
  dispose(): Promise<void>;
}

/**
 * The diffusion model of a network `(params, x, time) => prediction` in traced tensors: x is float32 of shape
 * [batch, ...shape], time float32 of shape [batch]. Compiled at the first call for each batch size; its
 * Jacobian-vector products are by automatic differentiation. States stay in float64 outside the network.
 */
export function fromNetwork<P>(
  network: (params: never, x: Tensor, time: Tensor) => Tensor,
  params: P,
  options: NetworkModelOptions,
): NetworkModel {
  requireKnownOptions("options", options, ["schedule", "shape", "predicts", "timeInput"]);
  const { schedule, shape } = options;
  if (!Array.isArray(shape) || shape.length === 0)
    throw new InvalidInputError("options.shape", `expected the shape of one sample, got ${show(shape)}`);
  for (const [axis, extent] of shape.entries()) requireInteger(`options.shape[${axis}]`, extent, 1);
  const predicts = requireOneOf("options.predicts", options.predicts ?? "noise", predictions);
  const timeInput = requireOneOf("options.timeInput", options.timeInput ?? "t", timeInputs);
  if (timeInput === "step" && schedule.kind !== "vp-discrete")
    throw new InvalidInputError("options.timeInput", `the schedule ${schedule.kind} has no steps`);
  const dim = sizeOf(shape);
  // Weights do not change: as constants of the graph their layout is prepared once, not in every call.
  const traced = (x: Tensor, time: Tensor): Tensor =>
    network(mapTree((leaf: NdArray) => x.constant(leaf), params) as never, x, time);
  const forward = compile(traced);
  const along = compile(
    (x: Tensor, v: Tensor, time: Tensor) => jvp((point: Tensor) => traced(point, time), [x], [v])[1],
  );
  const images = (data: Float64Array, batch: number): NdArray => ({
    dtype: "float32",
    shape: [batch, ...shape],
    data: new Float32Array(data),
  });
  const timesAt = (t: number, batch: number): NdArray => {
    const value = {
      t: () => t,
      "1000t": () => 1000 * t,
      // The first of N steps is at t = 1 / N, the least time.
      step: () => t / schedule.tMin - 1,
      sigma: () => schedule.sigma(t),
      lambda: () => schedule.lambda(t),
    };
    return { dtype: "float32", shape: [batch], data: new Float32Array(batch).fill(value[timeInput]()) };
  };
  /** The prediction, or its derivative along v, as noise: the conversion is linear in x and the output. */
  const asNoise = (output: NdArray, x: Float64Array, t: number): Float64Array => {
    if (output.data.length !== x.length)
      throw new InvalidInputError(
        "network",
        `expected predictions of the shape of x, ${x.length} numbers, got [${output.shape.join(", ")}]`,
      );
    const { fromX, fromOutput } = noiseCoefficients(predicts, schedule.alpha(t), schedule.sigma(t));
    const noise = new Float64Array(output.data as Float32Array);
    for (let i = 0; i < noise.length; i++) noise[i] = fromX * x[i]! + fromOutput * noise[i]!;
    return noise;
  };
  return {
    dim,
    shape,
    schedule,
    singlePrecision: true,
    async eps(x, batch, t) {
      return asNoise(await forward(images(x, batch), timesAt(t, batch)), x, t);
    },
    async jvp(x, direction, batch, t) {
      const tangent = await along(images(x, batch), images(direction, batch), timesAt(t, batch));
      return asNoise(tangent, direction, t);
    },
    async dispose() {
      await forward.dispose();
      await along.dispose();
    },
  };
}
