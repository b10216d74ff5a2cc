import type { Matrix } from "../array/index.ts";
import { NumericalError, requireKnownOptions } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireRightHandSide, requireSquare } from "./checks.ts";
import { kernels } from "./provider.ts";

export interface TriangularOptions {
  /** Read the upper triangle; default false: the lower one. */
  readonly upper?: boolean;
  /** Solve with the transpose of the triangle; default false. */
  readonly transpose?: boolean;
  /** Take the diagonal as ones without reading it; default false. */
  readonly unitDiagonal?: boolean;
}

/**
 * Solves t x = b (or t^T x = b) for a triangular matrix, of which only the named triangle is read; b is a
 * vector or a matrix of right-hand sides. n^2 operations for each. Throws `NumericalError` with the index of a
 * zero on the diagonal, or where the solution overflows.
 */
export function solveTriangular(t: Matrix, b: Float64Array, options?: TriangularOptions): Float64Array;
export function solveTriangular(t: Matrix, b: Matrix, options?: TriangularOptions): Matrix;
export function solveTriangular(
  t: Matrix,
  b: Float64Array | Matrix,
  options: TriangularOptions = {},
): Float64Array | Matrix {
  requireKnownOptions("options", options, ["upper", "transpose", "unitDiagonal"]);
  const { upper = false, transpose = false, unitDiagonal = false } = options;
  const n = requireSquare("t", t);
  const { columns, data } = requireRightHandSide("b", b, n);
  if (!unitDiagonal) requireNonzeroDiagonal("solveTriangular", n, t.data);
  const x = data.slice();
  if (x.length > 0) kernels().solveTriangular(upper, transpose, unitDiagonal, n, columns, t.data, x);
  requireFiniteResult("solveTriangular: the solution", x);
  return b instanceof Float64Array ? x : matrixOf(n, columns, x);
}

/** Refuses a triangle with a zero on the diagonal, naming it. */
export function requireNonzeroDiagonal(method: string, n: number, t: Float64Array): void {
  for (let i = 0; i < n; i++)
    if (t[i * n + i] === 0)
      throw new NumericalError(`${method}: the matrix is singular, its diagonal entry ${i} is 0`, {
        pivot: i,
      });
}
