import type { FingerprintIndex } from "./fingerprints.ts";
import type { DanglingPolicy, Transitions } from "./personalized-pagerank.ts";

/** The parts of an index that answers are mixed from. */
export type Fingerprints = Pick<
  FingerprintIndex,
  "walks" | "teleport" | "estimator" | "indptr" | "indices" | "counts" | "totals"
>;

export interface DecompositionRule {
  readonly teleport: number;
  readonly dangling: DanglingPolicy;
  readonly iterations: number;
  readonly threshold: number;
}

/** Rows of estimated discounted visits, written one behind the other. */
export class VisitRows {
  indices: Int32Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** Where every row ends, the first one's start before. */
  readonly ends: number[] = [0];
  /** Of every row: mass of dropped flow and of entries that fingerprints lack. */
  readonly truncated: number[] = [];
  /** Of every row: mass still at vertices without fingerprint. */
  readonly missing: number[] = [];

  /** Rows to come in all. */
  readonly #rows: number;

  constructor(entries: number, rows: number) {
    this.indices = new Int32Array(entries);
    this.values = new Float64Array(entries);
    this.#rows = rows;
  }

  /** Makes room for that many more entries. */
  reserve(entries: number): void {
    const least = this.ends.at(-1)! + entries;
    if (least <= this.indices.length) return;
    const { indices, values, ends } = this;
    // Enough for rows like those so far, once there are some to go by: memory new to the process costs as much as sums.
    const more =
      ends.length < 16 ? indices.length : (1.05 * least * (this.#rows - ends.length)) / ends.length;
    this.indices = new Int32Array(Math.ceil(least + more));
    this.values = new Float64Array(this.indices.length);
    this.indices.set(indices);
    this.values.set(values);
  }
}

/**
 * Vertex-centric decomposition of one source after another, in arrays that are cleaned by what was touched. With
 * S the settled and F the flowing mass, q = S + sum_w F(w) q_w holds after every step
 * S += c F, F = (1 - c) P^T F; the fingerprints stand for the q_w of the last one.
 */
export class VertexDecomposition {
  readonly #transitions: Transitions;
  readonly #fingerprints: Fingerprints | undefined;
  #flow: Float64Array;
  #next: Float64Array;
  #front: Int32Array;
  #coming: Int32Array;
  readonly #settled: Float64Array;
  /** One bit a vertex that has settled mass: gives the entries in order without sorting. */
  readonly #touched: Int32Array;

  constructor(transitions: Transitions, fingerprints: Fingerprints | undefined) {
    const { nodes } = transitions;
    this.#transitions = transitions;
    this.#fingerprints = fingerprints;
    this.#flow = new Float64Array(nodes);
    this.#next = new Float64Array(nodes);
    this.#front = new Int32Array(nodes);
    this.#coming = new Int32Array(nodes);
    this.#settled = new Float64Array(nodes);
    this.#touched = new Int32Array((nodes + 31) >>> 5);
  }

  /** Appends a row. */
  run(source: number, rule: DecompositionRule, rows: VisitRows): void {
    const { iterations, threshold } = rule;
    this.#flow[source] = 1;
    this.#front[0] = source;
    let size = 1;
    const lost = { truncated: 0 };
    for (let step = 0; step < iterations && size > 0; step++) size = this.#push(size, rule, lost);
    if (this.#fingerprints !== undefined) {
      size = this.#mix(size, threshold, lost);
      // A part of the vertices only may have fingerprints: what met none is pushed on, as far again.
      for (let step = 0; step < Math.max(1, iterations) && size > 0; step++)
        size = this.#mix(this.#push(size, rule, lost), threshold, lost);
    }
    rows.missing.push(this.#dropFront(size));
    rows.truncated.push(lost.truncated);
    this.#collect(rows);
  }

  /** One step of the flow. Cost: the arcs out of the front. Returns the size of the new front. */
  #push(
    size: number,
    { teleport, dangling, threshold }: DecompositionRule,
    lost: { truncated: number },
  ): number {
    const { indptr, indices, probabilities } = this.#transitions;
    const flow = this.#flow;
    const next = this.#next;
    const front = this.#front;
    const coming = this.#coming;
    const settled = this.#settled;
    const touched = this.#touched;
    let arrived = 0;
    for (let i = 0; i < size; i++) {
      const u = front[i]!;
      const mass = flow[u]!;
      flow[u] = 0;
      if (mass < threshold) {
        lost.truncated += mass;
        continue;
      }
      const first = indptr[u]!;
      const last = indptr[u + 1]!;
      const stays = first === last && dangling === "self-loop";
      const kept = stays ? mass : teleport * mass;
      if (kept < threshold) lost.truncated += kept;
      else {
        settled[u]! += kept;
        touched[u >>> 5]! |= 1 << (u & 31);
      }
      if (first === last) continue;
      const moving = (1 - teleport) * mass;
      const even = moving / (last - first);
      for (let k = first; k < last; k++) {
        const v = indices[k]!;
        const share = probabilities === undefined ? even : moving * probabilities[k]!;
        if (share === 0) continue;
        if (next[v] === 0) coming[arrived++] = v;
        next[v]! += share;
      }
    }
    this.#flow = next;
    this.#next = flow;
    this.#front = coming;
    this.#coming = front;
    return arrived;
  }

  /** Replaces flow by fingerprints. Returns how much of the front has none and stays. */
  #mix(size: number, threshold: number, lost: { truncated: number }): number {
    const { teleport, walks, estimator, indptr, indices, counts, totals } = this.#fingerprints!;
    const flow = this.#flow;
    const front = this.#front;
    const settled = this.#settled;
    const touched = this.#touched;
    let left = 0;
    for (let i = 0; i < size; i++) {
      const w = front[i]!;
      const first = indptr[w]!;
      const last = indptr[w + 1]!;
      const mass = flow[w]!;
      if (first === last) {
        front[left++] = w;
        continue;
      }
      flow[w] = 0;
      if (mass < threshold) {
        lost.truncated += mass;
        continue;
      }
      const weight = mass * (estimator === "ratio" ? 1 / totals[w]! : teleport / walks);
      let visits = 0;
      if (weight >= threshold) {
        for (let k = first; k < last; k++) {
          const v = indices[k]!;
          visits += counts[k]!;
          settled[v]! += weight * counts[k]!;
          touched[v >>> 5]! |= 1 << (v & 31);
        }
      } else {
        const fewest = threshold / weight;
        for (let k = first; k < last; k++) {
          if (counts[k]! < fewest) continue;
          const v = indices[k]!;
          visits += counts[k]!;
          settled[v]! += weight * counts[k]!;
          touched[v >>> 5]! |= 1 << (v & 31);
        }
      }
      lost.truncated += weight * (totals[w]! - visits);
    }
    return left;
  }

  #dropFront(size: number): number {
    let mass = 0;
    for (let i = 0; i < size; i++) {
      mass += this.#flow[this.#front[i]!]!;
      this.#flow[this.#front[i]!] = 0;
    }
    return mass;
  }

  /** Takes the settled mass out, in order of vertices. Cost: entries and nodes / 32. */
  #collect(rows: VisitRows): void {
    const settled = this.#settled;
    const touched = this.#touched;
    let entries = 0;
    for (let word = 0; word < touched.length; word++) {
      let bits = touched[word]!;
      if (bits === 0) continue;
      bits -= (bits >>> 1) & 0x55555555;
      bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
      entries += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    rows.reserve(entries);
    const { indices, values, ends } = rows;
    let at = ends.at(-1)!;
    for (let word = 0; word < touched.length; word++) {
      let bits = touched[word]!;
      if (bits === 0) continue;
      touched[word] = 0;
      for (; bits !== 0; bits &= bits - 1) {
        const v = (word << 5) + 31 - Math.clz32(bits & -bits);
        indices[at] = v;
        values[at++] = settled[v]!;
        settled[v] = 0;
      }
    }
    ends.push(at);
  }
}
