import { NumericalError } from "../core/errors.ts";
import { exp } from "../core/special/index.ts";
import type { EmpiricalModelStatistics } from "./model-statistics.ts";

/**
 * Integrals over the grid from its first node, [M + 1, d] each, by the trapezoidal rule: L = int l, S = int s,
 * I = int e^(L+S), B = int e^-S b, C = int e^(L+S) B, and the integrand E = e^(L+S) itself.
 */
export interface StatisticsIntegrals {
  readonly L: Float64Array;
  readonly S: Float64Array;
  readonly E: Float64Array;
  readonly I: Float64Array;
  readonly B: Float64Array;
  readonly C: Float64Array;
  /** int from node s to node t of e^(L+S - L_s-S_s) (lambda - lambda_s)^n / n!, [d]; kept once computed. */
  moment(s: number, t: number, n: number): Float64Array;
}

const known = new WeakMap<EmpiricalModelStatistics, StatisticsIntegrals>();

/** The integrals of some statistics, computed once for each object. O(M d). */
export function statisticsIntegrals(statistics: EmpiricalModelStatistics): StatisticsIntegrals {
  const found = known.get(statistics);
  if (found !== undefined) return found;
  const { lambda, l, s, b } = statistics;
  const nodes = lambda.length;
  const d = l.shape[1]!;
  const integral = (integrand: (at: number) => number): Float64Array => {
    const out = new Float64Array(nodes * d);
    for (let i = 1; i < nodes; i++) {
      const half = (lambda[i]! - lambda[i - 1]!) / 2;
      for (let at = i * d; at < (i + 1) * d; at++)
        out[at] = out[at - d]! + half * (integrand(at - d) + integrand(at));
    }
    return out;
  };
  const L = integral((at) => l.data[at]!);
  const S = integral((at) => s.data[at]!);
  const E = L.map((value, at) => exp(value + S[at]!));
  const I = integral((at) => E[at]!);
  const B = integral((at) => exp(-S[at]!) * b.data[at]!);
  const C = integral((at) => E[at]! * B[at]!);
  for (const [name, values] of Object.entries({ E, I, B, C })) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new NumericalError(
        `dpmSolverV3: the integral ${name} of the statistics is ${values[bad]} at node ${Math.floor(bad / d)}`,
        { node: Math.floor(bad / d), coordinate: bad % d },
      );
  }
  const moments = new Map<string, Float64Array>();
  const integrals: StatisticsIntegrals = {
    ...{ L, S, E, I, B, C },
    moment(from, to, n) {
      const key = `${from} ${to} ${n}`;
      const kept = moments.get(key);
      if (kept !== undefined) return kept;
      const out = new Float64Array(d);
      let factorial = 1;
      for (let k = 2; k <= n; k++) factorial *= k;
      for (let i = from; i <= to; i++) {
        const width = (lambda[Math.min(i + 1, to)]! - lambda[Math.max(i - 1, from)]!) / 2;
        const weight = (width * (lambda[i]! - lambda[from]!) ** n) / factorial;
        for (let j = 0; j < d; j++) out[j]! += weight * E[i * d + j]!;
      }
      for (let j = 0; j < d; j++) out[j]! /= E[from * d + j]!;
      moments.set(key, out);
      return out;
    },
  };
  known.set(statistics, integrals);
  return integrals;
}
