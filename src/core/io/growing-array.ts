type Growable = Int32Array | Float64Array;

/** Elements a block: 4 or 8 MiB, so that the last one wastes little and the list of blocks stays short. */
const blockLength = 1 << 20;

/**
 * A typed array of unknown length: filled block by block and joined once, so that at most twice the final
 * size is ever held (doubling and copying would hold three times).
 */
export class GrowingArray<T extends Growable> {
  readonly #create: (length: number) => T;
  readonly #full: T[] = [];
  #block: T;
  #used = 0;

  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#block = create(1024);
  }

  get length(): number {
    let length = this.#used;
    for (const block of this.#full) length += block.length;
    return length;
  }

  push(value: number): void {
    if (this.#used === this.#block.length) {
      this.#full.push(this.#block);
      this.#block = this.#create(Math.min(blockLength, 2 * this.#block.length));
      this.#used = 0;
    }
    this.#block[this.#used++] = value;
  }

  /** Replaces every value v by f(v). */
  map(f: (value: number) => number): void {
    for (const block of this.#full) {
      for (let i = 0; i < block.length; i++) block[i] = f(block[i]!);
    }
    for (let i = 0; i < this.#used; i++) this.#block[i] = f(this.#block[i]!);
  }

  /** All values in one array. Blocks are given up as they are copied: the growing array is empty afterwards. */
  join(): T {
    const joined = this.#create(this.length);
    let offset = 0;
    this.#full.push(this.#block.subarray(0, this.#used) as T);
    for (let block = this.#full.shift(); block !== undefined; block = this.#full.shift()) {
      joined.set(block, offset);
      offset += block.length;
    }
    this.#block = this.#create(1024);
    this.#used = 0;
    return joined;
  }
}
