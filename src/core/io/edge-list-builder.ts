import { GrowingArray } from "./growing-array.ts";
import { LabelTable } from "./label-table.ts";

/** Largest whole-number id: node counts must fit Int32Array. Larger ones are labels. */
export const largestId = 2147483646;

const zero = 48;

/** Gathers edges whose ids are numbers or labels, and numbers the nodes. */
export class EdgeListBuilder {
  readonly #source = new GrowingArray((length) => new Int32Array(length));
  readonly #target = new GrowingArray((length) => new Int32Array(length));
  readonly #weights = new GrowingArray((length) => new Float64Array(length));
  #labels: LabelTable | undefined;
  #selfLoops = 0;
  #largest = -1;

  get edges(): number {
    return this.#source.length;
  }

  /** Whether an id other than a plain whole number has come, so that all ids are labels. */
  get labelled(): boolean {
    return this.#labels !== undefined;
  }

  /** Adds an edge between whole-number ids from 0 to {@link largestId}; only while not {@link labelled}. */
  add(u: number, v: number): void {
    if (u > this.#largest) this.#largest = u;
    if (v > this.#largest) this.#largest = v;
    if (u === v) this.#selfLoops++;
    this.#source.push(u);
    this.#target.push(v);
  }

  /** Adds an edge between ids of any kind, as bytes of text. Throws a TypeError for text that is not UTF-8. */
  addText(u: Uint8Array, v: Uint8Array): void {
    if (this.#labels === undefined) {
      const source = plainId(u);
      const target = plainId(v);
      if (source >= 0 && target >= 0) {
        this.add(source, target);
        return;
      }
      this.#turnToLabels();
    }
    const source = this.#labels!.number(u, 0, u.length);
    this.add(source, this.#labels!.number(v, 0, v.length));
  }

  addWeight(weight: number): void {
    this.#weights.push(weight);
  }

  /**
   * The edges, and the ids of the nodes unless they are their numbers. With `nodes` given, ids are numbers
   * below it and stay as they are. Ends the building. O(edges + nodes).
   */
  finish(nodes?: number): {
    nodes: number;
    source: Int32Array;
    target: Int32Array;
    weights: Float64Array;
    ids: readonly string[] | undefined;
    selfLoops: number;
  } {
    const ids = this.#labels?.labels ?? (nodes === undefined ? this.#numberNodes() : undefined);
    return {
      nodes: nodes ?? ids?.length ?? this.#largest + 1,
      source: this.#source.join(),
      target: this.#target.join(),
      weights: this.#weights.join(),
      ids,
      selfLoops: this.#selfLoops,
    };
  }

  /** All ids so far become labels, in order of first appearance. */
  #turnToLabels(): void {
    const labels = new LabelTable();
    const encoder = new TextEncoder();
    const relabel = (id: number): number => {
      const bytes = encoder.encode(String(id));
      return labels.number(bytes, 0, bytes.length);
    };
    const source = this.#source.join();
    const target = this.#target.join();
    // Edge by edge: source and target of an edge are numbered one after the other.
    for (let edge = 0; edge < source.length; edge++) {
      this.#source.push(relabel(source[edge]!));
      this.#target.push(relabel(target[edge]!));
    }
    this.#labels = labels;
  }

  /**
   * When whole-number ids are not exactly 0, 1, ..., n - 1: numbers the nodes by ascending id and returns the
   * ids; otherwise leaves them.
   */
  #numberNodes(): string[] | undefined {
    const edges = this.#source.length;
    // A table over all ids up to the largest pays while that is not far beyond what the edges take.
    if (this.#largest < 64 * edges + (1 << 20)) {
      const present = new Uint8Array(this.#largest + 1);
      this.#forAll((id) => {
        present[id] = 1;
        return id;
      });
      let nodes = 0;
      for (const flag of present) nodes += flag;
      if (nodes === present.length) return undefined;
      const numbers = new Int32Array(present.length);
      const ids: string[] = [];
      for (let id = 0; id < present.length; id++) {
        if (present[id] === 0) continue;
        numbers[id] = ids.length;
        ids.push(String(id));
      }
      this.#forAll((id) => numbers[id]!);
      return ids;
    }
    const distinct = new Set<number>();
    this.#forAll((id) => {
      distinct.add(id);
      return id;
    });
    const ascending = Int32Array.from(distinct).sort();
    const numbers = new Map<number, number>();
    for (const [node, id] of ascending.entries()) numbers.set(id, node);
    this.#forAll((id) => numbers.get(id)!);
    return Array.from(ascending, String);
  }

  #forAll(replace: (id: number) => number): void {
    this.#source.map(replace);
    this.#target.map(replace);
  }
}

/** The whole number that bytes spell without sign and leading zeros, if it can be a node id; otherwise -1. */
export function plainId(bytes: Uint8Array): number {
  if (bytes.length === 0 || bytes.length > 10 || (bytes[0] === zero && bytes.length > 1)) return -1;
  let id = 0;
  for (const byte of bytes) {
    if (byte < zero || byte > zero + 9) return -1;
    id = id * 10 + byte - zero;
  }
  return id <= largestId ? id : -1;
}
