import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError } from "../core/errors.ts";
import { type Polynomial, polynomialTerms } from "../core/exact/index.ts";
import { normalCdf } from "../core/special/index.ts";
import { covariancePairs } from "./mixed-graph.ts";

export interface ImplicationTest {
  /** The polynomial at the sample covariance matrix, divided by its standard error. */
  readonly statistic: number;
  /** Two-sided, from the normal distribution. */
  readonly pValue: number;
}

/**
 * Tests whether a polynomial in the covariances is zero, by the delta method for independent Gaussian
 * observations: N Cov(s_ij, s_kl) = s_ik s_jl + s_il s_jk. Variables are scaled to unit variance first, which
 * changes nothing for the implications of a model: every vertex occurs equally often in all of their terms.
 *
 * @param poly in the n (n + 1) / 2 covariances of the columns, rows of the upper triangle one after the other
 * @param data N x n, an observation a row; finite, no column constant, N at least 2
 * @throws NumericalError where the standard error is zero
 */
export function testImplication(poly: Polynomial, data: Matrix): ImplicationTest {
  const { rows, cols: n } = requireMatrix("data", data, { dtype: "float64" });
  const pairs = covariancePairs(n);
  if (poly.variables.length !== pairs.length)
    throw new InvalidInputError(
      "data",
      `expected as many columns as the ${poly.variables.length} covariances are of, got ${n}`,
    );
  if (rows < 2) throw new InvalidInputError("data", `expected at least 2 rows, got ${rows}`);
  const correlation = sampleCorrelation(data, rows, n);
  const s = (i: number, j: number): number => correlation[i * n + j]!;

  let value = 0;
  const gradient = new Float64Array(pairs.length);
  for (const { coefficient, exponents } of polynomialTerms(poly)) {
    const factors = exponents.flatMap((exponent, v) => new Array<number>(exponent).fill(v));
    const without = (skipped: number): number =>
      factors.reduce(
        (product, v, k) => (k === skipped ? product : product * s(...pairs[v]!)),
        Number(coefficient),
      );
    value += without(-1);
    for (const [k, v] of factors.entries()) gradient[v]! += without(k);
  }
  let variance = 0;
  for (const [a, [i, j]] of pairs.entries())
    for (const [b, [k, l]] of pairs.entries())
      variance += gradient[a]! * gradient[b]! * (s(i, k) * s(j, l) + s(i, l) * s(j, k));
  const standardError = Math.sqrt(variance / rows);
  if (!(standardError > 0))
    throw new NumericalError("the standard error of the polynomial is zero", { value, variance });
  const statistic = value / standardError;
  return { statistic, pValue: 2 * normalCdf(-Math.abs(statistic)) };
}

function sampleCorrelation({ data }: Matrix, rows: number, n: number): Float64Array {
  const columns = Array.from({ length: n }, (_, j) => {
    const column = Float64Array.from({ length: rows }, (_, i) => data[i * n + j]!);
    const mean = column.reduce((sum, x) => sum + x / rows, 0);
    const centred = column.map((x) => x - mean);
    const size = centred.reduce((norm, x) => Math.hypot(norm, x), 0);
    if (!(size > 0)) throw new InvalidInputError("data", `column ${j} is constant`);
    return centred.map((x) => x / size);
  });
  const correlation = new Float64Array(n * n);
  for (const [i, a] of columns.entries())
    for (const [j, b] of columns.entries())
      correlation[i * n + j] = a.reduce((sum, x, row) => sum + x * b[row]!, 0);
  return correlation;
}
