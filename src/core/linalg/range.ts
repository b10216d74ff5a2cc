/** Entries between these need no scaling: squares and products of a few of them stay in range. */
const low = 1e-100;
const high = 1e100;
/** Off-diagonal entries this much smaller than the largest entry are taken for zero. */
const negligible = 1e-150;

/**
 * Brings a matrix into the middle of the range of double precision, in place, and returns the power of two it
 * was multiplied by. Eigenvalue iterations square entries and divide by them: near the ends of the range that
 * overflows, underflows, and may never converge. O(size).
 *
 * With the order of a square matrix given, off-diagonal entries below 1e-150 of the largest entry become zero:
 * a change far below rounding, without which quotients of entries overflow.
 */
export function bringIntoRange(a: Float64Array, order?: number): number {
  let largest = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    const size = Math.abs(a[i]!);
    if (size > largest) largest = size;
    if (size < smallest && size > 0) smallest = size;
  }
  const threshold = negligible * largest;
  if (order !== undefined && smallest < threshold)
    for (let p = 0; p < a.length; p++)
      if (Math.abs(a[p]!) < threshold && Math.floor(p / order) !== p % order) a[p] = 0;
  if (largest === 0 || (largest >= low && largest <= high)) return 1;
  const factor = 2 ** Math.max(-1022, Math.min(1022, -Math.round(Math.log2(largest))));
  scaleBy(factor, a);
  return factor;
}

export function scaleBy(factor: number, a: Float64Array): void {
  if (factor !== 1) for (let i = 0; i < a.length; i++) a[i]! *= factor;
}
