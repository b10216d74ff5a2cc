import { assemble, op } from "../../wasm/index.ts";

/** Rows and columns of a tile. */
export const tileSize = 4;

/**
 * Memory in which products of panels are computed: sixteen entries for the resulting tile, row by row, then
 * room for packed panels.
 */
export interface TileMemory {
  readonly entries: Float64Array;
  /**
   * entries[0..16) := the product of two packed panels of `length` steps, each step four entries of a column of
   * the left factor and four of a row of the right one, from the given positions on.
   */
  readonly multiply: (left: number, right: number, length: number) => void;
}

/** Entries of the tile at the start of the memory. */
export const panelStart = tileSize * tileSize;

/**
 * A memory of so many entries. Sixteen accumulators take 16 multiplications for 8 loads, by WebAssembly SIMD
 * or, where that is missing or forbidden, in plain TypeScript; the results are the same bits.
 */
export function tileMemory(size: number): TileMemory {
  try {
    const pages = Math.ceil((size * 8) / 65536);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(tileModule(pages)));
    const multiply = exports.multiply as (left: number, right: number, leftEnd: number) => void;
    return {
      entries: new Float64Array((exports.memory as WebAssembly.Memory).buffer, 0, size),
      multiply: (left, right, length) => multiply(left * 8, right * 8, (left + length * tileSize) * 8),
    };
  } catch {
    return plainTileMemory(size);
  }
}

/** The same without WebAssembly. */
export function plainTileMemory(size: number): TileMemory {
  const entries = new Float64Array(size);
  return { entries, multiply: (left, right, length) => multiplyPlainly(entries, left, right, length) };
}

function tileModule(pages: number): Uint8Array<ArrayBuffer> {
  const [left, right, end, b0, b1, a] = [0, 1, 2, 3, 4, 5] as const;
  const sum = (row: number, half: number): number => 6 + 2 * row + half;
  const accumulate = (row: number, half: number, b: number): number[] => [
    ...op.get(sum(row, half)),
    ...op.get(a),
    ...op.get(b),
    ...op.f64x2.multiply,
    ...op.f64x2.add,
    ...op.set(sum(row, half)),
  ];
  const advance = (pointer: number): number[] => [
    ...op.get(pointer),
    ...op.i32.const(8 * tileSize),
    ...op.i32.add,
    ...op.tee(pointer),
  ];
  const rows = [0, 1, 2, 3];
  const step = [
    ...[...op.get(right), ...op.v128.load(0), ...op.set(b0)],
    ...[...op.get(right), ...op.v128.load(16), ...op.set(b1)],
    ...rows.flatMap((row) => [
      ...[...op.get(left), ...op.v128.loadSplat64(8 * row), ...op.set(a)],
      ...accumulate(row, 0, b0),
      ...accumulate(row, 1, b1),
    ]),
    ...[...advance(right), ...op.set(right)],
    ...[...advance(left), ...op.get(end), ...op.i32.lessUnsigned],
  ];
  const store = rows.flatMap((row) =>
    [0, 1].flatMap((half) => [
      ...op.i32.const(0),
      ...op.get(sum(row, half)),
      ...op.v128.store(32 * row + 16 * half),
    ]),
  );
  return assemble(pages, [
    {
      name: "multiply",
      parameters: ["i32", "i32", "i32"],
      locals: Array.from({ length: 3 + 8 }, () => "v128" as const),
      body: [...op.doWhile(step), ...store],
    },
  ]);
}

function multiplyPlainly(entries: Float64Array, left: number, right: number, length: number): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  let p = left;
  let q = right;
  for (const end = left + tileSize * length; p < end; p += tileSize, q += tileSize) {
    const b0 = entries[q]!;
    const b1 = entries[q + 1]!;
    const b2 = entries[q + 2]!;
    const b3 = entries[q + 3]!;
    const a0 = entries[p]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = entries[p + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = entries[p + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = entries[p + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  entries[0] = c00;
  entries[1] = c01;
  entries[2] = c02;
  entries[3] = c03;
  entries[4] = c10;
  entries[5] = c11;
  entries[6] = c12;
  entries[7] = c13;
  entries[8] = c20;
  entries[9] = c21;
  entries[10] = c22;
  entries[11] = c23;
  entries[12] = c30;
  entries[13] = c31;
  entries[14] = c32;
  entries[15] = c33;
}
