/**
 * Moments of a Tucker (or CP) interaction of functions at one datum, by contraction mode by mode. In CP form the core
 * is the superdiagonal of ones and never formed. Cost for K modes of rank R: K R^(K+1) + R^(K+1) for Tucker, K R^2 for CP.
 */
export class TuckerMoments {
  readonly ranks: readonly number[];
  readonly form: "tucker" | "cp";
  readonly size: number;
  readonly #a: Float64Array;
  readonly #b: Float64Array;

  constructor(ranks: readonly number[], form: "tucker" | "cp") {
    this.ranks = ranks;
    this.form = form;
    this.size = ranks.reduce((product, rank) => product * rank, 1);
    this.#a = new Float64Array(this.size);
    this.#b = new Float64Array(this.size);
  }

  /**
   * Coefficients of the functions of one mode given the others: `first[r]` = expected coefficient, `second[r, r']` its
   * second moment under the mean core. means[j] at meanAt[j] and second moments seconds[j] at secondAt[j] are those of
   * mode j at the datum.
   */
  coefficients(
    mode: number,
    core: Float64Array,
    means: readonly Float64Array[],
    seconds: readonly Float64Array[],
    at: Int32Array,
    first: Float64Array,
    second: Float64Array,
  ): void {
    const { ranks } = this;
    const rank = ranks[mode]!;
    if (this.form === "cp") {
      first.fill(1);
      second.fill(1);
      for (let j = 0; j < ranks.length; j++) {
        if (j === mode) continue;
        for (let r = 0; r < rank; r++) first[r]! *= means[j]![at[j]! * rank + r]!;
        for (let e = 0; e < rank * rank; e++) second[e]! *= seconds[j]![at[j]! * rank * rank + e]!;
      }
      return;
    }
    // The core with every other mode multiplied by its second moment.
    const product = this.#applied(core, seconds, at, mode);
    let inner = 1;
    for (let j = mode + 1; j < ranks.length; j++) inner *= ranks[j]!;
    const outer = this.size / (inner * rank);
    second.fill(0);
    for (let o = 0; o < outer; o++)
      for (let r = 0; r < rank; r++)
        for (let q = 0; q < rank; q++) {
          let sum = 0;
          const left = (o * rank + r) * inner;
          const right = (o * rank + q) * inner;
          for (let i = 0; i < inner; i++) sum += product[left + i]! * core[right + i]!;
          second[r * rank + q]! += sum;
        }
    this.#contracted(core, means, at, mode, first);
  }

  /** Expected value of the interaction. */
  value(core: Float64Array, means: readonly Float64Array[], at: Int32Array): number {
    const { ranks } = this;
    if (this.form === "cp") {
      let sum = 0;
      for (let r = 0; r < ranks[0]!; r++) {
        let product = 1;
        for (let j = 0; j < ranks.length; j++) product *= means[j]![at[j]! * ranks[j]! + r]!;
        sum += product;
      }
      return sum;
    }
    const out = new Float64Array(1);
    this.#contracted(core, means, at, -1, out);
    return out[0]!;
  }

  /** Expected square of the interaction under a known core. */
  square(core: Float64Array, seconds: readonly Float64Array[], at: Int32Array): number {
    const { ranks } = this;
    let sum = 0;
    if (this.form === "cp") {
      const cells = ranks[0]! * ranks[0]!;
      for (let e = 0; e < cells; e++) {
        let product = 1;
        for (let j = 0; j < ranks.length; j++) product *= seconds[j]![at[j]! * cells + e]!;
        sum += product;
      }
      return sum;
    }
    const product = this.#applied(core, seconds, at, -1);
    for (let e = 0; e < this.size; e++) sum += product[e]! * core[e]!;
    return sum;
  }

  /** The core times the second moment of every mode but `skip` (-1: of all). */
  #applied(core: Float64Array, seconds: readonly Float64Array[], at: Int32Array, skip: number): Float64Array {
    let from = this.#a;
    let to = this.#b;
    from.set(core);
    let inner = this.size;
    for (let j = 0; j < this.ranks.length; j++) {
      const rank = this.ranks[j]!;
      inner /= rank;
      if (j === skip) continue;
      const moment = seconds[j]!;
      const start = at[j]! * rank * rank;
      const outer = this.size / (inner * rank);
      for (let o = 0; o < outer; o++)
        for (let r = 0; r < rank; r++)
          for (let i = 0; i < inner; i++) {
            let sum = 0;
            for (let q = 0; q < rank; q++)
              sum += moment[start + r * rank + q]! * from[(o * rank + q) * inner + i]!;
            to[(o * rank + r) * inner + i] = sum;
          }
      [from, to] = [to, from];
    }
    return from;
  }

  /** The core times the mean of every mode but `skip` (-1: of all): a vector of the skipped mode's rank, or a number. */
  #contracted(
    core: Float64Array,
    means: readonly Float64Array[],
    at: Int32Array,
    skip: number,
    out: Float64Array,
  ): void {
    const { ranks } = this;
    out.fill(0);
    for (let e = 0; e < this.size; e++) {
      let rest = e;
      let product = core[e]!;
      let kept = 0;
      for (let j = ranks.length - 1; j >= 0; j--) {
        const rank = ranks[j]!;
        const r = rest % rank;
        rest = (rest - r) / rank;
        if (j === skip) kept = r;
        else product *= means[j]![at[j]! * rank + r]!;
      }
      out[kept]! += product;
    }
  }
}

/** Row-major Kronecker product over the modes of the rows at `at`: `width(rank)` numbers of each. O(product of widths). */
export function kroneckerRow(
  rows: readonly Float64Array[],
  widths: readonly number[],
  at: Int32Array,
  out: Float64Array,
): void {
  let size = 1;
  out[0] = 1;
  for (let j = 0; j < rows.length; j++) {
    const width = widths[j]!;
    const start = at[j]! * width;
    for (let e = size - 1; e >= 0; e--) {
      const value = out[e]!;
      for (let r = width - 1; r >= 0; r--) out[e * width + r] = value * rows[j]![start + r]!;
    }
    size *= width;
  }
}
