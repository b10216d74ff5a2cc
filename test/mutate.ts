import { randomStream } from "../src/core/random/index.ts";

/**
 * Damaged copies of a file, the same ones for the same seed: flipped bits, cut ends, blocks moved, repeated,
 * removed or overwritten, and lengths blown up (runs of 0xff, which are huge varints and huge integers).
 * Every copy carries one to four damages and is at most twice as long as the file plus 64 bytes; every other
 * one has a single changed byte, which more often leaves a file that can be read.
 */
export function* damagedCopies(bytes: Uint8Array, count: number, seed: number): Generator<Uint8Array> {
  for (let copy = 0; copy < count; copy++) {
    const random = randomStream(seed, "damage", copy);
    let damaged = new Uint8Array(bytes);
    const gentle = copy % 2 === 1;
    const damages = gentle ? 1 : 1 + random.integer(4);
    for (let k = 0; k < damages && damaged.length > 0; k++) {
      const { length } = damaged;
      const at = random.integer(length);
      const block = 1 + random.integer(Math.min(64, length - at));
      const other = random.integer(length);
      switch (gentle ? 6 * random.integer(2) : random.integer(7)) {
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

/** Numbers at the ends of the ranges that readers may have in mind. */
const extremes = [
  0,
  1,
  -1,
  2,
  3,
  7,
  64,
  255,
  2 ** 20,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 32,
  2 ** 53 - 1,
  -(2 ** 53) + 1,
];

/**
 * Copies of plain data (objects, lists, numbers, texts, bytes) with a few values changed in place of the
 * file's bytes, so that the result can still be written: numbers become extremes or those of another place,
 * texts trade places, lists lose, repeat or exchange entries.
 */
export function* disturbedCopies<T>(value: T, count: number, seed: number): Generator<T> {
  for (let copy = 0; copy < count; copy++) {
    const random = randomStream(seed, "disturb", copy);
    const disturbed = structuredClone(value);
    const places: [Record<string, unknown>, string][] = [];
    const lists: unknown[][] = [];
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null || ArrayBuffer.isView(node)) return;
      if (Array.isArray(node) && node.length > 0) lists.push(node);
      for (const key of Object.keys(node)) {
        const inner = (node as Record<string, unknown>)[key];
        if (typeof inner !== "object") places.push([node as Record<string, unknown>, key]);
        visit(inner);
      }
    };
    visit(disturbed);
    for (let k = 1 + random.integer(3); k > 0 && places.length > 0; k--) {
      const [owner, key] = places[random.integer(places.length)]!;
      const current = owner[key];
      const [other, otherKey] = places[random.integer(places.length)]!;
      if (typeof current === "string") {
        if (typeof other[otherKey] === "string") owner[key] = other[otherKey];
      } else if (random.integer(2) === 0 && typeof other[otherKey] !== "string") owner[key] = other[otherKey];
      else owner[key] = extremes[random.integer(extremes.length)];
      if (lists.length === 0 || random.integer(3) > 0) continue;
      const list = lists[random.integer(lists.length)]!;
      if (list.length === 0) continue;
      const at = random.integer(list.length);
      if (random.integer(2) === 0) list.splice(at, 1);
      else list.splice(random.integer(list.length), 0, structuredClone(list[at]));
    }
    yield disturbed;
  }
}
