import type { CsrMatrix } from "../core/array/index.ts";
import type { SmoothProblem } from "./problem.ts";

/**
 * A smooth problem that block coordinate descent works on: what it needs to choose blocks, to bound curvature, and to
 * keep values and gradients up to date when a block moves. Constraints are `x >= 0` and a term `l1 * ||x||_1`.
 */
export interface BlockProblem extends SmoothProblem {
  readonly l1: number;
  readonly nonnegative: boolean;
  /** Bounds of the second derivative along each coordinate. */
  readonly lipschitz: Float64Array;
  /** The matrix of a quadratic, symmetric: its graph is what tree blocks are made from. */
  readonly graph?: CsrMatrix;
  /** Whether the Hessian is constant, so that a matrix step on a block is exact. */
  readonly quadratic: boolean;
  /** Writes the upper bound of the Hessian on a block, row-major. */
  hessianBound(block: Int32Array, out: Float64Array): void;
  /** `out = H d` for the upper bound H of the whole Hessian. */
  boundProduct(d: Float64Array, out: Float64Array): void;
  /** Row sums of |H|. */
  rowSums(): Float64Array;
  start(x: Float64Array): BlockState;
}

/** An iterate and what is kept for it. */
export interface BlockState {
  readonly x: Float64Array;
  /** Of the smooth part, always that at `x`. */
  readonly gradient: Float64Array;
  /** Of the smooth part. */
  value(): number;
  /** Change of the smooth part if the block moved by the step. */
  change(block: Int32Array, step: Float64Array): number;
  move(block: Int32Array, step: Float64Array): void;
  /** Writes the Hessian at `x` on a block, row-major. */
  hessian(block: Int32Array, out: Float64Array): void;
}
