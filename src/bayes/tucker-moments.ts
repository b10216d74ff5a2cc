/**
 * Products of the functions of all modes at data, and the core in the forms that are multiplied by them. A symmetric
 * R x R matrix of second moments is packed into its P = R (R + 1) / 2 pairs r <= q, and products over the modes have an
 * entry for every choice of a function (or pair) of each mode, row-major, in Tucker form; in CP form, one for every
 * function (or pair), the same of all modes.
 */
export class TuckerMoments {
  readonly form: "tucker" | "cp";
  readonly ranks: readonly number[];
  /** Pairs of every mode. */
  readonly pairs: readonly number[];
  /** Length of a product of functions over all modes. */
  readonly size: number;
  /** Length of a product of pairs over all modes. */
  readonly pairSize: number;
  readonly #scratch: Float64Array;

  constructor(ranks: readonly number[], form: "tucker" | "cp") {
    this.form = form;
    this.ranks = ranks;
    this.pairs = ranks.map(pairCount);
    this.size = form === "cp" ? ranks[0]! : productOf(ranks);
    this.pairSize = form === "cp" ? this.pairs[0]! : productOf(this.pairs);
    this.#scratch = new Float64Array(this.pairSize);
  }

  /**
   * Adds `factor` times the product over all modes but `skip` (-1: over all) to `sum`. Mode j brings the `widths[j]`
   * numbers at `at[j]` of `rows[j]`. One multiplication for every entry of the result, and a geometric rest.
   */
  addProduct(
    factor: number,
    rows: readonly Float64Array[],
    widths: readonly number[],
    at: Int32Array,
    skip: number,
    sum: Float64Array,
  ): void {
    const modes = widths.length;
    if (this.form === "cp") {
      const width = widths[0]!;
      for (let r = 0; r < width; r++) {
        let product = factor;
        for (let j = 0; j < modes; j++) if (j !== skip) product *= rows[j]![at[j]! * width + r]!;
        sum[r]! += product;
      }
      return;
    }
    const scratch = this.#scratch;
    const last = skip === modes - 1 ? modes - 2 : modes - 1;
    let size = 1;
    scratch[0] = factor;
    for (let j = 0; j < last; j++) {
      if (j === skip) continue;
      const width = widths[j]!;
      const row = rows[j]!;
      const start = at[j]! * width;
      for (let e = size - 1; e >= 0; e--) {
        const value = scratch[e]!;
        for (let r = width - 1; r >= 0; r--) scratch[e * width + r] = value * row[start + r]!;
      }
      size *= width;
    }
    const width = widths[last]!;
    const row = rows[last]!;
    const start = at[last]! * width;
    for (let e = 0; e < size; e++) {
      const value = scratch[e]!;
      for (let r = 0; r < width; r++) sum[e * width + r]! += value * row[start + r]!;
    }
  }

  /**
   * Matrices that turn sums of products over the modes but one into coefficients of its functions, [R, size / R], and
   * their second moments, [P, pairSize / P], under a known core; undefined for CP, whose products are the coefficients.
   */
  unfolded(core: Float64Array, mode: number): { first: Float64Array; second: Float64Array } | undefined {
    if (this.form === "cp") return undefined;
    const rank = this.ranks[mode]!;
    const inner = productOf(this.ranks.slice(mode + 1));
    const width = this.size / rank;
    const first = new Float64Array(this.size);
    for (let r = 0; r < rank; r++)
      for (let c = 0; c < width; c++) {
        const outer = Math.floor(c / inner);
        first[r * width + c] = core[(outer * rank + r) * inner + (c % inner)]!;
      }
    const others = this.ranks.filter((_, j) => j !== mode);
    const places = pairPlaces(others);
    const pairWidth = productOf(others.map(pairCount));
    const second = new Float64Array(pairCount(rank) * pairWidth);
    for (let q = 0; q < rank; q++)
      for (let r = 0; r <= q; r++) {
        const row = pairIndex(r, q) * pairWidth;
        for (let a = 0; a < width; a++)
          for (let b = 0; b < width; b++)
            second[row + places[a * width + b]!]! += first[r * width + a]! * first[q * width + b]!;
      }
    return { first, second };
  }

  /** Expected value of the interaction. Overwrites its scratch memory only. */
  value(core: Float64Array, means: readonly Float64Array[], at: Int32Array): number {
    const { ranks } = this;
    if (this.form === "cp") {
      let sum = 0;
      for (let r = 0; r < this.size; r++) {
        let product = 1;
        for (let j = 0; j < ranks.length; j++) product *= means[j]![at[j]! * this.size + r]!;
        sum += product;
      }
      return sum;
    }
    // The core times the mean of one mode after the other, from the last.
    let from = core;
    let size = this.size;
    for (let j = ranks.length - 1; j >= 0; j--) {
      const rank = ranks[j]!;
      const mean = means[j]!;
      const start = at[j]! * rank;
      size /= rank;
      for (let e = 0; e < size; e++) {
        let sum = 0;
        for (let r = 0; r < rank; r++) sum += from[e * rank + r]! * mean[start + r]!;
        this.#scratch[e] = sum;
      }
      from = this.#scratch;
    }
    return from[0]!;
  }

  /**
   * Weights w with sum_p w_p (product of pairs)_p = <matrix, Kronecker product of the second moments>, for a matrix of
   * order `size`.
   */
  folded(matrix: Float64Array): Float64Array {
    const weights = new Float64Array(this.pairSize);
    for (const [e, place] of this.places().entries()) weights[place]! += matrix[e]!;
    return weights;
  }

  /** Where every entry of the Kronecker product of the second moments, of order `size`, lies among the products of pairs. */
  places(): Int32Array {
    return pairPlaces(this.form === "cp" ? [this.size] : this.ranks);
  }
}

export function pairCount(rank: number): number {
  return (rank * (rank + 1)) / 2;
}

/** Place of the pair r <= q among the pairs. */
export function pairIndex(r: number, q: number): number {
  return (q * (q + 1)) / 2 + r;
}

function productOf(values: readonly number[]): number {
  return values.reduce((product, value) => product * value, 1);
}

function pairPlaces(ranks: readonly number[]): Int32Array {
  const size = productOf(ranks);
  return Int32Array.from({ length: size * size }, (_, e) => {
    let row = Math.floor(e / size);
    let column = e % size;
    let place = 0;
    let stride = 1;
    for (let k = ranks.length - 1; k >= 0; k--) {
      const rank = ranks[k]!;
      const [r, q] = [row % rank, column % rank];
      place += stride * pairIndex(Math.min(r, q), Math.max(r, q));
      stride *= pairCount(rank);
      row = Math.floor(row / rank);
      column = Math.floor(column / rank);
    }
    return place;
  });
}
