import type { Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { svd } from "../core/linalg/index.ts";
import { type LongCallOptions, Pace } from "../core/progress.ts";
import { fftPlan } from "../core/signal/index.ts";

export interface SortOptions extends Omit<LongCallOptions, "seed"> {
  /**
   * What is compared: "frobenius" (default), the arrays themselves; "fft", their low frequencies in a few principal
   * components scaled to [0, 1], for square fields in which detail matters little.
   */
  readonly metric?: "frobenius" | "fft";
  /** Systems sorted at a time; default all of up to 10,000, groups of 1,000 of more. */
  readonly groupSize?: number;
  /** The first system of the order; default 0. */
  readonly start?: number;
  /** Of the metric "fft": frequencies along each axis (12) and principal components (7). */
  readonly fft?: { readonly modes?: number; readonly pca?: number };
}

const knownOptions = ["metric", "groupSize", "start", "fft", "signal", "onProgress"];

/**
 * An order in which neighbours are alike: from `start` on, always the nearest of the systems that are left, by the
 * Euclidean distance of their parameter arrays, the lowest index where several are as near. More than `groupSize`
 * systems are first divided, at medians of the coordinate that spreads most, into groups that are sorted one by
 * one. O(N^2 p) for N arrays of p parameters, O(N groupSize p) in groups.
 */
export async function sortSystems(
  params: readonly Float64Array[],
  options: SortOptions = {},
): Promise<Int32Array> {
  requireKnownOptions("options", options, knownOptions);
  const metric = requireOneOf("options.metric", options.metric ?? "frobenius", ["frobenius", "fft"]);
  if (!Array.isArray(params) || params.length === 0)
    throw new InvalidInputError("params", `expected at least one array of parameters, got ${show(params)}`);
  const length = params[0] instanceof Float64Array ? params[0].length : 0;
  for (const [i, array] of params.entries()) {
    if (!(array instanceof Float64Array) || array.length === 0)
      throw new InvalidInputError(
        `params[${i}]`,
        `expected a Float64Array of parameters, got ${show(array)}`,
      );
    if (array.length !== length)
      throw new InvalidInputError(`params[${i}]`, `expected ${length} parameters, got ${array.length}`);
    const wrong = array.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new InvalidInputError(
        `params[${i}]`,
        `element ${wrong} is ${array[wrong]}; expected finite values`,
      );
  }
  const count = params.length;
  const groupSize = requireInteger(
    "options.groupSize",
    options.groupSize ?? (count > 10_000 ? 1000 : count),
    1,
  );
  const start = requireInteger("options.start", options.start ?? 0, 0, count - 1);
  const { modes = 12, pca = 7 } = options.fft ?? {};
  if (options.fft !== undefined) requireKnownOptions("options.fft", options.fft, ["modes", "pca"]);
  requireInteger("options.fft.modes", modes, 1);
  requireInteger("options.fft.pca", pca, 1);
  const points = metric === "fft" ? lowFrequencies(params, modes, pca) : params;

  const groups = divide(
    points,
    Int32Array.from({ length: count }, (_, i) => i),
    groupSize,
  );
  const first = groups.findIndex((group) => group.includes(start));
  groups.unshift(...groups.splice(first, 1));
  const pace = new Pace(options, count);
  const order = new Int32Array(count);
  let placed = 0;
  for (const group of groups) {
    const left = Array.from(group);
    while (left.length > 0) {
      const at = placed === 0 ? left.indexOf(start) : nearest(points, left, points[order[placed - 1]!]!);
      order[placed++] = left[at]!;
      left.splice(at, 1);
      if (pace.due()) await pace.rest(placed);
    }
  }
  pace.finish();
  return order;
}

/** Position in `left` of the array nearest to the target; a sum that passes the best so far is given up. */
function nearest(points: readonly Float64Array[], left: readonly number[], target: Float64Array): number {
  let best = Number.POSITIVE_INFINITY;
  let at = 0;
  for (const [position, index] of left.entries()) {
    const point = points[index]!;
    let sum = 0;
    for (let i = 0; i < target.length && sum < best; ) {
      const end = Math.min(i + 64, target.length);
      for (; i < end; i++) {
        const difference = point[i]! - target[i]!;
        sum += difference * difference;
      }
    }
    if (sum < best) {
      best = sum;
      at = position;
    }
  }
  return at;
}

/** Groups of at most `size` indices each, halved at the median of the coordinate with the largest range. */
function divide(points: readonly Float64Array[], indices: Int32Array, size: number): Int32Array[] {
  if (indices.length <= size) return [indices];
  let axis = 0;
  let widest = -1;
  for (let i = 0; i < points[0]!.length; i++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const index of indices) {
      low = Math.min(low, points[index]![i]!);
      high = Math.max(high, points[index]![i]!);
    }
    if (high - low > widest) {
      widest = high - low;
      axis = i;
    }
  }
  const sorted = indices.slice().sort((a, b) => points[a]![axis]! - points[b]![axis]! || a - b);
  // A multiple of the group size, so that few groups are small.
  const half = size * Math.ceil(sorted.length / size / 2);
  return [
    ...divide(points, sorted.slice(0, half).sort(), size),
    ...divide(points, sorted.slice(half).sort(), size),
  ];
}

/**
 * The metric "fft": the centred modes x modes lowest Fourier coefficients of each s x s field, real parts before
 * imaginary ones, projected on their first principal components, each scaled to [0, 1] over the systems.
 */
function lowFrequencies(params: readonly Float64Array[], modes: number, components: number): Float64Array[] {
  const s = Math.round(Math.sqrt(params[0]!.length));
  if (s * s !== params[0]!.length)
    throw new InvalidInputError(
      "params[0]",
      `the metric "fft" needs square fields, got ${params[0]!.length} parameters`,
    );
  const kept = Math.min(modes, s);
  const plan = fftPlan([s, s]);
  const count = params.length;
  const width = 2 * kept * kept;
  const data = new Float64Array(count * width);
  for (const [row, field] of params.entries()) {
    const re = field.slice();
    const im = new Float64Array(field.length);
    plan.forward(re, im);
    for (let i = 0, k = row * width; i < kept; i++) {
      for (let j = 0; j < kept; j++, k++) {
        const bin = ((i - (kept >> 1) + s) % s) * s + ((j - (kept >> 1) + s) % s);
        data[k] = re[bin]!;
        data[k + kept * kept] = im[bin]!;
      }
    }
  }
  for (let j = 0; j < width; j++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += data[row * width + j]! / count;
    for (let row = 0; row < count; row++) data[row * width + j]! -= mean;
  }
  const spectra: Matrix = { dtype: "float64", shape: [count, width], data };
  const { u, s: singular } = svd(spectra);
  const used = Math.min(components, singular.length);
  const scores = params.map(() => new Float64Array(used));
  for (let j = 0; j < used; j++) {
    const column = scores.map((_, row) => u.data[row * u.shape[1]! + j]! * singular[j]!);
    const low = Math.min(...column);
    const range = Math.max(...column) - low;
    for (const [row, score] of scores.entries()) score[j] = range > 0 ? (column[row]! - low) / range : 0;
  }
  return scores;
}
