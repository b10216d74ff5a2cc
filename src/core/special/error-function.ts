import { exp } from "./elementary.ts";

// W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969): near 0, the
// middle and the tail, highest power last; relative error below 6e-19 before rounding.
const nearTop = [
  3209.3775891384694, 377.485237685302, 113.86415415105016, 3.1611237438705655, 0.18577770618460315,
] as const;
const nearBottom = [
  2844.236833439171, 1282.6165260773723, 244.02463793444417, 23.601290952344122, 1,
] as const;
const middleTop = [
  1230.3393547979972, 2051.0783778260716, 1712.0476126340707, 881.952221241769, 298.6351381974001,
  66.11919063714163, 8.883149794388377, 0.5641884969886701, 2.1531153547440383e-8,
] as const;
const middleBottom = [
  1230.3393548037495, 3439.3676741437216, 4362.619090143247, 3290.7992357334597, 1621.3895745666903,
  537.1811018620099, 117.6939508913125, 15.744926110709835, 1,
] as const;
const tailTop = [
  0.0006587491615298378, 0.016083785148742275, 0.12578172611122926, 0.36034489994980445, 0.30532663496123236,
  0.016315387137302097,
] as const;
const tailBottom = [
  0.0023352049762686918, 0.06051834131244132, 0.5279051029514285, 1.8729528499234604, 2.568520192289822, 1,
] as const;
const inverseSqrtPi = 0.5641895835477563;

function ratio(top: readonly number[], bottom: readonly number[], z: number): number {
  let p = 0;
  let q = 0;
  for (let k = top.length - 1; k >= 0; k--) p = p * z + top[k]!;
  for (let k = bottom.length - 1; k >= 0; k--) q = q * z + bottom[k]!;
  return p / q;
}

/** erf for |x| <= 0.46875. */
function erfNearZero(x: number): number {
  return x * ratio(nearTop, nearBottom, x * x);
}

/** exp(x^2) erfc(x) for x > 0.46875. */
function scaledTail(x: number): number {
  if (x <= 4) return ratio(middleTop, middleBottom, x);
  if (x > 1e8) return inverseSqrtPi / x;
  const z = 1 / (x * x);
  return (inverseSqrtPi - z * ratio(tailTop, tailBottom, z)) / x;
}

/** exp(-scale x^2) with x^2 to twice the precision; scale is a power of two. */
export function gaussian(x: number, scale: number): number {
  const head = Math.trunc(x * 16) / 16;
  return exp(-scale * head * head) * exp(-scale * (x - head) * (x + head));
}

/** Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. Relative error about 1 ulp. */
export function erf(x: number): number {
  if (Math.abs(x) <= 0.46875) return erfNearZero(x);
  if (Math.abs(x) > 6) return Math.sign(x);
  const value = 1 - gaussian(x, 1) * scaledTail(Math.abs(x));
  return x > 0 ? value : -value;
}

/** 1 - erf(x), accurate in its tail: relative error a few ulp down to the smallest numbers. */
export function erfc(x: number): number {
  if (Math.abs(x) <= 0.46875) return 1 - erfNearZero(x);
  if (x < 0) return 2 - erfc(-x);
  if (x > 27.3) return 0;
  return gaussian(x, 1) * scaledTail(x);
}

/** exp(x^2) erfc(x), the scaled complementary error function; Infinity for x below -26.6. */
export function erfcx(x: number): number {
  if (x > 0.46875) return scaledTail(x);
  if (x < -26.7) return Number.POSITIVE_INFINITY;
  const growth = 1 / gaussian(x, 1);
  return growth * erfc(x);
}
