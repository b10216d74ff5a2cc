/** Cholesky of a symmetric band; see `DenseKernels.bandedCholesky`. n w^2 operations. */
export function bandedCholesky(n: number, w: number, a: Float64Array): number {
  const stride = w + 1;
  for (let k = 0; k < n; k++) {
    const row = k * stride;
    const pivot = a[row]!;
    if (!(pivot > 0)) return k;
    const root = Math.sqrt(pivot);
    a[row] = root;
    const reach = Math.min(w, n - 1 - k);
    for (let d = 1; d <= reach; d++) a[row + d]! /= root;
    for (let i = 1; i <= reach; i++) {
      const factor = a[row + i]!;
      if (factor === 0) continue;
      const target = (k + i) * stride;
      for (let d = i; d <= reach; d++) a[target + d - i]! -= factor * a[row + d]!;
    }
  }
  return -1;
}

/** Solves U^T U x = b; see `DenseKernels.bandedCholeskySolve`. 4 n w columns operations. */
export function bandedCholeskySolve(
  n: number,
  w: number,
  a: Float64Array,
  columns: number,
  b: Float64Array,
): void {
  const stride = w + 1;
  for (let k = 0; k < n; k++) {
    const row = k * stride;
    const reach = Math.min(w, n - 1 - k);
    for (let c = 0; c < columns; c++) {
      const value = b[k * columns + c]! / a[row]!;
      b[k * columns + c] = value;
      for (let d = 1; d <= reach; d++) b[(k + d) * columns + c]! -= a[row + d]! * value;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    const row = k * stride;
    const reach = Math.min(w, n - 1 - k);
    for (let c = 0; c < columns; c++) {
      let sum = b[k * columns + c]!;
      for (let d = 1; d <= reach; d++) sum -= a[row + d]! * b[(k + d) * columns + c]!;
      b[k * columns + c] = sum / a[row]!;
    }
  }
}

/** Banded LU with partial pivoting; see `DenseKernels.bandedSolve`. 2 n lower (lower + upper) operations. */
export function bandedSolve(
  n: number,
  lower: number,
  upper: number,
  a: Float64Array,
  columns: number,
  b: Float64Array,
): number {
  // Row i holds columns i - lower .. i + upper + lower: exchanges widen the upper part by `lower`.
  const width = 2 * lower + upper + 1;
  const band = new Float64Array(n * width);
  for (let i = 0; i < n; i++)
    for (let p = 0; p < lower + upper + 1; p++) band[i * width + p] = a[i * (lower + upper + 1) + p]!;
  const at = (i: number, j: number): number => i * width + j - i + lower;
  for (let k = 0; k < n; k++) {
    const lastRow = Math.min(n - 1, k + lower);
    const lastColumn = Math.min(n - 1, k + lower + upper);
    let chosen = k;
    for (let i = k + 1; i <= lastRow; i++)
      if (Math.abs(band[at(i, k)]!) > Math.abs(band[at(chosen, k)]!)) chosen = i;
    if (band[at(chosen, k)] === 0) return k;
    if (chosen !== k) {
      for (let j = k, p = at(k, k), q = at(chosen, k); j <= lastColumn; j++, p++, q++) {
        const kept = band[p]!;
        band[p] = band[q]!;
        band[q] = kept;
      }
      for (let c = 0; c < columns; c++) {
        const kept = b[k * columns + c]!;
        b[k * columns + c] = b[chosen * columns + c]!;
        b[chosen * columns + c] = kept;
      }
    }
    for (let i = k + 1; i <= lastRow; i++) {
      const factor = band[at(i, k)]! / band[at(k, k)]!;
      if (factor === 0) continue;
      for (let j = k + 1, p = at(i, k + 1), q = at(k, k + 1); j <= lastColumn; j++, p++, q++)
        band[p]! -= factor * band[q]!;
      for (let c = 0; c < columns; c++) b[i * columns + c]! -= factor * b[k * columns + c]!;
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    const lastColumn = Math.min(n - 1, k + lower + upper);
    for (let c = 0; c < columns; c++) {
      let sum = b[k * columns + c]!;
      for (let j = k + 1, p = at(k, k + 1); j <= lastColumn; j++, p++) sum -= band[p]! * b[j * columns + c]!;
      b[k * columns + c] = sum / band[at(k, k)]!;
    }
  }
  return -1;
}
