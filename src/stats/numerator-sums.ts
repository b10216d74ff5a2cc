import { monomialWidth, type Polynomial } from "../core/exact/index.ts";
import { type EdgeSets, edgeWords } from "./adjugate.ts";
import { type MixedGraph, parameterNames } from "./mixed-graph.ts";

/** Up to so many products a search among them all beats a hash table. */
const fewProducts = 32;

/**
 * Gathers sums of products of two sets of edges and one entry of Omega as the terms of a polynomial. Its memory serves
 * one sum after the other.
 */
export class NumeratorSums {
  readonly #variables: readonly string[];
  /** Words of the edges of a term, and of its whole monomial. */
  readonly #edgeWords: number;
  readonly #width: number;
  #size = 0;
  #monomials: Int32Array;
  #coefficients = new Int32Array(64);
  /** Place in the hash table of every term, -1 for none. */
  #slotOf = new Int32Array(64);
  /** Open hash table: number of the term in a slot plus 1; 0 where empty. */
  #slots = new Int32Array(128);
  #shift = 25;

  constructor(graph: MixedGraph) {
    this.#variables = parameterNames(graph);
    this.#edgeWords = edgeWords(graph);
    this.#width = monomialWidth(this.#variables);
    this.#monomials = new Int32Array(64 * this.#width);
  }

  /** Adds a^T b times the entry of Omega that is parameter `omega`, which no other call for this sum names. */
  addAlone(a: EdgeSets, b: EdgeSets, omega: number): void {
    const count = a.signs.length * b.signs.length;
    if (count > fewProducts) this.add(a, b, omega);
    else if (count > 0) this.#addFew(a, b, omega);
  }

  /** Without the hash table: a product meets only the others of this call. */
  #addFew(a: EdgeSets, b: EdgeSets, omega: number): void {
    const edgeWords = this.#edgeWords;
    const width = this.#width;
    const left = a.words;
    const right = b.words;
    const count = b.signs.length;
    const first = this.#size;
    let size = first;
    if (first + fewProducts > this.#coefficients.length) this.#grow(2 * (first + fewProducts));
    const monomials = this.#monomials;
    const coefficients = this.#coefficients;
    const slotOf = this.#slotOf;
    for (let i = 0; i < a.signs.length; i++)
      for (let j = 0; j < count; j++) {
        const at = size * width;
        for (let w = 0; w < edgeWords; w++)
          monomials[at + w] = left[i * edgeWords + w]! + right[j * edgeWords + w]!;
        // Products of one term differ.
        let term = i === 0 || count === 1 ? size : first;
        for (; term < size; term++) {
          let w = 0;
          while (w < edgeWords && monomials[term * width + w] === monomials[at + w]) w++;
          if (w === edgeWords) break;
        }
        const value = a.signs[i]! * b.signs[j]!;
        if (term < size) {
          coefficients[term]! += value;
          continue;
        }
        coefficients[size] = value;
        slotOf[size++] = -1;
      }
    for (let term = first; term < size; term++) this.#multiplyOmega(term, omega);
    this.#size = size;
  }

  /** Completes the monomial of a term that has its edges. */
  #multiplyOmega(term: number, omega: number): void {
    const at = term * this.#width;
    for (let w = this.#edgeWords; w < this.#width; w++) this.#monomials[at + w] = 0;
    this.#monomials[at + (omega >> 2)]! += 1 << (8 * (omega & 3));
  }

  /** Adds all products of a term of a, a term of b and the entry of Omega that is parameter `omega`. */
  add(a: EdgeSets, b: EdgeSets, omega: number): void {
    const edgeWords = this.#edgeWords;
    const width = this.#width;
    const count = b.signs.length;
    for (let i = 0; i < a.signs.length; i++)
      for (let j = 0; j < count; j++) {
        if (this.#size + 1 > this.#coefficients.length) this.#grow(2 * (this.#size + count));
        const to = this.#size;
        const monomials = this.#monomials;
        for (let w = 0; w < edgeWords; w++)
          monomials[to * width + w] = a.words[i * edgeWords + w]! + b.words[j * edgeWords + w]!;
        this.#multiplyOmega(to, omega);
        const term = this.#find(to);
        const value = a.signs[i]! * b.signs[j]!;
        if (term < to) this.#coefficients[term]! += value;
        else {
          this.#coefficients[to] = value;
          this.#size++;
        }
      }
  }

  /** The term in the hash table with the monomial of term `to`, which is put there where there is none. */
  #find(to: number): number {
    const width = this.#width;
    const monomials = this.#monomials;
    let hash = 0;
    for (let w = 0; w < width; w++) hash = Math.imul(hash, 0x85ebca6b) + monomials[to * width + w]!;
    let slot = Math.imul(hash, 0x9e3779b1) >>> this.#shift;
    for (; ; slot = (slot + 1) & (this.#slots.length - 1)) {
      const term = this.#slots[slot]! - 1;
      if (term < 0) {
        this.#slots[slot] = to + 1;
        this.#slotOf[to] = slot;
        return to;
      }
      let w = 0;
      while (w < width && monomials[term * width + w] === monomials[to * width + w]) w++;
      if (w === width) return term;
    }
  }

  /** The sum as a polynomial; begins the next one. */
  take(): Polynomial {
    const width = this.#width;
    const monomials = this.#monomials;
    let kept = 0;
    for (let term = 0; term < this.#size; term++) {
      const slot = this.#slotOf[term]!;
      if (slot >= 0) this.#slots[slot] = 0;
      if (this.#coefficients[term] === 0) continue;
      if (kept < term) {
        for (let w = 0; w < width; w++) monomials[kept * width + w] = monomials[term * width + w]!;
        this.#coefficients[kept] = this.#coefficients[term]!;
      }
      kept++;
    }
    this.#size = 0;
    const coefficients = new Array<number>(kept);
    for (let term = 0; term < kept; term++) coefficients[term] = this.#coefficients[term]!;
    return { variables: this.#variables, monomials: monomials.slice(0, kept * width), coefficients };
  }

  #grow(terms: number): void {
    const grown = (array: Int32Array, length: number): Int32Array<ArrayBuffer> => {
      const out = new Int32Array(length);
      out.set(array);
      return out;
    };
    this.#monomials = grown(this.#monomials, terms * this.#width);
    this.#coefficients = grown(this.#coefficients, terms);
    const bits = 32 - Math.clz32(2 * terms - 1);
    this.#slots = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
    const slotOf = this.#slotOf;
    this.#slotOf = grown(slotOf, terms);
    for (let term = 0; term < this.#size; term++) if (slotOf[term]! >= 0) this.#find(term);
  }
}
