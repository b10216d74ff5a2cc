import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { exp, log } from "../core/special/index.ts";

export interface SinkhornOptions extends Omit<LongCallOptions, "seed"> {
  /** Regularisation, as of LightSB, > 0. */
  readonly epsilon: number;
  /** Ends when the marginal of the source is met to this, in total variation; default 1e-3. */
  readonly tolerance?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
}

export interface SinkhornPlan {
  readonly converged: boolean;
  readonly iterations: number;
  /** Distance of the source marginal after each iteration. */
  readonly history: readonly number[];
  /** Probabilities of the target points given each row of x, on the sample or off it, [n, n1]. */
  conditional(x: Matrix): Matrix;
}

/**
 * Entropic optimal transport between two samples for the cost |x - y|^2 / 2, by Sinkhorn's iteration in the log
 * domain. `conditional` continues the plan off the source points by its dual potential. O(n0 n1 (d + iterations)).
 */
export async function sinkhorn(x0: Matrix, x1: Matrix, options: SinkhornOptions): Promise<SinkhornPlan> {
  requireKnownOptions("options", options, [
    ...["epsilon", "tolerance", "maxIterations"],
    ...longCallOptions.filter((name) => name !== "seed"),
  ]);
  const { rows: n, cols: d } = requireMatrix("x0", x0, { dtype: "float64" });
  const { rows: m } = requireMatrix("x1", x1, { dtype: "float64", cols: d });
  for (const [name, rows] of Object.entries({ x0: n, x1: m }))
    if (rows * d === 0)
      throw new InvalidInputError(name, `expected at least one point, got shape [${rows}, ${d}]`);
  const epsilon = requireFinite("options.epsilon", options.epsilon, Number.MIN_VALUE);
  const tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-3, 0);
  const most = requireInteger("options.maxIterations", options.maxIterations ?? 1000, 1);
  // -cost / epsilon, and the potentials over epsilon.
  const kernel = negativeCosts(x0, x1, epsilon);
  const f = new Float64Array(n);
  const g = new Float64Array(m);
  const history: number[] = [];
  const pace = new Pace(options, most);
  while (history.length < most) {
    // f_i = -ln sum_j exp(g_j + K_ij) / m; before it is replaced, the old one tells how far the marginal is off.
    let distance = 0;
    for (let i = 0; i < n; i++) {
      let largest = Number.NEGATIVE_INFINITY;
      for (let j = 0, at = i * m; j < m; j++, at++) largest = Math.max(largest, g[j]! + kernel[at]!);
      let sum = 0;
      for (let j = 0, at = i * m; j < m; j++, at++) sum += exp(g[j]! + kernel[at]! - largest);
      const next = -(largest + log(sum / m));
      distance += Math.abs(exp(f[i]! - next) - 1) / (2 * n);
      f[i] = next;
    }
    const columns = new Float64Array(m);
    const largest = new Float64Array(m).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < n; i++)
      for (let j = 0, at = i * m; j < m; j++, at++) {
        const value = f[i]! + kernel[at]!;
        if (value > largest[j]!) largest[j] = value;
      }
    for (let i = 0; i < n; i++)
      for (let j = 0, at = i * m; j < m; j++, at++) columns[j]! += exp(f[i]! + kernel[at]! - largest[j]!);
    for (let j = 0; j < m; j++) g[j] = -(largest[j]! + log(columns[j]! / n));
    history.push(distance);
    if (history.length > 1 && distance <= tolerance) break;
    if (pace.due()) await pace.rest(history.length);
  }
  pace.finish();
  return {
    converged: history.at(-1)! <= tolerance,
    iterations: history.length,
    history,
    conditional(x) {
      const { rows } = requireMatrix("x", x, { dtype: "float64", cols: d });
      const data = negativeCosts(x, x1, epsilon);
      for (let i = 0; i < rows; i++) {
        let largest = Number.NEGATIVE_INFINITY;
        for (let j = 0, at = i * m; j < m; j++, at++) {
          data[at]! += g[j]!;
          largest = Math.max(largest, data[at]!);
        }
        let sum = 0;
        for (let at = i * m; at < (i + 1) * m; at++) sum += data[at] = exp(data[at]! - largest);
        for (let at = i * m; at < (i + 1) * m; at++) data[at]! /= sum;
      }
      return { dtype: "float64", shape: [rows, m], data };
    },
  };
}

/** -|x - y|^2 / (2 epsilon) for every pair of rows. */
function negativeCosts(x: Matrix, y: Matrix, epsilon: number): Float64Array {
  const [n, d] = x.shape as [number, number];
  const m = y.shape[0]!;
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (x.data[i * d + k]! - y.data[j * d + k]!) ** 2;
      out[i * m + j] = -sum / (2 * epsilon);
    }
  return out;
}
