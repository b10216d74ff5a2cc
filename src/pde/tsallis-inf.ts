import { InvalidInputError, requireFinite, requireInteger, requireKnownOptions } from "../core/errors.ts";
import {
  type LearnerState,
  type ParameterLearner,
  Rounds,
  requireGrid,
  requireRange,
  requireSeed,
  withinRange,
} from "./parameter-learner.ts";

export interface TsallisInfOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Rate eta_t = etaScale / sqrt(t) of round t = 1, 2, ...; default 2. */
  readonly etaScale?: number;
  /** What costs are divided by; default their running mean less 1. A known bound gives the rates of the theory. */
  readonly scale?: number;
}

/**
 * The Tsallis-INF bandit: follows the regularised leader with 1/2-Tsallis entropy on importance-weighted costs, and so
 * comes close to the best fixed value of the grid whether costs are drawn at random or not. No parameter needs
 * tuning. O(d) for each step of a short Newton iteration.
 *
 * Zimmert and Seldin, Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits, 2021; as used by
 * Khodak, Chow, Balcan and Talwalkar, Learning to relax, 2024.
 */
export function tsallisInf(grid: Float64Array, options: TsallisInfOptions = {}): ParameterLearner {
  return new TsallisInf(grid, options);
}

export class TsallisInf implements ParameterLearner {
  readonly grid: Float64Array;
  readonly clampedContexts = 0;
  readonly #options: TsallisInfOptions;
  readonly #etaScale: number;
  readonly #rounds: Rounds;
  /** Importance-weighted sums of cost - 1, by arm. */
  readonly #losses: Float64Array;
  #costSum: number;

  constructor(grid: Float64Array, options: TsallisInfOptions, state?: TsallisState, label = "tsallis-inf") {
    this.grid = requireGrid(grid);
    requireKnownOptions("options", options, ["seed", "etaScale", "scale"]);
    const seed = requireSeed(options.seed);
    this.#etaScale = requirePositive("options.etaScale", options.etaScale ?? 2);
    if (options.scale !== undefined) requirePositive("options.scale", options.scale);
    this.#options = options;
    this.#rounds = new Rounds(seed, label, state?.rounds ?? 0);
    this.#losses = Float64Array.from(state?.losses ?? new Float64Array(this.grid.length));
    this.#costSum = state?.costSum ?? 0;
  }

  probabilities(): Float64Array {
    const scale = this.#scale();
    return tsallisProbabilities(
      this.#losses.map((loss) => loss / scale),
      this.#etaScale / Math.sqrt(this.#rounds.done + 1),
    );
  }

  predict(): number {
    return this.grid[this.#rounds.draw(this.probabilities())]!;
  }

  update(cost: number): void {
    const { arm, probability } = this.#rounds.finish(cost);
    this.#costSum += cost;
    this.#losses[arm]! += (cost - 1) / probability;
  }

  toJSON(): LearnerState {
    return { kind: "tsallis-inf", grid: [...this.grid], options: this.#options, ...this.state() };
  }

  state(): TsallisState {
    return { rounds: this.#rounds.done, losses: [...this.#losses], costSum: this.#costSum };
  }

  /** Mean cost so far less 1; 1 where that is not positive. */
  #scale(): number {
    if (this.#options.scale !== undefined) return this.#options.scale;
    const excess = this.#costSum / this.#rounds.done - 1;
    return excess > 0 ? excess : 1;
  }
}

export interface TsallisState {
  readonly rounds: number;
  readonly losses: readonly number[];
  readonly costSum: number;
}

/**
 * p_i = 4 (eta (L_i - x))^-2 with the x below min L that makes them sum to 1. Newton from x = min L - 2 / eta, where
 * the largest p is 1: the sum is convex and increasing in x, so that the iterates fall to the root and never come
 * near the pole.
 */
export function tsallisProbabilities(losses: Float64Array, eta: number): Float64Array {
  if (!(losses instanceof Float64Array) || losses.length === 0)
    throw new InvalidInputError("losses", "expected a Float64Array of at least one loss");
  for (const [i, loss] of losses.entries())
    if (!Number.isFinite(loss))
      throw new InvalidInputError("losses", `element ${i} is ${loss}; expected finite values`);
  requirePositive("eta", eta);
  // Relative to the least loss: large common parts would cost digits.
  const least = losses.reduce((a, b) => Math.min(a, b));
  let x = -2 / eta;
  const p = new Float64Array(losses.length);
  for (let step = 0; step < 100; step++) {
    let sum = 0;
    let slope = 0;
    for (let i = 0; i < p.length; i++) {
      const root = 2 / (eta * (losses[i]! - least - x));
      p[i] = root * root;
      sum += p[i]!;
      slope += p[i]! * root;
    }
    if (Math.abs(sum - 1) < 1e-12) break;
    x -= (sum - 1) / (eta * slope);
  }
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((value) => value / sum);
}

export interface BinnedOptions {
  /** Number of bins. */
  readonly bins: number;
  /** Contexts expected. */
  readonly range: readonly [number, number];
  /** Default 0. */
  readonly seed?: number;
}

/**
 * A Tsallis-INF bandit for each of `bins` equal parts of the range of contexts: the simplest contextual learner, which
 * learns nothing from one part for another.
 */
export function tsallisInfBinned(grid: Float64Array, options: BinnedOptions): ParameterLearner {
  return new BinnedTsallisInf(grid, options);
}

export class BinnedTsallisInf implements ParameterLearner {
  readonly grid: Float64Array;
  clampedContexts: number;
  readonly #options: BinnedOptions;
  readonly #range: readonly [number, number];
  readonly #bins: readonly TsallisInf[];
  #pending: TsallisInf | undefined;

  constructor(
    grid: Float64Array,
    options: BinnedOptions,
    state?: { readonly bins: readonly TsallisState[]; readonly clampedContexts: number },
  ) {
    this.grid = requireGrid(grid);
    requireKnownOptions("options", options, ["bins", "range", "seed"]);
    const bins = requireInteger("options.bins", options.bins, 1);
    this.#range = requireRange(options.range);
    const seed = requireSeed(options.seed);
    this.#options = options;
    this.#bins = Array.from(
      { length: bins },
      (_, bin) => new TsallisInf(grid, { seed }, state?.bins[bin], `tsallis-inf, bin ${bin}`),
    );
    this.clampedContexts = state?.clampedContexts ?? 0;
  }

  probabilities(context?: number): Float64Array {
    return this.#binOf(withinRange(context, this.#range).value).probabilities();
  }

  predict(context?: number): number {
    const { value, clamped } = withinRange(context, this.#range);
    if (clamped) this.clampedContexts++;
    this.#pending = this.#binOf(value);
    return this.#pending.predict();
  }

  update(cost: number): void {
    requireFinite("cost", cost, 1);
    if (this.#pending === undefined)
      throw new InvalidInputError("cost", "update without a predict before it");
    this.#pending.update(cost);
    this.#pending = undefined;
  }

  toJSON(): LearnerState {
    return {
      kind: "tsallis-inf-binned",
      grid: [...this.grid],
      options: this.#options,
      bins: this.#bins.map((bin) => bin.state()),
      clampedContexts: this.clampedContexts,
    };
  }

  /** The bin with the nearest centre; the lower one halfway. */
  #binOf(context: number): TsallisInf {
    const [low, high] = this.#range;
    const place = Math.ceil(((context - low) / (high - low)) * this.#bins.length) - 1;
    return this.#bins[Math.min(this.#bins.length - 1, Math.max(0, place))]!;
  }
}

function requirePositive(argument: string, value: number): number {
  requireFinite(argument, value);
  if (value > 0) return value;
  throw new InvalidInputError(argument, `expected a positive number, got ${value}`);
}
