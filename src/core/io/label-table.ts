/**
 * Numbers byte strings in order of first appearance: 0, 1, 2, ... A hash table over one arena of bytes, so
 * that a label seen again costs no string and no garbage. Expected O(length) per lookup.
 */
export class LabelTable {
  /** The labels so far, by number. */
  readonly labels: string[] = [];
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #arena = new Uint8Array(1 << 12);
  /** Label k is the bytes from #starts[k] to #starts[k + 1] of the arena. */
  #starts = new Float64Array(1 << 8);
  /** Open addressing, at most half full. A slot is two words: label number + 1 (0 for free) and hash. */
  #slots = new Int32Array(1 << 10);

  /** Number of the label in bytes[start, end); throws a TypeError when a new label is not UTF-8. */
  number(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    // FNV-1a leaves similar labels in neighbouring slots; the finalizer of MurmurHash3 scatters them.
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
    const slots = this.#slots;
    const mask = slots.length - 2;
    let slot = (hash << 1) & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if (slots[slot + 1] === hash && this.#equals(entry - 1, bytes, start, end)) return entry - 1;
      slot = (slot + 2) & mask;
    }
    return this.#add(bytes, start, end, hash, slot);
  }

  #equals(label: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[label]!;
    if (this.#starts[label + 1]! - from !== end - start) return false;
    for (let i = start, j = from; i < end; i++, j++) {
      if (bytes[i] !== this.#arena[j]) return false;
    }
    return true;
  }

  #add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const number = this.labels.length;
    this.labels.push(this.#decoder.decode(bytes.subarray(start, end)));
    const from = this.#starts[number]!;
    const to = from + end - start;
    if (to > this.#arena.length) {
      const arena = new Uint8Array(Math.max(to, 2 * this.#arena.length));
      arena.set(this.#arena.subarray(0, from));
      this.#arena = arena;
    }
    this.#arena.set(bytes.subarray(start, end), from);
    if (number + 1 >= this.#starts.length) {
      const starts = new Float64Array(2 * this.#starts.length);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    this.#starts[number + 1] = to;
    this.#slots[slot] = number + 1;
    this.#slots[slot + 1] = hash;
    if (4 * (number + 1) > this.#slots.length) this.#rehash();
    return number;
  }

  #rehash(): void {
    const former = this.#slots;
    const slots = new Int32Array(2 * former.length);
    const mask = slots.length - 2;
    for (let from = 0; from < former.length; from += 2) {
      if (former[from] === 0) continue;
      let slot = (former[from + 1]! << 1) & mask;
      while (slots[slot] !== 0) slot = (slot + 2) & mask;
      slots[slot] = former[from]!;
      slots[slot + 1] = former[from + 1]!;
    }
    this.#slots = slots;
  }
}
