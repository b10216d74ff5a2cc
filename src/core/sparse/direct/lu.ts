import type { CsrMatrix } from "../../array/index.ts";
import { InvalidInputError, NumericalError } from "../../errors.ts";
import { transpose } from "../csr.ts";
import { requireOperator } from "../operator.ts";
import { type Pattern, transposePattern } from "../pattern.ts";
import { multiplyVector } from "../products.ts";
import { requireVector } from "../vector.ts";
import { approximateMinimumDegree, minimumDegreeOrder } from "./minimum-degree.ts";

/** P (D A) Q = L U with D the row scaling. */
export interface SparseLu {
  readonly size: number;
  /** Column of A that is eliminated as the i-th. */
  readonly columnOrder: Int32Array;
  /** Row of A that is the pivot of the i-th column. */
  readonly rowOrder: Int32Array;
  /** Entries of L (unit diagonal left out) and U. */
  readonly entries: number;
  /** Ratio of the smallest to the largest pivot; a small one warns of a nearly singular A. */
  readonly pivotRatio: number;
  /**
   * The x with A x = b, after one step of iterative refinement; written to `out` where it is given, which may be b. 4
   * flops an entry of L and U.
   */
  solve(b: Float64Array, out?: Float64Array): Float64Array;
}

/** A diagonal pivot is taken when it is at least this fraction of the largest candidate. */
const diagonalPreference = 0.1;

/**
 * LU factorization of a sparse square matrix: rows scaled to largest entry 1, columns ordered for little fill
 * whatever the pivots (minimum degree of A^T A, or of A + A^T with pivots from the diagonal where the pattern is
 * nearly symmetric), then column by column with partial pivoting, in time proportional to the flops.
 *
 * Throws NumericalError naming the column of A at which it turned out to be singular.
 *
 * Gilbert and Peierls, Sparse partial pivoting in time proportional to arithmetic operations, 1988.
 */
export function sparseLu(A: CsrMatrix): SparseLu {
  requireOperator("A", A, { square: true });
  const n = A.rows;
  const scaling = rowScaling(A);
  const T = transpose(A);
  const columnOrder = columnOrderFor(A, T);
  const factors = new ColumnFactors(n, T, scaling);
  for (let k = 0; k < n; k++) factors.eliminate(k, columnOrder[k]!);
  const rowOrder = factors.rowOrder;
  const work = new Float64Array(n);
  const residual = new Float64Array(n);
  const solveOnce = (b: Float64Array, x: Float64Array): void => {
    for (let i = 0; i < n; i++) work[i] = b[rowOrder[i]!]! * scaling[rowOrder[i]!]!;
    factors.solve(work);
    for (let k = 0; k < n; k++) x[columnOrder[k]!] = work[k]!;
  };
  const correction = new Float64Array(n);
  const solution = new Float64Array(n);
  return {
    size: n,
    columnOrder,
    rowOrder,
    entries: factors.entries,
    pivotRatio: factors.pivotRatio(),
    solve: (b, out = new Float64Array(n)) => {
      requireVector("b", b, n);
      if (out.length !== n) throw new InvalidInputError("out", `expected ${n} elements, got ${out.length}`);
      solveOnce(b, solution);
      multiplyVector(A, solution, residual);
      for (let i = 0; i < n; i++) residual[i] = b[i]! - residual[i]!;
      solveOnce(residual, correction);
      for (let i = 0; i < n; i++) out[i] = solution[i]! + correction[i]!;
      return out;
    },
  };
}

/** Powers of two that bring the largest entry of every row near 1. */
function rowScaling({ rows, indptr, data }: CsrMatrix): Float64Array {
  const scaling = new Float64Array(rows).fill(1);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let k = indptr[row]!; k < indptr[row + 1]!; k++) largest = Math.max(largest, Math.abs(data[k]!));
    if (largest === 0)
      throw new NumericalError(`the matrix is singular: row ${row} has no nonzero entry`, { row });
    scaling[row] = 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest))));
  }
  return scaling;
}

function columnOrderFor(A: CsrMatrix, T: CsrMatrix): Int32Array {
  const n = A.rows;
  let mirrored = 0;
  let diagonals = 0;
  for (let row = 0; row < n; row++) {
    let b = T.indptr[row]!;
    const bEnd = T.indptr[row + 1]!;
    for (let a = A.indptr[row]!; a < A.indptr[row + 1]!; a++) {
      const column = A.indices[a]!;
      if (column === row && A.data[a] !== 0) diagonals++;
      while (b < bEnd && T.indices[b]! < column) b++;
      if (b < bEnd && T.indices[b] === column) mirrored++;
    }
  }
  if (diagonals === n && mirrored >= 0.7 * A.indices.length) return approximateMinimumDegree(A);
  return minimumDegreeOrder(n, columnGraph(A, T));
}

/**
 * Columns that share a row: the pattern of A^T A without diagonal, which bounds the fill for every choice of pivots.
 * Rows with far more entries than the others are left out, as they would make it full.
 */
function columnGraph(A: CsrMatrix, T: CsrMatrix): Pattern {
  const n = A.rows;
  const dense = Math.max(16, 10 * Math.sqrt(n));
  const mark = new Int32Array(n).fill(-1);
  const indptr = new Int32Array(n + 1);
  let indices = new Int32Array(4 * A.indices.length + 16);
  let next = 0;
  for (let column = 0; column < n; column++) {
    mark[column] = column;
    for (let t = T.indptr[column]!; t < T.indptr[column + 1]!; t++) {
      const row = T.indices[t]!;
      const end = A.indptr[row + 1]!;
      if (end - A.indptr[row]! > dense) continue;
      for (let k = A.indptr[row]!; k < end; k++) {
        const other = A.indices[k]!;
        if (mark[other] === column) continue;
        mark[other] = column;
        if (next === indices.length) {
          const grown = new Int32Array(2 * indices.length);
          grown.set(indices);
          indices = grown;
        }
        indices[next++] = other;
      }
    }
    indptr[column + 1] = next;
  }
  // Transposing a symmetric pattern sorts it.
  return transposePattern(n, n, { indptr, indices: indices.subarray(0, next) });
}

const notPivotal = -1;

/** L and U by columns, grown one column at a time. Rows of L keep A's numbers until `solve` maps them. */
class ColumnFactors {
  readonly rowOrder: Int32Array;
  readonly #n: number;
  readonly #columns: CsrMatrix;
  readonly #scaling: Float64Array;
  /** Which column each row of A is the pivot of. */
  readonly #pivotOf: Int32Array;
  readonly #lower: GrowingColumns;
  readonly #upper: GrowingColumns;
  readonly #diagonal: Float64Array;
  /** The column under elimination, by rows of A, and its rows in an order in which they may be eliminated. */
  readonly #x: Float64Array;
  readonly #mark: Int32Array;
  readonly #topological: Int32Array;
  readonly #stack: Int32Array;
  readonly #position: Int32Array;
  #rowsArePivots = false;

  /** `columns` is the transpose of A as CSR, so that its rows are A's columns. */
  constructor(n: number, columns: CsrMatrix, scaling: Float64Array) {
    this.#n = n;
    this.#columns = columns;
    this.#scaling = scaling;
    this.rowOrder = new Int32Array(n);
    this.#pivotOf = new Int32Array(n).fill(notPivotal);
    this.#lower = new GrowingColumns(n, 4 * columns.indices.length);
    this.#upper = new GrowingColumns(n, 4 * columns.indices.length);
    this.#diagonal = new Float64Array(n);
    this.#x = new Float64Array(n);
    this.#mark = new Int32Array(n).fill(-1);
    this.#topological = new Int32Array(n);
    this.#stack = new Int32Array(n);
    this.#position = new Int32Array(n);
  }

  get entries(): number {
    return this.#lower.count + this.#upper.count + this.#n;
  }

  pivotRatio(): number {
    let [smallest, largest] = [Number.POSITIVE_INFINITY, 0];
    for (const pivot of this.#diagonal) {
      smallest = Math.min(smallest, Math.abs(pivot));
      largest = Math.max(largest, Math.abs(pivot));
    }
    return this.#n === 0 ? 1 : smallest / largest;
  }

  /** Column k of L and U from the given column of A. */
  eliminate(k: number, column: number): void {
    const top = this.#reach(k, column);
    const { indptr, indices, data } = this.#columns;
    const x = this.#x;
    for (let t = indptr[column]!; t < indptr[column + 1]!; t++)
      x[indices[t]!] = data[t]! * this.#scaling[indices[t]!]!;
    const lower = this.#lower;
    const { start, rows, values } = lower;
    for (let t = top; t < this.#n; t++) {
      const row = this.#topological[t]!;
      const pivotColumn = this.#pivotOf[row]!;
      if (pivotColumn === notPivotal) continue;
      const value = x[row]!;
      if (value === 0) continue;
      const end = start[pivotColumn + 1]!;
      for (let l = start[pivotColumn]!; l < end; l++) x[rows[l]!]! -= values[l]! * value;
    }
    const pivot = this.#choosePivot(top, column);
    const pivotValue = x[pivot]!;
    this.#pivotOf[pivot] = k;
    this.rowOrder[k] = pivot;
    this.#diagonal[k] = pivotValue;
    for (let t = top; t < this.#n; t++) {
      const row = this.#topological[t]!;
      const value = x[row]!;
      x[row] = 0;
      if (row === pivot || value === 0) continue;
      const pivotColumn = this.#pivotOf[row]!;
      if (pivotColumn === notPivotal) lower.push(row, value / pivotValue);
      else this.#upper.push(pivotColumn, value);
    }
    lower.end(k);
    this.#upper.end(k);
  }

  /** Largest candidate, or the diagonal one where it is not much smaller. */
  #choosePivot(top: number, column: number): number {
    const x = this.#x;
    let best = -1;
    let largest = 0;
    for (let t = top; t < this.#n; t++) {
      const row = this.#topological[t]!;
      if (this.#pivotOf[row] !== notPivotal) continue;
      const size = Math.abs(x[row]!);
      if (!Number.isFinite(size))
        throw new NumericalError(`the factors overflow in column ${column}`, { column });
      if (size > largest) {
        largest = size;
        best = row;
      }
    }
    if (best < 0)
      throw new NumericalError(
        `the matrix is singular: no pivot for column ${column}, which depends on the columns eliminated before it`,
        { column },
      );
    const diagonal = this.#pivotOf[column] === notPivotal ? Math.abs(x[column]!) : 0;
    return diagonal >= diagonalPreference * largest ? column : best;
  }

  /**
   * Rows of column k that may be nonzero: depth-first search in the graph of L from the entries of the column. Written
   * to `topological` from the returned position on.
   */
  #reach(k: number, column: number): number {
    const { indptr, indices } = this.#columns;
    const { start, rows } = this.#lower;
    const mark = this.#mark;
    const stack = this.#stack;
    const position = this.#position;
    let top = this.#n;
    for (let t = indptr[column]!; t < indptr[column + 1]!; t++) {
      if (mark[indices[t]!] === k) continue;
      let depth = 0;
      stack[0] = indices[t]!;
      mark[stack[0]!] = k;
      const first = this.#pivotOf[stack[0]!]!;
      position[0] = first === notPivotal ? 0 : start[first]!;
      while (depth >= 0) {
        const row = stack[depth]!;
        const pivotColumn = this.#pivotOf[row]!;
        const end = pivotColumn === notPivotal ? 0 : start[pivotColumn + 1]!;
        let l = position[depth]!;
        while (l < end && mark[rows[l]!] === k) l++;
        if (l < end) {
          position[depth] = l + 1;
          const child = rows[l]!;
          mark[child] = k;
          depth++;
          stack[depth] = child;
          const childColumn = this.#pivotOf[child]!;
          position[depth] = childColumn === notPivotal ? 0 : start[childColumn]!;
        } else {
          this.#topological[--top] = row;
          depth--;
        }
      }
    }
    return top;
  }

  /** L U x = b in place, once all columns are eliminated; b in pivot order. */
  solve(x: Float64Array): void {
    const lower = this.#lower;
    const upper = this.#upper;
    if (!this.#rowsArePivots) {
      for (let l = 0; l < lower.count; l++) lower.rows[l] = this.#pivotOf[lower.rows[l]!]!;
      this.#rowsArePivots = true;
    }
    for (let k = 0; k < this.#n; k++) {
      const value = x[k]!;
      const end = lower.start[k + 1]!;
      for (let l = lower.start[k]!; l < end; l++) x[lower.rows[l]!]! -= lower.values[l]! * value;
    }
    for (let k = this.#n - 1; k >= 0; k--) {
      const value = x[k]! / this.#diagonal[k]!;
      x[k] = value;
      const end = upper.start[k + 1]!;
      for (let u = upper.start[k]!; u < end; u++) x[upper.rows[u]!]! -= upper.values[u]! * value;
    }
  }
}

/** Compressed columns that are appended to. */
class GrowingColumns {
  readonly start: Int32Array;
  rows: Int32Array;
  values: Float64Array;
  count = 0;

  constructor(columns: number, capacity: number) {
    this.start = new Int32Array(columns + 1);
    this.rows = new Int32Array(capacity);
    this.values = new Float64Array(capacity);
  }

  push(row: number, value: number): void {
    if (this.count === this.rows.length) {
      const capacity = Math.max(16, 2 * this.count);
      if (capacity > 2147483647)
        throw new NumericalError("the factors have more than 2147483647 entries", { entries: this.count });
      const rows = new Int32Array(capacity);
      rows.set(this.rows);
      this.rows = rows;
      const values = new Float64Array(capacity);
      values.set(this.values);
      this.values = values;
    }
    this.rows[this.count] = row;
    this.values[this.count++] = value;
  }

  end(column: number): void {
    this.start[column + 1] = this.count;
  }
}
