/**
 * Kernels for the small dense matrices of state-space models (order 1 to about 20): row-major Float64Arrays with an
 * offset, no checks, no allocation. For such sizes a loop beats a call into LAPACK.
 */

/** out[m x n] = a[m x k] b[k x n]. m k n multiplications. */
export function multiply(
  m: number,
  k: number,
  n: number,
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  out: Float64Array,
  outAt = 0,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[aAt + i * k + l]! * b[bAt + l * n + j]!;
      out[outAt + i * n + j] = sum;
    }
  }
}

/** out[m x n] = a[m x k] b[n x k]^T. m k n multiplications. */
export function multiplyTransposed(
  m: number,
  k: number,
  n: number,
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  out: Float64Array,
  outAt = 0,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[aAt + i * k + l]! * b[bAt + j * k + l]!;
      out[outAt + i * n + j] = sum;
    }
  }
}

/** a = (a + a^T) / 2 for an n x n matrix. */
export function symmetrize(n: number, a: Float64Array, at = 0): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const value = 0.5 * (a[at + i * n + j]! + a[at + j * n + i]!);
      a[at + i * n + j] = value;
      a[at + j * n + i] = value;
    }
  }
}

/** Relative size under which a pivot of a positive semidefinite matrix counts as zero. */
const negligible = 1e-15;

/**
 * Lower triangle l with l l^T = a for a positive semidefinite n x n matrix; the strict upper triangle becomes zero.
 * A direction without variance gets a zero column. n^3 / 3 multiplications.
 */
export function semidefiniteCholesky(n: number, a: Float64Array, aAt: number, l: Float64Array): void {
  for (let j = 0; j < n; j++) {
    let pivot = a[aAt + j * n + j]!;
    const floor = negligible * pivot;
    for (let k = 0; k < j; k++) pivot -= l[j * n + k]! * l[j * n + k]!;
    const root = pivot > floor && pivot > 0 ? Math.sqrt(pivot) : 0;
    for (let i = 0; i < n; i++) {
      if (i < j || root === 0) {
        l[i * n + j] = 0;
        continue;
      }
      let sum = a[aAt + i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? root : sum / root;
    }
  }
}

/**
 * Solves l l^T x = b for the m columns of b[n x m], in place; directions that l has no variance in give zero.
 * 2 n^2 m multiplications.
 */
export function choleskySolveInPlace(n: number, m: number, l: Float64Array, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const pivot = l[i * n + i]!;
    for (let c = 0; c < m; c++) {
      let sum = b[i * m + c]!;
      for (let k = 0; k < i; k++) sum -= l[i * n + k]! * b[k * m + c]!;
      b[i * m + c] = pivot === 0 ? 0 : sum / pivot;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const pivot = l[i * n + i]!;
    for (let c = 0; c < m; c++) {
      let sum = b[i * m + c]!;
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * b[k * m + c]!;
      b[i * m + c] = pivot === 0 ? 0 : sum / pivot;
    }
  }
}

/**
 * Solves a x = b for the m columns of b[n x m] by elimination with partial pivoting; both are overwritten, b by x.
 * False where a is singular. n^3 / 3 + n^2 m multiplications.
 */
export function solveInPlace(n: number, m: number, a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    const value = a[pivot * n + k]!;
    if (!(Math.abs(value) > 0)) return false;
    if (pivot !== k) {
      exchangeRows(a, n, pivot, k);
      exchangeRows(b, m, pivot, k);
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / value;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
      for (let c = 0; c < m; c++) b[i * m + c]! -= factor * b[k * m + c]!;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = 0; c < m; c++) {
      let sum = b[i * m + c]!;
      for (let j = i + 1; j < n; j++) sum -= a[i * n + j]! * b[j * m + c]!;
      b[i * m + c] = sum / a[i * n + i]!;
    }
  }
  return true;
}

function exchangeRows(a: Float64Array, columns: number, i: number, j: number): void {
  for (let c = 0; c < columns; c++) {
    const value = a[i * columns + c]!;
    a[i * columns + c] = a[j * columns + c]!;
    a[j * columns + c] = value;
  }
}
