import { InvalidInputError, requireFinite, requireInteger, show } from "../core/errors.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";

/** Chooses a parameter for each round of a sequence and learns from what the choice cost. */
export interface ParameterLearner {
  /** The values to choose from. */
  readonly grid: Float64Array;
  /** How many contexts lay outside the learner's range, and were taken as its nearest end. */
  readonly clampedContexts: number;
  /** The value to play in this round, drawn from `probabilities`. */
  predict(context?: number): number;
  /** What the value cost that `predict` gave last, such as a number of iterations: at least 1. */
  update(cost: number): void;
  /** The distribution that `predict` draws from in this round. */
  probabilities(context?: number): Float64Array;
  /** All that it has learnt; `learnerFromJSON` goes on from there. */
  toJSON(): LearnerState;
}

/** A learner's state as plain data. */
export interface LearnerState {
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** 20 values from 1 to 1.95: the relaxation parameters that are worth trying. */
export function omegaGrid(): Float64Array {
  return Float64Array.from({ length: 20 }, (_, i) => 1 + (0.95 * i) / 19);
}

export function requireGrid(grid: unknown): Float64Array {
  if (!(grid instanceof Float64Array) || grid.length === 0)
    throw new InvalidInputError("grid", `expected a Float64Array of at least one value, got ${show(grid)}`);
  for (const [i, value] of grid.entries())
    if (!Number.isFinite(value))
      throw new InvalidInputError("grid", `element ${i} is ${value}; expected finite values`);
  return grid.slice();
}

export function requireRange(range: unknown): readonly [number, number] {
  if (!Array.isArray(range) || range.length !== 2)
    throw new InvalidInputError("options.range", `expected [low, high], got ${show(range)}`);
  const low = requireFinite("options.range[0]", range[0]);
  const high = requireFinite("options.range[1]", range[1]);
  if (low < high) return [low, high];
  throw new InvalidInputError("options.range", `expected low < high, got [${low}, ${high}]`);
}

export function requireSeed(seed: unknown): number {
  return requireInteger("options.seed", seed ?? 0);
}

/** The part of a round that learners share: one draw, keyed by the round, and one cost for it. */
export class Rounds {
  readonly #stream: RandomStream;
  /** Rounds that are complete. */
  done: number;
  /** The arm of the present round, its probability and context; undefined between rounds. */
  pending: { readonly arm: number; readonly probability: number; readonly context: number } | undefined;

  constructor(seed: number, label: string, done = 0) {
    this.#stream = randomStream(seed, label);
    this.done = done;
  }

  draw(probabilities: Float64Array, context = 0): number {
    let rest = this.#stream.split(this.done).uniform();
    let arm = 0;
    while (arm < probabilities.length - 1 && rest >= probabilities[arm]!) rest -= probabilities[arm++]!;
    this.pending = { arm, probability: probabilities[arm]!, context };
    return arm;
  }

  /** The round that the cost belongs to; checks it and begins the next. */
  finish(cost: number): NonNullable<Rounds["pending"]> {
    requireFinite("cost", cost, 1);
    const { pending } = this;
    if (pending === undefined) throw new InvalidInputError("cost", "update without a predict before it");
    this.pending = undefined;
    this.done++;
    return pending;
  }
}

/** A context within the range, or the end it is nearest to. */
export function withinRange(
  context: number | undefined,
  [low, high]: readonly [number, number],
): { readonly value: number; readonly clamped: boolean } {
  const given = requireFinite("context", context);
  const value = Math.min(high, Math.max(low, given));
  return { value, clamped: value !== given };
}
