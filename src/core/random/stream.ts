import { InvalidInputError, requireFinite, requireInteger, show } from "../errors.ts";
import { exp, log } from "../special/index.ts";
import { fillBlocks } from "./blocks.ts";
import { multiplyHigh, philox4x32 } from "./philox.ts";
import { height, inner, tail, width } from "./ziggurat.ts";

/** Names a substream: an index (row, vertex, worker-independent unit of work) or a word ("projection"). */
export type StreamLabel = number | bigint | string;

/** Counter word that keeps the blocks which derive keys apart from the blocks which are drawn. */
const derivation = 0x4f434b48;

/** A stream makes 16 words at first, then four times as many each time, up to this many. */
const largestBuffer = 1024;
const noWords = new Uint32Array(0);

/**
 * A stream of random numbers. Streams are cheap, independent by label and the same on every machine:
 * give each unit of work its own with {@link split}, and results do not depend on how work was divided.
 * Filling an array draws exactly what drawing its elements one by one would.
 */
export class RandomStream {
  readonly #key0: number;
  readonly #key1: number;
  /** Number of the first block not yet in `#words`. */
  #block = 0;
  #words: Uint32Array = noWords;
  #next = 0;

  /** Use {@link randomStream}. */
  constructor(key0: number, key1: number) {
    this.#key0 = key0;
    this.#key1 = key1;
  }

  /** The stream of that label below this one. Does not advance this stream; labels nest. */
  split(...labels: readonly StreamLabel[]): RandomStream {
    let key0 = this.#key0;
    let key1 = this.#key1;
    for (const label of labels) {
      const [low, high, kind] = wordsOf(label);
      philox4x32(low, high, kind, derivation, key0, key1, derived);
      key0 = derived[0]!;
      key1 = derived[1]!;
    }
    return new RandomStream(key0, key1);
  }

  /** Uniform on the whole numbers from 0 to 2^32 - 1. */
  uint32(): number {
    if (this.#next === this.#words.length) this.#refill();
    return this.#words[this.#next++]!;
  }

  #refill(): void {
    const length = Math.min(largestBuffer, Math.max(16, 4 * this.#words.length));
    if (this.#words.length !== length) this.#words = new Uint32Array(length);
    fillBlocks(this.#block, this.#key0, this.#key1, this.#words);
    this.#block += length / 4;
    this.#next = 0;
  }

  /** Uniform on [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Uniform on the whole numbers from 0 to bound - 1, without bias; bound from 1 to 2^32. */
  integer(bound: number): number {
    if (!(bound >= 1 && bound <= 4294967296 && Number.isInteger(bound)))
      throw new InvalidInputError("bound", `expected a whole number from 1 to 2^32, got ${show(bound)}`);
    if (bound === 4294967296) return this.uint32();
    // Upper word of word * bound; lower words below 2^32 mod bound would favour some results
    // (Lemire, "Fast random integer generation in an interval", 2019).
    for (;;) {
      const word = this.uint32();
      const low = Math.imul(word, bound) >>> 0;
      if (low >= bound || low >= 4294967296 % bound) return multiplyHigh(word, bound, low);
    }
  }

  /** -1 or 1, each with probability 1/2. */
  sign(): number {
    return this.uint32() >= 2147483648 ? 1 : -1;
  }

  /** Standard normal, by the ziggurat with 53 random bits of position; 1.01 tries and 2.03 words on average. */
  normal(): number {
    for (;;) {
      const upper = this.uint32();
      const lower = this.uint32();
      const layer = upper & 0xff;
      const bits = (upper >>> 11) * 4294967296 + lower;
      const x = bits * width[upper & 0x1ff]!;
      if (bits < inner[layer]! || this.#underCurve(layer, x)) return x;
      if (layer === 0) return (upper & 0x100) === 0 ? this.#tailNormal() : -this.#tailNormal();
    }
  }

  /** Whether a point of the layer at x, drawn uniformly in height, lies below the density; false for the tail. */
  #underCurve(layer: number, x: number): boolean {
    if (layer === 0) return false;
    return height[layer]! + this.uniform() * (height[layer + 1]! - height[layer]!) < exp(-0.5 * x * x);
  }

  /** Normal conditioned on exceeding the edge of the lowest layer (Marsaglia 1964). */
  #tailNormal(): number {
    for (;;) {
      const excess = this.exponential() / tail;
      if (2 * this.exponential() > excess * excess) return tail + excess;
    }
  }

  /** Exponential with mean 1, by inversion. */
  exponential(): number {
    return -log(1 - this.uniform());
  }

  /** Fills `out` with normals of the given mean and standard deviation (default 0 and 1); returns it. */
  fillNormal<A extends Float64Array | Float32Array>(out: A, mean = 0, standardDeviation = 1): A {
    requireFinite("mean", mean);
    requireFinite("standardDeviation", standardDeviation, 0);
    if (out instanceof Float64Array) this.#fillNormal64(out, mean, standardDeviation);
    else for (let i = 0; i < out.length; i++) out[i] = mean + standardDeviation * this.normal();
    return out;
  }

  /** The loop of {@link normal} with its state in local variables: about 8 ns a number. */
  #fillNormal64(out: Float64Array, mean: number, standardDeviation: number): void {
    let words = this.#words;
    let next = this.#next;
    for (let i = 0; i < out.length; i++) {
      if (next + 2 <= words.length) {
        const upper = words[next]!;
        const bits = (upper >>> 11) * 4294967296 + words[next + 1]!;
        if (bits < inner[upper & 0xff]!) {
          out[i] = mean + standardDeviation * (bits * width[upper & 0x1ff]!);
          next += 2;
          continue;
        }
      }
      this.#next = next;
      out[i] = mean + standardDeviation * this.normal();
      words = this.#words;
      next = this.#next;
    }
    this.#next = next;
  }

  /**
   * Fills `out` with uniforms on [low, high) (default [0, 1)); returns it. A Float32Array gets the upper 24
   * random bits, so that 1 does not occur; other ranges are subject to rounding at their upper end.
   */
  fillUniform<A extends Float64Array | Float32Array>(out: A, low = 0, high = 1): A {
    requireFinite("low", low);
    requireFinite("high", high, low);
    const span = high - low;
    if (out instanceof Float64Array)
      for (let i = 0; i < out.length; i++) out[i] = low + span * this.uniform();
    else
      for (let i = 0; i < out.length; i++)
        out[i] = low + (span * Math.floor(this.uniform() * 16777216)) / 16777216;
    return out;
  }

  /** Puts the elements in random order, in place, each order with equal probability (Fisher-Yates). */
  shuffle<A extends { [index: number]: unknown; readonly length: number }>(items: A): A {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
    return items;
  }

  /** The whole numbers 0 .. n - 1 in random order. */
  permutation(n: number): Int32Array {
    requireInteger("n", n, 0, 2147483647);
    return this.shuffle(Int32Array.from({ length: n }, (_, i) => i));
  }

  /** k distinct whole numbers of 0 .. n - 1, every subset with equal probability, ascending (Floyd 1987). */
  subset(n: number, k: number): Int32Array {
    requireInteger("n", n, 0, 2147483647);
    requireInteger("k", k, 0, n);
    const chosen = new Set<number>();
    for (let last = n - k; last < n; last++) {
      const candidate = this.integer(last + 1);
      chosen.add(chosen.has(candidate) ? last : candidate);
    }
    return Int32Array.from(chosen).sort();
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
  if (typeof label === "number") return [label >>> 0, Math.floor(label / 4294967296) >>> 0, 1];
  const bits = BigInt.asUintN(64, label);
  return [Number(bits & 0xffffffffn), Number(bits >> 32n), 1];
}

const derived = new Uint32Array(4);
