import { InvalidInputError, requireInteger } from "../../errors.ts";

/**
 * Unnormalised fast Walsh-Hadamard transform, in place, along the rows of a row-major array of `columns`
 * columns (default 1: a vector); the number of rows must be a power of two. Applied twice it multiplies by the
 * number of rows. Sylvester's order. N log2 N additions a column, two levels in one pass over memory.
 */
export function walshHadamard(data: Float64Array, columns = 1): void {
  requireInteger("columns", columns, 1);
  const rows = data.length / columns;
  if (!Number.isInteger(rows) || rows < 1 || (rows & (rows - 1)) !== 0)
    throw new InvalidInputError(
      "data",
      `expected a power of two rows of ${columns} entries, got ${data.length} entries`,
    );
  transformRows(data, 0, rows, columns);
}

/** The transform of `rows` rows of `columns` entries from `offset` on. */
export function transformRows(data: Float64Array, offset: number, rows: number, columns: number): void {
  const end = offset + rows * columns;
  let half = columns;
  for (; half * 4 <= rows * columns; half *= 4) {
    for (let start = offset; start < end; start += 4 * half) {
      for (let p = start; p < start + half; p++) {
        const x0 = data[p]!;
        const x1 = data[p + half]!;
        const x2 = data[p + 2 * half]!;
        const x3 = data[p + 3 * half]!;
        const s01 = x0 + x1;
        const d01 = x0 - x1;
        const s23 = x2 + x3;
        const d23 = x2 - x3;
        data[p] = s01 + s23;
        data[p + half] = d01 + d23;
        data[p + 2 * half] = s01 - s23;
        data[p + 3 * half] = d01 - d23;
      }
    }
  }
  if (half * 2 > rows * columns) return;
  for (let p = offset; p < offset + half; p++) {
    const x0 = data[p]!;
    const x1 = data[p + half]!;
    data[p] = x0 + x1;
    data[p + half] = x0 - x1;
  }
}
