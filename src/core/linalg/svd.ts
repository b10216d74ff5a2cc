import type { Matrix } from "../array/index.ts";
import { requireFinite, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireFloatMatrix } from "./checks.ts";
import { columnSigns, signColumns, signRows } from "./orientation.ts";
import { identity, matmul } from "./products.ts";
import { kernels } from "./provider.ts";
import { bringIntoRange, scaleBy } from "./range.ts";
import { transpose } from "./transpose.ts";

export interface SvdOptions {
  /** Square orthogonal u and vt; default false: min(rows, cols) columns and rows. */
  readonly full?: boolean;
}

export interface Svd {
  /** Left singular vectors in columns, the first significant component of each positive. */
  readonly u: Matrix;
  /** Singular values, descending. */
  readonly s: Float64Array;
  /** Right singular vectors in rows. */
  readonly vt: Matrix;
}

/** Singular value decomposition a = u diag(s) vt of an m x n matrix. About 20 m n min(m, n) operations. */
export function svd(a: Matrix, options: SvdOptions = {}): Svd {
  requireKnownOptions("options", options, ["full"]);
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const k = Math.min(m, n);
  const full = options.full === true;
  if (k === 0)
    return {
      u: full ? identity(m) : matrixOf(m, 0, new Float64Array(0)),
      s: new Float64Array(0),
      vt: full ? identity(n) : matrixOf(0, n, new Float64Array(0)),
    };
  const { u, s, vt } = decompose(m, n, a.data.slice(), full ? "full" : "thin");
  const width = full ? m : k;
  const height = full ? n : k;
  const signs = columnSigns(m, width, u).subarray(0, k);
  signColumns(m, width, u, signs);
  signRows(height, n, vt, signs);
  return { u: matrixOf(m, width, u), s, vt: matrixOf(height, n, vt) };
}

/** The singular values alone, descending: about a fifth of the work of {@link svd}. */
export function singularValues(a: Matrix): Float64Array {
  const { rows, cols } = requireFloatMatrix("a", a);
  if (rows === 0 || cols === 0) return new Float64Array(0);
  return decompose(rows, cols, a.data.slice(), "none").s;
}

function decompose(m: number, n: number, a: Float64Array, vectors: "none" | "thin" | "full") {
  const scale = bringIntoRange(a);
  const result = kernels().svd(m, n, a, vectors);
  scaleBy(1 / scale, result.s);
  requireFiniteResult("svd: a singular value", result.s);
  return result;
}

export interface RankOptions {
  /** Singular values below this part of the largest count as zero; default max(rows, cols) * 2^-52. */
  readonly rankTolerance?: number;
}

/** How many singular values (descending) exceed the tolerance of {@link RankOptions}. */
export function numericalRank(s: Float64Array, rows: number, cols: number, options: RankOptions): number {
  const tolerance = requireFinite(
    "options.rankTolerance",
    options.rankTolerance ?? Math.max(rows, cols) * 2 ** -52,
    0,
  );
  let rank = 0;
  while (rank < s.length && s[rank]! > tolerance * s[0]!) rank++;
  return rank;
}

/**
 * Moore-Penrose pseudoinverse, cols x rows, from the singular value decomposition. Singular values at rounding
 * level are dropped, not inverted.
 */
export function pinv(a: Matrix, options: RankOptions = {}): Matrix {
  requireKnownOptions("options", options, ["rankTolerance"]);
  const { u, s, vt } = svd(a);
  const [rows, cols] = a.shape as [number, number];
  const k = s.length;
  const rank = numericalRank(s, rows, cols, options);
  const scaled = u.data.slice();
  for (let i = 0, p = 0; i < rows; i++)
    for (let j = 0; j < k; j++, p++) scaled[p] = j < rank ? scaled[p]! / s[j]! : 0;
  requireFiniteResult("pinv: the inverse of a singular value", scaled);
  return transpose(matmul(matrixOf(rows, k, scaled), vt));
}
