import type { Matrix } from "../array/index.ts";
import { NumericalError, requireFinite, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireRightHandSide, requireSquare } from "./checks.ts";
import { reciprocalCondition } from "./condition.ts";
import type { SquareFactors } from "./kernels.ts";
import { identity } from "./products.ts";
import { kernels } from "./provider.ts";

export interface SolveOptions {
  /**
   * Refuse matrices whose reciprocal condition number (estimated in the 1-norm) is below this; default 2^-52:
   * singular to working precision, no digit of the solution is determined. 0 solves regardless.
   */
  readonly minimumReciprocalCondition?: number;
}

/**
 * Solves a x = b for a square matrix by LU with partial pivoting; b is a vector or a matrix of right-hand
 * sides. (2/3) n^3 operations and 2 n^2 for each side. Throws `NumericalError` with `{ pivot }` for a matrix
 * that is exactly singular and `{ reciprocalCondition }` for one that is so to working precision; `lstsq`
 * solves those. For many solves with one matrix: `lu` or `cholesky` once, then `luSolve` or `choleskySolve`.
 */
export function solve(a: Matrix, b: Float64Array, options?: SolveOptions): Float64Array;
export function solve(a: Matrix, b: Matrix, options?: SolveOptions): Matrix;
export function solve(
  a: Matrix,
  b: Float64Array | Matrix,
  options: SolveOptions = {},
): Float64Array | Matrix {
  const n = requireSquare("a", a);
  const { columns, data } = requireRightHandSide("b", b, n);
  const factors = regularFactors("solve", n, a.data, options);
  const x = data.slice();
  if (x.length > 0) factors?.solve(false, columns, x);
  requireFiniteResult("solve: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/**
 * The inverse of a square matrix. Rarely what is needed: `solve` is faster and more accurate. 2 n^3 operations.
 * Errors as of {@link solve}.
 */
export function inverse(a: Matrix, options: SolveOptions = {}): Matrix {
  const n = requireSquare("a", a);
  const factors = regularFactors("inverse", n, a.data, options);
  const x = identity(n);
  factors?.solve(false, n, x.data);
  requireFiniteResult("inverse: the inverse", x.data);
  return x;
}

/** Factors of a matrix that is not singular; none for the empty one. */
function regularFactors(
  method: string,
  n: number,
  a: Float64Array,
  options: SolveOptions,
): SquareFactors | undefined {
  requireKnownOptions("options", options, ["minimumReciprocalCondition"]);
  const minimum = requireFinite(
    "options.minimumReciprocalCondition",
    options.minimumReciprocalCondition ?? 2 ** -52,
    0,
    1,
  );
  if (n === 0) return undefined;
  const factors = kernels().factor(n, a.slice());
  if (factors.zeroPivot >= 0)
    throw new NumericalError(`${method}: the matrix is singular, pivot ${factors.zeroPivot} is 0`, {
      pivot: factors.zeroPivot,
    });
  if (minimum > 0) {
    const reciprocal = reciprocalCondition(n, factors, a);
    if (reciprocal < minimum)
      throw new NumericalError(
        `${method}: the matrix is singular to working precision (reciprocal condition ${reciprocal.toExponential(1)})`,
        { reciprocalCondition: reciprocal },
      );
  }
  return factors;
}
