import { philox4x32, randomStream } from "../core/random/index.ts";

/**
 * Random words of walks: those of a walk depend on the seed, its start vertex and its number alone, so that
 * walks are the same in whatever order, chunk or thread they are taken. Philox counters are (block, start,
 * walk, purpose), which spares deriving a key for every walk.
 */
export class WalkRandom {
  readonly #key0: number;
  readonly #key1: number;
  readonly #block = new Uint32Array(4);
  #start = 0;
  #walk = 0;
  #purpose = 0;
  #number = 0;
  #unused = 0;

  constructor(seed: number | bigint) {
    const keys = randomStream(seed, "random-walks");
    this.#key0 = keys.uint32();
    this.#key1 = keys.uint32();
  }

  /** Begins the words of a walk; `purpose` separates the steps from what else is drawn for the walk. */
  begin(start: number, walk: number, purpose: number): void {
    this.#start = start;
    this.#walk = walk;
    this.#purpose = purpose;
    this.#number = 0;
    this.#unused = 0;
  }

  uint32(): number {
    if (this.#unused === 0) {
      philox4x32(this.#number++, this.#start, this.#walk, this.#purpose, this.#key0, this.#key1, this.#block);
      this.#unused = 4;
    }
    return this.#block[4 - this.#unused--]!;
  }

  /** Uniform on [0, 1) in steps of 2^-32. */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform on 0 .. bound - 1, with a bias below bound / 2^32. */
  integer(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }
}
