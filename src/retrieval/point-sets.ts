import { InvalidInputError, requireInteger, show } from "../core/errors.ts";

/** Sets of vectors of one dimension, one after the other: set i is rows offsets[i] .. offsets[i + 1] - 1. */
export interface PointSets {
  /** Row-major, as many numbers as the last offset times the dimension. */
  readonly points: Float32Array;
  readonly offsets: Int32Array;
}

/** Refuses points that are no rows of finite numbers of the dimension, or none; returns how many there are. */
export function requirePoints(argument: string, points: unknown, dimension: number): number {
  if (!(points instanceof Float32Array))
    throw new InvalidInputError(argument, `expected a Float32Array, got ${show(points)}`);
  if (points.length === 0) throw new InvalidInputError(argument, "empty point cloud");
  if (points.length % dimension !== 0)
    throw new InvalidInputError(
      argument,
      `point cloud of length ${points.length} is not a multiple of dimension ${dimension}`,
    );
  for (let k = 0; k < points.length; k++)
    if (!Number.isFinite(points[k]))
      throw new InvalidInputError(
        argument,
        `expected finite numbers, got ${points[k]} in row ${Math.floor(k / dimension)}`,
      );
  return points.length / dimension;
}

/** Refuses sets that are not well formed or of which one is empty; returns how many there are. */
export function requireSets(argument: string, sets: PointSets, dimension: number): number {
  const { points, offsets } = sets ?? {};
  const rows = requirePoints(`${argument}.points`, points, dimension);
  if (!(offsets instanceof Int32Array) || offsets.length < 2)
    throw new InvalidInputError(
      `${argument}.offsets`,
      `expected an Int32Array of 2 or more, got ${show(offsets)}`,
    );
  if (offsets[0] !== 0 || offsets.at(-1) !== rows)
    throw new InvalidInputError(
      `${argument}.offsets`,
      `expected to run from 0 to ${rows}, got ${offsets[0]} to ${offsets.at(-1)}`,
    );
  for (let i = 1; i < offsets.length; i++)
    if (offsets[i]! <= offsets[i - 1]!)
      throw new InvalidInputError(`${argument}.offsets`, `empty point cloud ${i - 1}`);
  return offsets.length - 1;
}

export function requireDimension(argument: string, dimension: unknown): number {
  return requireInteger(argument, dimension, 1, 65_536);
}

/** The points of set i, not copied. */
export function setOf(sets: PointSets, i: number, dimension: number): Float32Array {
  return sets.points.subarray(sets.offsets[i]! * dimension, sets.offsets[i + 1]! * dimension);
}

/** What `search` finds for every query of a block of them. */
export function searchEach<Found>(
  queries: Float32Array,
  dimension: number,
  search: (query: Float32Array) => Found,
): Found[] {
  const count = requirePoints("queries", queries, dimension);
  return Array.from({ length: count }, (_, i) =>
    search(queries.subarray(i * dimension, (i + 1) * dimension)),
  );
}

/** Sets in one pair of arrays. */
export function joinSets(sets: readonly Float32Array[], dimension: number): PointSets {
  const offsets = new Int32Array(sets.length + 1);
  for (const [i, set] of sets.entries()) offsets[i + 1] = offsets[i]! + set.length / dimension;
  const points = new Float32Array(offsets[sets.length]! * dimension);
  for (const [i, set] of sets.entries()) points.set(set, offsets[i]! * dimension);
  return { points, offsets };
}
