import type { Matrix } from "../array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFloatMatrix } from "./checks.ts";
import { columnSpace } from "./leverage-scores.ts";
import { qrTriangle } from "./qr.ts";
import type { RankOptions } from "./svd.ts";
import { solveTriangular } from "./triangular.ts";

export interface LewisOptions extends RankOptions {
  /** Iterations at most; default 1000. */
  readonly maxIterations?: number;
  /** Stop where no weight changes by more than this in its logarithm; default 1e-10. */
  readonly tol?: number;
}

export interface LewisWeights {
  readonly weights: Float64Array;
  readonly iterations: number;
  readonly converged: boolean;
  /** Largest change of the logarithm of a weight, iteration by iteration. */
  readonly changes: Float64Array;
}

/** From this p on the damped map contracts faster than the plain one, which fails from 4 on. */
const dampedFrom = 3.5;

/**
 * Lewis weights of the rows of an m x n matrix for the p-norm, p > 0: the w with
 * w_i = leverage score i of diag(w)^(1/2 - 1/p) a. Their sum is the rank, and sampling rows by them preserves
 * |a x|_p. They are leverage scores for p = 2. Zero rows have weight 0.
 *
 * For p < 4 the fixed point of w_i <- (a_i^T (a^T diag(w)^(1 - 2/p) a)^-1 a_i)^(p/2), a contraction by
 * |1 - p/2| in the logarithm (Cohen and Peng 2015); for larger p the geometric mean of w and the leverage scores,
 * a contraction by 1 - 1/p. O(m n^2) an iteration.
 */
export function lewisWeights(a: Matrix, p: number, options: LewisOptions = {}): LewisWeights {
  requireKnownOptions("options", options, ["rankTolerance", "maxIterations", "tol"]);
  if (!(Number.isFinite(p) && p > 0))
    throw new InvalidInputError("p", `expected a positive number, got ${p}`);
  const limit = requireInteger("options.maxIterations", options.maxIterations ?? 1000, 1);
  const tolerance = options.tol ?? 1e-10;
  if (!(tolerance >= 0)) throw new InvalidInputError("options.tol", `expected at least 0, got ${tolerance}`);
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const { basis, rank } = columnSpace(a, {
    ...(options.rankTolerance === undefined ? {} : { rankTolerance: options.rankTolerance }),
  });
  // Weights depend on the column space only, and an orthonormal basis of it is the best conditioned.
  const weights = Float64Array.from({ length: m }, (_, i) => (isZeroRow(a, i, n) ? 0 : 1));
  const changes: number[] = [];
  let change = rank === 0 ? 0 : Number.POSITIVE_INFINITY;
  while (change > tolerance && changes.length < limit) {
    const forms = quadraticForms(basis, weights, 1 / 2 - 1 / p);
    change = 0;
    for (let i = 0; i < m; i++) {
      const before = weights[i]!;
      if (before === 0) continue;
      // forms[i] = a_i^T (a^T diag(w)^(1 - 2/p) a)^-1 a_i
      weights[i] =
        p < dampedFrom ? forms[i]! ** (p / 2) : Math.sqrt(before * before ** (1 - 2 / p) * forms[i]!);
      // Weights can underflow to zero, where they stay.
      if (weights[i]! > 0) change = Math.max(change, Math.abs(Math.log(weights[i]! / before)));
    }
    changes.push(change);
  }
  return {
    weights,
    iterations: changes.length,
    converged: change <= tolerance,
    changes: Float64Array.from(changes),
  };
}

function isZeroRow(a: Matrix, i: number, columns: number): boolean {
  for (let j = 0; j < columns; j++) if (a.data[i * columns + j] !== 0) return false;
  return true;
}

/** a_i^T (a^T diag(w)^(2 exponent) a)^-1 a_i for every row, by QR of diag(w)^exponent a. */
function quadraticForms(a: Matrix, w: Float64Array, exponent: number): Float64Array {
  const [m, n] = a.shape as [number, number];
  const scaled = a.data.slice();
  for (let i = 0; i < m; i++) {
    const factor = w[i] === 0 ? 0 : w[i]! ** exponent;
    for (let j = 0; j < n; j++) scaled[i * n + j]! *= factor;
  }
  const r = qrTriangle(matrixOf(m, n, scaled));
  const columns = new Float64Array(n * m);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) columns[j * m + i] = a.data[i * n + j]!;
  const y = solveTriangular(r, matrixOf(n, m, columns), { upper: true, transpose: true }).data;
  const forms = new Float64Array(m);
  for (let j = 0; j < n; j++) for (let i = 0; i < m; i++) forms[i]! += y[j * m + i]! ** 2;
  return forms;
}
