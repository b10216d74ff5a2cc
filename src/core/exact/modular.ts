import { InvalidInputError, requireInteger } from "../errors.ts";
import type { Rational } from "./rational.ts";

/** Primes below this have products of residues below 2^52, exact in double precision. */
const largestModulus = 67108864;

/** Whether n is prime, by trial division: at most 4096 divisions. */
export function isPrime(n: number): boolean {
  requireInteger("n", n, 0, largestModulus);
  if (n < 4) return n > 1;
  if (n % 2 === 0) return false;
  for (let d = 3; d * d <= n; d += 2) if (n % d === 0) return false;
  return true;
}

/** The `count` largest primes below 2^26, descending: 67108859, ... */
export function largestPrimes(count: number): number[] {
  requireInteger("count", count, 1, 1000);
  const primes: number[] = [];
  for (let n = largestModulus - 1; primes.length < count; n -= 2) if (isPrime(n)) primes.push(n);
  return primes;
}

/** The residue in [0, prime) whose product with `a` is 1, by the extended Euclidean algorithm. */
export function inverseMod(a: number, prime: number): number {
  let [r0, r1] = [prime, ((a % prime) + prime) % prime];
  let [t0, t1] = [0, 1];
  while (r1 !== 0) {
    const q = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  if (r0 !== 1) throw new InvalidInputError("a", `expected a number prime to ${prime}, got ${a}`);
  return t0 < 0 ? t0 + prime : t0;
}

/** A matrix of residues: row-major, in doubles. */
export interface ModularMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

export interface Echelon {
  /** The rows that are not zero, in reduced row echelon form: pivots 1, zeros above and below them. */
  readonly rows: readonly Float64Array[];
  /** Column of the pivot of each row, ascending. */
  readonly pivots: readonly number[];
}

/**
 * Reduced row echelon form modulo a prime below 2^26; its number of rows is the rank. The input is not changed.
 * Cost: rows * cols * rank multiplications.
 */
export function echelonMod(matrix: ModularMatrix, prime: number): Echelon {
  requirePrime(prime);
  const { rows, cols, data } = matrix;
  if (data.length !== rows * cols)
    throw new InvalidInputError("matrix.data", `expected ${rows * cols} values, got ${data.length}`);
  const work = Array.from({ length: rows }, (_, i) => data.slice(i * cols, (i + 1) * cols));
  const pivots: number[] = [];
  for (let col = 0; col < cols && pivots.length < rows; col++) {
    const top = pivots.length;
    const found = work.findIndex((row, i) => i >= top && row[col] !== 0);
    if (found < 0) continue;
    [work[top], work[found]] = [work[found]!, work[top]!];
    const pivotRow = work[top]!;
    const inverse = inverseMod(pivotRow[col]!, prime);
    for (let j = col; j < cols; j++) pivotRow[j] = (pivotRow[j]! * inverse) % prime;
    for (const row of work) {
      if (row !== pivotRow && row[col] !== 0) subtractMultiple(row, pivotRow, row[col]!, col, prime);
    }
    pivots.push(col);
  }
  return { rows: work.slice(0, pivots.length), pivots };
}

/** Basis of the vectors v with matrix * v = 0 modulo the prime, one for each column that has no pivot. */
export function nullspaceMod(matrix: ModularMatrix, prime: number): Float64Array[] {
  const { rows, pivots } = echelonMod(matrix, prime);
  const basis: Float64Array[] = [];
  for (let col = 0; col < matrix.cols; col++) {
    if (pivots.includes(col)) continue;
    const vector = new Float64Array(matrix.cols);
    vector[col] = 1;
    pivots.forEach((pivot, i) => {
      const value = rows[i]![col]!;
      vector[pivot] = value === 0 ? 0 : prime - value;
    });
    basis.push(vector);
  }
  return basis;
}

/**
 * The fraction n / d with |n|, d <= sqrt(modulus / 2) that is congruent to the residue, by the extended
 * Euclidean algorithm stopped half way; undefined where there is none. (Wang, Guy and Davenport, 1982.)
 */
export function reconstructRational(residue: bigint, modulus: bigint): Rational | undefined {
  let [r0, r1] = [modulus, ((residue % modulus) + modulus) % modulus];
  let [t0, t1] = [0n, 1n];
  while (2n * r1 * r1 > modulus) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  const den = t1 < 0n ? -t1 : t1;
  if (den === 0n || 2n * den * den > modulus) return undefined;
  return { num: t1 < 0n ? -r1 : r1, den };
}

/** The residue modulo the product of different primes that has the given residue modulo each of them. */
export function chineseRemainder(
  residues: readonly number[],
  primes: readonly number[],
): { residue: bigint; modulus: bigint } {
  if (residues.length !== primes.length || primes.length === 0)
    throw new InvalidInputError("residues", `expected one for each of ${primes.length} primes`);
  let residue = 0n;
  let modulus = 1n;
  for (const [i, prime] of primes.entries()) {
    const p = BigInt(prime);
    const gap = (((BigInt(residues[i]!) - residue) % p) + p) % p;
    const step = (gap * BigInt(inverseMod(Number(modulus % p), prime))) % p;
    residue += step * modulus;
    modulus *= p;
  }
  return { residue, modulus };
}

/** row -= factor * other, from a column on, all modulo the prime. */
function subtractMultiple(
  row: Float64Array,
  other: Float64Array,
  factor: number,
  from: number,
  prime: number,
): void {
  const multiple = prime - factor;
  const inverse = 1 / prime;
  for (let j = from; j < row.length; j++) {
    // Below 2^53, hence exact; the quotient may be off by one.
    const value = row[j]! + multiple * other[j]!;
    const rest = value - Math.floor(value * inverse) * prime;
    row[j] = rest < 0 ? rest + prime : rest >= prime ? rest - prime : rest;
  }
}

/** Refuses anything but a prime below 2^26. */
export function requirePrime(value: unknown, argument = "prime"): number {
  const prime = requireInteger(argument, value, 2, largestModulus - 1);
  if (!isPrime(prime)) throw new InvalidInputError(argument, `expected a prime, got ${prime}`);
  return prime;
}
