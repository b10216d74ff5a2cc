import { addRationals, gcd, multiplyRationals, type Rational, rational } from "../core/exact/index.ts";
import { type Coefficients, coefficientsText } from "./left-side.ts";

/** Terms a[n] by residue of n: polynomials in k for n = period * k + residue. */
export interface ClosedForm {
  readonly period: number;
  /** Of each residue: "2*k + 1", or "(k^2 + k)/2". */
  readonly polynomials: readonly string[];
  /** The same as whole coefficients, lowest power first, and the number that they are divided by. */
  readonly coefficients: readonly { readonly num: Coefficients; readonly den: bigint }[];
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
    if (newton.some((differences) => differences === undefined)) continue;
    const coefficients = newton.map((differences) => multipliedOut(differences!));
    const polynomials = coefficients.map(({ num, den }) => {
      const text = coefficientsText(num, "k");
      return den === 1n ? text : `(${text})/${den}`;
    });
    return { period, polynomials, coefficients };
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

/** The sum of leading[j] * binomial(k, j) as a polynomial in k. */
function multipliedOut(leading: readonly bigint[]): { num: Coefficients; den: bigint } {
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
  return { num: coefficients.map(({ num, den }) => (num * common) / den), den: common };
}
