import { requireInteger, requireOneOf } from "../errors.ts";
import { customGradient } from "./autodiff.ts";
import type { Tensor } from "./tensor.ts";
import { refuse, showType } from "./type.ts";

/** `replacement` in value, x in gradient: the straight-through estimator. */
export const straightThrough: (x: Tensor, replacement: Tensor) => Tensor = customGradient(
  (_: Tensor, replacement: Tensor) => replacement,
  (g: Tensor) => [g, undefined],
);

/**
 * 1 for the `keep` greatest scores, else 0: of each `row` (last axis) or of the whole `tensor`. Of equal
 * scores the lower index is kept first. Without gradient.
 */
export function topKMask(scores: Tensor, keep: number, scope: "row" | "tensor" = "tensor"): Tensor {
  requireOneOf("scope", scope, ["row", "tensor"]);
  const rows = scope === "row" ? scores : scores.flatten();
  requireInteger("keep", keep, 1, rows.shape.at(-1));
  const [, places] = rows.stopGradient().topK(keep);
  return onesAt(places, rows).reshape(scores.shape);
}

/**
 * 1 for the n greatest of every group of m neighbours on the last axis, else 0. Of equal scores the lower
 * index is dropped first. Without gradient.
 */
export function nmMask(scores: Tensor, n: number, m: number): Tensor {
  requireInteger("m", m, 1);
  requireInteger("n", n, 1, m);
  if (scores.rank === 0 || scores.shape.at(-1)! % m !== 0)
    refuse("nmMask", `the last axis of ${showType(scores)} does not split into groups of ${m}`);
  const groups = scores.stopGradient().reshape([-1, m]).flip(1);
  const [, places] = groups.topK(n);
  return onesAt(places, groups).flip(1).reshape(scores.shape);
}

function onesAt(places: Tensor, rows: Tensor): Tensor {
  return places.scatterAlong(rows.full(places.shape, 1), rows.shape, -1);
}
