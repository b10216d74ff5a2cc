import type { CsrMatrix, Matrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import {
  countSketch,
  gaussianSketch,
  leverageScores,
  qrTriangle,
  rademacherSketch,
  rowSampling,
  type SketchOperator,
  singularValues,
  solveTriangular,
  sparseSignSketch,
  srht,
} from "../core/linalg/index.ts";
import { lsqr, toDense, triangularPreconditioner } from "../core/sparse/index.ts";
import { requireDesign, residualNormOf } from "./design.ts";
import { accuracyOfRows, requireAccuracy, type SketchRowsOptions, sketchRows } from "./sketch-rows.ts";

/** Sketches that least squares can be solved with; the first three are dense and carry the guarantee. */
export const regressionSketches = [
  "srht",
  "gaussian",
  "rademacher",
  "countSketch",
  "sparseSign",
  "leverage",
] as const;

export type RegressionSketch = (typeof regressionSketches)[number];

export interface SketchedLeastSquaresOptions extends Omit<SketchRowsOptions, "rule"> {
  /** A kind of sketch, or an operator already drawn; default "srht". */
  readonly sketch?: RegressionSketch | SketchOperator;
  /** Rows of the sketch, at least d; default `sketchRows(n, d, { epsilon, delta })`. From n on the fit is exact. */
  readonly rows?: number;
  /** Seed of the sketch; default 0. */
  readonly seed?: number | bigint;
  /**
   * Steps of LSQR on the whole problem, preconditioned by the sketch; default 0, the paper's one-shot estimate. Each
   * about halves the distance to the exact solution.
   */
  readonly refine?: number;
}

/** A least-squares solution from a sketch, with what is known of its error. Bounds are those before refinement. */
export interface SketchedSolution {
  /** Coefficients, d. */
  readonly x: Float64Array;
  /** Rows that were solved: of the sketch, or n where the fit is exact. */
  readonly rows: number;
  /** What was used; "none" where all rows were. */
  readonly sketch: string;
  /** The accuracy that so many rows of a dense sketch promise, sqrt(2 d ln(2 d / delta) / rows); 0 for an exact fit. */
  readonly epsilon: number;
  /** |a x - b| over all n rows. */
  readonly residualNorm: number;
  /** Largest and smallest singular value of the sketched matrix, near those of a, and their quotient. */
  readonly largestSingularValue: number;
  readonly smallestSingularValue: number;
  readonly condition: number;
  /** epsilon / sqrt(d) |r| / sigma_min: with a dense sketch no coefficient is further off, but for probability delta. */
  readonly bound: number;
  /**
   * Standard deviation of the error of each coefficient over draws of a dense sketch, |r| sqrt((a^T a)^-1_jj / rows);
   * somewhat large for an SRHT whose rows are many of the n.
   */
  readonly standardErrors: Float64Array;
  /** Error that coefficient j hardly exceeds: 2 sqrt(2 ln(2 d / delta)) standard errors, a heuristic. */
  readonly coordinateBounds: Float64Array;
  /** "sparse-sketch-no-linf-guarantee", "all-rows-used", "refinement-not-converged". */
  readonly warnings: readonly string[];
}

const knownOptions = ["sketch", "rows", "epsilon", "delta", "seed", "refine"];

/**
 * Least squares for a tall n x d matrix a, dense or sparse, by one sketch: min |S (a x - b)| by Householder QR of the m
 * rows S a. With a dense sketch (SRHT, Gaussian, signs) every single coefficient is within
 * epsilon / sqrt(d) |a x* - b| / sigma_min(a) of the exact one; sparse sketches and row sampling promise that only for
 * the norm of the error, and warn. O(n d log m + m d^2) for the SRHT.
 *
 * Throws `NumericalError` with `{ rank, column }` where the columns of the sketched matrix are dependent.
 *
 * Song, Ye, Yin and Zhang, A Nearly-Optimal Bound for Fast Regression with l_infty Guarantee (2023).
 */
export function sketchedLeastSquares(
  a: Matrix | CsrMatrix,
  b: Float64Array,
  options: SketchedLeastSquaresOptions = {},
): SketchedSolution {
  requireKnownOptions("options", options, knownOptions);
  const { rows: n, cols: d } = requireDesign(a, b);
  const { delta } = requireAccuracy(options);
  const sketch = drawSketch(a, n, d, options);
  const refine = requireInteger("options.refine", options.refine ?? 0, 0);
  const sketched = sketch === undefined ? undefined : sketch.apply(a);
  const right = sketch === undefined ? b : sketch.applyVector(b);
  const fit = solveSketched(sketched ?? ("indptr" in a ? toDense(a) : a), right);
  const warnings: string[] = [];
  if (sketch === undefined) warnings.push("all-rows-used");
  else if (!isDense(sketch)) warnings.push("sparse-sketch-no-linf-guarantee");
  let x = fit.x;
  if (refine > 0 && sketch !== undefined) {
    const refined = lsqr(a, b, {
      x0: x,
      precond: triangularPreconditioner(fit.r),
      maxIterations: refine,
      tol: 1e-14,
    });
    x = refined.x;
    if (!refined.converged) warnings.push("refinement-not-converged");
  }
  return describeSolution(fit, x, {
    rows: sketch?.m ?? n,
    sketch: sketch?.kind ?? "none",
    residualNorm: residualNormOf(a, fit.x, b),
    finalResidualNorm: x === fit.x ? undefined : residualNormOf(a, x, b),
    delta,
    exact: sketch === undefined,
    warnings,
  });
}

/** What QR of [S a, S b] tells. */
export interface SketchedFit {
  readonly x: Float64Array;
  readonly r: Matrix;
  /** Singular values of r, descending. */
  readonly singular: Float64Array;
}

/** min |s x - t| by Householder QR of [s, t]: the last column of the triangle is Q^T t. */
export function solveSketched(s: Matrix, t: Float64Array): SketchedFit {
  const [m, d] = s.shape as [number, number];
  const width = d + 1;
  const joined = new Float64Array(m * width);
  for (let i = 0; i < m; i++) {
    joined.set(s.data.subarray(i * d, (i + 1) * d), i * width);
    joined[i * width + d] = t[i]!;
  }
  const triangle = qrTriangle({ dtype: "float64", shape: [m, width], data: joined });
  const r = new Float64Array(d * d);
  const projected = new Float64Array(d);
  for (let i = 0; i < d; i++) {
    r.set(triangle.data.subarray(i * width, i * width + d), i * d);
    projected[i] = triangle.data[i * width + d]!;
  }
  const factor: Matrix = { dtype: "float64", shape: [d, d], data: r };
  requireFullRank(factor);
  return {
    x: solveTriangular(factor, projected, { upper: true }),
    r: factor,
    singular: singularValues(factor),
  };
}

function requireFullRank(r: Matrix): void {
  const d = r.shape[0]!;
  let largest = 0;
  for (const entry of r.data) largest = Math.max(largest, Math.abs(entry));
  const tolerance = 2 ** -52 * d * largest;
  for (let j = 0; j < d; j++) {
    if (Math.abs(r.data[j * d + j]!) > tolerance) continue;
    const s = singularValues(r);
    const rank = s.filter((value) => value > 2 ** -52 * d * s[0]!).length;
    throw new NumericalError(
      `least squares: the sketched matrix has rank ${rank} of ${d}; column ${j} depends on those before it`,
      { rank, column: j },
    );
  }
}

/** The figures of a solution; its bounds are those of the fit. */
export function describeSolution(
  fit: SketchedFit,
  x: Float64Array,
  facts: {
    readonly rows: number;
    readonly sketch: string;
    readonly residualNorm: number;
    readonly finalResidualNorm: number | undefined;
    readonly delta: number;
    readonly exact: boolean;
    readonly warnings: readonly string[];
  },
): SketchedSolution {
  const { r, singular } = fit;
  const d = x.length;
  const { rows, residualNorm, delta } = facts;
  const epsilon = facts.exact ? 0 : accuracyOfRows(rows, d, delta);
  const smallest = singular[d - 1]!;
  const identity = new Float64Array(d * d);
  for (let j = 0; j < d; j++) identity[j * d + j] = 1;
  // (a^T a)^-1 is about (r^T r)^-1, whose diagonal holds the squared row norms of r^-1.
  const inverse = solveTriangular(
    r,
    { dtype: "float64", shape: [d, d], data: identity },
    { upper: true },
  ).data;
  const standardErrors = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    let sum = 0;
    for (let k = j; k < d; k++) sum += inverse[j * d + k]! ** 2;
    standardErrors[j] = facts.exact ? 0 : residualNorm * Math.sqrt(sum / rows);
  }
  const factor = 2 * Math.sqrt(2 * Math.log((2 * d) / delta));
  return {
    x,
    rows,
    sketch: facts.sketch,
    epsilon,
    residualNorm: facts.finalResidualNorm ?? residualNorm,
    largestSingularValue: singular[0]!,
    smallestSingularValue: smallest,
    condition: singular[0]! / smallest,
    bound: ((epsilon / Math.sqrt(d)) * residualNorm) / smallest,
    standardErrors,
    coordinateBounds: standardErrors.map((error) => factor * error),
    warnings: facts.warnings,
  };
}

function isDense({ kind }: SketchOperator): boolean {
  return kind === "srht" || kind === "gaussian" || kind === "rademacher" || kind === "tensorSrht";
}

/** The operator to use; undefined where all rows are. One operator serves a and b. */
function drawSketch(
  a: Matrix | CsrMatrix,
  n: number,
  d: number,
  options: SketchedLeastSquaresOptions,
): SketchOperator | undefined {
  const { sketch = "srht", seed = 0, epsilon, delta } = options;
  if (typeof sketch === "object" && sketch !== null) {
    if (options.rows !== undefined)
      throw new InvalidInputError("options.rows", "an operator that is given has its own number of rows");
    if (sketch.n !== n)
      throw new InvalidInputError(
        "options.sketch",
        `expected an operator for ${n} rows, got one for ${sketch.n}`,
      );
    if (sketch.m < d)
      throw new InvalidInputError("options.sketch", `needs at least ${d} rows, got ${sketch.m}`);
    return sketch;
  }
  const kind = requireOneOf("options.sketch", sketch, regressionSketches);
  const rows = requireInteger(
    "options.rows",
    options.rows ??
      sketchRows(n, d, {
        ...(epsilon === undefined ? {} : { epsilon }),
        ...(delta === undefined ? {} : { delta }),
      }),
    d,
  );
  if (rows >= n) return undefined;
  // Distinct rows concentrate at least as well as rows drawn with replacement (Gross and Nesme 2010).
  if (kind === "srht") return srht(rows, n, { seed, replace: false });
  if (kind === "gaussian") return gaussianSketch(rows, n, { seed });
  if (kind === "rademacher") return rademacherSketch(rows, n, { seed });
  if (kind === "countSketch") return countSketch(rows, n, { seed });
  if (kind === "sparseSign") return sparseSignSketch(rows, n, { seed });
  return rowSampling(leverageScores("indptr" in a ? toDense(a) : a), rows, { seed });
}
