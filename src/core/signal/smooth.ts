import { requireInteger } from "../errors.ts";
import { type Pass, passes, twiddlesOf } from "./radix.ts";
import { type SimdKernel, simdCapacity, simdTwiddles, startSimdKernel } from "./simd.ts";

/** Whether the length has no prime factor above 13. */
export function isSmooth(length: number): boolean {
  let rest = length;
  for (const [radix] of passes) while (rest % radix === 0) rest /= radix;
  return rest === 1;
}

/** Smallest length of at least `minimum` that has no prime factor above 5, the fastest lengths to transform. */
export function nextFastLength(minimum: number): number {
  requireInteger("minimum", minimum, 0, 2 ** 40);
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

interface Step {
  readonly length: number;
  readonly radix: number;
  readonly pass: Pass;
  readonly twiddles: Float64Array;
  /** Where the kernel keeps these twiddle factors. */
  readonly first: number;
}

/** The passes that transform a smooth length. */
export interface SmoothPlan {
  readonly length: number;
  readonly steps: readonly Step[];
  /** Number of twiddle factors, in doubles. */
  readonly twiddles: number;
}

export function smoothPlan(length: number): SmoothPlan {
  const steps: Step[] = [];
  let rest = length;
  let first = 0;
  for (const [radix, pass] of passes) {
    while (rest % radix === 0) {
      const twiddles = twiddlesOf(rest, radix);
      steps.push({ length: rest, radix, pass, twiddles, first });
      first += twiddles.length;
      rest /= radix;
    }
  }
  return { length, steps, twiddles: first };
}

/** Two buffers of complex numbers between which the passes go back and forth. */
export interface Workspace {
  readonly xr: Float64Array;
  readonly xi: Float64Array;
  readonly yr: Float64Array;
  readonly yi: Float64Array;
}

const kernel: SimdKernel | undefined = startSimdKernel();
let planInKernel: SmoothPlan | undefined;
let plain: Workspace | undefined;

/**
 * Buffers for so many complex numbers, the kernel's own if they are large enough. All transforms share them: fill,
 * run and empty them in one go.
 */
export function workspaceFor(size: number): Workspace {
  if (kernel !== undefined && size <= simdCapacity) return kernel;
  if (plain === undefined || plain.xr.length < size)
    plain = {
      xr: new Float64Array(size),
      xi: new Float64Array(size),
      yr: new Float64Array(size),
      yi: new Float64Array(size),
    };
  return plain;
}

/**
 * Transforms the columns of the array [plan.length, lanes] in (xr, xi), without scaling; `lanes` even. True when the
 * result is in (yr, yi), false when it is in (xr, xi). The same numbers with the kernel and without.
 */
export function runPasses(plan: SmoothPlan, lanes: number, work: Workspace): boolean {
  const simd = work === kernel && plan.twiddles <= simdTwiddles ? kernel : undefined;
  if (simd !== undefined && planInKernel !== plan) {
    for (const { twiddles, first } of plan.steps) simd.twiddles.set(twiddles, first);
    planInKernel = plan;
  }
  const { xr, xi, yr, yi } = work;
  let flipped = false;
  let width = lanes;
  for (const { length, radix, pass, twiddles, first } of plan.steps) {
    if (simd === undefined || !simd.run(radix, length, width, flipped, first)) {
      if (flipped) pass(length, width, yr, yi, xr, xi, twiddles);
      else pass(length, width, xr, xi, yr, yi, twiddles);
    }
    flipped = !flipped;
    width *= radix;
  }
  return flipped;
}
