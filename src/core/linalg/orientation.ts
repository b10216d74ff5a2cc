/** A component this much smaller than the largest of its vector does not decide the vector's sign. */
const significant = 0.7;

/**
 * Sign for each column of a row-major matrix that makes its first significant component positive, so that
 * vectors which are determined up to sign come out alike from every provider. O(rows * cols).
 */
export function columnSigns(rows: number, cols: number, a: Float64Array): Float64Array {
  const largest = new Float64Array(cols);
  for (let i = 0, p = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, p++) {
      const size = Math.abs(a[p]!);
      if (size > largest[j]!) largest[j] = size;
    }
  const signs = new Float64Array(cols);
  let undecided = cols;
  for (let i = 0, p = 0; i < rows && undecided > 0; i++)
    for (let j = 0; j < cols; j++, p++) {
      if (signs[j] !== 0 || Math.abs(a[p]!) < significant * largest[j]!) continue;
      signs[j] = a[p]! < 0 ? -1 : 1;
      undecided--;
    }
  return signs;
}

/** Flips each row whose first significant component is negative. */
export function orientRows(rows: number, cols: number, a: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    const end = (i + 1) * cols;
    let largest = 0;
    for (let p = i * cols; p < end; p++) {
      const size = Math.abs(a[p]!);
      if (size > largest) largest = size;
    }
    let first = i * cols;
    while (first < end && Math.abs(a[first]!) < significant * largest) first++;
    if (first < end && a[first]! < 0) for (let p = i * cols; p < end; p++) a[p] = -a[p]!;
  }
}

/** Multiplies column j by signs[j]. */
export function signColumns(rows: number, cols: number, a: Float64Array, signs: Float64Array): void {
  for (let i = 0, p = 0; i < rows; i++)
    for (let j = 0; j < cols; j++, p++) a[p]! *= j < signs.length ? signs[j]! : 1;
}

/** Multiplies row i by signs[i]. */
export function signRows(rows: number, cols: number, a: Float64Array, signs: Float64Array): void {
  for (let i = 0; i < Math.min(rows, signs.length); i++) {
    if (signs[i]! > 0) continue;
    for (let p = i * cols; p < (i + 1) * cols; p++) a[p] = -a[p]!;
  }
}
