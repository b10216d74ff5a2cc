import { accumulateProduct, blockOf } from "./product.ts";

const blockSize = 48;

/** Blocked left-looking Cholesky; see `DenseKernels.cholesky`. n^3 / 3 operations, most of them in products. */
export function cholesky(n: number, a: Float64Array): number {
  for (let start = 0; start < n; start += blockSize) {
    const end = Math.min(n, start + blockSize);
    accumulateProduct(
      -1,
      n - start,
      end - start,
      start,
      blockOf(a, n, start),
      blockOf(a, n, start, 0, true),
      blockOf(a, n, start, start),
    );
    for (let i = start; i < n; i++) {
      const row = i * n;
      for (let j = start; j < Math.min(i, end); j++) {
        const other = j * n;
        let sum = a[row + j]!;
        for (let p = start; p < j; p++) sum -= a[row + p]! * a[other + p]!;
        a[row + j] = sum / a[other + j]!;
      }
      if (i < end) {
        let pivot = a[row + i]!;
        for (let p = start; p < i; p++) pivot -= a[row + p]! * a[row + p]!;
        if (!(pivot > 0)) return i;
        a[row + i] = Math.sqrt(pivot);
      }
    }
  }
  return -1;
}
