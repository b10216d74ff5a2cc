import type { CsrMatrix } from "../../array/index.ts";
import { NumericalError } from "../../errors.ts";
import type { Preconditioner } from "../operator.ts";
import { requireSymmetric, tril } from "../structure.ts";
import { diagonalPositions } from "./diagonal-positions.ts";

export interface IncompleteCholesky extends Preconditioner {
  /** Lower triangular L with M = L L^T, on the lower pattern of A. */
  readonly factor: CsrMatrix;
  /** M approximates A + alpha diag(A); 0 where A itself could be factorized. */
  readonly alpha: number;
}

/**
 * Incomplete Cholesky without fill for a symmetric positive definite A: L L^T agrees with A on the pattern of A.
 * Where a pivot is not positive, A + alpha diag(A) is factorized instead, alpha = 1e-3 and doubled as often as
 * needed. Throws InvalidInputError for a matrix that is not symmetric or lacks a diagonal entry, NumericalError
 * when alpha would exceed 1. Application costs one product.
 *
 * Meijerink and van der Vorst, 1977; the shift is Manteuffel's, 1980.
 */
export function ic0(A: CsrMatrix): IncompleteCholesky {
  diagonalPositions(A, false);
  requireSymmetric("A", A);
  const lower = tril(A);
  const { rows, indptr, indices } = lower;
  const data = new Float64Array(lower.data.length);
  const inverse = new Float64Array(rows);
  let alpha = 0;
  for (;;) {
    const failed = factorize(lower, alpha, data, inverse);
    if (failed < 0) break;
    const next = alpha === 0 ? 1e-3 : 2 * alpha;
    if (next > 1)
      throw new NumericalError(
        `IC(0) meets a pivot that is not positive in row ${failed}, even with ${alpha} diag(A) added: is A positive definite?`,
        { row: failed, alpha },
      );
    alpha = next;
  }
  return {
    size: rows,
    factor: { ...lower, data },
    alpha,
    apply: (r, out) => {
      for (let row = 0; row < rows; row++) {
        let sum = r[row]!;
        const diagonal = indptr[row + 1]! - 1;
        for (let k = indptr[row]!; k < diagonal; k++) sum -= data[k]! * out[indices[k]!]!;
        out[row] = sum * inverse[row]!;
      }
      for (let row = rows - 1; row >= 0; row--) {
        const value = out[row]! * inverse[row]!;
        out[row] = value;
        const diagonal = indptr[row + 1]! - 1;
        for (let k = indptr[row]!; k < diagonal; k++) out[indices[k]!]! -= data[k]! * value;
      }
    },
  };
}

/**
 * Row-oriented factorization of lower + alpha diag(lower) into `data` and the reciprocals of the diagonal.
 * Returns the row of the first pivot that is not positive, -1 if there is none. O(sum over entries (i, k) of
 * the entries of row k).
 */
function factorize(
  { rows, indptr, indices, data: source }: CsrMatrix,
  alpha: number,
  data: Float64Array,
  inverse: Float64Array,
): number {
  for (let row = 0; row < rows; row++) {
    const start = indptr[row]!;
    const diagonal = indptr[row + 1]! - 1;
    let pivot = source[diagonal]! * (1 + alpha);
    for (let k = start; k < diagonal; k++) {
      const other = indices[k]!;
      let sum = source[k]!;
      // Product of the two rows' parts left of column `other`.
      let a = start;
      let b = indptr[other]!;
      const bEnd = indptr[other + 1]! - 1;
      while (a < k && b < bEnd) {
        const difference = indices[a]! - indices[b]!;
        if (difference === 0) sum -= data[a++]! * data[b++]!;
        else if (difference < 0) a++;
        else b++;
      }
      const value = sum * inverse[other]!;
      data[k] = value;
      pivot -= value * value;
    }
    if (!(pivot > 0 && Number.isFinite(pivot))) return row;
    data[diagonal] = Math.sqrt(pivot);
    inverse[row] = 1 / data[diagonal]!;
  }
  return -1;
}
