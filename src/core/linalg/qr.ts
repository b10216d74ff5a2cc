import type { Matrix } from "../array/index.ts";
import { requireFinite, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireFloatMatrix } from "./checks.ts";
import { identity } from "./products.ts";
import { kernels } from "./provider.ts";

export interface QrOptions {
  /** A square orthogonal q, with r of the shape of a; default false: q has min(rows, cols) columns. */
  readonly full?: boolean;
}

/**
 * QR factorization a = q r with orthonormal columns in q and an upper triangular r whose diagonal is not
 * negative, which makes it unique for full column rank. Householder; 4 n^2 (m - n / 3) operations.
 */
export function qr(a: Matrix, options: QrOptions = {}): { readonly q: Matrix; readonly r: Matrix } {
  requireKnownOptions("options", options, ["full"]);
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const columns = options.full === true ? m : Math.min(m, n);
  if (m === 0 || n === 0) return emptyQr(m, n, columns);
  const { q, r } = kernels().qr(m, n, a.data.slice(), columns);
  requireFiniteResult("qr: a column norm", q, r);
  makeDiagonalPositive(m, n, columns, q, r);
  return { q: matrixOf(m, columns, q), r: matrixOf(columns, n, r) };
}

/** The triangular factor of {@link qr} alone, min(rows, cols) x cols: half the work. */
export function qrTriangle(a: Matrix): Matrix {
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const k = Math.min(m, n);
  if (k === 0) return matrixOf(k, n, new Float64Array(0));
  const { r } = kernels().qr(m, n, a.data.slice(), 0);
  requireFiniteResult("qrTriangle: a column norm", r);
  makeDiagonalPositive(0, n, k, r, r);
  return matrixOf(k, n, r);
}

export interface PivotedQrOptions extends QrOptions {
  /** Diagonal entries of r below this part of the first one count as zero; default max(rows, cols) * 2^-52. */
  readonly rankTolerance?: number;
}

export interface PivotedQr {
  readonly q: Matrix;
  /** Upper triangular; the diagonal descends and is not negative. */
  readonly r: Matrix;
  /** Column j of q * r is column permutation[j] of the matrix. */
  readonly permutation: Int32Array;
  /** Numerical rank: how many diagonal entries of r exceed the tolerance. */
  readonly rank: number;
}

/**
 * QR factorization with column pivoting, a[:, permutation] = q r: at each step the column with the largest
 * remaining norm comes next, so that r reveals the rank (except for rare constructions such as Kahan's).
 * Golub and Van Loan, section 5.4.2.
 */
export function pivotedQr(a: Matrix, options: PivotedQrOptions = {}): PivotedQr {
  requireKnownOptions("options", options, ["full", "rankTolerance"]);
  const { rows: m, cols: n } = requireFloatMatrix("a", a);
  const tolerance = requireFinite(
    "options.rankTolerance",
    options.rankTolerance ?? Math.max(m, n) * 2 ** -52,
    0,
  );
  const columns = options.full === true ? m : Math.min(m, n);
  if (m === 0 || n === 0)
    return { ...emptyQr(m, n, columns), permutation: Int32Array.from({ length: n }, (_, j) => j), rank: 0 };
  const { q, r, permutation } = kernels().pivotedQr(m, n, a.data.slice(), columns);
  requireFiniteResult("pivotedQr: a column norm", q, r);
  makeDiagonalPositive(m, n, columns, q, r);
  let rank = 0;
  while (rank < Math.min(m, n) && r[rank * n + rank]! > tolerance * r[0]!) rank++;
  return { q: matrixOf(m, columns, q), r: matrixOf(columns, n, r), permutation, rank };
}

function emptyQr(m: number, n: number, columns: number): { q: Matrix; r: Matrix } {
  return {
    q: columns === 0 ? matrixOf(m, 0, new Float64Array(0)) : identity(m),
    r: matrixOf(columns, n, new Float64Array(0)),
  };
}

/** Flips rows of r with a negative diagonal entry, and the columns of q (rowsOfQ rows) that belong to them. */
function makeDiagonalPositive(
  rowsOfQ: number,
  n: number,
  columns: number,
  q: Float64Array,
  r: Float64Array,
): void {
  const sign = new Float64Array(columns).fill(1);
  for (let i = 0; i < Math.min(columns, n); i++) {
    if (!(r[i * n + i]! < 0)) continue;
    sign[i] = -1;
    for (let j = i; j < n; j++) r[i * n + j] = -r[i * n + j]!;
  }
  for (let i = 0, p = 0; i < rowsOfQ; i++) for (let j = 0; j < columns; j++, p++) q[p]! *= sign[j]!;
}
