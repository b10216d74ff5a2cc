import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError } from "../core/errors.ts";
import { matvec } from "../core/linalg/index.ts";
import { multiplyVector, requireCsr } from "../core/sparse/index.ts";
import { requireVector } from "./require-vector.ts";

/** Checks a design matrix, dense or sparse and finite, with at least as many rows as columns. */
export function requireTall(argument: string, a: Matrix | CsrMatrix): { rows: number; cols: number } {
  const { rows, cols } =
    typeof a === "object" && a !== null && "indptr" in a
      ? requireCsr(argument, a)
      : requireMatrix(argument, a, { dtype: "float64" });
  if (cols < 1 || rows < cols)
    throw new InvalidInputError(
      argument,
      `expected at least one column and at least as many rows, got shape [${rows}, ${cols}]`,
    );
  return { rows, cols };
}

/** Checks a tall design matrix and a right-hand side that fits it. */
export function requireDesign(a: Matrix | CsrMatrix, b: Float64Array): { rows: number; cols: number } {
  const shape = requireTall("a", a);
  requireVector("b", b, shape.rows);
  return shape;
}

/** a x for either kind of matrix. */
export function timesVector(a: Matrix | CsrMatrix, x: Float64Array): Float64Array {
  return "indptr" in a ? multiplyVector(a, x) : matvec(a, x);
}

/** |a x - b|. */
export function residualNormOf(a: Matrix | CsrMatrix, x: Float64Array, b: Float64Array): number {
  const fitted = timesVector(a, x);
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (fitted[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
