import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { rowSampling } from "../core/linalg/index.ts";
import { longCallOptions, stageOf } from "../core/progress.ts";
import { toDense } from "../core/sparse/index.ts";
import { requireTall } from "./design.ts";
import {
  type LpScore,
  type LpScoresOptions,
  lpScoreKinds,
  lpScores,
  requireExponent,
  watchOf,
} from "./lp-scores.ts";

export interface LpSampleOptions extends LpScoresOptions {
  /** Expected number of rows, at least d; default `lpSampleSize` for the scores and epsilon. From n on all rows. */
  readonly size?: number;
  /** Accuracy that the default size is for; default 0.5. */
  readonly epsilon?: number;
  /** Scores known already, one for each row, in place of `kind`. */
  readonly scores?: Float64Array;
  /**
   * Times that the sample is sampled again before it has its size, with scores of its own: how root leverage scores
   * reach about d rows. Default ceil(log2 log2 n) for "root-leverage", else 1, which is no recursion. It ends early
   * where a round would not drop a fifth of the rows.
   */
  readonly rounds?: number;
}

/** A weighted sample of rows. */
export interface LpSample {
  /** Rows of the matrix, ascending. */
  readonly rows: Int32Array;
  /** What each is multiplied with, probability^(-1 / p); solvers that weight p-th powers take their p-th power. */
  readonly weights: Float64Array;
  /** The rows times their weights. */
  readonly a: Matrix;
  /** Probability with which each of the rows was kept. */
  readonly probabilities: Float64Array;
  /** Expected number of rows of the last round. */
  readonly expectedSize: number;
  /** Sum of the scores of all rows. */
  readonly total: number;
  /** "all-rows-used". */
  readonly warnings: readonly string[];
}

const knownOptions = [
  "size",
  "epsilon",
  "scores",
  "rounds",
  "kind",
  "approximate",
  "pool",
  ...longCallOptions,
];

/**
 * A few rows of a tall matrix with weights that keep |a x|_p for every x: row i is kept with probability
 * q_i = min(1, c score_i) and multiplied by q_i^(-1 / p), so that E |S a x|_p^p = |a x|_p^p.
 * Woodruff and Yasuda (2023).
 */
export async function lpSample(
  a: Matrix | CsrMatrix,
  p: number,
  options: LpSampleOptions = {},
): Promise<LpSample> {
  requireKnownOptions("options", options, knownOptions);
  const { rows: n, cols: d } = requireTall("a", a);
  requireExponent(p);
  const { size, epsilon, scores: given, rounds: wanted, ...scoring } = options;
  const kind = requireOneOf("options.kind", options.kind ?? "sensitivity", lpScoreKinds);
  if (size !== undefined) requireInteger("options.size", size, d);
  if (epsilon !== undefined) requireFinite("options.epsilon", epsilon, 1e-6, 1e6);
  const usual = kind === "root-leverage" ? Math.max(1, Math.ceil(Math.log2(Math.max(1, Math.log2(n))))) : 1;
  const rounds = requireInteger("options.rounds", wanted ?? usual, 1, 20);
  if (given !== undefined && (!(given instanceof Float64Array) || given.length !== n))
    throw new InvalidInputError("options.scores", `expected a Float64Array of ${n} scores`);
  const watch = watchOf(options);
  options.signal?.throwIfAborted();
  options.onProgress?.({ done: 0, total: 1 });
  const dense = "indptr" in a ? toDense(a) : a;
  const seed = options.seed ?? 0;
  let current = dense;
  let kept = Int32Array.from({ length: n }, (_, i) => i);
  let probabilities = new Float64Array(n).fill(1);
  let total = 0;
  let target = size ?? n;
  for (let round = 0; round < rounds; round++) {
    const last = round === rounds - 1;
    const found =
      given !== undefined && round === 0
        ? { scores: given, total: given.reduce((sum, score) => sum + score, 0) }
        : await lpScores(current, p, {
            ...scoring,
            kind,
            ...stageOf(watch, "scores", round / rounds, (round + 1) / rounds, 1),
          });
    if (round === 0) {
      total = found.total;
      target = size ?? lpSampleSize(p, total, d, { ...(epsilon === undefined ? {} : { epsilon }), kind });
    }
    const count = kept.length;
    // Rounds before the last keep enough for the next scores to be right.
    const next = last ? target : Math.max(2 * target, Math.ceil(10 * found.total));
    if (!last && next > 0.8 * count) continue;
    const positive = found.scores.reduce((sum, score) => sum + (score > 0 ? 1 : 0), 0);
    if (positive === 0)
      throw new InvalidInputError("a", "all scores are zero: expected rows other than zero");
    if (next >= positive) continue;
    const drawn = rowSampling(found.scores, next, {
      scheme: "poisson",
      p,
      seed: typeof seed === "bigint" ? seed + BigInt(round) : seed + round,
    });
    if (drawn.rows.length === 0) continue;
    current = drawn.apply(current);
    probabilities = Float64Array.from(drawn.rows, (i, k) => probabilities[i]! * drawn.scales[k]! ** -p);
    kept = Int32Array.from(drawn.rows, (i) => kept[i]!);
  }
  options.signal?.throwIfAborted();
  options.onProgress?.({ done: 1, total: 1 });
  return {
    rows: kept,
    weights: probabilities.map((q) => q ** (-1 / p)),
    a: current,
    probabilities,
    expectedSize: Math.min(target, n),
    total,
    warnings: kept.length === n ? ["all-rows-used"] : [],
  };
}

export interface LpSampleSizeOptions {
  /** Accuracy, |S a x|_p^p within a factor 1 +- epsilon; default 0.5. */
  readonly epsilon?: number;
  /** What rows are sampled by; default "sensitivity". */
  readonly kind?: LpScore;
}

/**
 * How many rows keep |a x|_p^p within 1 +- epsilon for all x, up to logarithms, with constant 2: by sensitivities of
 * sum S, S^(2 / p) / epsilon^2 for p <= 2 and S^(2 - 2 / p) / epsilon^2 above (Woodruff and Yasuda's bounds); by
 * leverage and sensitivity d^(2 / p) S^(2 - 4 / p); by Lewis weights d^max(1, p / 2); by root leverage d; where nothing
 * better is known S d.
 */
export function lpSampleSize(p: number, total: number, d: number, options: LpSampleSizeOptions = {}): number {
  requireKnownOptions("options", options, ["epsilon", "kind"]);
  requireExponent(p);
  requireFinite("total", total, 0);
  requireInteger("d", d, 1);
  const epsilon = requireFinite("options.epsilon", options.epsilon ?? 0.5, 1e-6, 1e6);
  const kind = requireOneOf("options.kind", options.kind ?? "sensitivity", lpScoreKinds);
  return Math.max(d, Math.ceil((2 * sizeOrder(p, total, d, kind)) / epsilon ** 2));
}

function sizeOrder(p: number, total: number, d: number, kind: LpScore): number {
  if (kind === "sensitivity") return total ** (p <= 2 ? 2 / p : 2 - 2 / p);
  if (kind === "lewis") return d ** Math.max(1, p / 2);
  if (kind === "root-leverage" && p <= 2) return d;
  if (kind === "leverage+sensitivity" && p > 2) return d ** (2 / p) * total ** (2 - 4 / p);
  return Math.max(1, total) * d;
}
