/** A whole number, a BigInt only where its size exceeds 2^53 - 1: so that equal numbers are `===`. */
export type Whole = number | bigint;

/** Terms as parallel lists: the packed monomials, `width` words each, and their coefficients. */
export interface TermList {
  readonly monomials: Int32Array;
  readonly coefficients: readonly Whole[];
}

export function multiplyWhole(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (Math.abs(product) <= Number.MAX_SAFE_INTEGER) return product;
  }
  return smallest(BigInt(a) * BigInt(b));
}

export function addWhole(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (Math.abs(sum) <= Number.MAX_SAFE_INTEGER) return sum;
  }
  return smallest(BigInt(a) + BigInt(b));
}

/** The number itself where it is a safe one. */
export function smallest(value: bigint): Whole {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Gathers terms by their monomial in an open hash table. Its memory is used again by the next sum; one table serves one
 * sum at a time. The hash of a monomial is linear in its words, so that a product's is the sum of its factors'.
 */
export class TermTable {
  #width = 0;
  #size = 0;
  /** Of every entry: its monomial, hash, coefficient and slot. */
  #monomials = new Int32Array(64);
  #hashes = new Int32Array(16);
  #coefficients: Whole[] = [];
  #slotOf = new Int32Array(16);
  /** Number of the entry in a slot plus 1; 0 where empty. A power of two of them, twice the entries at least. */
  #slots = new Int32Array(32);
  #shift = 27;
  #leftHashes: Int32Array = new Int32Array(16);
  #rightHashes: Int32Array = new Int32Array(16);

  /** Begins a sum of monomials of `width` words. */
  start(width: number): void {
    this.#width = width;
    for (let e = 0; e < this.#size; e++) this.#slots[this.#slotOf[e]!] = 0;
    this.#size = 0;
  }

  /** Adds factor times a list of terms. */
  addTerms(terms: TermList, factor: Whole): void {
    this.addProduct(terms, { monomials: new Int32Array(this.#width), coefficients: [factor] });
  }

  /** Adds the product of two lists of terms. About 15 ns for every pair of terms of a few words. */
  addProduct(a: TermList, b: TermList): void {
    const width = this.#width;
    const count = b.coefficients.length;
    this.#reserve(this.#size + count);
    this.#leftHashes = this.#hashed(a, this.#leftHashes);
    this.#rightHashes = this.#hashed(b, this.#rightHashes);
    const right = b.monomials;
    for (let i = 0; i < a.coefficients.length; i++) {
      this.#reserve(this.#size + count);
      const hashes = this.#hashes;
      const monomials = this.#monomials;
      const coefficients = this.#coefficients;
      const slots = this.#slots;
      const last = slots.length - 1;
      const factor = a.coefficients[i]!;
      const leftHash = this.#leftHashes[i]!;
      const left = i * width;
      for (let j = 0; j < count; j++) {
        const hash = (leftHash + this.#rightHashes[j]!) | 0;
        const value = multiplyWhole(factor, b.coefficients[j]!);
        let slot = Math.imul(hash, 0x9e3779b1) >>> this.#shift;
        for (;;) {
          const entry = slots[slot]! - 1;
          if (entry < 0) {
            const to = this.#size++;
            slots[slot] = to + 1;
            this.#slotOf[to] = slot;
            hashes[to] = hash;
            coefficients[to] = value;
            for (let w = 0; w < width; w++)
              monomials[to * width + w] = a.monomials[left + w]! + right[j * width + w]!;
            break;
          }
          if (hashes[entry] === hash) {
            let w = 0;
            while (
              w < width &&
              monomials[entry * width + w] === ((a.monomials[left + w]! + right[j * width + w]!) | 0)
            )
              w++;
            if (w === width) {
              coefficients[entry] = addWhole(coefficients[entry]!, value);
              break;
            }
          }
          slot = (slot + 1) & last;
        }
      }
    }
  }

  /** The terms gathered whose coefficient is not zero. */
  terms(): TermList {
    const width = this.#width;
    const coefficients: Whole[] = [];
    for (let e = 0; e < this.#size; e++) {
      const value = this.#coefficients[e]!;
      if (value === 0) continue;
      const to = coefficients.length;
      if (to < e) this.#monomials.copyWithin(to * width, e * width, (e + 1) * width);
      coefficients.push(value);
    }
    return { monomials: this.#monomials.slice(0, coefficients.length * width), coefficients };
  }

  #hashed({ monomials, coefficients }: TermList, into: Int32Array): Int32Array {
    const width = this.#width;
    const hashes = into.length >= coefficients.length ? into : new Int32Array(2 * coefficients.length);
    for (let e = 0; e < coefficients.length; e++) {
      let hash = 0;
      for (let w = 0; w < width; w++)
        hash = (hash + Math.imul(monomials[e * width + w]!, Math.imul(w, 0x85ebca6a) + 0x9e3779b1)) | 0;
      hashes[e] = hash;
    }
    return hashes;
  }

  /** Makes room for that many entries. */
  #reserve(entries: number): void {
    if (entries * this.#width > this.#monomials.length)
      this.#monomials = grown(this.#monomials, 2 * entries * this.#width);
    if (entries > this.#hashes.length) {
      this.#hashes = grown(this.#hashes, 2 * entries);
      this.#slotOf = grown(this.#slotOf, 2 * entries);
    }
    if (2 * entries <= this.#slots.length) return;
    const bits = 32 - Math.clz32(4 * entries - 1);
    this.#slots = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    for (let e = 0; e < this.#size; e++) {
      let slot = Math.imul(this.#hashes[e]!, 0x9e3779b1) >>> this.#shift;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = e + 1;
      this.#slotOf[e] = slot;
    }
  }
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const out = new Int32Array(length);
  out.set(array);
  return out;
}
