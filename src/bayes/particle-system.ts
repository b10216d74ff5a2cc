import { NumericalError } from "../core/errors.ts";
import type { RandomStream } from "../core/random/index.ts";
import { exp, log } from "../core/special/index.ts";
import type { Series, StateSpaceModel } from "./state-space-model.ts";

/**
 * N weighted particles moved through T steps with multinomial resampling before every move, optionally around a
 * reference path that occupies the last slot at every step and is never moved (conditional SMC). Keeps all steps:
 * T N (d + 1) numbers. Memory is reused from one sweep to the next.
 *
 * Reference: Andrieu, Doucet and Holenstein, "Particle Markov chain Monte Carlo methods" (2010).
 */
export class ParticleSystem {
  readonly model: StateSpaceModel;
  readonly series: Series;
  readonly count: number;
  /** States, [T, N, d]. */
  readonly states: Float64Array;
  /** Logarithms of the weights, [T, N]; the largest of every step is 0. */
  readonly logWeights: Float64Array;
  /** Weights of the present step, the largest 1, and their running sums. */
  readonly weights: Float64Array;
  readonly sums: Float64Array;
  /** Slots at the step before that the particles of the present step were moved from. */
  readonly ancestors: Int32Array;
  logLikelihood = 0;

  constructor(model: StateSpaceModel, series: Series, count: number) {
    this.model = model;
    this.series = series;
    this.count = count;
    this.states = new Float64Array(series.steps * count * model.stateDim);
    this.logWeights = new Float64Array(series.steps * count);
    this.weights = new Float64Array(count);
    this.sums = new Float64Array(count);
    this.ancestors = new Int32Array(count);
  }

  /** Draws the particles of step 0. */
  start(stream: RandomStream, reference: Float64Array | undefined): void {
    const { model, count, states } = this;
    const y = this.series.values[0]!;
    const proposal = this.series.observed[0] ? model.proposal : undefined;
    this.logLikelihood = 0;
    const free = reference === undefined ? count : count - 1;
    if (proposal === undefined) model.sampleInitial(stream, states, free);
    else proposal.sampleInitial(stream, y, states, free);
    if (reference !== undefined) this.#place(0, reference);
    for (let i = 0; i < count; i++) {
      const at = i * model.stateDim;
      let value = this.series.observed[0] ? model.logObservation(states, at, y, 0) : 0;
      if (proposal !== undefined) value += proposal.logInitialRatio(states, at, y);
      this.logWeights[i] = value;
    }
    this.#weigh(0);
  }

  /** Resamples and moves the particles from step t - 1 to t. O(N log N). */
  advance(t: number, stream: RandomStream, reference: Float64Array | undefined): void {
    const { model, count, states, ancestors } = this;
    const d = model.stateDim;
    const y = this.series.values[t]!;
    const observed = this.series.observed[t]!;
    const proposal = observed ? model.proposal : undefined;
    const before = (t - 1) * count;
    const now = t * count;
    const free = reference === undefined ? count : count - 1;
    for (let i = 0; i < free; i++) {
      const ancestor = drawFromSums(stream, this.sums, count);
      ancestors[i] = ancestor;
      if (proposal === undefined)
        model.sampleTransition(stream, states, (before + ancestor) * d, t, states, (now + i) * d);
      else proposal.sampleTransition(stream, states, (before + ancestor) * d, t, y, states, (now + i) * d);
    }
    if (reference !== undefined) {
      ancestors[count - 1] = count - 1;
      this.#place(t, reference);
    }
    for (let i = 0; i < count; i++) {
      const at = (now + i) * d;
      let value = observed ? model.logObservation(states, at, y, t) : 0;
      if (proposal !== undefined)
        value += proposal.logTransitionRatio(states, (before + ancestors[i]!) * d, states, at, t, y);
      this.logWeights[now + i] = value;
    }
    this.#weigh(t);
  }

  /** A slot drawn by the weights of the present step. */
  drawSlot(stream: RandomStream): number {
    return drawFromSums(stream, this.sums, this.count);
  }

  #place(t: number, reference: Float64Array): void {
    const d = this.model.stateDim;
    const at = (t * this.count + this.count - 1) * d;
    for (let k = 0; k < d; k++) this.states[at + k] = reference[t * d + k]!;
  }

  /** Brings the largest log weight of step t to 0; adds to the log-likelihood. */
  #weigh(t: number): void {
    const { count, logWeights, weights, sums } = this;
    const at = t * count;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      const value = logWeights[at + i]!;
      if (Number.isNaN(value) || value === Number.POSITIVE_INFINITY)
        throw new NumericalError(`the weight of particle ${i} at step ${t} is not a number`, { step: t });
      if (value > largest) largest = value;
    }
    if (largest === Number.NEGATIVE_INFINITY)
      throw new NumericalError(`particle degeneracy: all weights are zero at step ${t}`, { step: t });
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const value = logWeights[at + i]! - largest;
      logWeights[at + i] = value;
      weights[i] = exp(value);
      sum += weights[i]!;
      sums[i] = sum;
    }
    this.logLikelihood += largest + log(sum / count);
  }
}

/** Index drawn in proportion to weights with the given running sums. O(n) for few, O(log n) for many. */
export function drawFromSums(stream: RandomStream, sums: Float64Array, count: number): number {
  const target = stream.uniform() * sums[count - 1]!;
  if (count <= 16) {
    let i = 0;
    while (i < count - 1 && sums[i]! <= target) i++;
    return i;
  }
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! <= target) low = middle + 1;
    else high = middle;
  }
  return low;
}
