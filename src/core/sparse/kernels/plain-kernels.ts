/**
 * The vector kernels as plain loops, for where WebAssembly SIMD is missing, forbidden, or too small for the
 * problem. Sums are split over the same partial sums as in `wasm-kernels.ts`, so that both give the same
 * bits. All arrays have the length of the first one unless said otherwise.
 */

export function dot(x: Float64Array, y: Float64Array): number {
  const length = x.length;
  const whole = length - (length % 8);
  let [s0, s1, s2, s3, s4, s5, s6, s7, rest] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  let i = 0;
  for (; i < whole; i += 8) {
    s0 += x[i]! * y[i]!;
    s1 += x[i + 1]! * y[i + 1]!;
    s2 += x[i + 2]! * y[i + 2]!;
    s3 += x[i + 3]! * y[i + 3]!;
    s4 += x[i + 4]! * y[i + 4]!;
    s5 += x[i + 5]! * y[i + 5]!;
    s6 += x[i + 6]! * y[i + 6]!;
    s7 += x[i + 7]! * y[i + 7]!;
  }
  for (; i < length; i++) rest += x[i]! * y[i]!;
  return s0 + s2 + (s4 + s6) + (s1 + s3 + (s5 + s7)) + rest;
}

/** `y += factor x`. */
export function axpy(factor: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i]! += factor * x[i]!;
}

/** `y = x + factor y`. */
export function xpay(x: Float64Array, factor: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) y[i] = x[i]! + factor * y[i]!;
}

/** `x *= factor`. */
export function scale(factor: number, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! *= factor;
}

/** `x += factor p; r -= factor q`; returns `r . r`. p may be r. */
export function stepAndDot(
  factor: number,
  p: Float64Array,
  q: Float64Array,
  x: Float64Array,
  r: Float64Array,
): number {
  const length = x.length;
  const whole = length - (length % 4);
  let [s0, s1, s2, s3, rest] = [0, 0, 0, 0, 0];
  let i = 0;
  for (; i < whole; i += 4) {
    x[i]! += factor * p[i]!;
    x[i + 1]! += factor * p[i + 1]!;
    x[i + 2]! += factor * p[i + 2]!;
    x[i + 3]! += factor * p[i + 3]!;
    const r0 = r[i]! - factor * q[i]!;
    const r1 = r[i + 1]! - factor * q[i + 1]!;
    const r2 = r[i + 2]! - factor * q[i + 2]!;
    const r3 = r[i + 3]! - factor * q[i + 3]!;
    r[i] = r0;
    r[i + 1] = r1;
    r[i + 2] = r2;
    r[i + 3] = r3;
    s0 += r0 * r0;
    s1 += r1 * r1;
    s2 += r2 * r2;
    s3 += r3 * r3;
  }
  for (; i < length; i++) {
    x[i]! += factor * p[i]!;
    const value = r[i]! - factor * q[i]!;
    r[i] = value;
    rest += value * value;
  }
  return s0 + s2 + (s1 + s3) + rest;
}

/** `sums[j] = column_j . w` for the four columns of length w.length that start at `columns[first]`. */
export function fourDots(columns: Float64Array, first: number, w: Float64Array, sums: Float64Array): void {
  const length = w.length;
  const whole = length - (length % 4);
  for (let column = 0; column < 4; column++) {
    const base = first + column * length;
    let [a0, a1, b0, b1, rest] = [0, 0, 0, 0, 0];
    let i = 0;
    for (; i < whole; i += 4) {
      a0 += columns[base + i]! * w[i]!;
      a1 += columns[base + i + 1]! * w[i + 1]!;
      b0 += columns[base + i + 2]! * w[i + 2]!;
      b1 += columns[base + i + 3]! * w[i + 3]!;
    }
    for (; i < length; i++) rest += columns[base + i]! * w[i]!;
    sums[column] = a0 + b0 + (a1 + b1) + rest;
  }
}

/**
 * `w += sum_j factors[j] column_j` for four columns that start at `columns[first]`, `columns[first + stride]`, ... and of
 * which the first w.length elements are taken.
 */
export function addFour(
  columns: Float64Array,
  first: number,
  stride: number,
  factors: Float64Array,
  w: Float64Array,
): void {
  const [f0, f1, f2, f3] = factors as unknown as [number, number, number, number];
  const second = first + stride;
  const third = second + stride;
  const fourth = third + stride;
  for (let i = 0; i < w.length; i++) {
    w[i]! +=
      f0 * columns[first + i]! +
      f1 * columns[second + i]! +
      (f2 * columns[third + i]! + f3 * columns[fourth + i]!);
  }
}

/** `y = A x`. */
export function csrMultiply(
  indptr: Int32Array,
  indices: Int32Array,
  data: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  const rows = indptr.length - 1;
  for (let row = 0; row < rows; row++) {
    const end = indptr[row + 1]!;
    let sum = 0;
    for (let k = indptr[row]!; k < end; k++) sum += data[k]! * x[indices[k]!]!;
    y[row] = sum;
  }
}

/** `y += A^T x`. */
export function csrMultiplyTranspose(
  indptr: Int32Array,
  indices: Int32Array,
  data: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  const rows = indptr.length - 1;
  for (let row = 0; row < rows; row++) {
    const value = x[row]!;
    const end = indptr[row + 1]!;
    for (let k = indptr[row]!; k < end; k++) y[indices[k]!]! += data[k]! * value;
  }
}
