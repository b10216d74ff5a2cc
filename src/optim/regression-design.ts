import { type CsrMatrix, type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireFinite, requireKnownOptions, show } from "../core/errors.ts";
import { csrFromDense, requireCsr, transpose } from "../core/sparse/index.ts";

export interface RegressionOptions {
  /** Weight of `||x||^2 / 2`; default 0. */
  readonly l2?: number;
  /** Weight of `||x||_1`; default 0. */
  readonly l1?: number;
  /** Whether x >= 0; default false. */
  readonly nonnegative?: boolean;
}

export interface Penalties {
  readonly l2: number;
  readonly l1: number;
  readonly nonnegative: boolean;
}

export function penalties(options: RegressionOptions): Penalties {
  requireKnownOptions("options", options, ["l2", "l1", "nonnegative"]);
  const { nonnegative = false } = options;
  if (typeof nonnegative !== "boolean")
    throw new InvalidInputError("options.nonnegative", `expected true or false, got ${show(nonnegative)}`);
  return {
    l2: requireFinite("options.l2", options.l2 ?? 0, 0),
    l1: requireFinite("options.l1", options.l1 ?? 0, 0),
    nonnegative,
  };
}

/** The entries of a design matrix, which must not be empty, as float64 in rows. */
export function sparseOf(argument: string, a: Matrix | CsrMatrix): CsrMatrix {
  let matrix: CsrMatrix;
  if (typeof a === "object" && a !== null && "indptr" in a) matrix = requireCsr(argument, a) as CsrMatrix;
  else {
    requireMatrix(argument, a, { dtype: "float64" });
    matrix = csrFromDense(a);
  }
  if (matrix.rows === 0 || matrix.cols === 0)
    throw new InvalidInputError(argument, `is empty: ${matrix.rows} x ${matrix.cols}`);
  return matrix.data instanceof Float64Array ? matrix : { ...matrix, data: Float64Array.from(matrix.data) };
}

/** The sums of `|a_j^T a_k|` over all columns k, for each column j: O(entries x entries of a row). */
export function gramRowSums(matrix: CsrMatrix): Float64Array {
  const { cols, indptr, indices, data } = matrix;
  const columns = transpose(matrix);
  const sums = new Float64Array(cols);
  const line = new Float64Array(cols);
  for (let j = 0; j < cols; j++) {
    for (let c = columns.indptr[j]!; c < columns.indptr[j + 1]!; c++) {
      const i = columns.indices[c]!;
      for (let k = indptr[i]!; k < indptr[i + 1]!; k++) line[indices[k]!]! += columns.data[c]! * data[k]!;
    }
    for (let k = 0; k < cols; k++) sums[j]! += Math.abs(line[k]!);
    line.fill(0);
  }
  return sums;
}

/** The sum of the losses of all rows and `l2 ||x||^2 / 2`. */
export function penalizedSum(losses: Float64Array, x: Float64Array, l2: number): number {
  let sum = 0;
  for (const value of x) sum += (l2 / 2) * value * value;
  for (const loss of losses) sum += loss;
  return sum;
}
