import { exp, log, log1p } from "./elementary.ts";
import { lgamma, lgamma1p, stirlingError } from "./gamma.ts";

/** log1p(x) - x for x > -1, without the cancellation that the difference has near 0. */
export function log1pMinus(x: number): number {
  if (Math.abs(x) > 0.4) return log1p(x) - x;
  // log1p(x) = 2 atanh(s) with s = x / (2 + x), and 2 s - x = -x s.
  const s = x / (2 + x);
  const z = s * s;
  let power = s * z;
  let sum = 0;
  for (let k = 3; ; k += 2) {
    const next = sum + power / k;
    if (next === sum) return 2 * sum - x * s;
    sum = next;
    power *= z;
  }
}

/** x log(x / mean) + mean - x >= 0, accurate where the two are close. */
export function deviance(x: number, mean: number): number {
  const relative = (mean - x) / x;
  if (Math.abs(relative) > 0.4) return x * log(x / mean) + (mean - x);
  return -x * log1pMinus(relative);
}

/**
 * x^a exp(-x) / Gamma(a + 1), the Poisson probability of a (whole or not) at mean x; a >= 0, x > 0.
 * C. Loader, "Fast and accurate computation of binomial probabilities" (2000): no large terms cancel.
 */
export function poissonTerm(a: number, x: number): number {
  if (a < 1) return exp(a * log(x) - x - lgamma1p(a));
  return exp(-stirlingError(a) - deviance(a, x)) / Math.sqrt(2 * Math.PI * a);
}

/**
 * Gamma(a + b + 1) / (Gamma(a + 1) Gamma(b + 1)) x^a y^b with y = 1 - x, the binomial probability of a in
 * a + b (whole or not) at chance x; a, b > 0, 0 < x < 1.
 */
export function binomialTerm(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  const larger = Math.max(a, b);
  const smaller = Math.min(a, b);
  if (smaller < 1) {
    const logX = x < 0.5 ? log(x) : log1p(-y);
    const logY = x < 0.5 ? log1p(-x) : log(y);
    return exp(a * logX + b * logY + lgammaIncrease(larger, smaller) - lgamma1p(smaller));
  }
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * y);
  return (exp(exponent) * Math.sqrt(n / (2 * Math.PI * a))) / Math.sqrt(b);
}

/** lgamma(m + s + 1) - lgamma(m + 1) for small s, without taking the difference of large values. */
function lgammaIncrease(m: number, s: number): number {
  if (m < 10) return lgamma(m + s + 1) - lgamma(m + 1);
  return (m + 0.5) * log1p(s / m) + s * (log(m + s) - 1) + (stirlingError(m + s) - stirlingError(m));
}

/** Probability of k events at mean `mean` > 0; k a whole number of at least 0. */
export function poissonProbability(k: number, mean: number): number {
  return k === 0 ? exp(-mean) : poissonTerm(k, mean);
}

/** Probability of k successes in n trials of chance p, 0 < p < 1; 0 <= k <= n whole. */
export function binomialProbability(k: number, n: number, p: number): number {
  return binomialTerm(k, n - k, p, 1 - p);
}
