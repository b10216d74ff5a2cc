import type { CsrMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, show } from "../core/errors.ts";
import { requireVector } from "./require-vector.ts";

/** Some cells of a rows x cols table: cell (i[e], j[e]) holds value[e]. */
export interface ObservedMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly i: Int32Array;
  readonly j: Int32Array;
  readonly value: Float64Array;
  /** How much each cell counts, above 0; default 1. A cell of weight 2 counts as if it had been seen twice. */
  readonly weight?: Float64Array;
}

/** Cells by row or by column, and their weights in the same order. */
export interface Orientation {
  readonly pattern: CsrMatrix;
  readonly weights?: Float64Array;
}

/** Checks cells, merges repeated ones that agree, and orders them by row. */
export function observedCells(argument: string, observed: ObservedMatrix): ObservedMatrix {
  if (typeof observed !== "object" || observed === null)
    throw new InvalidInputError(argument, `expected { rows, cols, i, j, value }, got ${show(observed)}`);
  const { i, j, value } = observed;
  const rows = requireInteger(`${argument}.rows`, observed.rows, 1, 2 ** 31 - 1);
  const cols = requireInteger(`${argument}.cols`, observed.cols, 1, 2 ** 31 - 1);
  for (const [name, index, bound] of [
    ["i", i, rows],
    ["j", j, cols],
  ] as const) {
    if (!(index instanceof Int32Array) || index.length === 0)
      throw new InvalidInputError(
        `${argument}.${name}`,
        `expected an Int32Array of cells, got ${show(index)}`,
      );
    const bad = index.findIndex((at) => at < 0 || at >= bound);
    if (bad >= 0)
      throw new InvalidInputError(
        `${argument}.${name}`,
        `entry ${bad} is ${index[bad]}; expected 0 to ${bound - 1}`,
      );
  }
  if (j.length !== i.length)
    throw new InvalidInputError(`${argument}.j`, `expected ${i.length} entries, got ${j.length}`);
  requireVector(`${argument}.value`, value, i.length);
  const { weight } = observed;
  if (weight !== undefined) requireWeights(`${argument}.weight`, weight, i.length);
  const order = sortedBy(sortedBy(undefined, j, cols), i, rows);
  const kept: number[] = [];
  for (const e of order) {
    const last = kept.at(-1);
    if (last === undefined || i[last] !== i[e] || j[last] !== j[e]) kept.push(e);
    else if (value[last] !== value[e])
      throw new InvalidInputError(
        argument,
        `cell (${i[e]}, ${j[e]}) is given as ${value[last]} and as ${value[e]}, entries ${last} and ${e}`,
      );
    else if (weight !== undefined && weight[last] !== weight[e])
      throw new InvalidInputError(
        argument,
        `cell (${i[e]}, ${j[e]}) is given the weights ${weight[last]} and ${weight[e]}, entries ${last} and ${e}`,
      );
  }
  return {
    rows,
    cols,
    i: Int32Array.from(kept, (e) => i[e]!),
    j: Int32Array.from(kept, (e) => j[e]!),
    value: Float64Array.from(kept, (e) => value[e]!),
    ...(weight === undefined ? {} : { weight: Float64Array.from(kept, (e) => weight[e]!) }),
  };
}

/** Checks weights of cells: positive numbers. */
export function requireWeights(argument: string, weight: Float64Array, length: number): void {
  requireVector(argument, weight, length);
  const bad = weight.findIndex((value) => value <= 0);
  if (bad >= 0)
    throw new InvalidInputError(argument, `entry ${bad} is ${weight[bad]}; expected numbers above 0`);
}

/** Entries in stable order of a key below a bound. */
function sortedBy(items: Int32Array | undefined, keys: Int32Array, bound: number): Int32Array {
  const next = new Int32Array(bound + 1);
  for (const key of keys) next[key + 1]!++;
  for (let key = 0; key < bound; key++) next[key + 1]! += next[key]!;
  const order = new Int32Array(keys.length);
  for (let k = 0; k < keys.length; k++) {
    const item = items === undefined ? k : items[k]!;
    order[next[keys[item]!]!++] = item;
  }
  return order;
}

/** The cells, ordered by row, whose numbers are given, as compressed rows and as compressed columns. */
export function bothOrientations(
  { rows, cols, i, j, value, weight }: ObservedMatrix,
  entries: Int32Array,
): { byRow: Orientation; byColumn: Orientation } {
  const compressed = (
    order: Int32Array,
    major: Int32Array,
    minor: Int32Array,
    count: number,
    width: number,
  ): Orientation => {
    const indptr = new Int32Array(count + 1);
    for (const e of order) indptr[major[e]! + 1]!++;
    for (let r = 0; r < count; r++) indptr[r + 1]! += indptr[r]!;
    return {
      pattern: {
        rows: count,
        cols: width,
        indptr,
        indices: Int32Array.from(order, (e) => minor[e]!),
        data: Float64Array.from(order, (e) => value[e]!),
      },
      ...(weight === undefined ? {} : { weights: Float64Array.from(order, (e) => weight[e]!) }),
    };
  };
  const columns = Int32Array.from(entries, (e) => j[e]!);
  const byColumn = sortedBy(undefined, columns, cols).map((position) => entries[position]!);
  return { byRow: compressed(entries, i, j, rows, cols), byColumn: compressed(byColumn, j, i, cols, rows) };
}
