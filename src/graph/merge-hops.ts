import { type Block, newBlock, type Precision } from "./block.ts";

/** How the hops become one embedding. */
export interface MergeOptions {
  /** Scale every vertex' vector of every hop to length 1 before merging; default true. */
  readonly normalizeHops?: boolean;
  /** Weighted sum of the hops (default), or the weighted hops side by side, `dim` columns each. */
  readonly merge?: "sum" | "concat";
  /**
   * Subtract every column's mean and divide by its population standard deviation, over the vertices with
   * edges; the others stay zero. Default true.
   */
  readonly standardize?: boolean;
}

/** Blocks of `rows` x `dim` summed, or side by side. */
export function mix(
  terms: readonly { readonly block: Block; readonly weight: number }[],
  rows: number,
  dim: number,
  dtype: Precision,
  how: Required<MergeOptions>,
): { merged: Block; columns: number } {
  if (how.merge === "sum") {
    const merged = newBlock(rows * dim, dtype, false);
    for (const { block, weight } of terms) mixRows(block, merged, weight, how.normalizeHops, dim, 0, rows);
    return { merged, columns: dim };
  }
  const columns = dim * terms.length;
  const merged = newBlock(rows * columns, dtype, false);
  for (const [position, { block, weight }] of terms.entries()) {
    const part = newBlock(rows * dim, dtype, false);
    mixRows(block, part, weight, how.normalizeHops, dim, 0, rows);
    for (let row = 0; row < rows; row++)
      merged.set(part.subarray(row * dim, (row + 1) * dim), row * columns + position * dim);
  }
  return { merged, columns };
}

/** `mixture += weight out`, rows first scaled to length 1 when `normalize` (zero rows stay zero). */
export function mixRows(
  out: Block,
  mixture: Block,
  weight: number,
  normalize: boolean,
  width: number,
  first: number,
  last: number,
): void {
  if (weight === 0) return;
  for (let row = first; row < last; row++) {
    const start = row * width;
    const end = start + width;
    let factor = weight;
    if (normalize) {
      let square = 0;
      for (let k = start; k < end; k++) square += out[k]! * out[k]!;
      if (square > 0) factor /= Math.sqrt(square);
    }
    for (let k = start; k < end; k++) mixture[k]! += factor * out[k]!;
  }
}

/** Mean and population standard deviation of every column. */
export interface ColumnMoments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Moments over the rows that are not `empty`; two passes. */
export function columnMoments(block: Block, columns: number, empty: Uint8Array): ColumnMoments {
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  let count = 0;
  for (let row = 0; row < empty.length; row++) {
    if (empty[row] === 1) continue;
    count++;
    for (let k = 0; k < columns; k++) mean[k]! += block[row * columns + k]!;
  }
  for (let k = 0; k < columns; k++) mean[k]! /= count;
  for (let row = 0; row < empty.length; row++) {
    if (empty[row] === 1) continue;
    for (let k = 0; k < columns; k++) deviation[k]! += (block[row * columns + k]! - mean[k]!) ** 2;
  }
  for (let k = 0; k < columns; k++) deviation[k] = Math.sqrt(deviation[k]! / count);
  return { mean, deviation };
}

/** Subtracts the means and divides by the deviations (a constant column becomes 0), in place. */
export function standardizeColumns(
  block: Block,
  columns: number,
  { mean, deviation }: ColumnMoments,
  empty: Uint8Array,
): void {
  for (let row = 0; row < empty.length; row++) {
    if (empty[row] === 1) continue;
    for (let k = 0; k < columns; k++) {
      const at = row * columns + k;
      block[at] = deviation[k]! > 0 ? (block[at]! - mean[k]!) / deviation[k]! : 0;
    }
  }
}
