import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, NumericalError, requireKnownOptions, requireOneOf } from "../../errors.ts";
import { requireOperator } from "../operator.ts";
import { inversePermutation, permute, requirePermutation, reverseCuthillMcKee } from "../permutation.ts";
import { requireSymmetric, tril } from "../structure.ts";
import { requireVector } from "../vector.ts";
import { eliminationTree, factorRow } from "./elimination-tree.ts";
import { approximateMinimumDegree } from "./minimum-degree.ts";

export interface SparseCholeskyOptions {
  /**
   * Order of elimination: "minimum-degree" (default) keeps the factor sparse, "reverse-cuthill-mckee" keeps it in a
   * band, "natural" is the order of A; or an order of one's own.
   */
  readonly order?: "minimum-degree" | "reverse-cuthill-mckee" | "natural" | Int32Array;
}

/** A = P^T L L^T P, with L in columns. */
export interface SparseCholesky {
  readonly size: number;
  /** Row `order[i]` of A is eliminated as the i-th. */
  readonly order: Int32Array;
  /** L^T as CSR: row j holds column j of L, its diagonal entry first. */
  readonly factor: CsrMatrix;
  /** log det A. */
  readonly logDeterminant: number;
  /** The x with A x = b; written to `out` where it is given, which may be b. 4 flops an entry of L. */
  solve(b: Float64Array, out?: Float64Array): Float64Array;
}

/**
 * Cholesky factorization of a sparse symmetric positive definite matrix, up-looking, row by row of L. Time
 * proportional to the flops, sum over columns of (entries in the column)^2; memory 12 bytes an entry of L.
 *
 * Throws InvalidInputError for a matrix that is not symmetric, NumericalError naming the row of A at which it turned
 * out not to be positive definite.
 */
export function sparseCholesky(A: CsrMatrix, options: SparseCholeskyOptions = {}): SparseCholesky {
  requireKnownOptions("options", options, ["order"]);
  requireOperator("A", A, { square: true });
  requireSymmetric("A", A);
  const n = A.rows;
  const order = chosenOrder(A, options.order ?? "minimum-degree");
  const lower = tril(permute(A, order));
  const parent = eliminationTree(n, lower);
  const factor = emptyFactor(n, lower, parent);
  factorize(lower, parent, factor, order);
  const { indptr, data } = factor;
  let logDeterminant = 0;
  for (let j = 0; j < n; j++) logDeterminant += 2 * Math.log(data[indptr[j]!]!);
  const inverse = inversePermutation(order);
  const work = new Float64Array(n);
  return {
    size: n,
    order,
    factor,
    logDeterminant,
    solve: (b, out = new Float64Array(n)) => {
      requireVector("b", b, n);
      if (out.length !== n) throw new InvalidInputError("out", `expected ${n} elements, got ${out.length}`);
      for (let i = 0; i < n; i++) work[i] = b[order[i]!]!;
      solveFactors(factor, work);
      for (let i = 0; i < n; i++) out[i] = work[inverse[i]!]!;
      return out;
    },
  };
}

function chosenOrder(A: CsrMatrix, order: NonNullable<SparseCholeskyOptions["order"]>): Int32Array {
  if (typeof order !== "string") {
    requirePermutation("options.order", order, A.rows);
    return order;
  }
  requireOneOf("options.order", order, ["minimum-degree", "reverse-cuthill-mckee", "natural"]);
  if (order === "minimum-degree") return approximateMinimumDegree(A);
  if (order === "reverse-cuthill-mckee") return reverseCuthillMcKee(A);
  return Int32Array.from({ length: A.rows }, (_, i) => i);
}

/** Room for L by columns: its pattern row by row, counted. O(entries of L). */
function emptyFactor(n: number, lower: CsrMatrix, parent: Int32Array): CsrMatrix {
  const counts = new Int32Array(n).fill(1);
  const mark = new Int32Array(n).fill(-1);
  const stack = new Int32Array(n);
  for (let row = 0; row < n; row++) {
    for (let k = factorRow(row, lower, parent, mark, stack); k < n; k++) counts[stack[k]!]!++;
  }
  const indptr = new Int32Array(n + 1);
  let total = 0;
  for (let j = 0; j < n; j++) {
    total += counts[j]!;
    if (total > 2147483647)
      throw new NumericalError("the Cholesky factor has more than 2147483647 entries", { size: n });
    indptr[j + 1] = total;
  }
  return { rows: n, cols: n, indptr, indices: new Int32Array(total), data: new Float64Array(total) };
}

/** Row k of L solves L_{k-1} y = A_{0..k-1, k}; the columns' lists grow by one entry each. */
function factorize(
  lower: CsrMatrix,
  parent: Int32Array,
  { indptr, indices, data }: CsrMatrix,
  order: Int32Array,
): void {
  const n = lower.rows;
  const next = indptr.slice(0, n);
  const mark = new Int32Array(n).fill(-1);
  const stack = new Int32Array(n);
  const y = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    const top = factorRow(row, lower, parent, mark, stack);
    let pivot = 0;
    for (let k = lower.indptr[row]!; k < lower.indptr[row + 1]!; k++) {
      const column = lower.indices[k]!;
      if (column === row) pivot = lower.data[k]!;
      else y[column] = lower.data[k]!;
    }
    for (let t = top; t < n; t++) {
      const column = stack[t]!;
      const first = indptr[column]!;
      const end = next[column]!;
      const value = y[column]! / data[first]!;
      y[column] = 0;
      for (let k = first + 1; k < end; k++) y[indices[k]!]! -= data[k]! * value;
      pivot -= value * value;
      indices[end] = row;
      data[end] = value;
      next[column] = end + 1;
    }
    if (!(pivot > 0 && Number.isFinite(pivot)))
      throw new NumericalError(
        `not positive definite: the pivot of row ${order[row]} is ${pivot}, after ${row} rows`,
        { row: order[row], pivot, eliminated: row },
      );
    const diagonal = indptr[row]!;
    indices[diagonal] = row;
    data[diagonal] = Math.sqrt(pivot);
    next[row] = diagonal + 1;
  }
}

/** L L^T x = b in place. */
function solveFactors({ rows: n, indptr, indices, data }: CsrMatrix, x: Float64Array): void {
  for (let j = 0; j < n; j++) {
    const first = indptr[j]!;
    const end = indptr[j + 1]!;
    const value = x[j]! / data[first]!;
    x[j] = value;
    for (let k = first + 1; k < end; k++) x[indices[k]!]! -= data[k]! * value;
  }
  for (let j = n - 1; j >= 0; j--) {
    const first = indptr[j]!;
    const end = indptr[j + 1]!;
    let sum = x[j]!;
    for (let k = first + 1; k < end; k++) sum -= data[k]! * x[indices[k]!]!;
    x[j] = sum / data[first]!;
  }
}
