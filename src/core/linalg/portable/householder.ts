/**
 * Makes the reflector H = I - tau v v^T with H x = (beta, 0, ..., 0)^T and v[0] = 1. `v[0..length)` holds x and
 * becomes v. Returns [beta, tau]; tau is 0 where x is already of that form.
 */
export function makeReflector(length: number, v: Float64Array): [beta: number, tau: number] {
  const alpha = v[0]!;
  let largest = 0;
  for (let i = 1; i < length; i++) {
    const size = Math.abs(v[i]!);
    if (size > largest) largest = size;
  }
  if (largest === 0) {
    v[0] = 1;
    return [alpha, 0];
  }
  if (Math.abs(alpha) > largest) largest = Math.abs(alpha);
  // Scaled, because the squares of tiny or huge entries leave the range of double precision.
  let sum = 0;
  for (let i = 0; i < length; i++) {
    const scaled = v[i]! / largest;
    sum += scaled * scaled;
  }
  const norm = largest * Math.sqrt(sum);
  const beta = alpha > 0 ? -norm : norm;
  const divisor = alpha - beta;
  v[0] = 1;
  for (let i = 1; i < length; i++) v[i]! /= divisor;
  return [beta, (beta - alpha) / beta];
}

/**
 * Block := H Block for the reflector (v, tau) acting on `rows` rows of `columns` entries, from `offset` on in a
 * row-major array. 4 rows columns operations; four rows at a time, so that `work` (length >= columns) is
 * read and written a quarter as often.
 */
export function reflectRows(
  a: Float64Array,
  offset: number,
  stride: number,
  rows: number,
  columns: number,
  v: Float64Array,
  tau: number,
  work: Float64Array,
): void {
  if (tau === 0 || columns === 0) return;
  work.fill(0, 0, columns);
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const v0 = v[i]!;
    const v1 = v[i + 1]!;
    const v2 = v[i + 2]!;
    const v3 = v[i + 3]!;
    const r0 = offset + i * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    for (let j = 0; j < columns; j++)
      work[j]! += v0 * a[r0 + j]! + v1 * a[r1 + j]! + v2 * a[r2 + j]! + v3 * a[r3 + j]!;
  }
  for (; i < rows; i++) {
    const factor = v[i]!;
    for (let j = 0, from = offset + i * stride; j < columns; j++, from++) work[j]! += factor * a[from]!;
  }
  for (i = 0; i + 3 < rows; i += 4) {
    const v0 = tau * v[i]!;
    const v1 = tau * v[i + 1]!;
    const v2 = tau * v[i + 2]!;
    const v3 = tau * v[i + 3]!;
    const r0 = offset + i * stride;
    const r1 = r0 + stride;
    const r2 = r1 + stride;
    const r3 = r2 + stride;
    for (let j = 0; j < columns; j++) {
      const w = work[j]!;
      a[r0 + j]! -= v0 * w;
      a[r1 + j]! -= v1 * w;
      a[r2 + j]! -= v2 * w;
      a[r3 + j]! -= v3 * w;
    }
  }
  for (; i < rows; i++) {
    const factor = tau * v[i]!;
    for (let j = 0, to = offset + i * stride; j < columns; j++, to++) a[to]! -= factor * work[j]!;
  }
}

/** Block := Block H for the reflector (v, tau) acting on `columns` columns of `rows` rows. 4 rows columns operations. */
export function reflectColumns(
  a: Float64Array,
  offset: number,
  stride: number,
  rows: number,
  columns: number,
  v: Float64Array,
  tau: number,
): void {
  if (tau === 0) return;
  for (let i = 0; i < rows; i++) {
    const row = offset + i * stride;
    let s0 = 0;
    let s1 = 0;
    let j = 0;
    for (; j + 1 < columns; j += 2) {
      s0 += a[row + j]! * v[j]!;
      s1 += a[row + j + 1]! * v[j + 1]!;
    }
    if (j < columns) s0 += a[row + j]! * v[j]!;
    const factor = tau * (s0 + s1);
    for (j = 0; j < columns; j++) a[row + j]! -= factor * v[j]!;
  }
}
