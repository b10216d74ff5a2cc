import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions, requireOneOf, show } from "../core/errors.ts";
import { lewisWeights, pivotedQr, rowSampling } from "../core/linalg/index.ts";
import type { Pool } from "../core/parallel/index.ts";
import { type LongCallOptions, longCallOptions, stageOf } from "../core/progress.ts";
import { toDense } from "../core/sparse/index.ts";
import { type CollapsedRows, collapsedMatrix, collapseRows } from "./collapse-rows.ts";
import { requireTall } from "./design.ts";
import { maximalShares } from "./lp-sensitivities.ts";

/** Importance of rows for the p-norm of all combinations of the columns. */
export const lpScoreKinds = [
  "sensitivity",
  "leverage",
  "root-leverage",
  "lewis",
  "leverage+sensitivity",
  "uniform",
] as const;

export type LpScore = (typeof lpScoreKinds)[number];

/** Classes of equal rows up to which sensitivities are exact unless told otherwise. */
const exactUpTo = 3000;

export interface LpScoresOptions extends LongCallOptions {
  /** Default "sensitivity". */
  readonly kind?: LpScore;
  /**
   * Sensitivities with respect to a sample by Lewis weights instead of the whole matrix, which costs n times the rows
   * of the sample and is right within a small factor. Default: from 3000 distinct rows on.
   */
  readonly approximate?: boolean;
  /** Where sensitivities are computed; default on the calling thread. */
  readonly pool?: Pool;
}

export interface LpScores {
  /** One for each row, from 0; zero rows have 0. */
  readonly scores: Float64Array;
  readonly total: number;
  readonly kind: LpScore;
  readonly p: number;
  /** Whether sensitivities were computed with respect to the whole matrix; true for all other kinds. */
  readonly exact: boolean;
  readonly rank: number;
  /** Rows whose sensitivity did not converge and was replaced by its upper bound from Lewis weights. */
  readonly fallbacks: number;
}

const knownOptions = ["kind", "approximate", "pool", ...longCallOptions];

/**
 * Scores of the rows of a tall n x d matrix for sampling that keeps |a x|_p for all x, p >= 1:
 *
 * - "sensitivity": max over x of |a_i x|^p / |a x|_p^p, a convex problem for every row;
 * - "leverage": that for p = 2, tau_i; "root-leverage": tau_i^(p / 2), for p < 2;
 * - "lewis": Lewis weights; "leverage+sensitivity": (S tau_i / rank + sigma_i) / 2 with S the sum of the sigma_i, for
 *   p > 2;
 * - "uniform": 1.
 *
 * All but the last depend on the column space alone, so that columns may be dependent. Equal rows are solved for once.
 * Woodruff and Yasuda, Sharper Bounds for l_p Sensitivity Sampling (2023).
 */
export async function lpScores(
  a: Matrix | CsrMatrix,
  p: number,
  options: LpScoresOptions = {},
): Promise<LpScores> {
  requireKnownOptions("options", options, knownOptions);
  requireTall("a", a);
  requireExponent(p);
  const kind = requireOneOf("options.kind", options.kind ?? "sensitivity", lpScoreKinds);
  if (options.approximate !== undefined && typeof options.approximate !== "boolean")
    throw new InvalidInputError(
      "options.approximate",
      `expected true or false, got ${show(options.approximate)}`,
    );
  options.signal?.throwIfAborted();
  options.onProgress?.({ done: 0, total: 1 });
  const dense = "indptr" in a ? toDense(a) : a;
  const classes = collapseRows(dense);
  const found = await scoresOfClasses(dense, classes, p, kind, options);
  options.signal?.throwIfAborted();
  options.onProgress?.({ done: 1, total: 1 });
  const scores = Float64Array.from(classes.classOf, (c) => found.scores[c]!);
  return {
    scores,
    total: scores.reduce((sum, score) => sum + score, 0),
    kind,
    p,
    exact: found.exact,
    rank: found.rank,
    fallbacks: found.fallbacks,
  };
}

/** Signal and progress alone, for calls that take other options. */
export function watchOf({
  signal,
  onProgress,
}: LongCallOptions): Pick<LongCallOptions, "signal" | "onProgress"> {
  return { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onProgress }) };
}

/** Refuses an exponent that is no norm's. */
export function requireExponent(p: number): number {
  if (!(typeof p === "number" && Number.isFinite(p) && p >= 1))
    throw new InvalidInputError("p", `expected a number in [1, inf), got ${show(p)}`);
  return p;
}

interface ClassScores {
  /** Of one row of each class. */
  readonly scores: Float64Array;
  readonly exact: boolean;
  readonly rank: number;
  readonly fallbacks: number;
}

async function scoresOfClasses(
  a: Matrix,
  classes: CollapsedRows,
  p: number,
  kind: LpScore,
  options: LpScoresOptions,
): Promise<ClassScores> {
  const { counts, representatives } = classes;
  const plain = { exact: true, fallbacks: 0 };
  const perRow = (scores: Float64Array): Float64Array => scores.map((score, c) => score / counts[c]!);
  if (kind === "uniform")
    return { ...plain, scores: new Float64Array(representatives.length).fill(1), rank: a.shape[1]! };
  if (kind === "lewis") {
    const rows = collapsedMatrix(a, classes, p);
    return { ...plain, scores: perRow(lewisWeights(rows, p).weights), rank: basisOf(rows).rank };
  }
  if (kind === "sensitivity") return sensitivitiesOfClasses(a, classes, p, options);
  const { basis, rank } = basisOf(collapsedMatrix(a, classes, 2));
  const leverage = perRow(squaredRowNorms(basis));
  if (kind === "leverage") return { ...plain, scores: leverage, rank };
  if (kind === "root-leverage") return { ...plain, scores: leverage.map((tau) => tau ** (p / 2)), rank };
  const sensitivities = await sensitivitiesOfClasses(a, classes, p, options);
  const total = sensitivities.scores.reduce((sum, sigma, c) => sum + counts[c]! * sigma, 0);
  return {
    ...sensitivities,
    scores: leverage.map((tau, c) =>
      rank === 0 ? 0 : ((total * tau) / rank + sensitivities.scores[c]!) / 2,
    ),
  };
}

async function sensitivitiesOfClasses(
  a: Matrix,
  classes: CollapsedRows,
  p: number,
  options: LpScoresOptions,
): Promise<ClassScores> {
  const { counts } = classes;
  const rows = collapsedMatrix(a, classes, p);
  const { basis, rank } = basisOf(rows);
  const exact = !(options.approximate ?? counts.length > exactUpTo);
  const lewis = lewisWeights(rows, p).weights;
  const { values } = await maximalShares(
    basis,
    exact ? basis : lewisSample(basis, classes, lewis, p, options.seed),
    p,
    {
      exact,
      ...stageOf(watchOf(options), "sensitivities", 0, 1, 1),
      ...(options.pool === undefined ? {} : { pool: options.pool }),
    },
  );
  let fallbacks = 0;
  const scores = values.map((share, c) => {
    // A class of k rows is one row k^(1 / p) times as long, and its share that of all k.
    if (Number.isFinite(share)) return Math.min(1, share) / counts[c]!;
    fallbacks++;
    return Math.min(1, p > 2 ? rank ** (p / 2 - 1) * lewis[c]! : lewis[c]!) / counts[c]!;
  });
  return { scores, exact, rank, fallbacks };
}

/** Rows drawn by Lewis weights, all rows of a class apart, scaled for the p-th power. */
function lewisSample(
  basis: Matrix,
  { counts, classOf }: CollapsedRows,
  lewis: Float64Array,
  p: number,
  seed: number | bigint | undefined,
): Matrix {
  const d = basis.shape[1]!;
  const size = Math.ceil(
    p <= 2 ? Math.max(50 * d, 20 * d * Math.log(d)) : Math.max(50 * d, 10 * d ** (p / 2)),
  );
  const weights = Float64Array.from(classOf, (c) => lewis[c]! / counts[c]!);
  const positive = weights.reduce((sum, w) => sum + (w > 0 ? 1 : 0), 0);
  if (size >= positive) return basis;
  const sample = rowSampling(weights, size, { scheme: "poisson", p, seed: seed ?? 0 });
  // Several rows of one class are one row with the sum of their p-th powers.
  const powers = new Float64Array(counts.length);
  for (const [k, i] of sample.rows.entries())
    powers[classOf[i]!]! += sample.scales[k]! ** p / counts[classOf[i]!]!;
  const kept = [...powers.keys()].filter((c) => powers[c]! > 0);
  const data = new Float64Array(kept.length * d);
  for (const [k, c] of kept.entries())
    for (let j = 0; j < d; j++) data[k * d + j] = powers[c]! ** (1 / p) * basis.data[c * d + j]!;
  return { dtype: "float64", shape: [kept.length, d], data };
}

/** An orthonormal basis of the column space, exactly zero in zero rows. */
function basisOf(rows: Matrix): { basis: Matrix; rank: number } {
  const { q, rank } = pivotedQr(rows);
  const [m, k] = q.shape as [number, number];
  for (let i = 0; i < m; i++)
    if (rows.data.subarray(i * k, (i + 1) * k).every((entry) => entry === 0))
      q.data.fill(0, i * k, (i + 1) * k);
  if (rank === k) return { basis: q, rank };
  const data = new Float64Array(m * rank);
  for (let i = 0; i < m; i++) data.set(q.data.subarray(i * k, i * k + rank), i * rank);
  return { basis: { dtype: "float64", shape: [m, rank], data }, rank };
}

function squaredRowNorms({ shape, data }: Matrix): Float64Array {
  const [m, d] = shape as [number, number];
  return Float64Array.from({ length: m }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += data[i * d + j]! ** 2;
    return sum;
  });
}
