import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger } from "../core/errors.ts";
import { gram } from "../core/linalg/index.ts";
import { matrix } from "./weights.ts";

/**
 * Mean and covariance of vectors that come in batches, in float64. Vectors are taken relative to the mean of the first
 * batch, so that a large mean costs no digits. An update costs n d^2 operations.
 */
export class CovarianceStatistics {
  readonly dim: number;
  #n = 0;
  #shift: Float64Array | undefined;
  readonly #sum: Float64Array;
  readonly #products: Float64Array;

  constructor(dim: number) {
    this.dim = requireInteger("dim", dim, 1);
    this.#sum = new Float64Array(dim);
    this.#products = new Float64Array(dim * dim);
  }

  /** Vectors seen. */
  get n(): number {
    return this.#n;
  }

  /** Adds the rows of y, [n, dim]. */
  update(y: Matrix): void {
    const { rows: n, cols: d } = requireMatrix("y", y);
    if (d !== this.dim) throw new InvalidInputError("y", `expected ${this.dim} columns, got ${d}`);
    if (n === 0) return;
    this.#shift ??= meanOf(y.data, n, d);
    const shifted = new Float64Array(n * d);
    for (let i = 0, p = 0; i < n; i++)
      for (let j = 0; j < d; j++, p++) {
        const value = y.data[p]! - this.#shift[j]!;
        shifted[p] = value;
        this.#sum[j]! += value;
      }
    const products = gram(matrix(n, d, shifted)).data;
    for (let p = 0; p < products.length; p++) this.#products[p]! += products[p]!;
    this.#n += n;
  }

  get mean(): Float64Array {
    this.#requireData();
    return this.#sum.map((sum, j) => this.#shift![j]! + sum / this.#n);
  }

  /** Divided by n: symmetric, [dim, dim]. */
  get covariance(): Matrix {
    this.#requireData();
    const d = this.dim;
    const data = new Float64Array(d * d);
    for (let i = 0, p = 0; i < d; i++)
      for (let j = 0; j < d; j++, p++)
        data[p] = this.#products[p]! / this.#n - (this.#sum[i]! / this.#n) * (this.#sum[j]! / this.#n);
    return matrix(d, d, data);
  }

  #requireData(): void {
    if (this.#n < 1) throw new InvalidInputError("statistics", "no vector has been added");
  }
}

function meanOf(data: Float64Array, n: number, d: number): Float64Array {
  const mean = new Float64Array(d);
  for (let i = 0, p = 0; i < n; i++) for (let j = 0; j < d; j++, p++) mean[j]! += data[p]! / n;
  return mean;
}
