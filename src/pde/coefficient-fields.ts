import type { Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import {
  neumannGaussianField,
  periodicGaussianField,
  type RandomFieldOptions,
  type RandomStream,
} from "../core/random/index.ts";
import { cosPi, exp } from "../core/special/index.ts";

export interface TwoPhaseOptions extends RandomFieldOptions {
  /** Value where the Gaussian field is at least 0; default 12. */
  readonly high?: number;
  /** Value elsewhere; default 3. */
  readonly low?: number;
}

/**
 * The coefficient of the usual Darcy benchmark on n x n cells: `high` where a Gaussian field with zero normal
 * derivative at the border (alpha 2, tau 3) is not negative, `low` elsewhere.
 */
export function twoPhaseField(stream: RandomStream, n: number, options: TwoPhaseOptions = {}): Matrix {
  requireKnownOptions("options", options, ["alpha", "tau", "high", "low"]);
  const { high = 12, low = 3, ...field } = options;
  requireFinite("options.high", high);
  requireFinite("options.low", low);
  const { shape, data } = neumannGaussianField(stream, n, field);
  return { dtype: "float64", shape, data: data.map((value) => (value >= 0 ? high : low)) };
}

/** exp of a periodic Gaussian field (alpha 2.5, tau 7) on n x n points: a positive coefficient, smooth. */
export function logNormalField(stream: RandomStream, n: number, options: RandomFieldOptions = {}): Matrix {
  const { shape, data } = periodicGaussianField(stream, n, options);
  return { dtype: "float64", shape, data: data.map(exp) };
}

/**
 * exp(scale (t_1 cos pi x + t_2 cos pi y + t_3 cos pi x cos pi y)) at the n x n interior points of the unit square: a
 * coefficient with three parameters, for sequences whose neighbours can be told from few numbers. x runs along
 * the row index. Default scale 1.5.
 */
export function threeParameterField(parameters: ArrayLike<number>, n: number, scale = 1.5): Matrix {
  if (parameters?.length !== 3)
    throw new InvalidInputError("parameters", `expected 3 numbers, got ${parameters?.length ?? parameters}`);
  const [t1, t2, t3] = Array.from(parameters, (value, i) => requireFinite(`parameters[${i}]`, value)) as [
    number,
    number,
    number,
  ];
  requireInteger("n", n, 1);
  requireFinite("scale", scale);
  const wave = Float64Array.from({ length: n }, (_, i) => cosPi((i + 1) / (n + 1)));
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++)
      data[i * n + j] = exp(scale * (t1 * wave[i]! + t2 * wave[j]! + t3 * wave[i]! * wave[j]!));
  }
  return { dtype: "float64", shape: [n, n], data };
}
