import type { CsrMatrix } from "../../array/index.ts";
import { requireInteger } from "../../errors.ts";
import { randomStream } from "../../random/index.ts";
import { requireSketch, type SketchOperator, type SketchOptions, sketchOperator } from "./operator.ts";

/**
 * CountSketch: each column of S has one entry, +-1 in a uniformly drawn row. S a costs one addition for each
 * entry of a; needs m of the order d^2 for a subspace of dimension d. Clarkson and Woodruff (2013).
 */
export function countSketch(m: number, n: number, options: SketchOptions = {}): SketchOperator {
  requireSketch(m, n, options);
  return signsInColumns("countSketch", m, n, 1, options.seed);
}

export interface SparseSignSketchOptions extends SketchOptions {
  /** Entries in each column of S; default 8, or m where that is less. */
  readonly nonzerosPerColumn?: number;
}

/**
 * Sparse sign sketch (OSNAP): each column of S has s entries +-1 / sqrt(s) in distinct rows. S a costs s
 * operations for each entry of a and embeds nearly as well as a Gaussian for s = 8. Nelson and Nguyen (2013).
 */
export function sparseSignSketch(
  m: number,
  n: number,
  options: SparseSignSketchOptions = {},
): SketchOperator {
  requireSketch(m, n, options, ["nonzerosPerColumn"]);
  const s = requireInteger("options.nonzerosPerColumn", options.nonzerosPerColumn ?? Math.min(8, m), 1, m);
  return signsInColumns("sparseSign", m, n, s, options.seed);
}

function signsInColumns(
  kind: "countSketch" | "sparseSign",
  m: number,
  n: number,
  s: number,
  seed: number | bigint | undefined,
): SketchOperator {
  const stream = randomStream(seed, kind);
  const rows = new Int32Array(n * s);
  const values = new Float64Array(n * s);
  const magnitude = 1 / Math.sqrt(s);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < s; k++) {
      // Floyd's subset: a row already drawn is replaced by the last one allowed.
      const last = m - s + k;
      const drawn = stream.integer(last + 1);
      rows[j * s + k] = rows.subarray(j * s, j * s + k).includes(drawn) ? last : drawn;
      values[j * s + k] = magnitude * stream.sign();
    }
  }
  return sketchOperator(kind, m, n, {
    dense(d, a) {
      const result = new Float64Array(m * d);
      for (let j = 0; j < n; j++)
        for (let k = j * s; k < (j + 1) * s; k++) {
          const factor = values[k]!;
          for (let c = 0, from = j * d, to = rows[k]! * d; c < d; c++, from++, to++)
            result[to]! += factor * a[from]!;
        }
      return result;
    },
    sparse({ cols, indptr, indices, data }: CsrMatrix) {
      const result = new Float64Array(m * cols);
      for (let j = 0; j < n; j++)
        for (let k = j * s; k < (j + 1) * s; k++) {
          const to = rows[k]! * cols;
          for (let p = indptr[j]!; p < indptr[j + 1]!; p++)
            result[to + indices[p]!]! += values[k]! * data[p]!;
        }
      return result;
    },
  });
}
