import { type Matrix, requireMatrix } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../core/errors.ts";
import { identity, solve } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { exp, log } from "../core/special/index.ts";
import { type LightSB, lightSB } from "./light-sb.ts";
import type { MixturePotential } from "./mixture-potential.ts";
import { pairs, potentialGradient } from "./mixture-potential-gradient.ts";

export interface LightSBOptions extends LongCallOptions {
  /** Volatility of the prior: large values mix, small ones approach the optimal map. In squared units of the data. */
  readonly epsilon: number;
  /** Components of the potential, default 50. */
  readonly components?: number;
  /** Default `"diagonal"`. */
  readonly covariance?: "diagonal" | "full";
  /** Where the components begin: at random points of the target (default), or at normal ones. */
  readonly init?: "target-samples" | "normal";
  /** First value of S_k, default 0.1. */
  readonly initS?: number;
  /** Of Adam, default 1e-3. */
  readonly learningRate?: number;
  /** `"last30pct"` takes a tenth of the rate for the last 30 % of the steps; default `"none"`. */
  readonly lrDecay?: "none" | "last30pct";
  /** Points of each set in a step, default 128, drawn without pairing. */
  readonly batchSize?: number;
  /** Default 10,000. */
  readonly steps?: number;
  /** Called after each step with its number, from 1, and the batch's loss. */
  readonly onStep?: (step: number, loss: number) => void;
}

const lightSBOptions = [
  ...longCallOptions,
  ...[
    "epsilon",
    "components",
    "covariance",
    "init",
    "initS",
    "learningRate",
    "lrDecay",
    "batchSize",
    "steps",
  ],
  "onStep",
];

/**
 * Fits the Schrödinger bridge between two unpaired point clouds: minimises `E ln c(x0) - E ln v(x1)`, whose minimum
 * is the entropic optimal plan, by Adam on epsilon ln a_k, r_k and ln S_k. Scale both clouds by one common number, not
 * axis by axis, or the cost changes. O(steps batchSize K d), or d^2 with full covariances.
 *
 * @param x0 source points, [n0, d]
 * @param x1 target points, [n1, d]
 * @throws NumericalError naming the step where the loss is not finite any more
 *
 * Reference: Korotin, Gushchin and Burnaev 2024, algorithm 1.
 */
export async function fitLightSB(x0: Matrix, x1: Matrix, options: LightSBOptions): Promise<LightSB> {
  requireKnownOptions("options", options, lightSBOptions);
  const { rows: n0, cols: d } = requireMatrix("x0", x0, { dtype: "float64" });
  const { rows: n1 } = requireMatrix("x1", x1, { dtype: "float64", cols: d });
  for (const [name, rows] of Object.entries({ x0: n0, x1: n1 }))
    if (rows * d === 0)
      throw new InvalidInputError(name, `expected at least one point, got shape [${rows}, ${d}]`);
  const epsilon = requireFinite("options.epsilon", options.epsilon, Number.MIN_VALUE);
  const K = requireInteger("options.components", options.components ?? 50, 1);
  const full =
    requireOneOf("options.covariance", options.covariance ?? "diagonal", ["diagonal", "full"]) === "full";
  const init = requireOneOf("options.init", options.init ?? "target-samples", ["target-samples", "normal"]);
  const initS = requireFinite("options.initS", options.initS ?? 0.1, Number.MIN_VALUE);
  const rate = requireFinite("options.learningRate", options.learningRate ?? 1e-3, Number.MIN_VALUE);
  const decay = requireOneOf("options.lrDecay", options.lrDecay ?? "none", ["none", "last30pct"]);
  const batch = requireInteger("options.batchSize", options.batchSize ?? 128, 1);
  const steps = requireInteger("options.steps", options.steps ?? 10_000, 1);
  if (init === "target-samples" && K > n1)
    throw new InvalidInputError(
      "options.components",
      `expected at most ${n1}, the number of target points they begin at, got ${K}`,
    );
  const root = randomStream(options.seed ?? 0, "light-sb");

  const centres =
    init === "normal"
      ? root.split("init").fillNormal(new Float64Array(K * d))
      : rowsOf(x1, root.split("init").subset(n1, K));
  // What Adam moves: epsilon ln a_k and ln S_k in place of a_k and S_k.
  const scaledLogWeights = new Float64Array(K).fill(-epsilon * log(K));
  const logScales = new Float64Array(K * d).fill(log(initS));
  const rotations = full
    ? Float64Array.from({ length: K * d * d }, (_, i) => ((i % (d * d)) % (d + 1) === 0 ? 1 : 0))
    : undefined;
  const potential = (): MixturePotential => ({
    epsilon,
    logWeights: scaledLogWeights.map((value) => value / epsilon),
    centres: { dtype: "float64", shape: [K, d], data: centres },
    scales: { dtype: "float64", shape: [K, d], data: logScales.map(exp) },
    ...(rotations && { rotations: { dtype: "float64" as const, shape: [K, d, d], data: rotations } }),
  });
  const moves = {
    weights: new Adam(K),
    centres: new Adam(K * d),
    scales: new Adam(K * d),
    generators: new Adam(full ? K * pairs(d) : 0),
  };
  const source = new Float64Array(batch * d);
  const target = new Float64Array(batch * d);
  const draws = { source: root.split("source"), target: root.split("target") };
  const pace = new Pace(options, steps);
  for (let step = 1; step <= steps; step++) {
    drawRows(draws.source, x0, source);
    drawRows(draws.target, x1, target);
    const gradient = potentialGradient(potential(), source, target);
    if (!Number.isFinite(gradient.loss))
      throw new NumericalError(
        `fitLightSB: the loss is ${gradient.loss} at step ${step}; a smaller learningRate or a larger epsilon may help`,
        { step, loss: gradient.loss },
      );
    const size = decay === "last30pct" && step > 0.7 * steps ? 0.1 * rate : rate;
    // d/d(epsilon ln a) = (1/epsilon) d/d(ln a).
    for (let k = 0; k < K; k++) gradient.logWeights[k]! /= epsilon;
    moves.weights.apply(scaledLogWeights, gradient.logWeights, size);
    moves.centres.apply(centres, gradient.centres, size);
    moves.scales.apply(logScales, gradient.logScales, size);
    if (rotations !== undefined) {
      const turn = new Float64Array(gradient.generators!.length);
      moves.generators.apply(turn, gradient.generators!, size);
      for (let k = 0; k < K; k++) rotate(rotations, turn, k, d);
    }
    options.onStep?.(step, gradient.loss);
    if (pace.due()) await pace.rest(step, `loss ${gradient.loss.toPrecision(4)}`);
  }
  pace.finish();
  return lightSB(potential());
}

/** Adam with its usual constants; state and parameters are changed in place. */
class Adam {
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  constructor(size: number) {
    this.#first = new Float64Array(size);
    this.#second = new Float64Array(size);
  }

  apply(parameters: Float64Array, gradient: Float64Array, rate: number): void {
    this.#steps++;
    const unbias1 = 1 / (1 - 0.9 ** this.#steps);
    const unbias2 = 1 / (1 - 0.999 ** this.#steps);
    const [first, second] = [this.#first, this.#second];
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i]!;
      first[i] = 0.9 * first[i]! + 0.1 * g;
      second[i] = 0.999 * second[i]! + 0.001 * g * g;
      parameters[i]! -= (rate * first[i]! * unbias1) / (Math.sqrt(second[i]! * unbias2) + 1e-8);
    }
  }
}

/** Q_k becomes Q_k (I - W/2)^-1 (I + W/2), orthogonal for every skew W: Cayley's map, e^W to second order. */
function rotate(rotations: Float64Array, turn: Float64Array, k: number, d: number): void {
  const { shape, data } = identity(d);
  const minus = data.slice();
  let at = k * pairs(d);
  for (let i = 0; i < d; i++)
    for (let j = i + 1; j < d; j++, at++) {
      const half = turn[at]! / 2;
      data[i * d + j]! += half;
      data[j * d + i]! -= half;
      minus[i * d + j]! -= half;
      minus[j * d + i]! += half;
    }
  const { data: cayley } = solve({ dtype: "float64", shape, data: minus }, { dtype: "float64", shape, data });
  const own = rotations.subarray(k * d * d, (k + 1) * d * d);
  const before = own.slice();
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) {
      let sum = 0;
      for (let l = 0; l < d; l++) sum += before[i * d + l]! * cayley[l * d + j]!;
      own[i * d + j] = sum;
    }
}

function rowsOf({ data, shape }: Matrix, indices: Int32Array): Float64Array {
  const d = shape[1]!;
  const out = new Float64Array(indices.length * d);
  for (const [i, row] of indices.entries()) out.set(data.subarray(row * d, (row + 1) * d), i * d);
  return out;
}

function drawRows(stream: RandomStream, { data, shape }: Matrix, out: Float64Array): void {
  const [n, d] = shape as [number, number];
  for (let at = 0; at < out.length; at += d) {
    const row = stream.integer(n) * d;
    for (let j = 0; j < d; j++) out[at + j] = data[row + j]!;
  }
}
