import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import { echelonMod, largestPrimes } from "../core/exact/index.ts";
import { randomStream } from "../core/random/index.ts";
import { covariancePairs, type MixedGraph, requireMixedGraph } from "./mixed-graph.ts";
import { type ModularModel, randomModularModel } from "./modular-covariance.ts";

export interface GenericRankOptions {
  /** At how many random points, each modulo a prime of its own, the rank is taken; default 2. */
  readonly primes?: number;
  /** Seed of the points; default 0. */
  readonly seed?: number | bigint;
}

export interface GenericRank {
  /** Largest rank found of the derivative of the covariances by the parameters. */
  readonly rank: number;
  /** Number of parameters: vertices and edges. */
  readonly parameters: number;
  /** Whether the covariances determine the parameters up to finitely many choices, at almost every point. */
  readonly finiteToOne: boolean;
  /** Full rank at one point is a proof; too low a rank holds with probability above 1 - 1e-10 (two points). */
  readonly proven: boolean;
  /** Where the rank was found: the prime and the parameters' residues. */
  readonly certificate: { readonly prime: number; readonly point: readonly number[] };
}

/**
 * Rank of the parametrisation (coefficients, error covariances) -> covariance matrix at a generic point, with
 * its exact derivative modulo 26-bit primes. With P = (I - Lambda)^-1:
 *
 *   d sigma_ij / d lambda_uv = P_vi sigma_uj + sigma_iu P_vj,
 *   d sigma_ij / d omega_uv = P_ui P_vj + P_vi P_uj  (u != v),  P_ui P_uj  (u = v).
 *
 * Cost O(n^2 parameters^2) for each prime.
 */
export function genericRank(graph: MixedGraph, options: GenericRankOptions = {}): GenericRank {
  requireMixedGraph(graph);
  requireKnownOptions("options", options, ["primes", "seed"]);
  const primes = largestPrimes(requireInteger("options.primes", options.primes ?? 2, 1, 1000));
  const random = randomStream(options.seed, "generic-rank");
  const parameters = graph.directed.length + graph.n + graph.bidirected.length;
  let best: GenericRank | undefined;
  for (const prime of primes) {
    const model = randomModularModel(graph, prime, random.split(prime));
    const data = derivative(graph, model, prime);
    const rank = echelonMod({ rows: data.length / parameters, cols: parameters, data }, prime).pivots.length;
    const finiteToOne = rank === parameters;
    if (best === undefined || rank > best.rank)
      best = {
        rank,
        parameters,
        finiteToOne,
        proven: finiteToOne,
        certificate: { prime, point: [...model.point] },
      };
    if (finiteToOne) break;
  }
  return best!;
}

function derivative(graph: MixedGraph, model: ModularModel, prime: number): Float64Array {
  const { n } = graph;
  const P = (u: number, i: number): number => model.inverse[u * n + i]!;
  const S = (i: number, j: number): number => model.covariance[i * n + j]!;
  const errors: readonly (readonly [number, number])[] = [
    ...Array.from({ length: n }, (_, v) => [v, v] as const),
    ...graph.bidirected,
  ];
  return Float64Array.from(
    covariancePairs(n).flatMap(([i, j]) => [
      ...graph.directed.map(([u, v]) => (P(v, i) * S(u, j) + S(i, u) * P(v, j)) % prime),
      ...errors.map(([u, v]) =>
        u === v ? (P(u, i) * P(u, j)) % prime : (P(u, i) * P(v, j) + P(v, i) * P(u, j)) % prime,
      ),
    ]),
  );
}
