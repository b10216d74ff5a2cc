import { requireKnownOptions } from "../errors.ts";
import type { Tensor, TensorLike } from "./tensor.ts";
import { toTensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

export interface AttentionOptions {
  /** Forbids looking at later keys; default false. */
  readonly causal?: boolean;
  /** Bool: which keys each query may look at; floats: added to the scores. Broadcast to [..., Tq, Tk]. */
  readonly mask?: TensorLike;
  /** Factor of the scores; default 1 / sqrt(d). */
  readonly scale?: number;
}

/** Large enough to vanish after exp, small enough for sums to stay finite. */
const forbidden = -1e30;

/**
 * softmax(q k^T scale + mask) v over the last two axes: q [..., Tq, d], k [..., Tk, d], v [..., Tk, e] to
 * [..., Tq, e].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  requireKnownOptions("options", options, ["causal", "mask", "scale"]);
  const d = q.shape.at(-1);
  if (q.rank < 2 || d === undefined || k.shape.at(-1) !== d || k.shape.at(-2) !== v.shape.at(-2))
    refuse("attention", `queries ${showType(q)}, keys ${showType(k)} and values ${showType(v)} do not fit`);
  let scores = q.mul(options.scale ?? 1 / Math.sqrt(d)).matmul(k.swapAxes(-1, -2));
  const [rows, cols] = scores.shape.slice(-2) as [number, number];
  if (options.causal) {
    const bias = new Float64Array(rows * cols);
    // The last query stands beside the last key.
    for (let row = 0; row < rows; row++)
      bias.fill(forbidden, row * cols + row + 1 + cols - rows, (row + 1) * cols);
    scores = scores.add(scores.constant({ dtype: "float64", shape: [rows, cols], data: bias }, scores.dtype));
  }
  if (options.mask !== undefined) {
    const mask = toTensor(options.mask);
    scores = mask.dtype === "bool" ? mask.where(scores, forbidden) : scores.add(mask);
  }
  return scores.softmax(-1).matmul(v);
}
