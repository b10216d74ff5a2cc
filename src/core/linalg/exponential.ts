import type { Matrix } from "../array/index.ts";
import { NumericalError } from "../errors.ts";
import { matrixOf, requireFiniteResult, requireSquare } from "./checks.ts";
import { oneNorm } from "./norms.ts";
import { identity, matmul } from "./products.ts";
import { kernels } from "./provider.ts";

/** Coefficients of the numerators of the diagonal Pade approximants of the exponential, by degree. */
const numerators: Readonly<Record<number, readonly number[]>> = {
  3: [120, 60, 12, 1],
  5: [30240, 15120, 3360, 420, 30, 1],
  7: [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1],
  9: [17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1],
  13: [
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
  ],
};

/** Largest norm for which each degree reaches double precision: table 3.1 of Al-Mohy and Higham (2009). */
const reach: Readonly<Record<number, number>> = {
  3: 1.495585217958292e-2,
  5: 2.53939833006323e-1,
  7: 9.504178996162932e-1,
  9: 2.097847961257068,
  13: 4.25,
};

/**
 * The matrix exponential by scaling and squaring with a Pade approximant of degree up to 13, the scaling chosen
 * from norms of powers so that nonnormal matrices are not scaled more than they need. About 16 n^3 operations
 * and 2 n^3 for each squaring. Throws `NumericalError` where the result overflows.
 * Al-Mohy and Higham, "A new scaling and squaring algorithm for the matrix exponential" (2009).
 */
export function expm(a: Matrix): Matrix {
  const n = requireSquare("a", a);
  if (n === 0) return matrixOf(0, 0, new Float64Array(0));
  try {
    return scaledAndSquared(n, a);
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    const norm = oneNorm(n, n, a.data);
    throw new NumericalError(
      `expm: the exponential of a matrix of 1-norm ${norm} overflows`,
      { norm },
      { cause: error },
    );
  }
}

function scaledAndSquared(n: number, a: Matrix): Matrix {
  const a2 = matmul(a, a);
  const a4 = matmul(a2, a2);
  const a6 = matmul(a2, a4);
  const norm4 = oneNorm(n, n, a4.data) ** (1 / 4);
  const norm6 = oneNorm(n, n, a6.data) ** (1 / 6);
  const eta = Math.max(norm4, norm6);
  for (const degree of [3, 5, 7, 9] as const) {
    if (eta <= reach[degree]! && extraScaling(n, a.data, degree) === 0)
      return approximant(n, a, a2, a4, a6, degree);
  }
  // |a^8| and |a^10| are bounded by what is known instead of computed.
  const norm8 = Math.min(norm4, (oneNorm(n, n, a2.data) * norm6 ** 6) ** (1 / 8));
  const norm10 = (norm4 ** 4 * norm6 ** 6) ** (1 / 10);
  const least = Math.min(Math.max(norm4, norm6), Math.max(norm4, norm8), Math.max(norm8, norm10));
  let squarings = least === 0 ? 0 : Math.max(0, Math.ceil(Math.log2(least / reach[13]!)));
  squarings += extraScaling(n, scaled(a.data, 2 ** -squarings), 13);
  const factor = 2 ** -squarings;
  let result = approximant(
    n,
    matrixOf(n, n, scaled(a.data, factor)),
    matrixOf(n, n, scaled(a2.data, factor ** 2)),
    matrixOf(n, n, scaled(a4.data, factor ** 4)),
    matrixOf(n, n, scaled(a6.data, factor ** 6)),
    13,
  );
  for (let i = 0; i < squarings; i++) result = matmul(result, result);
  return result;
}

function scaled(a: Float64Array, factor: number): Float64Array {
  return a.map((entry) => entry * factor);
}

/**
 * Squarings needed beyond what the norms of powers ask for, because the entries of |a| are too large for the
 * approximant's rounding errors: the bound of section 5 of the paper, with |a|^(2 m + 1) by products.
 */
function extraScaling(n: number, a: Float64Array, degree: number): number {
  const size = oneNorm(n, n, a);
  if (size === 0) return 0;
  const power = 2 * degree + 1;
  let sums = new Float64Array(n).fill(1);
  let logarithm = 0;
  for (let step = 0; step < power; step++) {
    const next = new Float64Array(n);
    for (let i = 0, p = 0; i < n; i++) {
      const weight = sums[i]!;
      for (let j = 0; j < n; j++, p++) next[j]! += weight * Math.abs(a[p]!);
    }
    const largest = next.reduce((x, y) => Math.max(x, y), 0);
    if (largest === 0) return 0;
    logarithm += Math.log2(largest);
    sums = next.map((value) => value / largest);
  }
  let coefficient = 0;
  for (let k = 1; k <= degree; k++) coefficient -= Math.log2((degree + k) / k);
  for (let k = 2; k <= power; k++) coefficient -= Math.log2(k);
  const excess = coefficient + logarithm - Math.log2(size) + 53;
  return Math.max(0, Math.ceil(excess / (2 * degree)));
}

/** The diagonal Pade approximant (v - u)^-1 (v + u) with u the odd and v the even part of the numerator. */
function approximant(n: number, a: Matrix, a2: Matrix, a4: Matrix, a6: Matrix, degree: number): Matrix {
  const c = numerators[degree]!;
  const one = identity(n);
  let odd: Matrix;
  let even: Matrix;
  if (degree === 13) {
    const high = (first: number): Matrix =>
      matmul(a6, combine(n, [a6, a4, a2], [c[first + 6]!, c[first + 4]!, c[first + 2]!]));
    odd = combine(n, [high(7), a6, a4, a2, one], [1, c[7]!, c[5]!, c[3]!, c[1]!]);
    even = combine(n, [high(6), a6, a4, a2, one], [1, c[6]!, c[4]!, c[2]!, c[0]!]);
  } else {
    const powers = [one, a2, a4, a6, ...(degree === 9 ? [matmul(a4, a4)] : [])].slice(0, (degree + 1) / 2);
    odd = combine(
      n,
      powers,
      powers.map((_, i) => c[2 * i + 1]!),
    );
    even = combine(
      n,
      powers,
      powers.map((_, i) => c[2 * i]!),
    );
  }
  const u = matmul(a, odd);
  const numerator = combine(n, [even, u], [1, 1]);
  const denominator = combine(n, [even, u], [1, -1]);
  kernels().factor(n, denominator.data).solve(false, n, numerator.data);
  requireFiniteResult("expm: the approximant", numerator.data);
  return numerator;
}

function combine(n: number, terms: readonly Matrix[], weights: readonly number[]): Matrix {
  const sum = new Float64Array(n * n);
  for (const [k, { data }] of terms.entries()) {
    const weight = weights[k]!;
    for (let p = 0; p < sum.length; p++) sum[p]! += weight * data[p]!;
  }
  return matrixOf(n, n, sum);
}
