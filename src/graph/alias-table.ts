/**
 * Draws from a discrete distribution in O(1): with `threshold[i]` chance item i itself, else `other[i]`, for i
 * uniform. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991.
 */
export interface AliasTable {
  readonly threshold: Float64Array;
  readonly other: Int32Array;
}

/**
 * Fills positions [start, end) of a table from weights >= 0 at the same positions, whose items are numbered
 * from 0 in each such part. A part whose weights are all zero is left uniform. O(end - start).
 */
export function fillAliasTable(
  weights: ArrayLike<number>,
  start: number,
  end: number,
  table: AliasTable,
): void {
  const { threshold, other } = table;
  const count = end - start;
  let total = 0;
  for (let k = start; k < end; k++) total += weights[k]!;
  // Items below the mean are paired with items above it, both kept as stacks in one array.
  const stack = new Int32Array(count);
  let small = 0;
  let large = count;
  for (let i = 0; i < count; i++) {
    threshold[start + i] = total > 0 ? (weights[start + i]! * count) / total : 1;
    other[start + i] = i;
    if (threshold[start + i]! < 1) stack[small++] = i;
    else stack[--large] = i;
  }
  while (small > 0 && large < count) {
    const low = stack[--small]!;
    const high = stack[large]!;
    other[start + low] = high;
    threshold[start + high]! -= 1 - threshold[start + low]!;
    if (threshold[start + high]! < 1) {
      large++;
      stack[small++] = high;
    }
  }
  // What rounding left over is whole.
  while (small > 0) threshold[start + stack[--small]!] = 1;
  while (large < count) threshold[start + stack[large++]!] = 1;
}

/** The table of one distribution. */
export function aliasTable(weights: ArrayLike<number>): AliasTable {
  const table = { threshold: new Float64Array(weights.length), other: new Int32Array(weights.length) };
  fillAliasTable(weights, 0, weights.length, table);
  return table;
}
