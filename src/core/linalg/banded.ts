import type { Matrix } from "../array/index.ts";
import { InvalidInputError, NumericalError, requireInteger, show } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireRightHandSide, requireVector } from "./checks.ts";
import { kernels } from "./provider.ts";

/** A square matrix of order n whose entries (i, j) vanish for j < i - lower and j > i + upper. */
export interface BandedMatrix {
  readonly n: number;
  readonly lower: number;
  readonly upper: number;
  /** Rows of lower + upper + 1: entry (i, j) at `i * (lower + upper + 1) + j - i + lower`; the rest is ignored. */
  readonly data: Float64Array;
}

/** A symmetric matrix of order n whose entries (i, j) vanish for |i - j| > bandwidth. */
export interface SymmetricBanded {
  readonly n: number;
  readonly bandwidth: number;
  /** Rows of bandwidth + 1, the diagonal first: entry (i, i + d) at `i * (bandwidth + 1) + d`; the rest is ignored. */
  readonly data: Float64Array;
}

/**
 * Solves a x = b for a banded matrix by LU with partial pivoting; b is a vector or a matrix of right-hand
 * sides. About 2 n lower (lower + upper) operations. Throws `NumericalError` with `{ pivot }` where singular.
 */
export function solveBanded(a: BandedMatrix, b: Float64Array): Float64Array;
export function solveBanded(a: BandedMatrix, b: Matrix): Matrix;
export function solveBanded(a: BandedMatrix, b: Float64Array | Matrix): Float64Array | Matrix {
  requireBand("a", a, ["lower", "upper"]);
  const { n, lower, upper } = a;
  requireVector("a.data", a.data, n * (lower + upper + 1));
  const { columns, data } = requireRightHandSide("b", b, n);
  const x = data.slice();
  if (x.length > 0) {
    const zeroPivot = kernels().bandedSolve(n, lower, upper, a.data, columns, x);
    if (zeroPivot >= 0)
      throw new NumericalError(`solveBanded: the matrix is singular, pivot ${zeroPivot} is 0`, {
        pivot: zeroPivot,
      });
  }
  requireFiniteResult("solveBanded: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/**
 * Cholesky factor of a symmetric positive definite band: a = u^T u, with u upper triangular of the same
 * bandwidth and stored in the same way. n bandwidth^2 operations. Throws `NumericalError` with `{ pivot }`
 * where the matrix is not positive definite.
 */
export function bandedCholesky(a: SymmetricBanded): SymmetricBanded {
  requireBand("a", a, ["bandwidth"]);
  const { n, bandwidth } = a;
  requireVector("a.data", a.data, n * (bandwidth + 1));
  const data = a.data.slice();
  const failed = n > 0 ? kernels().bandedCholesky(n, bandwidth, data) : -1;
  if (failed >= 0)
    throw new NumericalError(`bandedCholesky: the matrix is not positive definite at pivot ${failed}`, {
      pivot: failed,
    });
  return { n, bandwidth, data };
}

/** Solves a x = b from the factor of {@link bandedCholesky}: 4 n bandwidth operations for each side. */
export function bandedCholeskySolve(u: SymmetricBanded, b: Float64Array): Float64Array;
export function bandedCholeskySolve(u: SymmetricBanded, b: Matrix): Matrix;
export function bandedCholeskySolve(u: SymmetricBanded, b: Float64Array | Matrix): Float64Array | Matrix {
  requireBand("u", u, ["bandwidth"]);
  const { n, bandwidth } = u;
  requireVector("u.data", u.data, n * (bandwidth + 1));
  const { columns, data } = requireRightHandSide("b", b, n);
  for (let i = 0; i < n; i++)
    if (!(u.data[i * (bandwidth + 1)]! > 0))
      throw new InvalidInputError(
        "u",
        `expected a Cholesky factor, but its diagonal entry ${i} is not positive`,
      );
  const x = data.slice();
  if (x.length > 0) kernels().bandedCholeskySolve(n, bandwidth, u.data, columns, x);
  requireFiniteResult("bandedCholeskySolve: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/** Refuses a band whose order or widths are not whole numbers >= 0. */
function requireBand(argument: string, value: unknown, widths: readonly string[]): void {
  if (typeof value !== "object" || value === null)
    throw new InvalidInputError(argument, `expected { n, ${widths.join(", ")}, data }, got ${show(value)}`);
  const band = value as Readonly<Record<string, unknown>>;
  for (const name of ["n", ...widths]) requireInteger(`${argument}.${name}`, band[name], 0);
}
