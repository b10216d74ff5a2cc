import { echelonMod } from "../core/exact/index.ts";
import type { RandomStream } from "../core/random/index.ts";
import type { MixedGraph } from "./mixed-graph.ts";

/** A model at a random point modulo a prime: everything row-major, n x n. */
export interface ModularModel {
  /** The parameters, in the order of `parameterNames`. */
  readonly point: Float64Array;
  /** (I - Lambda)^-1. */
  readonly inverse: Float64Array;
  readonly covariance: Float64Array;
}

/** Draws parameters until I - Lambda is invertible, and evaluates the covariance matrix there. */
export function randomModularModel(graph: MixedGraph, prime: number, random: RandomStream): ModularModel {
  const { n, directed, bidirected } = graph;
  for (;;) {
    const point = Float64Array.from({ length: directed.length + n + bidirected.length }, () =>
      random.integer(prime),
    );
    const augmented = new Float64Array(2 * n * n);
    for (let i = 0; i < n; i++) augmented[i * 2 * n + i] = augmented[i * 2 * n + n + i] = 1;
    for (const [edge, [from, to]] of directed.entries())
      augmented[from * 2 * n + to] = (prime - point[edge]!) % prime;
    const { rows, pivots } = echelonMod({ rows: n, cols: 2 * n, data: augmented }, prime);
    if (pivots.at(-1) !== n - 1) continue;
    const inverse = Float64Array.from(rows.flatMap((row) => [...row.subarray(n)]));
    const errors = new Float64Array(n * n);
    for (let v = 0; v < n; v++) errors[v * n + v] = point[directed.length + v]!;
    for (const [edge, [a, b]] of bidirected.entries())
      errors[a * n + b] = errors[b * n + a] = point[directed.length + n + edge]!;
    const transposed = inverse.map((_, at) => inverse[(at % n) * n + Math.floor(at / n)]!);
    const covariance = product(n, transposed, product(n, errors, inverse, prime), prime);
    return { point, inverse, covariance };
  }
}

function product(n: number, a: Float64Array, b: Float64Array, prime: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum = (sum + a[i * n + k]! * b[k * n + j]!) % prime;
      out[i * n + j] = sum;
    }
  return out;
}
