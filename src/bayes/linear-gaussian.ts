import { type Matrix, type NdArray, requireArray, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireKnownOptions, show } from "../core/errors.ts";

/** One matrix for all steps, or one for each. */
export type PerStep = Matrix | readonly Matrix[];

/**
 * A linear state-space model with Gaussian noise over T steps:
 *
 *     x_0 ~ N(initialMean, initialCovariance)
 *     x_{t+1} = transition_t x_t + N(0, transitionNoise_t),  t = 0 .. T - 2
 *     y_t = observation_t x_t + N(0, observationNoise_t),    t = 0 .. T - 1
 */
export interface LinearGaussianModel {
  /** Length d. */
  readonly initialMean: Float64Array;
  /** [d, d], positive semidefinite. */
  readonly initialCovariance: Matrix;
  /** [d, d]; where given by step, entry t leads from step t to t + 1. */
  readonly transition: PerStep;
  /** [d, d], positive semidefinite. */
  readonly transitionNoise: PerStep;
  /** [p, d]. */
  readonly observation: PerStep;
  /** [p, p], positive semidefinite. */
  readonly observationNoise: PerStep;
}

const members = [
  "initialMean",
  "initialCovariance",
  "transition",
  "transitionNoise",
  "observation",
  "observationNoise",
];

/** The matrix of a step. */
export function atStep(matrices: PerStep, t: number): Matrix {
  return Array.isArray(matrices) ? matrices[t]! : (matrices as Matrix);
}

/** Checks a model for T steps of observations of p values; returns the length of its state. */
export function requireLinearGaussian(
  argument: string,
  model: LinearGaussianModel,
  steps: number,
  p?: number,
): number {
  requireKnownOptions(argument, model, members);
  const { initialMean } = model;
  if (!(initialMean instanceof Float64Array) || initialMean.length === 0)
    throw new InvalidInputError(
      `${argument}.initialMean`,
      `expected a Float64Array that is not empty, got ${show(initialMean)}`,
    );
  if (!initialMean.every(Number.isFinite))
    throw new InvalidInputError(`${argument}.initialMean`, "expected finite values");
  const d = initialMean.length;
  requireMatrix(`${argument}.initialCovariance`, model.initialCovariance, { rows: d, cols: d });
  const perStep = (
    name: string,
    matrices: PerStep,
    count: number,
    rows: number | undefined,
    cols: number,
  ) => {
    const path = `${argument}.${name}`;
    const shape = { dtype: "float64", cols, ...(rows === undefined ? {} : { rows }) } as const;
    if (!Array.isArray(matrices)) requireMatrix(path, matrices, shape);
    else if (matrices.length !== count)
      throw new InvalidInputError(path, `expected ${count} matrices, got ${matrices.length}`);
    else for (const [t, matrix] of matrices.entries()) requireMatrix(`${path}[${t}]`, matrix, shape);
  };
  perStep("transition", model.transition, steps - 1, d, d);
  perStep("transitionNoise", model.transitionNoise, steps - 1, d, d);
  perStep("observation", model.observation, steps, p, d);
  const values = p ?? atStep(model.observation, 0).shape[0]!;
  perStep("observationNoise", model.observationNoise, steps, values, values);
  return d;
}

/** Refuses anything but a [T, p] matrix whose values are finite or NaN (missing); returns T and p. */
export function requireObservations(argument: string, observations: Matrix): { steps: number; p: number } {
  // NaN is allowed here and only here: the shape is checked on an array of zeros of the same length.
  const { shape, data } = (observations ?? {}) as Partial<NdArray<"float64">>;
  if (data instanceof Float64Array && Array.isArray(shape) && shape.length === 2) {
    const infinite = data.findIndex((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
    if (infinite >= 0)
      throw new InvalidInputError(
        argument,
        `element ${infinite} is ${data[infinite]}; expected finite values, or NaN where missing`,
      );
    requireArray(
      argument,
      { ...observations, data: data.map((value) => (Number.isNaN(value) ? 0 : value)) },
      {
        rank: 2,
        dtype: "float64",
      },
    );
    const [steps, p] = shape as [number, number];
    if (steps === 0 || p === 0) throw new InvalidInputError(argument, "expected at least one observation");
    return { steps, p };
  }
  throw new InvalidInputError(argument, `expected a Matrix [steps, values], got ${show(observations)}`);
}

/** The error of an innovation whose covariance cannot be inverted. */
export function singularInnovation(t: number): NumericalError {
  return new NumericalError(
    `kalmanFilter: the predicted observation of step ${t} has a singular covariance`,
    {
      step: t,
    },
  );
}
