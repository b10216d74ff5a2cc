import { InvalidInputError, requireInteger, show } from "../errors.ts";
import { philox4x32 } from "./philox.ts";

/** Names a substream: an index (row, vertex, worker-independent unit of work) or a word ("projection"). */
export type StreamLabel = number | bigint | string;

/** Counter word that keeps the blocks which derive keys apart from the blocks which are drawn. */
const derivation = 0x4f434b48;

/**
 * A stream of random numbers. Streams are cheap, independent by label and the same on every machine:
 * give each unit of work its own with {@link split}, and results do not depend on how work was divided.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  #position0 = 0;
  #position1 = 0;
  readonly #block = new Uint32Array(4);
  #unused = 0;

  /** Use {@link randomStream}. */
  constructor(key0: number, key1: number) {
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** The stream of that label below this one. Does not advance this stream; labels nest. */
  split(...labels: readonly StreamLabel[]): RandomStream {
    let key0 = this.#key0;
    let key1 = this.#key1;
    const block = new Uint32Array(4);
    for (const label of labels) {
      const [low, high, kind] = wordsOf(label);
      philox4x32(low, high, kind, derivation, key0, key1, block);
      key0 = block[0]!;
      key1 = block[1]!;
    }
    return new RandomStream(key0, key1);
  }

  /** Uniform on the whole numbers from 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#unused === 0) {
      philox4x32(this.#position0, this.#position1, 0, 0, this.#key0, this.#key1, this.#block);
      this.#position0 = (this.#position0 + 1) >>> 0;
      if (this.#position0 === 0) this.#position1 = (this.#position1 + 1) >>> 0;
      this.#unused = 4;
    }
    return this.#block[4 - this.#unused--]!;
  }

  /** Uniform on [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform on the whole numbers from 0 to bound - 1, without bias; bound <= 2^32. */
  integer(bound: number): number {
    const threshold = 4294967296 - (4294967296 % bound);
    for (;;) {
      const word = this.uint32();
      if (word < threshold) return word % bound;
    }
  }
}

/** The stream of a seed (a safe integer or a bigint taken modulo 2^64), or of labels below it. */
export function randomStream(seed: number | bigint = 0, ...labels: readonly StreamLabel[]): RandomStream {
  if (typeof seed !== "bigint") requireInteger("seed", seed);
  const bits = BigInt.asUintN(64, BigInt(seed));
  const root = new RandomStream(Number(bits & 0xffffffffn), Number(bits >> 32n));
  return labels.length > 0 ? root.split(...labels) : root;
}

/** 64 bits of a label and a word for its kind, so that 1 and "1" name different streams. */
function wordsOf(label: StreamLabel): [low: number, high: number, kind: number] {
  if (typeof label === "string") {
    // FNV-1a over UTF-16 units, twice with different offsets.
    let low = 0x811c9dc5;
    let high = 0x01234567;
    for (let i = 0; i < label.length; i++) {
      const unit = label.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ unit, 0x01000193) ^ (high >>> 15);
    }
    return [low >>> 0, high >>> 0, 2];
  }
  if (typeof label === "number" && !Number.isSafeInteger(label))
    throw new InvalidInputError("label", `expected a whole number or a string, got ${show(label)}`);
  const bits = BigInt.asUintN(64, BigInt(label));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n), 1];
}
