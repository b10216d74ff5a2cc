import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { requireInteger } from "../core/errors.ts";
import { type Svd, svd } from "../core/linalg/index.ts";
import { matrix } from "./weights.ts";

/** The best approximation of a matrix [out, in] of the given rank, as second [out, rank] times first [rank, in]. */
export interface SplitMatrix {
  readonly first: Matrix;
  readonly second: Matrix;
}

/**
 * The leading part of a singular value decomposition as two factors, each with the roots of the singular values:
 * (U sqrt S) (sqrt S V^T). Eckart and Young, 1936.
 */
export function truncatedFactors(decomposition: Svd, rank: number): SplitMatrix {
  const { u, s, vt } = decomposition;
  requireInteger("rank", rank, 1, s.length);
  const [out, k] = u.shape as [number, number];
  const inputs = vt.shape[1]!;
  const second = new Float64Array(out * rank);
  const first = new Float64Array(rank * inputs);
  for (let r = 0; r < rank; r++) {
    const root = Math.sqrt(s[r]!);
    for (let i = 0; i < out; i++) second[i * rank + r] = root * u.data[i * k + r]!;
    for (let j = 0; j < inputs; j++) first[r * inputs + j] = root * vt.data[r * inputs + j]!;
  }
  return { first: matrix(rank, inputs, first), second: matrix(out, rank, second) };
}

/** Factors of the best approximation of a weight [out, in] by rank. About 20 out in min(out, in) operations. */
export function lowRankFactors(weight: Matrix, rank: number): SplitMatrix {
  requireMatrix("weight", weight);
  return truncatedFactors(svd(weight), rank);
}
