import { InvalidInputError, show } from "../errors.ts";

/** The permutation of 0 .. m - 1, and its sign, that results from exchanging i and exchanges[i] for each i in order. */
export function permutationOf(m: number, exchanges: Int32Array): { permutation: Int32Array; sign: 1 | -1 } {
  const permutation = Int32Array.from({ length: m }, (_, i) => i);
  let sign: 1 | -1 = 1;
  for (let i = 0; i < exchanges.length; i++) {
    const other = exchanges[i]!;
    if (other === i) continue;
    const kept = permutation[i]!;
    permutation[i] = permutation[other]!;
    permutation[other] = kept;
    sign = sign === 1 ? -1 : 1;
  }
  return { permutation, sign };
}

/** x with row permutation[i] equal to row i of y, for rows of `columns` entries. */
export function scatterRows(permutation: Int32Array, columns: number, y: Float64Array): Float64Array {
  const x = new Float64Array(y.length);
  for (let i = 0; i < permutation.length; i++)
    for (let c = 0, to = permutation[i]! * columns; c < columns; c++, to++) x[to] = y[i * columns + c]!;
  return x;
}

/** x with row i equal to row permutation[i] of y, for rows of `columns` entries. */
export function gatherRows(permutation: Int32Array, columns: number, y: Float64Array): Float64Array {
  const x = new Float64Array(y.length);
  for (let i = 0; i < permutation.length; i++)
    for (let c = 0, from = permutation[i]! * columns; c < columns; c++, from++) x[i * columns + c] = y[from]!;
  return x;
}

/** Entries (i, i) of an n x n array. */
export function diagonalOf(n: number, a: Float64Array): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => a[i * n + i]!);
}

/** Refuses anything but an Int32Array that holds each of 0 .. n - 1 once. */
export function requirePermutation(argument: string, value: unknown, n: number): void {
  if (!(value instanceof Int32Array) || value.length !== n)
    throw new InvalidInputError(argument, `expected an Int32Array of ${n} entries, got ${show(value)}`);
  const seen = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const entry = value[i]!;
    if (entry < 0 || entry >= n || seen[entry] === 1)
      throw new InvalidInputError(
        argument,
        `expected a permutation of 0 to ${n - 1}, but entry ${i} is ${entry}`,
      );
    seen[entry] = 1;
  }
}
