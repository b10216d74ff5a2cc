import { accumulateProduct, type Block, blockOf } from "./product.ts";

const blockSize = 48;

/** b := op(t)^-1 b; see `DenseKernels.solveTriangular`. n^2 columns operations, most of them in products. */
export function solveTriangular(
  upper: boolean,
  transpose: boolean,
  unitDiagonal: boolean,
  n: number,
  columns: number,
  t: Float64Array,
  b: Float64Array,
): void {
  const block = blockOf(t, n, 0, 0, transpose);
  if (upper !== transpose) solveBackward(n, columns, block, unitDiagonal, b);
  else solveForward(n, columns, block, unitDiagonal, b);
}

function at(t: Block, row: number, column: number): Block {
  return { ...t, offset: t.offset + row * t.rowStride + column * t.columnStride };
}

/** Lower triangle, first row to last. */
function solveForward(n: number, columns: number, t: Block, unitDiagonal: boolean, b: Float64Array): void {
  for (let start = 0; start < n; start += blockSize) {
    const end = Math.min(n, start + blockSize);
    accumulateProduct(
      -1,
      end - start,
      columns,
      start,
      at(t, start, 0),
      blockOf(b, columns),
      blockOf(b, columns, start),
    );
    for (let i = start; i < end; i++) {
      for (let j = start; j < i; j++) subtractRow(b, columns, i, j, entry(t, i, j));
      if (!unitDiagonal) divideRow(b, columns, i, entry(t, i, i));
    }
  }
}

/** Upper triangle, last row to first. */
function solveBackward(n: number, columns: number, t: Block, unitDiagonal: boolean, b: Float64Array): void {
  for (let end = n; end > 0; end -= blockSize) {
    const start = Math.max(0, end - blockSize);
    accumulateProduct(
      -1,
      end - start,
      columns,
      n - end,
      at(t, start, end),
      blockOf(b, columns, end),
      blockOf(b, columns, start),
    );
    for (let i = end - 1; i >= start; i--) {
      for (let j = i + 1; j < end; j++) subtractRow(b, columns, i, j, entry(t, i, j));
      if (!unitDiagonal) divideRow(b, columns, i, entry(t, i, i));
    }
  }
}

function entry(t: Block, i: number, j: number): number {
  return t.data[t.offset + i * t.rowStride + j * t.columnStride]!;
}

function subtractRow(b: Float64Array, columns: number, i: number, j: number, factor: number): void {
  const to = i * columns;
  const from = j * columns;
  for (let c = 0; c < columns; c++) b[to + c]! -= factor * b[from + c]!;
}

function divideRow(b: Float64Array, columns: number, i: number, divisor: number): void {
  for (let c = i * columns; c < (i + 1) * columns; c++) b[c]! /= divisor;
}
