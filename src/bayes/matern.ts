import { type Matrix, ndArray } from "../core/array/index.ts";
import { requireFinite, requireOneOf } from "../core/errors.ts";
import { eigh } from "../core/linalg/index.ts";
import { exp } from "../core/special/index.ts";
import { multiply, multiplyTransposed, symmetrize } from "./small-matrix.ts";

/** Matern covariance of smoothness 1/2, 3/2 or 5/2. */
export type MaternKernel = "matern12" | "matern32" | "matern52";

export const maternKernels = ["matern12", "matern32", "matern52"] as const;

/** A stationary Gaussian process over a line as a Markov process: the function and its first derivatives. */
export interface MaternStateSpace {
  /** Length of the state: 1, 2 or 3; the function is its first component. */
  readonly dim: number;
  /** Covariance of the state anywhere, [dim, dim]. */
  readonly stationary: Matrix;
  /** Law of the state a distance `dt` >= 0 further on: N(transition x, noise). */
  step(dt: number): { readonly transition: Matrix; readonly noise: Matrix };
}

/** Below this distance rounding may leave the noise of a step indefinite. */
const tinyStep = 1e-10;

/**
 * The state-space form of a Gaussian process with a Matern covariance, in closed form. With r the distance over the
 * lengthscale, covariances are s2 e^-r, s2 (1 + sqrt3 r) e^(-sqrt3 r), s2 (1 + sqrt5 r + 5 r^2 / 3) e^(-sqrt5 r).
 *
 * Reference: Hartikainen and Sarkka, "Kalman filtering and smoothing solutions to temporal Gaussian process regression
 * models" (2010).
 */
export function maternStateSpace(
  kernel: MaternKernel,
  lengthscale: number,
  variance: number,
): MaternStateSpace {
  requireOneOf("kernel", kernel, maternKernels);
  requireFinite("lengthscale", lengthscale, Number.MIN_VALUE);
  requireFinite("variance", variance, Number.MIN_VALUE);
  const dim = maternKernels.indexOf(kernel) + 1;
  const rate = Math.sqrt(2 * dim - 1) / lengthscale;
  const stationary = stationaryCovariance(dim, rate, variance);
  return {
    dim,
    stationary,
    step: (dt) => {
      requireFinite("dt", dt, 0);
      const transition = ndArray("float64", [dim, dim], transitionMatrix(dim, rate, dt));
      const half = new Float64Array(dim * dim);
      const noise = new Float64Array(dim * dim);
      multiply(dim, dim, dim, transition.data, 0, stationary.data, 0, half);
      multiplyTransposed(dim, dim, dim, half, 0, transition.data, 0, noise);
      for (let i = 0; i < dim * dim; i++) noise[i] = stationary.data[i]! - noise[i]!;
      symmetrize(dim, noise);
      const matrix = ndArray("float64", [dim, dim], noise);
      return { transition, noise: dt < tinyStep ? withoutNegative(matrix) : matrix };
    },
  };
}

function stationaryCovariance(dim: number, rate: number, variance: number): Matrix {
  const k = (rate * rate) / 3;
  const unit = dim === 1 ? [1] : dim === 2 ? [1, 0, 0, rate * rate] : [1, 0, -k, 0, k, 0, -k, 0, rate ** 4];
  return ndArray(
    "float64",
    [dim, dim],
    Float64Array.from(unit, (value) => variance * value),
  );
}

/** e^(F dt) of the companion matrix F: F + rate I is nilpotent, so the series ends. */
function transitionMatrix(dim: number, rate: number, dt: number): Float64Array {
  const decay = exp(-rate * dt);
  const x = rate * dt;
  const unit =
    dim === 1
      ? [1]
      : dim === 2
        ? [1 + x, dt, -rate * x, 1 - x]
        : [
            1 + x + (x * x) / 2,
            dt * (1 + x),
            (dt * dt) / 2,
            (-rate * x * x) / 2,
            1 + x - x * x,
            dt * (1 - x / 2),
            rate * rate * x * (x / 2 - 1),
            rate * x * (x - 3),
            1 - 2 * x + (x * x) / 2,
          ];
  return Float64Array.from(unit, (value) => decay * value);
}

function withoutNegative(matrix: Matrix): Matrix {
  const [n] = matrix.shape as [number, number];
  const { values, vectors } = eigh(matrix);
  const out = new Float64Array(n * n);
  for (let e = 0; e < n; e++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        out[i * n + j]! += Math.max(0, values[e]!) * vectors.data[i * n + e]! * vectors.data[j * n + e]!;
  return ndArray("float64", [n, n], out);
}
