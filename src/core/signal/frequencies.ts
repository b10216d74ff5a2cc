import { sizeOf } from "../array/index.ts";
import { requireFinite, requireInteger } from "../errors.ts";
import { requireAxes } from "./fft.ts";
import { requireVector } from "./plan.ts";

/** Frequencies of the bins of `fft` of length n in cycles per unit of `spacing`: 0, 1, ..., -2, -1 over n spacing. */
export function fftFrequencies(n: number, spacing = 1): Float64Array {
  requireInteger("n", n, 1);
  requireFinite("spacing", spacing);
  const half = Math.floor((n + 1) / 2);
  return Float64Array.from({ length: n }, (_, k) => (k < half ? k : k - n) / (n * spacing));
}

/** Frequencies of the bins of `rfft` of length n: 0, 1, ..., floor(n / 2) over n spacing. */
export function rfftFrequencies(n: number, spacing = 1): Float64Array {
  requireInteger("n", n, 1);
  requireFinite("spacing", spacing);
  return Float64Array.from({ length: Math.floor(n / 2) + 1 }, (_, k) => k / (n * spacing));
}

/** Moves frequency 0 to the middle of the axes (default all): a copy, rolled by floor(extent / 2). */
export function fftShift(
  x: Float64Array,
  shape: readonly number[] = [x.length],
  axes?: readonly number[],
): Float64Array {
  return rolled(x, shape, axes, (extent) => Math.floor(extent / 2));
}

/** Undoes {@link fftShift}. */
export function ifftShift(
  x: Float64Array,
  shape: readonly number[] = [x.length],
  axes?: readonly number[],
): Float64Array {
  return rolled(x, shape, axes, (extent) => extent - Math.floor(extent / 2));
}

function rolled(
  x: Float64Array,
  shape: readonly number[],
  axes: readonly number[] | undefined,
  shift: (extent: number) => number,
): Float64Array {
  const counted = requireAxes(shape, axes);
  requireVector("x", x, sizeOf(shape));
  let from = x.slice();
  for (const axis of counted) {
    const extent = shape[axis]!;
    const inner = sizeOf(shape.slice(axis + 1));
    const by = shift(extent);
    const to = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += extent * inner)
      for (let j = 0; j < extent; j++) {
        const row = start + j * inner;
        to.set(from.subarray(row, row + inner), start + ((j + by) % extent) * inner);
      }
    from = to;
  }
  return from;
}
