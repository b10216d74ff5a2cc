import { NumericalError } from "../core/errors.ts";
import { type AliasTable, aliasTable, drawAlias, type RandomStream } from "../core/random/index.ts";
import { exp } from "../core/special/index.ts";
import { drawFromSums, type ParticleSystem } from "./particle-system.ts";

/** How indices are drawn from the backward law. */
export type BackwardDraws = "auto" | "exact" | "reject";

/** From how many particles on `auto` rejects: below, a row of the exact law costs less than an alias table. */
const manyParticles = 32;

/**
 * Draws from the backward law of a particle system: the slot j at step t - 1 that a state at step t came from, with
 * probability proportional to w_j m(x_j, x). Exactly, by the N probabilities, or by acceptance and rejection: j by the
 * weights alone from an alias table, accepted with probability m(x_j, x) / bound, at most ceil(sqrt(N)) + 8 times before
 * an exact draw; both give the same law.
 *
 * Reference: Olsson and Westerborn, "Efficient particle-based online smoothing" (2017), section 3.
 */
export class BackwardKernel {
  readonly #system: ParticleSystem;
  readonly #reject: boolean;
  readonly #tries: number;
  readonly #row: Float64Array;
  #table: AliasTable | undefined;
  #bound = 0;
  #t = 0;

  constructor(system: ParticleSystem, draws: BackwardDraws) {
    this.#system = system;
    this.#reject =
      system.model.logTransitionBound !== undefined &&
      (draws === "reject" || (draws === "auto" && system.count >= manyParticles));
    this.#tries = Math.ceil(Math.sqrt(system.count)) + 8;
    this.#row = new Float64Array(system.count);
  }

  /** Prepares draws from step t to t - 1. Call it before the system moves on from t - 1. */
  prepare(t: number): void {
    this.#t = t;
    if (!this.#reject) return;
    this.#table = aliasTable(this.#system.weights);
    this.#bound = this.#system.model.logTransitionBound!(t);
  }

  /** Writes `draws` independent slots at step t - 1 for the state of slot i at step t. O(N + draws), or O(draws) expected. */
  draw(stream: RandomStream, i: number, draws: number, out: Int32Array, outAt: number): void {
    if (!this.#reject) {
      this.fillRow(i);
      for (let k = 0; k < draws; k++) out[outAt + k] = drawFromSums(stream, this.#row, this.#row.length);
      return;
    }
    const { model, states, count } = this.#system;
    const d = model.stateDim;
    const t = this.#t;
    const before = (t - 1) * count;
    const at = (t * count + i) * d;
    let filled = false;
    for (let k = 0; k < draws; k++) {
      let chosen = -1;
      for (let attempt = 0; attempt < this.#tries && chosen < 0; attempt++) {
        const j = drawAlias(stream, this.#table!);
        const logRatio = model.logTransition(states, (before + j) * d, states, at, t) - this.#bound;
        if (logRatio > 1e-9)
          throw new NumericalError(
            `logTransitionBound of step ${t} is below the transition density by a factor of ${exp(logRatio)}`,
            { step: t, logRatio },
          );
        if (isBelowExp(stream.uniform(), logRatio)) chosen = j;
      }
      if (chosen < 0) {
        if (!filled) this.fillRow(i);
        filled = true;
        chosen = drawFromSums(stream, this.#row, count);
      }
      out[outAt + k] = chosen;
    }
  }

  /** Running sums of the backward probabilities of slot i at the prepared step, up to a factor. O(N). */
  fillRow(i: number): Float64Array {
    return backwardRow(this.#system, this.#t, i, this.#row);
  }
}

/** Whether u < exp(r) for u in [0, 1) and r <= 0: by bounds of the exponential, which seldom leave it open. */
function isBelowExp(u: number, r: number): boolean {
  const half = 0.5 * r * r;
  if (u < 1 + r + half + (r * half) / 3) return true;
  if (u * (1 - r + half) > 1) return false;
  return u < exp(r);
}

/** Running sums of w_j m(x_j, x_t^i) over the slots j at step t - 1, scaled so that the largest term is 1. O(N). */
export function backwardRow(system: ParticleSystem, t: number, i: number, row: Float64Array): Float64Array {
  const { model, states, count, logWeights } = system;
  const d = model.stateDim;
  const before = (t - 1) * count;
  const at = (t * count + i) * d;
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < count; j++) {
    const value = logWeights[before + j]! + model.logTransition(states, (before + j) * d, states, at, t);
    row[j] = value;
    if (value > largest) largest = value;
  }
  if (!Number.isFinite(largest))
    throw new NumericalError(
      `particle degeneracy: no particle of step ${t - 1} leads to slot ${i} of step ${t}`,
      {
        step: t,
      },
    );
  let sum = 0;
  for (let j = 0; j < count; j++) {
    sum += exp(row[j]! - largest);
    row[j] = sum;
  }
  return row;
}
