import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { aliasTable, drawAlias, type RandomStream } from "../core/random/index.ts";
import {
  csrFromDense,
  multiplyTransposed,
  multiplyVector,
  requireCsr,
  transpose,
} from "../core/sparse/index.ts";
import type { FiniteSumOperator, Resolvent } from "./problem.ts";
import { requireVector } from "./require-vector.ts";
import { boxResolvent, identityResolvent, simplexResolvent, splitResolvent } from "./resolvents.ts";

/** F and G of `0 in F(u) + G(u)`. */
export interface Inclusion {
  readonly f: FiniteSumOperator & { readonly lipschitz: number };
  readonly g: Resolvent;
}

export interface SamplingOptions {
  /** Components with equal probability, or by how much they may vary ("importance", the default). */
  readonly sampling?: "uniform" | "importance";
}

function sparseOf(argument: string, a: Matrix | CsrMatrix): CsrMatrix {
  if (typeof a === "object" && a !== null && "indptr" in a) {
    const given = requireCsr(argument, a);
    return given.data instanceof Float64Array
      ? (given as CsrMatrix)
      : { ...given, data: Float64Array.from(given.data) };
  }
  requireMatrix(argument, a, { dtype: "float64" });
  return csrFromDense(a);
}

function squaredRowNorms({ rows, indptr, data }: CsrMatrix): Float64Array {
  const norms = new Float64Array(rows);
  for (let i = 0; i < rows; i++)
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) norms[i]! += data[k]! * data[k]!;
  return norms;
}

function requireNonempty(argument: string, { rows, cols, data }: CsrMatrix): void {
  if (rows === 0 || cols === 0) throw new InvalidInputError(argument, `is empty: ${rows} x ${cols}`);
  if (data.every((value) => value === 0)) throw new InvalidInputError(argument, "is zero");
}

/**
 * Gradient of `(1/2n) ||A u - b||^2` as a sum over the n rows: `F_i(u) = a_i (a_i^T u - b_i)`. Cocoercive on average
 * with 1/L, L = max ||a_i||^2 for uniform sampling, mean ||a_i||^2 for importance sampling.
 */
export function finiteSumLeastSquares(
  a: Matrix | CsrMatrix,
  b: Float64Array,
  options: SamplingOptions = {},
): Inclusion["f"] {
  requireKnownOptions("options", options, ["sampling"]);
  const sampling = requireOneOf("options.sampling", options.sampling ?? "importance", [
    "uniform",
    "importance",
  ]);
  const matrix = sparseOf("a", a);
  requireNonempty("a", matrix);
  const { rows: n, cols: dimension, indptr, indices, data } = matrix;
  requireVector("b", b, n);
  const norms = squaredRowNorms(matrix);
  const total = norms.reduce((sum, norm) => sum + norm, 0);
  const residual = new Float64Array(n);
  const add = (i: number, factor: number, out: Float64Array): void => {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) out[indices[k]!]! += factor * data[k]!;
  };
  const weighted = sampling === "importance";
  const table = aliasTable(norms);
  /** 1 / (n q_i). */
  const weight = (i: number): number => (weighted ? total / (n * norms[i]!) : 1);
  return {
    n,
    dimension,
    lipschitz: weighted ? total / n : norms.reduce((most, norm) => Math.max(most, norm), 0),
    ...(weighted ? { draw: (stream: RandomStream) => drawAlias(stream, table) } : {}),
    full: (u, out) => {
      multiplyVector(matrix, u, residual);
      for (let i = 0; i < n; i++) residual[i] = (residual[i]! - b[i]!) / n;
      multiplyTransposed(matrix, residual, out);
    },
    component: (i, u, out, scale) => {
      let product = -b[i]!;
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) product += data[k]! * u[indices[k]!]!;
      add(i, scale * weight(i) * product, out);
    },
    difference: (i, u, v, out, scale) => {
      let product = 0;
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
        const j = indices[k]!;
        product += data[k]! * (u[j]! - v[j]!);
      }
      add(i, scale * weight(i) * product, out);
    },
  };
}

/**
 * The operator of the saddle `min_x max_y y^T A x - h^T x - b^T y`, `F(x, y) = (A^T y - h, b - A x)`, x first. A
 * component is a row i of A with a column j, drawn independently, so that F costs max(rows, columns) of them; it is
 * numbered `i * columns + j`. Monotone and Lipschitz on average, not cocoercive; with importance sampling (rows and
 * columns by their squared norms) L = ||A||_F.
 */
export function bilinearSaddle(
  a: Matrix | CsrMatrix,
  b: Float64Array | undefined,
  h: Float64Array | undefined,
  options: SamplingOptions = {},
): Inclusion["f"] {
  requireKnownOptions("options", options, ["sampling"]);
  const sampling = requireOneOf("options.sampling", options.sampling ?? "importance", [
    "uniform",
    "importance",
  ]);
  const matrix = sparseOf("a", a);
  requireNonempty("a", matrix);
  const { rows: m, cols: n } = matrix;
  const offset = b === undefined ? new Float64Array(m) : requireVector("b", b, m);
  const slope = h === undefined ? new Float64Array(n) : requireVector("h", h, n);
  const columns = transpose(matrix);
  const weighted = sampling === "importance";
  const rowNorms = squaredRowNorms(matrix);
  const columnNorms = squaredRowNorms(columns);
  const total = rowNorms.reduce((sum, norm) => sum + norm, 0);
  const [rowTable, columnTable] = [aliasTable(rowNorms), aliasTable(columnNorms)];
  /** The reciprocals of the probabilities. */
  const rowWeight = (i: number): number => (weighted ? total / rowNorms[i]! : m);
  const columnWeight = (j: number): number => (weighted ? total / columnNorms[j]! : n);
  const largest = (norms: Float64Array): number => norms.reduce((most, norm) => Math.max(most, norm), 0);
  const addRow = (i: number, factor: number, out: Float64Array): void => {
    const { indptr, indices, data } = matrix;
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) out[indices[k]!]! += factor * data[k]!;
  };
  const addColumn = (j: number, factor: number, out: Float64Array): void => {
    const { indptr, indices, data } = columns;
    for (let k = indptr[j]!; k < indptr[j + 1]!; k++) out[n + indices[k]!]! += factor * data[k]!;
  };
  return {
    n: Math.max(m, n),
    dimension: m + n,
    lipschitz: Math.sqrt(weighted ? total : Math.max(m * largest(rowNorms), n * largest(columnNorms))),
    draw: (stream) =>
      weighted
        ? drawAlias(stream, rowTable) * n + drawAlias(stream, columnTable)
        : stream.integer(m) * n + stream.integer(n),
    full: (u, out) => {
      const [x, y] = [u.subarray(0, n), u.subarray(n)];
      multiplyVector(columns, y, out.subarray(0, n));
      multiplyVector(matrix, x, out.subarray(n));
      for (let j = 0; j < n; j++) out[j]! -= slope[j]!;
      for (let i = 0; i < m; i++) out[n + i] = offset[i]! - out[n + i]!;
    },
    component: (pair, u, out, scale) => {
      const [i, j] = [Math.floor(pair / n), pair % n];
      addRow(i, scale * rowWeight(i) * u[n + i]!, out);
      addColumn(j, -scale * columnWeight(j) * u[j]!, out);
      for (let l = 0; l < n; l++) out[l]! -= scale * slope[l]!;
      for (let k = 0; k < m; k++) out[n + k]! += scale * offset[k]!;
    },
    difference: (pair, u, v, out, scale) => {
      const [i, j] = [Math.floor(pair / n), pair % n];
      const change = u[n + i]! - v[n + i]!;
      const along = u[j]! - v[j]!;
      if (change !== 0) addRow(i, scale * rowWeight(i) * change, out);
      if (along !== 0) addColumn(j, -scale * columnWeight(j) * along, out);
    },
  };
}

/**
 * The game in which x, a distribution over the columns, pays `y^T A x` to y, a distribution over the rows: u = (x, y).
 */
export function matrixGame(a: Matrix | CsrMatrix, options: SamplingOptions = {}): Inclusion {
  const f = bilinearSaddle(a, undefined, undefined, options);
  const [m, n] = "indptr" in a ? [a.rows, a.cols] : (a.shape as [number, number]);
  return { f, g: simplexResolvent([n, m]) };
}

/** What the two players of a game can still gain: `max_i (A x)_i - min_j (A^T y)_j`, 0 at an equilibrium. */
export function gameGap(
  a: Matrix | CsrMatrix,
  u: Float64Array,
): { readonly value: number; readonly gap: number; readonly x: Float64Array; readonly y: Float64Array } {
  const matrix = sparseOf("a", a);
  requireVector("u", u, matrix.rows + matrix.cols);
  const x = u.slice(0, matrix.cols);
  const y = u.slice(matrix.cols);
  const payoffs = multiplyVector(matrix, x);
  const costs = multiplyTransposed(matrix, y);
  const most = payoffs.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  const least = costs.reduce((best, value) => Math.min(best, value), Number.POSITIVE_INFINITY);
  let value = 0;
  for (let i = 0; i < y.length; i++) value += y[i]! * payoffs[i]!;
  return { value, gap: most - least, x, y };
}

/**
 * Least absolute deviations, `min_x ||A x - b||_1 / m`, as the saddle `min_x max_{|y_i| <= 1/m} y^T (A x - b)`: u =
 * (x, y).
 */
export function robustRegression(
  a: Matrix | CsrMatrix,
  b: Float64Array,
  options: SamplingOptions = {},
): Inclusion {
  const f = bilinearSaddle(a, b, undefined, options);
  const [m, n] = "indptr" in a ? [a.rows, a.cols] : (a.shape as [number, number]);
  return { f, g: splitResolvent(n, identityResolvent, boxResolvent(-1 / m, 1 / m)) };
}
