import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions, show } from "../core/errors.ts";
import { kron, matmul, tensorSrht } from "../core/linalg/index.ts";
import { requireTall } from "./design.ts";
import { requireVector } from "./require-vector.ts";
import { requireAccuracy, type SketchRowsOptions, sketchRows } from "./sketch-rows.ts";
import { describeSolution, type SketchedSolution, solveSketched } from "./sketched-least-squares.ts";

export interface TensorRegressionOptions extends Omit<SketchRowsOptions, "rule"> {
  /** Rows of the sketch, at least d1 d2; default `sketchRows(n1 n2, d1 d2, ...)`. From n1 n2 on the fit is exact. */
  readonly rows?: number;
  readonly seed?: number | bigint;
}

/**
 * Least squares min |(a1 x a2) x - b| for a Kronecker product of an n1 x d1 and an n2 x d2 matrix, by a tensor SRHT,
 * without forming the n1 n2 x d1 d2 product. b holds n1 n2 values, those of a row of a1 together; x likewise.
 * O(n1 n2 log(n1 n2) + m d1^2 d2^2).
 *
 * Throws `NumericalError` with `{ rank, column }` where the columns are dependent. Song, Ye, Yin and Zhang (2023).
 */
export function tensorRegression(
  a1: Matrix,
  a2: Matrix,
  b: Float64Array,
  options: TensorRegressionOptions = {},
): SketchedSolution {
  requireKnownOptions("options", options, ["rows", "epsilon", "delta", "seed"]);
  const { rows: n1, cols: d1 } = requireTall("a1", requireFloat("a1", a1));
  const { rows: n2, cols: d2 } = requireTall("a2", requireFloat("a2", a2));
  requireVector("b", b, n1 * n2);
  const accuracy = requireAccuracy(options);
  const n = n1 * n2;
  const d = d1 * d2;
  const rows = requireInteger("options.rows", options.rows ?? sketchRows(n, d, accuracy), d);
  const exact = rows >= n;
  const sketch = exact ? undefined : tensorSrht(rows, [n1, n2], { seed: options.seed ?? 0 });
  const fit = solveSketched(
    sketch === undefined ? kron(a1, a2) : sketch.applyKronecker(a1, a2),
    sketch === undefined ? b : sketch.applyVector(b),
  );
  return describeSolution(fit, fit.x, {
    rows: exact ? n : rows,
    sketch: sketch?.kind ?? "none",
    residualNorm: kroneckerResidual(a1, a2, fit.x, b),
    finalResidualNorm: undefined,
    delta: accuracy.delta,
    exact,
    warnings: exact ? ["all-rows-used"] : [],
  });
}

function requireFloat(argument: string, a: Matrix): Matrix {
  if (typeof a !== "object" || a === null || "indptr" in a)
    throw new InvalidInputError(argument, `expected a dense matrix, got ${show(a)}`);
  requireMatrix(argument, a, { dtype: "float64" });
  return a;
}

/** |a1 X a2^T - B| for x and b read as matrices X and B. */
function kroneckerResidual(a1: Matrix, a2: Matrix, x: Float64Array, b: Float64Array): number {
  const coefficients: Matrix = { dtype: "float64", shape: [a1.shape[1]!, a2.shape[1]!], data: x };
  const fitted = matmul(matmul(a1, coefficients), a2, { transposeB: true }).data;
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (fitted[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}
