import { randomStream } from "../src/core/random/index.ts";

/**
 * Damaged copies of a file, the same ones for the same seed: flipped bits, cut ends, blocks moved, repeated,
 * removed or overwritten, and lengths blown up (runs of 0xff, which are huge varints and huge integers).
 * Every copy carries one to four damages and is at most twice as long as the file plus 64 bytes.
 */
export function* damagedCopies(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  for (let copy = 0; copy < count; copy++) {
    const random = randomStream(seed, "damage", copy);
    let damaged = bytes.slice();
    const damages = 1 + random.integer(4);
    for (let k = 0; k < damages && damaged.length > 0; k++) {
      const { length } = damaged;
      const at = random.integer(length);
      const block = 1 + random.integer(Math.min(64, length - at));
      const other = random.integer(length);
      switch (random.integer(7)) {
        case 0:
          damaged[at]! ^= 1 << random.integer(8);
          break;
        case 1:
          damaged = damaged.slice(0, at);
          break;
        case 2:
          damaged.fill(0xff, at, at + block);
          break;
        case 3:
          damaged = spliced(damaged, other, 0, damaged.slice(at, at + block));
          break;
        case 4:
          damaged = spliced(damaged, at, block, new Uint8Array(0));
          break;
        case 5:
          damaged.copyWithin(other, at, at + block);
          break;
        default:
          damaged[at] = random.integer(256);
      }
    }
    yield damaged;
  }
}

function spliced(bytes: Uint8Array, at: number, removed: number, added: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - removed + added.length);
  result.set(bytes.subarray(0, at));
  result.set(added, at);
  result.set(bytes.subarray(at + removed), at + added.length);
  return result;
}
