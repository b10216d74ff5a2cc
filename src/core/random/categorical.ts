import { InvalidInputError, requireFinite, requireInteger, show } from "../errors.ts";
import type { RandomStream } from "./stream.ts";

/** Checks nonnegative finite weights with a positive sum; returns the sum. */
function totalOf(weights: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new InvalidInputError(
        `weights[${i}]`,
        `expected a finite number of at least 0, got ${show(weight)}`,
      );
    total += weight;
  }
  if (!(total > 0 && total < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("weights", `expected a positive, finite sum, got ${show(total)}`);
  return total;
}

/** Index drawn with probability proportional to its weight. O(n), for one draw; for many see `aliasTable`. */
export function drawCategorical(stream: RandomStream, weights: ArrayLike<number>): number {
  let rest = stream.uniform() * totalOf(weights);
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    if (rest < weight) return i;
    rest -= weight;
    last = i;
  }
  return last;
}

/** Prepared weights: index i stands with probability `keep[i]`, else `alias[i]` is drawn instead of it. */
export interface AliasTable {
  readonly keep: Float64Array;
  readonly alias: Int32Array;
}

/**
 * Walker's alias table, built by Vose's method in O(n), for draws in O(1) by `drawAlias`. Plain data: it may be
 * sent to a worker.
 */
export function aliasTable(weights: ArrayLike<number>): AliasTable {
  const total = totalOf(weights);
  const n = weights.length;
  const keep = new Float64Array(n);
  const alias = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    keep[i] = (weights[i]! / total) * n;
    alias[i] = i;
  }
  // One stack of columns below the average from the left, one of the others from the right.
  const stack = new Int32Array(n);
  let small = 0;
  let large = n;
  for (let i = 0; i < n; i++) {
    if (keep[i]! < 1) stack[small++] = i;
    else stack[--large] = i;
  }
  while (small > 0 && large < n) {
    const low = stack[--small]!;
    const high = stack[large]!;
    alias[low] = high;
    keep[high] = keep[high]! - (1 - keep[low]!);
    if (keep[high]! < 1) {
      large++;
      stack[small++] = high;
    }
  }
  // What rounding left over is full, unless its weight is 0 and another index must stand in.
  const heaviest = n > 0 ? indexOfLargest(weights) : 0;
  for (let at = 0; at < n; at++) {
    if (at >= small && at < large) continue;
    const i = stack[at]!;
    const standsIn = weights[i] === 0;
    keep[i] = standsIn ? 0 : 1;
    if (standsIn) alias[i] = heaviest;
  }
  return { keep, alias };
}

function indexOfLargest(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[largest]!) largest = i;
  return largest;
}

/**
 * Index drawn with the probabilities of an alias table, up to n 2^-53. One uniform gives both the column and the coin.
 * O(1).
 */
export function drawAlias(stream: RandomStream, table: AliasTable): number {
  const place = stream.uniform() * table.keep.length;
  const column = Math.floor(place);
  return place - column < table.keep[column]! ? column : table.alias[column]!;
}

/**
 * Systematic resampling: the indices at which the running sum of the normalised weights passes
 * (offset + i) / count, i = 0 .. count - 1, ascending. `offset` in [0, 1) is one uniform draw. An index of weight w
 * comes floor(count w) or ceil(count w) times. O(n + count).
 */
export function systematicResample(weights: ArrayLike<number>, count: number, offset: number): Int32Array {
  requireInteger("count", count, 0, 2147483647);
  requireFinite("offset", offset, 0, 1 - 2 ** -53);
  return passing(weights, count, (i) => (offset + i) / count);
}

/** Multinomial resampling: `count` independent draws in proportion to the weights, ascending. O(n + count). */
export function multinomialResample(
  stream: RandomStream,
  weights: ArrayLike<number>,
  count: number,
): Int32Array {
  requireInteger("count", count, 0, 2147483647);
  // Running sums of count + 1 exponentials over their total are sorted uniforms.
  const sums = new Float64Array(count + 1);
  let sum = 0;
  for (let i = 0; i <= count; i++) {
    sum += stream.exponential();
    sums[i] = sum;
  }
  return passing(weights, count, (i) => sums[i]! / sum);
}

/** For ascending positions in [0, 1], the index whose stretch of the running sum of weights holds each. */
function passing(weights: ArrayLike<number>, count: number, position: (i: number) => number): Int32Array {
  const total = totalOf(weights);
  const chosen = new Int32Array(count);
  let last = weights.length - 1;
  while (weights[last] === 0) last--;
  let index = 0;
  let sum = weights[0]!;
  for (let i = 0; i < count; i++) {
    const target = position(i) * total;
    while (index < last && (sum <= target || weights[index] === 0)) sum += weights[++index]!;
    chosen[i] = index;
  }
  return chosen;
}
