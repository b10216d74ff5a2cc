import type { CsrMatrix, Matrix } from "ockham/array";

/** How far approximate scores are from the exact ones, means over the sources. */
export interface Accuracy {
  /** Sum of absolute differences, from 0 to 2. */
  readonly l1: number;
  /** Share of the 100 largest exact scores that are among the 100 largest approximate ones. */
  readonly precision: number;
}

const topSize = 100;

/** The exact scores of some sources, with their largest ones looked up once. */
export class ExactScores {
  readonly #rows: Float64Array[];
  readonly #top: Set<number>[];

  constructor(scores: Matrix) {
    const [rows, nodes] = scores.shape as [number, number];
    this.#rows = Array.from({ length: rows }, (_, i) => scores.data.subarray(i * nodes, (i + 1) * nodes));
    this.#top = this.#rows.map((row) => new Set(top(Int32Array.from(row.keys()), row)));
  }

  accuracyOf(approximate: CsrMatrix): Accuracy {
    let l1 = 0;
    let precision = 0;
    for (const [i, exact] of this.#rows.entries()) {
      const [first, last] = [approximate.indptr[i]!, approximate.indptr[i + 1]!];
      const indices = approximate.indices.subarray(first, last);
      const values = approximate.data.subarray(first, last);
      // |a - e| where a is not 0, e elsewhere.
      let distance = exact.reduce((sum, value) => sum + value, 0);
      for (const [k, v] of indices.entries()) distance += Math.abs(values[k]! - exact[v]!) - exact[v]!;
      l1 += distance;
      precision += top(indices, values).filter((v) => this.#top[i]!.has(v)).length / this.#top[i]!.size;
    }
    return { l1: l1 / this.#rows.length, precision: precision / this.#rows.length };
  }
}

/** Vertices of the largest positive values, of equal ones those with lower numbers. */
function top(vertices: Int32Array, values: Float64Array): number[] {
  return Array.from(values.keys())
    .filter((k) => values[k]! > 0)
    .sort((a, b) => values[b]! - values[a]! || vertices[a]! - vertices[b]!)
    .slice(0, topSize)
    .map((k) => vertices[k]!);
}
