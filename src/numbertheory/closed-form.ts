import { addRationals, gcd, multiplyRationals, type Rational, rational } from "../core/exact/index.ts";
import { coefficientsText } from "./left-side.ts";

/** Terms a[n] by residue of n: polynomials in k for n = period * k + residue. */
export interface ClosedForm {
  readonly period: number;
  /** Of each residue: "2*k + 1", or "(k^2 + k)/2". */
  readonly polynomials: readonly string[];
}

const largestPeriod = 12;
const largestDegree = 4;

/**
 * The shortest interleaving of polynomials of degree at most 4 that gives the sequence, every term of which
 * confirms it; undefined where there is none of period up to 12. A polynomial must have two terms at least
 * beyond those that determine it.
 */
export function closedForm(a: readonly bigint[]): ClosedForm | undefined {
  for (let period = 1; period <= largestPeriod; period++) {
    const newton = Array.from({ length: period }, (_, residue) =>
      newtonCoefficients(a.filter((_, n) => n % period === residue)),
    );
    if (newton.every((differences) => differences !== undefined))
      return { period, polynomials: newton.map((differences) => newtonText(differences!)) };
  }
  return undefined;
}

/** Leading differences of a sequence whose higher differences vanish throughout. */
function newtonCoefficients(sequence: readonly bigint[]): bigint[] | undefined {
  const leading: bigint[] = [];
  let row = [...sequence];
  for (let degree = 0; degree <= largestDegree; degree++) {
    if (row.length < 3) return undefined;
    leading.push(row[0]!);
    row = row.slice(1).map((value, k) => value - row[k]!);
    if (row.every((value) => value === 0n)) return leading;
  }
  return undefined;
}

/** The sum of leading[j] * binomial(k, j), multiplied out. */
function newtonText(leading: readonly bigint[]): string {
  const coefficients = new Array<Rational>(leading.length).fill(rational(0));
  // binomial(k, j) = binomial(k, j - 1) (k - j + 1) / j
  let binomial: Rational[] = [rational(1)];
  for (const [j, factor] of leading.entries()) {
    if (j > 0)
      binomial = Array.from({ length: j + 1 }, (_, power) =>
        addRationals(
          multiplyRationals(binomial[power - 1] ?? rational(0), rational(1, j)),
          multiplyRationals(binomial[power] ?? rational(0), rational(1 - j, j)),
        ),
      );
    for (const [power, value] of binomial.entries())
      coefficients[power] = addRationals(coefficients[power]!, multiplyRationals(value, rational(factor)));
  }
  const common = coefficients.reduce((lcm, { den }) => (lcm * den) / gcd(lcm, den), 1n);
  const text = coefficientsText(
    coefficients.map(({ num, den }) => (num * common) / den),
    "k",
  );
  return common === 1n ? text : `(${text})/${common}`;
}
