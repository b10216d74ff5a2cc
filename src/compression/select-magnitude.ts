/**
 * Order statistics of magnitudes of float32 numbers that come in parts, by counting their bits: two passes over the
 * numbers, no copy and no sorting. The bits of numbers without sign are ordered as the numbers are.
 */
export class MagnitudeSelector {
  readonly #upper = new Uint32Array(1 << 15);
  #lower: Map<number, Uint32Array> | undefined;
  #wanted: { rank: number; upper: number; inside: number }[] = [];

  /** First pass: counts numbers. */
  count(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const upper = this.#upper;
    for (let i = 0; i < bits.length; i++) upper[(bits[i]! & 0x7fffffff) >>> 16]!++;
  }

  /** Between the passes: which of the largest are asked for, 1 for the largest of all. */
  ask(ranks: readonly number[]): void {
    this.#lower = new Map();
    this.#wanted = ranks.map((rank) => {
      let before = 0;
      let bin = this.#upper.length - 1;
      while (bin > 0 && before + this.#upper[bin]! < rank) before += this.#upper[bin--]!;
      this.#lower!.set(bin, new Uint32Array(1 << 16));
      return { rank, upper: bin, inside: rank - before };
    });
  }

  /** Second pass, over the same numbers. */
  refine(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (const [bin, counts] of this.#lower!)
      for (let i = 0; i < bits.length; i++) {
        const word = bits[i]! & 0x7fffffff;
        if (word >>> 16 === bin) counts[word & 0xffff]!++;
      }
  }

  /** The thresholds asked for. */
  thresholds(): Threshold[] {
    return this.#wanted.map(({ upper, inside }) => {
      const counts = this.#lower!.get(upper)!;
      let before = 0;
      let low = counts.length - 1;
      while (low > 0 && before + counts[low]! < inside) before += counts[low--]!;
      return { bits: upper * 65_536 + low, ties: inside - before };
    });
  }
}

/** The magnitude at a rank: those of larger bits all come before it, and of equal ones the first `ties`, itself included. */
export interface Threshold {
  readonly bits: number;
  readonly ties: number;
}

/** Above every number: nothing is selected. */
const nothing: Threshold = { bits: 0x80000000, ties: 0 };

/** The thresholds of the numbers at some ranks (0: none). */
export function thresholdsOf(values: Float32Array, ranks: readonly number[]): Threshold[] {
  const selector = new MagnitudeSelector();
  selector.count(values);
  selector.ask(ranks.map((rank) => Math.max(1, rank)));
  selector.refine(values);
  return selector.thresholds().map((threshold, i) => (ranks[i] === 0 ? nothing : threshold));
}

/**
 * Marks the entries of ranks `removed` + 1 to `removed` + `kept` by falling magnitude; of equal ones those of lower index
 * come first. O(n).
 */
export function markRanks(values: Float32Array, removed: number, kept: number, mask: Uint8Array): void {
  if (kept === 0) return;
  if (values.length < 4096) {
    markSorted(values, removed, kept, mask);
    return;
  }
  const [top, bottom] = thresholdsOf(values, [removed, removed + kept]) as [Threshold, Threshold];
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let topTies = top.ties;
  let bottomTies = bottom.ties;
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]! & 0x7fffffff;
    const isRemoved = word > top.bits || (word === top.bits && topTies-- > 0);
    const isIn = word > bottom.bits || (word === bottom.bits && bottomTies-- > 0);
    if (isIn && !isRemoved) mask[i] = 1;
  }
}

/** Rows are short and many: counting bits would cost more than sorting them. */
function markSorted(values: Float32Array, removed: number, kept: number, mask: Uint8Array): void {
  const order = Uint32Array.from(values.keys()).sort(
    (a, b) => Math.abs(values[b]!) - Math.abs(values[a]!) || a - b,
  );
  for (let rank = removed; rank < removed + kept; rank++) mask[order[rank]!] = 1;
}
