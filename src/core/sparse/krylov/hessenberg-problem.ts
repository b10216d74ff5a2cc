import { epsilon } from "./run.ts";

/** The least squares problem min ||norm e_1 - H y|| with H growing by columns, kept as QR by Givens rotations. */
export class HessenbergProblem {
  readonly #columns: readonly Float64Array[];
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #rhs: Float64Array;

  constructor(m: number) {
    this.#columns = Array.from({ length: m }, (_, j) => new Float64Array(j + 2));
    this.#cosines = new Float64Array(m);
    this.#sines = new Float64Array(m);
    this.#rhs = new Float64Array(m + 1);
  }

  begin(norm: number): void {
    this.#rhs.fill(0);
    this.#rhs[0] = norm;
  }

  /** Where column j of H is to be written, j + 2 elements. */
  column(j: number): Float64Array {
    return this.#columns[j]!;
  }

  /** Brings column j to triangular form; returns the norm of the residual with j + 1 columns. */
  rotate(j: number): number {
    const column = this.#columns[j]!;
    for (let i = 0; i < j; i++) {
      const [c, s, above, below] = [this.#cosines[i]!, this.#sines[i]!, column[i]!, column[i + 1]!];
      column[i] = c * above + s * below;
      column[i + 1] = c * below - s * above;
    }
    const length = Math.hypot(column[j]!, column[j + 1]!);
    const c = length === 0 ? 1 : column[j]! / length;
    const s = length === 0 ? 0 : column[j + 1]! / length;
    this.#cosines[j] = c;
    this.#sines[j] = s;
    column[j] = length;
    column[j + 1] = 0;
    const rhs = this.#rhs[j]!;
    this.#rhs[j] = c * rhs;
    this.#rhs[j + 1] = -s * rhs;
    return Math.abs(this.#rhs[j + 1]!);
  }

  /** Column j of the triangular factor of H, j + 1 elements, once it is rotated. */
  triangular(j: number): Float64Array {
    return this.#columns[j]!.subarray(0, j + 1);
  }

  /** Multiplies a row-major matrix of at least `steps` + 1 rows, from row `first` on, by the rotations, in place. */
  rotateRows(steps: number, matrix: Float64Array, width: number, first: number): void {
    for (let i = 0; i < steps; i++) {
      const c = this.#cosines[i]!;
      const s = this.#sines[i]!;
      const upper = (first + i) * width;
      const lower = upper + width;
      for (let k = 0; k < width; k++) {
        const [above, below] = [matrix[upper + k]!, matrix[lower + k]!];
        matrix[upper + k] = c * above + s * below;
        matrix[lower + k] = c * below - s * above;
      }
    }
  }

  /** y for the first j columns; columns at the end that depend on the others are left out. */
  solve(j: number): Float64Array {
    let largest = 0;
    for (let i = 0; i < j; i++) largest = Math.max(largest, this.#columns[i]![i]!);
    let used = j;
    while (used > 0 && this.#columns[used - 1]![used - 1]! <= epsilon * largest) used--;
    const y = this.#rhs.slice(0, used);
    for (let i = used - 1; i >= 0; i--) {
      y[i]! /= this.#columns[i]![i]!;
      for (let k = 0; k < i; k++) y[k]! -= this.#columns[i]![k]! * y[i]!;
    }
    return y;
  }
}
