import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import { eigh } from "../core/linalg/index.ts";
import { log } from "../core/special/index.ts";
import { boxLeastSquares } from "./box-least-squares.ts";
import {
  type LearnerState,
  type ParameterLearner,
  Rounds,
  requireGrid,
  requireRange,
  requireSeed,
  withinRange,
} from "./parameter-learner.ts";

export interface ChebCbOptions {
  /** Number of Chebyshev polynomials that the cost of a value is modelled with, as a function of the context. */
  readonly degree: number;
  /** Contexts expected. */
  readonly range: readonly [number, number];
  /** Default 0. */
  readonly seed?: number;
}

/**
 * ChebCB: models the cost of every value of the grid as a Chebyshev series in the context, fitted by least squares with
 * bounds that a Lipschitz cost obeys, and plays values with inverse-gap weights, the more greedily the better the
 * fits have predicted. Comes close to the best value for each context. Costs O(d m) a prediction and, as sums over
 * rounds are kept instead of rounds, O(m^3) an update, d times that when the range of costs has grown.
 *
 * Khodak, Chow, Balcan and Talwalkar, Learning to relax: setting solver parameters across a sequence of linear
 * system instances, 2024.
 */
export function chebCB(grid: Float64Array, options: ChebCbOptions): ParameterLearner {
  return new ChebCB(grid, options);
}

/** Sums over the rounds in which an arm was played, with y = cost - 1. */
interface ArmSums {
  rounds: number;
  /** Sum of phi phi^T, row-major. */
  readonly gram: Float64Array;
  /** Sum of phi y. */
  readonly moment: Float64Array;
  /** Sum of y^2. */
  square: number;
}

export interface ChebCbState {
  readonly rounds: number;
  readonly arms: readonly {
    readonly rounds: number;
    readonly gram: readonly number[];
    readonly moment: readonly number[];
    readonly square: number;
  }[];
  readonly coefficients: readonly (readonly number[])[];
  readonly freeFits: readonly (readonly number[])[];
  readonly eta: number;
  readonly scale: number;
  readonly largest: number;
  readonly smallest: number;
  readonly predictionSums: readonly [number, number, number];
  readonly clampedContexts: number;
}

export class ChebCB implements ParameterLearner {
  readonly grid: Float64Array;
  clampedContexts: number;
  readonly #options: ChebCbOptions;
  readonly #m: number;
  readonly #range: readonly [number, number];
  readonly #rounds: Rounds;
  readonly #arms: readonly ArmSums[];
  /** Coefficients of (cost - 1) / scale, by arm. */
  readonly #theta: Float64Array[];
  /** Least squares coefficients of cost - 1, by arm: they do not depend on the scale. */
  readonly #free: Float64Array[];
  #eta: number;
  #scale: number;
  #largest: number;
  #smallest: number;
  /** Sums over rounds of predicted^2, predicted * cost and cost^2. */
  readonly #sums: [number, number, number];

  constructor(grid: Float64Array, options: ChebCbOptions, state?: ChebCbState) {
    this.grid = requireGrid(grid);
    requireKnownOptions("options", options, ["degree", "range", "seed"]);
    const m = requireInteger("options.degree", options.degree, 1, 64);
    this.#range = requireRange(options.range);
    this.#rounds = new Rounds(requireSeed(options.seed), "cheb-cb", state?.rounds ?? 0);
    this.#options = options;
    this.#m = m;
    const fresh = { rounds: 0, gram: new Float64Array(m * m), moment: new Float64Array(m), square: 0 };
    const vectors = (kept: readonly (readonly number[])[] | undefined): Float64Array[] =>
      Array.from(this.grid, (_, i) => Float64Array.from(kept?.[i] ?? new Float64Array(m)));
    this.#arms = Array.from(this.grid, (_, i) => {
      const { rounds, gram, moment, square } = state?.arms[i] ?? fresh;
      return { rounds, gram: Float64Array.from(gram), moment: Float64Array.from(moment), square };
    });
    this.#theta = vectors(state?.coefficients);
    this.#free = vectors(state?.freeFits);
    this.#eta = state?.eta ?? 0;
    this.#scale = state?.scale ?? 0;
    this.#largest = state?.largest ?? Number.NEGATIVE_INFINITY;
    this.#smallest = state?.smallest ?? Number.POSITIVE_INFINITY;
    this.#sums = [...(state?.predictionSums ?? ([0, 0, 0] as const))];
    this.clampedContexts = state?.clampedContexts ?? 0;
  }

  probabilities(context?: number): Float64Array {
    return this.#distribution(this.#features(withinRange(context, this.#range).value));
  }

  predict(context?: number): number {
    const { value, clamped } = withinRange(context, this.#range);
    if (clamped) this.clampedContexts++;
    return this.grid[this.#rounds.draw(this.#distribution(this.#features(value)), value)]!;
  }

  update(cost: number): void {
    const { arm, context } = this.#rounds.finish(cost);
    const m = this.#m;
    const phi = this.#features(context);
    const predicted = dot(this.#theta[arm]!, phi);
    const sums = this.#arms[arm]!;
    sums.rounds++;
    sums.square += (cost - 1) ** 2;
    for (let i = 0; i < m; i++) {
      sums.moment[i]! += phi[i]! * (cost - 1);
      for (let j = 0; j < m; j++) sums.gram[i * m + j]! += phi[i]! * phi[j]!;
    }
    this.#free[arm] = minimumNorm(sums.gram, sums.moment);

    this.#largest = Math.max(this.#largest, cost);
    this.#smallest = Math.min(this.#smallest, cost);
    const spread = this.#largest - this.#smallest;
    const N = 2 + 4 * (spread / this.#largest) * (1 + log(m));
    const scale = this.#largest * N;
    const bounds = new Float64Array(m);
    for (let j = 0; j < m; j++) bounds[j] = j === 0 ? 1 / N : (2 * spread) / (scale * j);
    const arms = scale === this.#scale ? [arm] : this.grid.keys();
    const rescaling = this.#scale / scale;
    this.#scale = scale;
    let boxResidual = 0;
    for (const i of arms) {
      if (this.#arms[i]!.rounds > 0) boxResidual = this.#refit(i, bounds, rescaling) ?? boxResidual;
    }

    const t = this.#rounds.done;
    this.#sums[0] += predicted * predicted;
    this.#sums[1] += predicted * cost;
    this.#sums[2] += cost * cost;
    const misfit = this.#sums[0] - (2 * this.#sums[1]) / scale + this.#sums[2] / scale ** 2;
    const alpha = ((Math.PI + (2 / Math.PI) * log(2 * m + 1)) / (2 * scale * (m + 1))) * spread;
    const d = this.grid.length;
    this.#eta = 2 * t * Math.sqrt((d * t) / Math.max(1e-12, misfit - boxResidual + 2 * alpha * alpha * t));
  }

  toJSON(): LearnerState {
    const state: ChebCbState = {
      rounds: this.#rounds.done,
      arms: this.#arms.map(({ rounds, gram, moment, square }) => ({
        rounds,
        gram: [...gram],
        moment: [...moment],
        square,
      })),
      coefficients: this.#theta.map((theta) => [...theta]),
      freeFits: this.#free.map((theta) => [...theta]),
      eta: this.#eta,
      scale: this.#scale,
      // Before the first cost there is no range; JSON has no infinities.
      largest: this.#rounds.done > 0 ? this.#largest : 0,
      smallest: this.#rounds.done > 0 ? this.#smallest : Number.MAX_VALUE,
      predictionSums: this.#sums,
      clampedContexts: this.clampedContexts,
    };
    return { kind: "cheb-cb", grid: [...this.grid], options: this.#options, ...state };
  }

  /**
   * Coefficients of one arm for the present scale: least squares, within the bounds. Returns the squared residual
   * where the bounds were needed.
   */
  #refit(arm: number, bounds: Float64Array, rescaling: number): number | undefined {
    const { gram, moment, square } = this.#arms[arm]!;
    const scale = this.#scale;
    const theta = this.#free[arm]!.map((value) => value / scale);
    const outside = theta.some((value, j) => Math.abs(value) > bounds[j]!);
    if (!outside) {
      this.#theta[arm] = theta;
      return undefined;
    }
    const target = moment.map((value) => value / scale);
    // The fit before this round, in the present scale, is nearer than the fit without bounds.
    const before = this.#theta[arm]!.map((value) => value * rescaling);
    const boxed = boxLeastSquares(gram, target, bounds, before);
    this.#theta[arm] = boxed;
    let residual = square / scale ** 2 - 2 * dot(boxed, target);
    for (let i = 0; i < this.#m; i++)
      residual += boxed[i]! * dot(gram.subarray(i * this.#m, (i + 1) * this.#m), boxed);
    return Math.max(0, residual);
  }

  /** Inverse-gap weights: the arm that seems best keeps what the others leave. */
  #distribution(phi: Float64Array): Float64Array {
    const d = this.grid.length;
    const costs = new Float64Array(d);
    let best = 0;
    for (let i = 0; i < d; i++) {
      costs[i] = dot(this.#theta[i]!, phi);
      if (costs[i]! < costs[best]!) best = i;
    }
    const p = new Float64Array(d);
    let rest = 1;
    for (let i = 0; i < d; i++) {
      if (i === best) continue;
      p[i] = 1 / (d + this.#eta * (costs[i]! - costs[best]!));
      rest -= p[i]!;
    }
    p[best] = rest;
    return p;
  }

  /** T_0 ... T_(m - 1) at the context mapped to [-1, 1]. */
  #features(context: number): Float64Array {
    const [low, high] = this.#range;
    const x = (2 * (context - low)) / (high - low) - 1;
    const phi = new Float64Array(this.#m).fill(1);
    for (let j = 1; j < phi.length; j++) phi[j] = j === 1 ? x : 2 * x * phi[j - 1]! - phi[j - 2]!;
    return phi;
  }
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

/** The least squares solution of least norm, from the normal equations. */
function minimumNorm(gram: Float64Array, moment: Float64Array): Float64Array {
  return definiteSolution(gram, moment) ?? spectralSolution(gram, moment);
}

/** gram^-1 moment by Cholesky; undefined where the matrix is not well away from singular. */
function definiteSolution(gram: Float64Array, moment: Float64Array): Float64Array | undefined {
  const m = moment.length;
  const L = gram.slice();
  const x = moment.slice();
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = L[i * m + j]!;
      for (let k = 0; k < j; k++) sum -= L[i * m + k]! * L[j * m + k]!;
      if (j < i) L[i * m + j] = sum / L[j * m + j]!;
      else {
        if (!(sum > 1e-8 * gram[i * m + i]!)) return undefined;
        L[i * m + i] = Math.sqrt(sum);
      }
    }
  }
  for (let i = 0; i < m; i++) {
    for (let k = 0; k < i; k++) x[i]! -= L[i * m + k]! * x[k]!;
    x[i]! /= L[i * m + i]!;
  }
  for (let i = m - 1; i >= 0; i--) {
    for (let k = i + 1; k < m; k++) x[i]! -= L[k * m + i]! * x[k]!;
    x[i]! /= L[i * m + i]!;
  }
  return x;
}

/** The same from eigenvalues, of which those of rounding size are left out: too few rounds determine no unique fit. */
function spectralSolution(gram: Float64Array, moment: Float64Array): Float64Array {
  const m = moment.length;
  const { values, vectors } = eigh({ dtype: "float64", shape: [m, m], data: gram });
  const largest = values.at(-1)!;
  const theta = new Float64Array(m);
  for (let j = 0; j < m; j++) {
    // Squares of singular values: rounding leaves those of a deficient set near 1e-16 of the largest.
    if (values[j]! <= 1e-13 * largest) continue;
    let part = 0;
    for (let i = 0; i < m; i++) part += vectors.data[i * m + j]! * moment[i]!;
    for (let i = 0; i < m; i++) theta[i]! += (part / values[j]!) * vectors.data[i * m + j]!;
  }
  return theta;
}
