import { InvalidInputError, show } from "../errors.ts";
import { inverseMod, requirePrime } from "./modular.ts";

/**
 * The shortest linear recurrence of a sequence modulo a prime below 2^26: its connection polynomial c with
 * c[0] = 1 and sum over j of c[j] a[n - j] = 0 for every n >= length - 1, as residues of least size. Two terms
 * of the sequence are needed for each of the recurrence. (Berlekamp, 1968; Massey, 1969.) Cost n^2 / 2
 * multiplications, no allocation inside.
 */
export function berlekampMassey(sequence: ArrayLike<bigint | number>, prime: number): Int32Array {
  requirePrime(prime);
  const n = sequence.length;
  const terms = Float64Array.from(sequence, (value, i) => {
    if (typeof value !== "bigint" && !Number.isSafeInteger(value))
      throw new InvalidInputError(`sequence[${i}]`, `expected a whole number, got ${show(value)}`);
    const residue = typeof value === "bigint" ? Number(value % BigInt(prime)) : value % prime;
    return residue < 0 ? residue + prime : residue;
  });
  const current = new Float64Array(n + 1);
  let previous = new Float64Array(n + 1);
  let spare = new Float64Array(n + 1);
  current[0] = previous[0] = 1;
  let length = 0;
  let shift = 1;
  let lastDiscrepancy = 1;
  for (let i = 0; i < n; i++) {
    let discrepancy = terms[i]!;
    for (let j = 1; j <= length; j++) discrepancy = (discrepancy + current[j]! * terms[i - j]!) % prime;
    if (discrepancy === 0) {
      shift++;
      continue;
    }
    const factor = prime - ((discrepancy * inverseMod(lastDiscrepancy, prime)) % prime);
    const grows = 2 * length <= i;
    if (grows) spare.set(current);
    for (let j = shift; j <= n; j++) current[j] = (current[j]! + factor * previous[j - shift]!) % prime;
    if (grows) {
      length = i + 1 - length;
      [previous, spare] = [spare, previous];
      lastDiscrepancy = discrepancy;
      shift = 1;
    } else shift++;
  }
  return Int32Array.from(current.subarray(0, length + 1), (c) => (2 * c > prime ? c - prime : c));
}
