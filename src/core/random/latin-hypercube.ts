import type { Matrix } from "../array/index.ts";
import { requireInteger } from "../errors.ts";
import { largestSobolDimension, sobolPoints } from "./sobol.ts";
import type { RandomStream } from "./stream.ts";

/**
 * Latin hypercube sample in [0, 1)^dimension, as the rows of a count x dimension matrix: in every coordinate each of
 * the `count` intervals of length 1 / count holds one point, at a uniform place in it. McKay, Beckman and Conover
 * (1979).
 */
export function latinHypercube(stream: RandomStream, count: number, dimension: number): Matrix {
  requireInteger("count", count, 0, 2147483647);
  requireInteger("dimension", dimension, 1);
  const data = new Float64Array(count * dimension);
  for (let d = 0; d < dimension; d++) {
    const draws = stream.split(d);
    const cells = draws.permutation(count);
    for (let i = 0; i < count; i++) data[i * dimension + d] = (cells[i]! + draws.uniform()) / count;
  }
  return { dtype: "float64", shape: [count, dimension], data };
}

/** Points that fill the unit cube evenly, and the construction that made them. */
export interface SpaceFillingPoints {
  readonly points: Matrix;
  readonly construction: "sobol" | "latin-hypercube";
}

/**
 * `count` evenly spread random points in [0, 1)^dimension: Sobol's sequence with a random digital shift up to 64
 * dimensions, a Latin hypercube above.
 */
export function spaceFillingPoints(
  stream: RandomStream,
  count: number,
  dimension: number,
): SpaceFillingPoints {
  if (dimension <= largestSobolDimension)
    return { points: sobolPoints(count, dimension, { shift: stream }), construction: "sobol" };
  return { points: latinHypercube(stream, count, dimension), construction: "latin-hypercube" };
}
