import type { CsrMatrix } from "../../array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../../errors.ts";
import { randomStream } from "../../random/index.ts";
import { requireVector } from "../checks.ts";
import { type SketchOperator, type SketchOptions, sketchOperator } from "./operator.ts";

export interface RowSamplingOptions extends SketchOptions {
  /**
   * "independent" (default): m rows drawn with replacement. "poisson": each row kept or not on its own, m in
   * expectation; every row at most once, and rows of great importance surely.
   */
  readonly scheme?: "independent" | "poisson";
  /** The norm whose p-th power the sample shall preserve in expectation; default 2. */
  readonly p?: number;
}

export interface RowSample extends SketchOperator {
  /** Rows of the matrix that were drawn. */
  readonly rows: Int32Array;
  /** What each is multiplied with: its expected number of draws to the power -1 / p. */
  readonly scales: Float64Array;
}

/**
 * Importance sampling of rows in proportion to scores (leverage scores, Lewis weights, ...): a sketch whose
 * rows are scaled rows of the identity, so that E |S a x|_p^p = |a x|_p^p for every x. Rows with score 0 are
 * never drawn. `m` of the result is the number of rows drawn. O(n + m log n).
 */
export function rowSampling(scores: Float64Array, m: number, options: RowSamplingOptions = {}): RowSample {
  requireKnownOptions("options", options, ["seed", "scheme", "p"]);
  const scheme = requireOneOf("options.scheme", options.scheme ?? "independent", ["independent", "poisson"]);
  const p = requireFinite("options.p", options.p ?? 2, Number.MIN_VALUE);
  requireInteger("m", m, 1);
  const n = requireVector("scores", scores).length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (scores[i]! < 0)
      throw new InvalidInputError("scores", `element ${i} is ${scores[i]}; expected values of at least 0`);
    sum += scores[i]!;
  }
  if (!(sum > 0 && sum < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("scores", `expected a positive, finite sum, got ${sum}`);
  const stream = randomStream(options.seed, "row sampling");
  const expected = new Float64Array(n);
  let rows: Int32Array;
  if (scheme === "independent") {
    for (let i = 0; i < n; i++) expected[i] = (m * scores[i]!) / sum;
    rows = drawWithReplacement(scores, m, () => stream.uniform());
  } else {
    const factor = poissonFactor(scores, m);
    const kept: number[] = [];
    for (let i = 0; i < n; i++) {
      expected[i] = Math.min(1, factor * scores[i]!);
      if (stream.uniform() < expected[i]!) kept.push(i);
    }
    rows = Int32Array.from(kept);
  }
  const scales = Float64Array.from(rows, (row) => expected[row]! ** (-1 / p));
  const operator = sketchOperator("rowSampling", rows.length, n, {
    dense(d, a) {
      const result = new Float64Array(rows.length * d);
      for (let r = 0; r < rows.length; r++)
        for (let c = 0; c < d; c++) result[r * d + c] = scales[r]! * a[rows[r]! * d + c]!;
      return result;
    },
    sparse({ cols, indptr, indices, data }: CsrMatrix) {
      const result = new Float64Array(rows.length * cols);
      for (let r = 0; r < rows.length; r++)
        for (let k = indptr[rows[r]!]!; k < indptr[rows[r]! + 1]!; k++)
          result[r * cols + indices[k]!] = scales[r]! * data[k]!;
      return result;
    },
  });
  return { ...operator, rows, scales };
}

/** m rows by inversion of the cumulative sums. */
function drawWithReplacement(scores: Float64Array, m: number, uniform: () => number): Int32Array {
  const cumulative = new Float64Array(scores.length);
  let sum = 0;
  let last = 0;
  for (let i = 0; i < scores.length; i++) {
    sum += scores[i]!;
    cumulative[i] = sum;
    if (scores[i]! > 0) last = i;
  }
  return Int32Array.from({ length: m }, () => {
    const target = uniform() * sum;
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** c with sum min(1, c score_i) = m, by bisection on its logarithm; m must not exceed the positive scores. */
function poissonFactor(scores: Float64Array, m: number): number {
  let smallest = Number.POSITIVE_INFINITY;
  let sum = 0;
  let positive = 0;
  for (const score of scores) {
    if (score === 0) continue;
    positive++;
    sum += score;
    smallest = Math.min(smallest, score);
  }
  requireInteger("m", m, 1, positive);
  if (m === positive) return 1 / smallest;
  // At m / sum the clipped sum is at most m; at 1 / smallest it is all of the positive scores.
  let low = m / sum;
  let high = 1 / smallest;
  while (high / low > 1 + 1e-15) {
    const middle = Math.sqrt(low) * Math.sqrt(high);
    if (middle <= low || middle >= high) break;
    let total = 0;
    for (let i = 0; i < scores.length; i++) total += Math.min(1, middle * scores[i]!);
    if (total < m) low = middle;
    else high = middle;
  }
  return high;
}
