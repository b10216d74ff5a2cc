import { assemble, op } from "../wasm/index.ts";
import { philox4x32 } from "./philox.ts";

/** Most words that one run of the kernel makes. */
const capacity = 4096;

/**
 * Fills `words` (a multiple of 16 long) with the consecutive Philox blocks of a key from block number `block`
 * on. About 1.5 ns a word by WebAssembly SIMD, 15 ns where that is refused; the words are the same.
 */
export function fillBlocks(block: number, key0: number, key1: number, words: Uint32Array): void {
  for (let start = 0; start < words.length; start += capacity) {
    const count = Math.min(capacity, words.length - start);
    const first = block + start / 4;
    const low = first >>> 0;
    const high = Math.floor(first / 4294967296);
    // The kernel counts in the low word only; the one stretch in 2^32 blocks that carries goes the slow way.
    if (kernel !== undefined && low + count / 4 <= 4294967296) {
      kernel.fill(low, high, key0, key1, count * 4);
      words.set(count === capacity ? kernel.words : kernel.words.subarray(0, count), start);
    } else {
      for (let i = 0; i < count; i += 4) {
        const number = first + i / 4;
        philox4x32(number >>> 0, Math.floor(number / 4294967296), 0, 0, key0, key1, words, start + i);
      }
    }
  }
}

interface Kernel {
  /** Writes `bytes / 16` blocks, a multiple of 4, from block (low, high) on to the start of the memory. */
  readonly fill: (low: number, high: number, key0: number, key1: number, bytes: number) => void;
  readonly words: Uint32Array;
}

const kernel = startKernel();

/** Undefined where WebAssembly or its SIMD is missing or forbidden (a content security policy may). */
function startKernel(): Kernel | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(philoxModule()));
    return {
      fill: exports.fill as Kernel["fill"],
      words: new Uint32Array((exports.memory as WebAssembly.Memory).buffer, 0, capacity),
    };
  } catch {
    return undefined;
  }
}

/** Philox on four blocks at a time: lane b of c0..c3 holds the counter of block b. */
function philoxModule(): Uint8Array<ArrayBuffer> {
  const [low, high, key0, key1, bytes, at, c0, c1, c2, c3, k0, k1, product, odd] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
  ] as const;
  const lanes = (...words: readonly number[]): number[] =>
    words.flatMap((word) => [word * 4, word * 4 + 1, word * 4 + 2, word * 4 + 3]);

  /** Leaves the low words of counter * multiplier in `product`, the high words in `odd`. */
  const multiply = (counter: number, multiplier: number): number[] => [
    ...op.get(counter),
    ...op.i32x4.const(multiplier, multiplier, multiplier, multiplier),
    ...op.i64x2.extmulLowUnsigned,
    ...op.tee(product),
    ...op.get(counter),
    ...op.i32x4.const(multiplier, multiplier, multiplier, multiplier),
    ...op.i64x2.extmulHighUnsigned,
    ...op.tee(odd),
    ...op.v128.shuffle(lanes(0, 2, 4, 6)),
    ...op.get(product),
    ...op.get(odd),
    ...op.v128.shuffle(lanes(1, 3, 5, 7)),
    ...op.set(odd),
    ...op.set(product),
  ];
  const addTo = (local: number, value: number): number[] => [
    ...op.get(local),
    ...op.i32x4.const(value, value, value, value),
    ...op.i32x4.add,
    ...op.set(local),
  ];
  const round = [
    ...multiply(c0, 0xd2511f53),
    // c2' = high(c0) ^ c3 ^ k1 and c3' = low(c0), once high(c2) and low(c2) are taken.
    ...[...op.get(odd), ...op.get(c3), ...op.v128.xor, ...op.get(k1), ...op.v128.xor],
    ...[...op.get(product), ...op.set(c3)],
    ...multiply(c2, 0xcd9e8d57),
    ...op.set(c2),
    ...[...op.get(odd), ...op.get(c1), ...op.v128.xor, ...op.get(k0), ...op.v128.xor, ...op.set(c0)],
    ...[...op.get(product), ...op.set(c1)],
    ...addTo(k0, 0x9e3779b9),
    ...addTo(k1, 0xbb67ae85),
  ];
  const shuffled = (a: number, b: number, words: readonly number[], to: number): number[] => [
    ...op.get(a),
    ...op.get(b),
    ...op.v128.shuffle(lanes(...words)),
    ...op.set(to),
  ];
  const stored = (a: number, b: number, words: readonly number[], offset: number): number[] => [
    ...op.get(at),
    ...op.get(a),
    ...op.get(b),
    ...op.v128.shuffle(lanes(...words)),
    ...op.v128.store(offset),
  ];
  const body = op.doWhile([
    ...[...op.get(low), ...op.i32x4.splat, ...op.i32x4.const(0, 1, 2, 3), ...op.i32x4.add, ...op.set(c0)],
    ...[...op.get(high), ...op.i32x4.splat, ...op.set(c1)],
    ...[...op.i32x4.const(0, 0, 0, 0), ...op.tee(c2), ...op.set(c3)],
    ...[...op.get(key0), ...op.i32x4.splat, ...op.set(k0)],
    ...[...op.get(key1), ...op.i32x4.splat, ...op.set(k1)],
    ...Array.from({ length: 10 }, () => round).flat(),
    // Transpose: lane b of c0..c3 becomes block b.
    ...shuffled(c0, c1, [0, 4, 1, 5], k0),
    ...shuffled(c2, c3, [0, 4, 1, 5], k1),
    ...shuffled(c0, c1, [2, 6, 3, 7], product),
    ...shuffled(c2, c3, [2, 6, 3, 7], odd),
    ...stored(k0, k1, [0, 1, 4, 5], 0),
    ...stored(k0, k1, [2, 3, 6, 7], 16),
    ...stored(product, odd, [0, 1, 4, 5], 32),
    ...stored(product, odd, [2, 3, 6, 7], 48),
    ...[...op.get(low), ...op.i32.const(4), ...op.i32.add, ...op.set(low)],
    ...[...op.get(at), ...op.i32.const(64), ...op.i32.add, ...op.tee(at)],
    ...[...op.get(bytes), ...op.i32.lessUnsigned],
  ]);
  return assemble(1, [
    {
      name: "fill",
      parameters: ["i32", "i32", "i32", "i32", "i32"],
      locals: ["i32", "v128", "v128", "v128", "v128", "v128", "v128", "v128", "v128"],
      body,
    },
  ]);
}
