import type { Matrix } from "../array/index.ts";
import { requireInteger, requireKnownOptions } from "../errors.ts";
import { joeKuo } from "./joe-kuo.ts";
import type { RandomStream } from "./stream.ts";

/** Dimensions for which direction numbers are at hand. */
export const largestSobolDimension = joeKuo.length + 1;

export interface SobolOptions {
  /** Number of the first point, for making the sequence in pieces; default 0. */
  readonly first?: number;
  /** Source of a random digital shift, which makes every point uniform; default none (the first point is 0). */
  readonly shift?: RandomStream;
}

/**
 * Points `first` .. `first + count - 1` of Sobol's low-discrepancy sequence in [0, 1)^dimension, as the rows of a
 * count x dimension matrix; dimension up to 64, point numbers below 2^32. In Gray-code order, as in scipy: every
 * aligned block of 2^m points has the same balance as in any order. Choose `count` a power of two.
 *
 * With `shift`, the 32 digits of each coordinate are exchanged by a random pattern of its dimension, and random
 * digits are put below them.
 */
export function sobolPoints(count: number, dimension: number, options: SobolOptions = {}): Matrix {
  requireInteger("count", count, 0, 4294967296);
  requireInteger("dimension", dimension, 1, largestSobolDimension);
  requireKnownOptions("options", options, ["first", "shift"]);
  const first = requireInteger("options.first", options.first ?? 0, 0, 4294967296 - count);
  const data = new Float64Array(count * dimension);
  for (let d = 0; d < dimension; d++) {
    const directions = directionsOf(d);
    const draws = options.shift?.split(d);
    const pattern = draws?.uint32() ?? 0;
    // Below the 32 digits of the sequence one random offset, of 20 digits to stay below 1, serves all points.
    const below = (draws?.integer(1048576) ?? 0) / 1048576;
    let digits = pattern;
    const gray = first ^ (first >>> 1);
    for (let bit = 0; bit < 32; bit++) if (((gray >>> bit) & 1) === 1) digits ^= directions[bit]!;
    for (let i = 0; i < count; i++) {
      data[i * dimension + d] = ((digits >>> 0) + below) / 4294967296;
      // The Gray codes of n and n + 1 differ in the place of the lowest 0 of n.
      const next = first + i + 1;
      if (next < 4294967296) digits ^= directions[31 - Math.clz32(next & -next)]!;
    }
  }
  return { dtype: "float64", shape: [count, dimension], data };
}

/** The 32 direction numbers of a dimension (from 0), as 32-bit fractions. */
function directionsOf(d: number): Uint32Array {
  const directions = new Uint32Array(32);
  if (d === 0) {
    for (let bit = 0; bit < 32; bit++) directions[bit] = 2 ** (31 - bit);
    return directions;
  }
  const [coefficients, ...initial] = joeKuo[d - 1]! as [number, ...number[]];
  const degree = initial.length;
  for (let bit = 0; bit < 32; bit++) {
    if (bit < degree) {
      directions[bit] = initial[bit]! * 2 ** (31 - bit);
      continue;
    }
    let value = directions[bit - degree]! ^ (directions[bit - degree]! >>> degree);
    for (let k = 1; k < degree; k++)
      if (((coefficients >>> (degree - 1 - k)) & 1) === 1) value ^= directions[bit - k]!;
    directions[bit] = value;
  }
  return directions;
}
