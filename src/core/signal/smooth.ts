import { type Pass, passes, twiddlesOf } from "./radix.ts";

/** Whether the length has no prime factor above 13. */
export function isSmooth(length: number): boolean {
  let rest = length;
  for (const [radix] of passes) while (rest % radix === 0) rest /= radix;
  return rest === 1;
}

/** Smallest length of at least `minimum` that has no prime factor above 5, the fastest lengths to transform. */
export function nextFastLength(minimum: number): number {
  let best = 1;
  while (best < minimum) best *= 2;
  for (let fives = 1; fives < best; fives *= 5)
    for (let threes = fives; threes < best; threes *= 3) {
      let length = threes;
      while (length < minimum) length *= 2;
      best = Math.min(best, length);
    }
  return best;
}

/** Passes of the transform of a smooth length; runs many transforms side by side. */
export interface SmoothPlan {
  readonly length: number;
  readonly passes: readonly {
    readonly length: number;
    readonly pass: Pass;
    readonly radix: number;
    readonly twiddles: Float64Array;
  }[];
}

export function smoothPlan(length: number): SmoothPlan {
  const plan: { length: number; pass: Pass; radix: number; twiddles: Float64Array }[] = [];
  let rest = length;
  for (const [radix, pass] of passes) {
    while (rest % radix === 0) {
      plan.push({ length: rest, pass, radix, twiddles: twiddlesOf(rest, radix) });
      rest /= radix;
    }
  }
  return { length, passes: plan };
}

/** Two buffers between which the passes go back and forth. */
export interface Workspace {
  readonly xr: Float64Array;
  readonly xi: Float64Array;
  readonly yr: Float64Array;
  readonly yi: Float64Array;
}

export function workspace(size: number): Workspace {
  return {
    xr: new Float64Array(size),
    xi: new Float64Array(size),
    yr: new Float64Array(size),
    yi: new Float64Array(size),
  };
}

/**
 * Transforms the columns of the array [plan.length, lanes] in (xr, xi), without scaling. True when the result is
 * in (yr, yi), false when it is in (xr, xi).
 */
export function runPasses(plan: SmoothPlan, lanes: number, work: Workspace): boolean {
  let flipped = false;
  let width = lanes;
  for (const { length, pass, radix, twiddles } of plan.passes) {
    if (flipped) pass(length, width, work.yr, work.yi, work.xr, work.xi, twiddles);
    else pass(length, width, work.xr, work.xi, work.yr, work.yi, twiddles);
    flipped = !flipped;
    width *= radix;
  }
  return flipped;
}
