import { NumericalError } from "../core/errors.ts";
import { assemble, op } from "../core/wasm/index.ts";

/**
 * Where everything of a skip-gram training lies in one WebAssembly memory, in bytes. Rows of both matrices are
 * padded to `stride` bytes, a multiple of 64; the padding stays zero.
 */
export interface SkipGramLayout {
  readonly nodes: number;
  readonly dim: number;
  readonly stride: number;
  readonly negatives: number;
  /** Vectors of vertices as centres of a window, then as members of one. */
  readonly input: number;
  readonly output: number;
  /** Sigmoid table. */
  readonly table: number;
  /** Of every lane: a row for a gradient, then room for the byte offsets of `pairsPerCall` pairs. */
  readonly lanes: number;
  readonly laneBytes: number;
  readonly pages: number;
}

/** Pairs that one call of the kernel trains on: about a millisecond. */
export const pairsPerCall = 2048;

const tableSize = 4096;
/** The table spans -8 to 8; beyond, the sigmoid is taken as its value at the end. */
const tableReach = 8;
const pageBytes = 65536;

/** Lays out a training; `lanes` is how many blocks may be trained at once. */
export function skipGramLayout(nodes: number, dim: number, negatives: number, lanes: number): SkipGramLayout {
  const stride = Math.ceil(dim / 16) * 64;
  const input = 0;
  const output = input + nodes * stride;
  const table = output + nodes * stride;
  const firstLane = table + tableSize * 4;
  const laneBytes = stride + Math.ceil((pairsPerCall * (2 + negatives) * 4) / 64) * 64;
  const pages = Math.ceil((firstLane + lanes * laneBytes) / pageBytes);
  if (pages > 65536)
    throw new NumericalError("the vectors do not fit into the 4 GiB of a WebAssembly memory", { nodes, dim });
  return { nodes, dim, stride, negatives, input, output, table, lanes: firstLane, laneBytes, pages };
}

/** A memory with the sigmoid table filled in; shared when several threads train. */
export function skipGramMemory(layout: SkipGramLayout, shared: boolean): WebAssembly.Memory {
  const memory = new WebAssembly.Memory({ initial: layout.pages, maximum: layout.pages, shared });
  const table = new Float32Array(memory.buffer, layout.table, tableSize);
  for (let i = 0; i < tableSize; i++) {
    const x = ((i + 0.5) / tableSize) * 2 * tableReach - tableReach;
    table[i] = 1 / (1 + Math.exp(-x));
  }
  return memory;
}

/**
 * Trains on pairs in order. `pairs` to `end` are byte addresses of records: address of the input row, of the
 * output row of the true pair, of the output rows of the negatives.
 */
export type TrainPairs = (pairs: number, end: number, gradient: number, rate: number) => void;

/**
 * One step of stochastic gradient descent on the skip-gram loss with negative sampling for every pair:
 * 6 (1 + negatives) dim flops, four lanes of float32 at a time. All outputs of a pair are read twice and written
 * once, the input row is read twice and written once.
 */
export function skipGramKernel(layout: SkipGramLayout, memory: WebAssembly.Memory): TrainPairs {
  const shared = typeof SharedArrayBuffer !== "undefined" && memory.buffer instanceof SharedArrayBuffer;
  const bytes = assemble({ initial: layout.pages, maximum: layout.pages, shared }, [trainFunction(layout)]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return exports.train as TrainPairs;
}

/** Output rows that are worked on together, their sums in registers. */
const groupSize = 6;

function trainFunction({ stride, negatives, table }: SkipGramLayout) {
  const [pairs, end, gradient, rate, a, i, value, total] = [0, 1, 2, 3, 4, 5, 6, 7];
  const several = (first: number): number[] => Array.from({ length: groupSize }, (_, k) => first + k);
  const [rows, sums, steps] = [several(8), several(8 + groupSize), several(8 + 2 * groupSize)];
  const offsets = [0, 16, 32, 48];

  const load = (base: number, offset: number) => [
    ...op.get(base),
    ...op.get(i),
    ...op.i32.add,
    ...op.v128.load(offset),
  ];
  const store = (base: number, offset: number, stored: readonly number[]) => [
    ...op.get(base),
    ...op.get(i),
    ...op.i32.add,
    ...stored,
    ...op.v128.store(offset),
  ];
  /** x + y z */
  const multiplyAdd = (x: readonly number[], y: readonly number[], z: readonly number[]) => [
    ...x,
    ...y,
    ...z,
    ...op.f32x4.multiply,
    ...op.f32x4.add,
  ];
  /** The body for i = 0, 64, 128, ... below the stride. */
  const overRow = (body: readonly number[]) => [
    ...op.i32.const(0),
    ...op.set(i),
    ...op.doWhile([
      ...body,
      ...op.get(i),
      ...op.i32.const(64),
      ...op.i32.add,
      ...op.tee(i),
      ...op.i32.const(stride),
      ...op.i32.lessUnsigned,
    ]),
  ];
  const zeros = op.i32x4.const(0, 0, 0, 0);
  const laneSum = (vector: number) =>
    [0, 1, 2, 3].flatMap((lane) => [
      ...op.get(vector),
      ...op.f32x4.extractLane(lane),
      ...(lane === 0 ? [] : op.f32.add),
    ]);
  /** rate * (label - sigmoid(dot)) in every lane, the sigmoid read at the nearest place of the table. */
  const scaledError = (label: number, dot: number) => [
    ...op.f32.const(label),
    ...laneSum(dot),
    ...op.f32.const(tableReach),
    ...op.f32.add,
    ...op.f32.const(tableSize / (2 * tableReach)),
    ...op.f32.multiply,
    ...op.f32.const(0),
    ...op.f32.maximum,
    ...op.f32.const(tableSize - 1),
    ...op.f32.minimum,
    ...op.i32.truncateSaturated,
    ...op.i32.const(2),
    ...op.i32.shiftLeft,
    ...op.f32.load(table),
    ...op.f32.subtract,
    ...op.get(rate),
    ...op.f32.multiply,
    ...op.f32x4.splat,
  ];

  /** Outputs `first` to `first + count - 1` of a pair; the gradient of the input row passes from group to group. */
  const group = (first: number, count: number) => {
    const last = first + count === 1 + negatives;
    const members = rows.slice(0, count);
    return [
      ...members.flatMap((row, k) => [
        ...op.get(pairs),
        ...op.i32.load(4 * (1 + first + k)),
        ...op.set(row),
        ...zeros,
        ...op.set(sums[k]!),
      ]),
      ...overRow(
        offsets.flatMap((offset) => [
          ...load(a, offset),
          ...op.set(value),
          ...members.flatMap((row, k) => [
            ...multiplyAdd(op.get(sums[k]!), op.get(value), load(row, offset)),
            ...op.set(sums[k]!),
          ]),
        ]),
      ),
      ...members.flatMap((_, k) => [...scaledError(first + k === 0 ? 1 : 0, sums[k]!), ...op.set(steps[k]!)]),
      ...overRow(
        offsets.flatMap((offset) => [
          ...load(a, offset),
          ...op.set(value),
          ...(first === 0 ? zeros : load(gradient, offset)),
          ...op.set(total),
          ...members.flatMap((row, k) => [
            ...multiplyAdd(op.get(total), load(row, offset), op.get(steps[k]!)),
            ...op.set(total),
            ...store(row, offset, multiplyAdd(load(row, offset), op.get(value), op.get(steps[k]!))),
          ]),
          ...(last
            ? store(a, offset, [...op.get(value), ...op.get(total), ...op.f32x4.add])
            : store(gradient, offset, op.get(total))),
        ]),
      ),
    ];
  };
  const groups: number[] = [];
  for (let first = 0; first <= negatives; first += groupSize)
    groups.push(...group(first, Math.min(groupSize, 1 + negatives - first)));

  const body = op.doWhile([
    ...[...op.get(pairs), ...op.i32.load(0), ...op.set(a)],
    ...groups,
    ...[...op.get(pairs), ...op.i32.const(4 * (2 + negatives)), ...op.i32.add, ...op.tee(pairs)],
    ...[...op.get(end), ...op.i32.lessUnsigned],
  ]);
  const vectors = Array.from({ length: 2 * groupSize }, () => "v128" as const);
  return {
    name: "train",
    parameters: ["i32", "i32", "i32", "f32"],
    locals: ["i32", "i32", "v128", "v128", ...rows.map(() => "i32" as const), ...vectors],
    body,
  } as const;
}
