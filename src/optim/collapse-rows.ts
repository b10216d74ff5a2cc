import type { Matrix } from "../core/array/index.ts";

/** The distinct rows of a matrix up to sign. */
export interface CollapsedRows {
  /** Row of the matrix that stands for each class. */
  readonly representatives: Int32Array;
  /** How many rows are in each class. */
  readonly counts: Int32Array;
  /** Class of every row. */
  readonly classOf: Int32Array;
}

/**
 * Groups the rows of a matrix that are equal up to sign, in the order of their first occurrence. Their terms |a_i x|^p
 * are the same for every x, so that sums over all rows are sums over classes, and equal rows have equal scores. O(n d).
 */
export function collapseRows({ shape, data }: Matrix): CollapsedRows {
  const [n, d] = shape as [number, number];
  const classOf = new Int32Array(n);
  const representatives: number[] = [];
  const counts: number[] = [];
  const buckets = new Map<number, number[]>();
  const bits = new Uint32Array(2);
  const value = new Float64Array(bits.buffer);
  for (let i = 0; i < n; i++) {
    const sign = signOf(data, i * d, d);
    let hash = 0x811c9dc5;
    for (let p = i * d; p < (i + 1) * d; p++) {
      // Adding 0 makes one of the two zeros.
      value[0] = sign * data[p]! + 0;
      hash = Math.imul(hash ^ bits[0]!, 0x01000193);
      hash = Math.imul(hash ^ bits[1]! ^ (hash >>> 13), 0x5bd1e995);
    }
    const bucket = buckets.get(hash);
    let found = -1;
    if (bucket === undefined) buckets.set(hash, []);
    else
      found = bucket.findIndex((c) => {
        const other = representatives[c]! * d;
        const factor = sign * signOf(data, other, d);
        for (let j = 0; j < d; j++) if (data[i * d + j] !== factor * data[other + j]!) return false;
        return true;
      });
    if (found >= 0) {
      const c = bucket![found]!;
      classOf[i] = c;
      counts[c]!++;
      continue;
    }
    buckets.get(hash)!.push(representatives.length);
    classOf[i] = representatives.length;
    representatives.push(i);
    counts.push(1);
  }
  return { representatives: Int32Array.from(representatives), counts: Int32Array.from(counts), classOf };
}

/** Sign of the first entry that is not zero. */
function signOf(data: Float64Array, offset: number, d: number): number {
  for (let p = offset; p < offset + d; p++) if (data[p] !== 0) return data[p]! < 0 ? -1 : 1;
  return 1;
}

/** The representatives, each scaled so that its p-th power counts for its whole class. */
export function collapsedMatrix({ shape, data }: Matrix, rows: CollapsedRows, p: number): Matrix {
  const d = shape[1]!;
  const { representatives, counts } = rows;
  const result = new Float64Array(representatives.length * d);
  for (const [c, i] of representatives.entries()) {
    const factor = counts[c]! ** (1 / p);
    for (let j = 0; j < d; j++) result[c * d + j] = factor * data[i * d + j]!;
  }
  return { dtype: "float64", shape: [representatives.length, d], data: result };
}
