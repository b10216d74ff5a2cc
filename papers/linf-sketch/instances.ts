import type { CsrMatrix, Matrix } from "ockham/array";

/** A least-squares problem with its exact solution and what the guarantee is stated in. */
export interface Instance {
  readonly a: Matrix | CsrMatrix;
  readonly b: Float64Array;
  readonly solution: Float64Array;
  /** |a x* - b|. */
  readonly residualNorm: number;
  readonly smallestSingularValue: number;
  /** Exact leverage scores, where row sampling is compared. */
  readonly leverage?: Float64Array;
}

/**
 * The identity above zeros, and a right-hand side of k equal entries below the identity: a sketch that puts one of them
 * into the row of a column gives it to that coefficient undiluted.
 */
export function collision(d: number, k: number, n: number): Instance {
  const b = new Float64Array(n);
  b.fill(1 / Math.sqrt(k), d, d + k);
  return {
    a: {
      rows: n,
      cols: d,
      indptr: Int32Array.from({ length: n + 1 }, (_, i) => Math.min(i, d)),
      indices: Int32Array.from({ length: d }, (_, j) => j),
      data: new Float64Array(d).fill(1),
    },
    b,
    solution: new Float64Array(d),
    residualNorm: 1,
    smallestSingularValue: 1,
    leverage: new Float64Array(n).fill(1, 0, d),
  };
}

/** d columns, each over K equal rows of its own; the right-hand side alternates in sign on the rows of the first. */
export function block(d: number, K: number): Instance {
  const n = d * K;
  const entry = 1 / Math.sqrt(K);
  return {
    a: {
      rows: n,
      cols: d,
      indptr: Int32Array.from({ length: n + 1 }, (_, i) => i),
      indices: Int32Array.from({ length: n }, (_, i) => Math.floor(i / K)),
      data: new Float64Array(n).fill(entry),
    },
    b: Float64Array.from({ length: n }, (_, i) => (i >= K ? 0 : i % 2 === 0 ? entry : -entry)),
    solution: new Float64Array(d),
    residualNorm: 1,
    smallestSingularValue: 1,
    leverage: new Float64Array(n).fill(1 / K),
  };
}
