import type { CsrMatrix } from "../core/array/index.ts";

/**
 * How the products of rows with the variables change with a step along some of these. Every feature has `width` variables,
 * which lie together, and a row as many products. Its memory serves one step after the other.
 */
export class RowShifts {
  /** The rows that the last step touches, as many as `collect` said. */
  readonly rows: Int32Array;
  /** Change of the products of row i from `i width` on; valid for those rows alone. */
  readonly values: Float64Array;
  readonly #columns: CsrMatrix;
  readonly #width: number;
  readonly #isTouched: Uint8Array;

  /** @param columns the design matrix, transposed */
  constructor(columns: CsrMatrix, width = 1) {
    this.#columns = columns;
    this.#width = width;
    this.rows = new Int32Array(columns.cols);
    this.values = new Float64Array(columns.cols * width);
    this.#isTouched = new Uint8Array(columns.cols);
  }

  /** Gathers the changes for a step along the variables of a block; gives the number of rows. O(entries of its columns). */
  collect(block: Int32Array, step: Float64Array): number {
    const { indptr, indices, data } = this.#columns;
    const width = this.#width;
    const { rows, values } = this;
    const isTouched = this.#isTouched;
    let count = 0;
    for (let u = 0; u < block.length; u++) {
      const d = step[u]!;
      if (d === 0) continue;
      const feature = Math.floor(block[u]! / width);
      const place = block[u]! - feature * width;
      for (let e = indptr[feature]!; e < indptr[feature + 1]!; e++) {
        const i = indices[e]!;
        if (isTouched[i] === 0) {
          isTouched[i] = 1;
          rows[count++] = i;
          values.fill(0, i * width, (i + 1) * width);
        }
        values[i * width + place]! += data[e]! * d;
      }
    }
    for (let t = 0; t < count; t++) isTouched[rows[t]!] = 0;
    return count;
  }
}
