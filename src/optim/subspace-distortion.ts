import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { lewisWeights, matmul, pivotedQr, solveTriangular } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { collapsedMatrix, collapseRows } from "./collapse-rows.ts";
import { requireTall } from "./design.ts";
import { requireExponent } from "./lp-scores.ts";
import { maximalShares } from "./lp-sensitivities.ts";
import { powers } from "./p-norm-minimum.ts";

export interface SubspaceDistortionOptions extends LongCallOptions {
  /** Random directions that are tried; default 400. */
  readonly probes?: number;
  /** Importance of the rows of a, whose 20 largest also give directions; default their Lewis weights. */
  readonly scores?: Float64Array;
}

export interface SubspaceDistortion {
  /** Largest |  |s x|_p^p / |a x|_p^p - 1  | found: a lower bound of the largest there is. */
  readonly max: number;
  /** The x where it was found. */
  readonly argmax: Float64Array;
}

const sensitiveRows = 20;
const climbed = 5;
const steps = 20;

/**
 * How far a sample s misjudges |a x|_p^p, at worst over x. The problem is not convex: the largest distortion is sought
 * among random directions, single columns, the directions in which the most important rows are largest, and by 20 steps
 * of gradient ascent from the worst five. Random directions alone would miss rare rows. a must have full column rank.
 */
export async function subspaceDistortion(
  a: Matrix,
  s: Matrix,
  p: number,
  options: SubspaceDistortionOptions = {},
): Promise<SubspaceDistortion> {
  requireKnownOptions("options", options, ["probes", "scores", ...longCallOptions]);
  const { rows: n, cols: d } = requireTall("a", a);
  requireMatrix("s", s, { dtype: "float64", cols: d });
  requireExponent(p);
  const probes = requireInteger("options.probes", options.probes ?? 400, 0);
  const { scores } = options;
  if (scores !== undefined && (!(scores instanceof Float64Array) || scores.length !== n))
    throw new InvalidInputError("options.scores", `expected a Float64Array of ${n} scores`);
  const pace = new Pace(options, probes + sensitiveRows + d + climbed * steps);
  const classes = collapseRows(a);
  const rows = collapsedMatrix(a, classes, p);
  const { q, r, permutation, rank } = pivotedQr(rows);
  if (rank < d) throw new InvalidInputError("a", `expected full column rank, got rank ${rank} of ${d}`);
  // In the coordinates of the orthonormal basis: s x = (s P R^-1) z.
  const sampled = inCoordinates(s, r, permutation);
  const importance =
    scores === undefined
      ? lewisWeights(rows, p).weights
      : Float64Array.from(classes.representatives, (i) => scores[i]!);
  const top = [...importance.keys()].sort((i, j) => importance[j]! - importance[i]!).slice(0, sensitiveRows);
  const wanted = new Float64Array(top.length * d);
  for (const [k, c] of top.entries()) wanted.set(q.data.subarray(c * d, (c + 1) * d), k * d);
  const { maximizers } = await maximalShares(
    { dtype: "float64", shape: [top.length, d], data: wanted },
    q,
    p,
    options.signal === undefined ? {} : { signal: options.signal },
  );
  const directions: Float64Array[] = [];
  for (let k = 0; k < top.length; k++) directions.push(maximizers.slice(k * d, (k + 1) * d));
  // A single column j of a is column j of R P^T in these coordinates.
  for (let j = 0; j < d; j++) directions.push(Float64Array.from({ length: d }, (_, i) => r.data[i * d + j]!));
  const stream = randomStream(options.seed, "distortion probes");
  for (let k = 0; k < probes; k++) directions.push(stream.split(k).fillNormal(new Float64Array(d)));
  const ratio = new Ratio(q.data, sampled.data, d, p);
  let worst: { z: Float64Array; distortion: number }[] = [];
  for (const [k, z] of directions.entries()) {
    worst.push({ z, distortion: Math.abs(ratio.at(z) - 1) });
    if (pace.due()) await pace.rest(k);
  }
  worst = worst.sort((u, v) => v.distortion - u.distortion).slice(0, climbed);
  for (const [k, start] of worst.entries()) {
    if (pace.due()) await pace.rest(directions.length + k * steps);
    worst[k] = climb(ratio, start);
  }
  const best = worst.reduce((most, found) => (found.distortion > most.distortion ? found : most));
  pace.finish();
  const y = solveTriangular({ ...r, shape: [d, d] }, best.z, { upper: true });
  const argmax = new Float64Array(d);
  for (let j = 0; j < d; j++) argmax[permutation[j]!] = y[j]!;
  return { max: best.distortion, argmax };
}

function inCoordinates(s: Matrix, r: Matrix, permutation: Int32Array): Matrix {
  const d = r.shape[1]!;
  const identity = new Float64Array(d * d);
  for (let j = 0; j < d; j++) identity[j * d + j] = 1;
  const inverse = solveTriangular(r, { dtype: "float64", shape: [d, d], data: identity }, { upper: true });
  const placed = new Float64Array(d * d);
  for (let j = 0; j < d; j++) placed.set(inverse.data.subarray(j * d, (j + 1) * d), permutation[j]! * d);
  return matmul(s, { dtype: "float64", shape: [d, d], data: placed });
}

/** |s z|_p^p / |a z|_p^p and its gradient. */
class Ratio {
  readonly #a: Float64Array;
  readonly #s: Float64Array;
  readonly #d: number;
  readonly #p: number;
  readonly #term: (r: number) => number;
  readonly #weight: (r: number) => number;

  constructor(a: Float64Array, s: Float64Array, d: number, p: number) {
    this.#a = a;
    this.#s = s;
    this.#d = d;
    this.#p = p;
    const { term, weight } = powers(p);
    this.#term = term;
    this.#weight = weight;
  }

  at(z: Float64Array): number {
    return this.#sum(this.#s, z) / this.#sum(this.#a, z);
  }

  /** Gradient of the logarithm of the ratio. */
  logGradient(z: Float64Array): Float64Array {
    const up = this.#sumGradient(this.#s, z);
    const down = this.#sumGradient(this.#a, z);
    return z.map((_, j) => up.gradient[j]! / (up.sum || 1) - down.gradient[j]! / down.sum);
  }

  #sum(b: Float64Array, z: Float64Array): number {
    const d = this.#d;
    let sum = 0;
    for (let q = 0; q < b.length; ) {
      let dot = 0;
      for (let j = 0; j < d; j++, q++) dot += b[q]! * z[j]!;
      sum += this.#term(Math.abs(dot));
    }
    return sum;
  }

  #sumGradient(b: Float64Array, z: Float64Array): { sum: number; gradient: Float64Array } {
    const d = this.#d;
    const gradient = new Float64Array(d);
    let sum = 0;
    for (let q = 0; q < b.length; q += d) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += b[q + j]! * z[j]!;
      const size = Math.abs(dot);
      if (size === 0) continue;
      sum += this.#term(size);
      // d |r|^p = p |r|^(p - 2) r dr
      const factor = this.#p * this.#weight(size) * dot;
      for (let j = 0; j < d; j++) gradient[j]! += factor * b[q + j]!;
    }
    return { sum, gradient };
  }
}

/** Ascent of the distortion on the unit sphere, with a step that grows when it helps and shrinks when it does not. */
function climb(
  ratio: Ratio,
  start: { z: Float64Array; distortion: number },
): { z: Float64Array; distortion: number } {
  let z = unit(start.z);
  let current = ratio.at(z);
  // Up where the sample is too long in that direction, down where it is too short.
  const sense = current >= 1 ? 1 : -1;
  let step = 0.3;
  for (let k = 0; k < steps; k++) {
    const g = unit(ratio.logGradient(z));
    const trial = unit(z.map((value, j) => value + sense * step * g[j]!));
    const tried = ratio.at(trial);
    if (sense * (tried - current) > 0) {
      z = trial;
      current = tried;
      step *= 1.5;
    } else step /= 3;
  }
  return { z, distortion: Math.abs(current - 1) };
}

function unit(z: Float64Array): Float64Array {
  let sum = 0;
  for (const value of z) sum += value * value;
  return sum > 0 ? z.map((value) => value / Math.sqrt(sum)) : z;
}
