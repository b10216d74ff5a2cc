import { type Matrix, requireMatrix } from "../../array/index.ts";
import { NumericalError } from "../../errors.ts";
import type { Preconditioner } from "../operator.ts";

/**
 * M = R for a dense upper triangular R (what lies below the diagonal is not read): the right preconditioner of a
 * least squares problem, with R from the QR factorization of a sketch of A. Throws NumericalError naming the first
 * column that is numerically dependent on those before it, |r_jj| <= eps n max|r_ii|. O(n^2) an application.
 */
export function triangularPreconditioner(R: Matrix): Preconditioner {
  const { rows: n } = requireMatrix("R", R, { dtype: "float64" });
  requireMatrix("R", R, { cols: n });
  const { data } = R;
  let largest = 0;
  for (let j = 0; j < n; j++) largest = Math.max(largest, Math.abs(data[j * n + j]!));
  for (let j = 0; j < n; j++) {
    const entry = data[j * n + j]!;
    if (Math.abs(entry) <= 2 ** -52 * n * largest)
      throw new NumericalError(`R is numerically singular: column ${j} depends on the columns before it`, {
        column: j,
        diagonal: entry,
        largest,
      });
  }
  return {
    size: n,
    apply: (r, out) => {
      for (let row = n - 1; row >= 0; row--) {
        let sum = r[row]!;
        for (let k = row + 1; k < n; k++) sum -= data[row * n + k]! * out[k]!;
        out[row] = sum / data[row * n + row]!;
      }
    },
    applyTranspose: (r, out) => {
      if (out !== r) out.set(r);
      for (let row = 0; row < n; row++) {
        const value = out[row]! / data[row * n + row]!;
        out[row] = value;
        for (let k = row + 1; k < n; k++) out[k]! -= data[row * n + k]! * value;
      }
    },
  };
}
