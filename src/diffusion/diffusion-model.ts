import { InvalidInputError, requireFinite, show } from "../core/errors.ts";
import type { NoiseSchedule } from "./noise-schedule.ts";

/**
 * What every sampler consumes: a prediction of the noise in `x_t = alpha x_0 + sigma z`. Batches are row-major
 * `Float64Array`s of `batch * dim` numbers, whatever precision the model computes in.
 */
export interface DiffusionModel {
  readonly dim: number;
  readonly schedule: NoiseSchedule;
  /** Evaluations of networks that one call costs; default 1, 2 for guidance. */
  readonly callsPerEvaluation?: number;
  /** Whether it computes in single precision, so that differences need larger steps; default false. */
  readonly singlePrecision?: boolean;
  /** The predicted noise, in a new array. */
  eps(x: Float64Array, batch: number, t: number): Float64Array | Promise<Float64Array>;
  /** The derivative of `eps` in x along `direction` (same layout as x), where the model can give it exactly. */
  jvp?(
    x: Float64Array,
    direction: Float64Array,
    batch: number,
    t: number,
  ): Float64Array | Promise<Float64Array>;
}

/** What a network predicts: the noise z, the data x_0, `v = alpha z - sigma x_0`, or the score. */
export type Prediction = "noise" | "data" | "v" | "score";

export const predictions = ["noise", "data", "v", "score"] as const satisfies readonly Prediction[];

/** A conversion to noise is linear: `eps = fromX x + fromOutput output`, at a level of alpha and sigma. */
export function noiseCoefficients(
  prediction: Prediction,
  alpha: number,
  sigma: number,
): { fromX: number; fromOutput: number } {
  switch (prediction) {
    case "noise":
      return { fromX: 0, fromOutput: 1 };
    case "data":
      return { fromX: 1 / sigma, fromOutput: -alpha / sigma };
    case "v": {
      // x = alpha D + sigma e and v = alpha e - sigma D: solved for e.
      const square = alpha * alpha + sigma * sigma;
      return { fromX: sigma / square, fromOutput: alpha / square };
    }
    case "score":
      return { fromX: 0, fromOutput: -sigma };
  }
}

/**
 * Classifier-free guidance: `eps_u + scale (eps_c - eps_u)`; scale 1 is the conditional model. One evaluation
 * is a call of both. Reference: Ho and Salimans 2022.
 */
export function withGuidance(
  unconditional: DiffusionModel,
  conditional: DiffusionModel,
  scale: number,
): DiffusionModel {
  requireModel("unconditional", unconditional);
  requireModel("conditional", conditional);
  requireFinite("scale", scale);
  if (unconditional.dim !== conditional.dim)
    throw new InvalidInputError(
      "conditional",
      `expected dimension ${unconditional.dim} as of the unconditional model, got ${conditional.dim}`,
    );
  if (!sameSchedule(unconditional.schedule, conditional.schedule))
    throw new InvalidInputError("conditional", "expected the noise schedule of the unconditional model");
  const mix = async (
    plain: Float64Array | Promise<Float64Array>,
    led: Float64Array | Promise<Float64Array>,
  ): Promise<Float64Array> => {
    const [u, c] = [await plain, await led];
    return u.map((value, i) => value + scale * (c[i]! - value));
  };
  const { jvp: plainJvp } = unconditional;
  const { jvp: ledJvp } = conditional;
  return {
    dim: unconditional.dim,
    schedule: unconditional.schedule,
    callsPerEvaluation: (unconditional.callsPerEvaluation ?? 1) + (conditional.callsPerEvaluation ?? 1),
    singlePrecision: unconditional.singlePrecision === true || conditional.singlePrecision === true,
    eps: (x, batch, t) => mix(unconditional.eps(x, batch, t), conditional.eps(x, batch, t)),
    ...(plainJvp &&
      ledJvp && { jvp: (x, v, batch, t) => mix(plainJvp(x, v, batch, t), ledJvp(x, v, batch, t)) }),
  };
}

/** Whether two schedules have the same levels: of the same kind, and equal at both ends and between. */
function sameSchedule(a: NoiseSchedule, b: NoiseSchedule): boolean {
  if (a === b) return true;
  const { tMin, tMax } = a;
  return (
    a.kind === b.kind &&
    tMin === b.tMin &&
    tMax === b.tMax &&
    [0.01, 0.3, 0.7, 1].every((part) => {
      const t = tMin + part * (tMax - tMin);
      return a.alpha(t) === b.alpha(t) && a.sigma(t) === b.sigma(t);
    })
  );
}

/** Refuses anything but a model; returns it. */
export function requireModel(argument: string, value: unknown): DiffusionModel {
  const model = value as DiffusionModel | undefined | null;
  if (
    typeof model !== "object" ||
    model === null ||
    typeof model.eps !== "function" ||
    typeof model.schedule?.lambda !== "function" ||
    !Number.isInteger(model.dim)
  )
    throw new InvalidInputError(
      argument,
      `expected a DiffusionModel { dim, schedule, eps }, got ${show(value)}`,
    );
  return model;
}
