import { makeReflector, reflectRows } from "./householder.ts";

/** Householder QR; see `DenseKernels.qr`. 2 n^2 (m - n / 3) operations for R, as many for a thin Q. */
export function qr(m: number, n: number, a: Float64Array, columnsOfQ: number) {
  const { taus } = factor(m, n, a);
  return { q: formQ(m, n, a, taus, columnsOfQ), r: upperPart(m, n, a, columnsOfQ) };
}

/** QR with column pivoting by the largest remaining norm (Businger and Golub); see `DenseKernels.pivotedQr`. */
export function pivotedQr(m: number, n: number, a: Float64Array, columnsOfQ: number) {
  const permutation = Int32Array.from({ length: n }, (_, j) => j);
  const { taus } = factor(m, n, a, permutation);
  return {
    q: formQ(m, n, a, taus, columnsOfQ),
    r: upperPart(m, n, a, columnsOfQ),
    permutation,
  };
}

/** Reflectors below the diagonal of a (their leading 1 implied), R on and above it. */
function factor(m: number, n: number, a: Float64Array, permutation?: Int32Array): { taus: Float64Array } {
  const steps = Math.min(m, n);
  const taus = new Float64Array(steps);
  const v = new Float64Array(m);
  const work = new Float64Array(n);
  const pivoting = permutation === undefined ? undefined : new ColumnNorms(m, n, a);
  for (let k = 0; k < steps; k++) {
    if (pivoting !== undefined) {
      const chosen = pivoting.largest(k);
      if (chosen !== k) {
        swapColumns(m, n, a, k, chosen);
        const kept = permutation![k]!;
        permutation![k] = permutation![chosen]!;
        permutation![chosen] = kept;
        pivoting.move(k, chosen);
      }
    }
    const length = m - k;
    for (let i = 0; i < length; i++) v[i] = a[(k + i) * n + k]!;
    const [beta, tau] = makeReflector(length, v);
    taus[k] = tau;
    reflectRows(a, k * n + k + 1, n, length, n - k - 1, v, tau, work);
    a[k * n + k] = beta;
    for (let i = 1; i < length; i++) a[(k + i) * n + k] = v[i]!;
    pivoting?.update(k);
  }
  return { taus };
}

function formQ(m: number, n: number, a: Float64Array, taus: Float64Array, columns: number): Float64Array {
  const q = new Float64Array(m * columns);
  if (columns === 0) return q;
  for (let i = 0; i < Math.min(m, columns); i++) q[i * columns + i] = 1;
  const v = new Float64Array(m);
  const work = new Float64Array(columns);
  // From the last reflector on, so that only the trailing block is dense.
  for (let k = taus.length - 1; k >= 0; k--) {
    const length = m - k;
    v[0] = 1;
    for (let i = 1; i < length; i++) v[i] = a[(k + i) * n + k]!;
    reflectRows(q, k * columns + k, columns, length, columns - k, v, taus[k]!, work);
  }
  return q;
}

function upperPart(m: number, n: number, a: Float64Array, columnsOfQ: number): Float64Array {
  const rows = columnsOfQ === 0 ? Math.min(m, n) : columnsOfQ;
  const r = new Float64Array(rows * n);
  for (let i = 0; i < Math.min(rows, n); i++) for (let j = i; j < n; j++) r[i * n + j] = a[i * n + j]!;
  return r;
}

function swapColumns(m: number, n: number, a: Float64Array, j: number, k: number): void {
  for (let i = 0; i < m; i++) {
    const kept = a[i * n + j]!;
    a[i * n + j] = a[i * n + k]!;
    a[i * n + k] = kept;
  }
}

/** Norms of the parts of the columns below the current step, downdated; recomputed where cancellation spoils them. */
class ColumnNorms {
  readonly #m: number;
  readonly #n: number;
  readonly #a: Float64Array;
  readonly #current: Float64Array;
  /** The norm when it was last computed afresh. */
  readonly #computed: Float64Array;

  constructor(m: number, n: number, a: Float64Array) {
    this.#m = m;
    this.#n = n;
    this.#a = a;
    this.#current = new Float64Array(n);
    for (let j = 0; j < n; j++) this.#current[j] = this.#norm(0, j);
    this.#computed = this.#current.slice();
  }

  largest(k: number): number {
    let chosen = k;
    for (let j = k + 1; j < this.#n; j++) if (this.#current[j]! > this.#current[chosen]!) chosen = j;
    return chosen;
  }

  /** Column k went to `chosen`; column k's own norm is not needed again. */
  move(k: number, chosen: number): void {
    this.#current[chosen] = this.#current[k]!;
    this.#computed[chosen] = this.#computed[k]!;
  }

  /** After step k: row k no longer counts. Drmac and Bujanovic (2008) give the safe test. */
  update(k: number): void {
    for (let j = k + 1; j < this.#n; j++) {
      const norm = this.#current[j]!;
      if (norm === 0) continue;
      const ratio = Math.abs(this.#a[k * this.#n + j]!) / norm;
      const left = Math.max(0, (1 - ratio) * (1 + ratio));
      const lost = norm / this.#computed[j]!;
      if (left * lost * lost <= 1.5e-8) {
        this.#current[j] = this.#norm(k + 1, j);
        this.#computed[j] = this.#current[j]!;
      } else this.#current[j] = norm * Math.sqrt(left);
    }
  }

  #norm(from: number, j: number): number {
    let largest = 0;
    for (let i = from; i < this.#m; i++) largest = Math.max(largest, Math.abs(this.#a[i * this.#n + j]!));
    if (largest === 0) return 0;
    let sum = 0;
    for (let i = from; i < this.#m; i++) {
      const scaled = this.#a[i * this.#n + j]! / largest;
      sum += scaled * scaled;
    }
    return largest * Math.sqrt(sum);
  }
}
