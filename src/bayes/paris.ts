import type { Matrix } from "../core/array/index.ts";
import { requireInteger, requireKnownOptions, requireOneOf } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { type BackwardDraws, BackwardKernel } from "./backward-kernel.ts";
import { ParticleSystem } from "./particle-system.ts";
import {
  type AdditiveFunctional,
  requireFunctional,
  requirePath,
  requireSeries,
  requireStateSpaceModel,
  type Series,
  type StateSpaceModel,
} from "./state-space-model.ts";

export interface ParisOptions extends LongCallOptions {
  /** Number of particles; default 100. */
  readonly particles?: number;
  /** Backward indices drawn for every particle, at least 2 (one alone degenerates as the genealogy does); default 2. */
  readonly backwardDraws?: number;
  /**
   * How they are drawn; default `auto`: by acceptance and rejection where the model has `logTransitionBound` and there
   * are many particles, else exactly. The law is the same.
   */
  readonly backward?: BackwardDraws;
}

/** Names of {@link ParisOptions}. */
export const parisOptionNames = [...longCallOptions, "particles", "backwardDraws", "backward"] as const;

/** What one sweep gives. */
export interface ParisResult {
  /** Estimate of E[h(x) | y]. */
  readonly estimate: Float64Array;
  /** A path drawn by the backward law, [T * d]. */
  readonly path: Float64Array;
  /** Estimate of log p(y); of no use after a conditional sweep. */
  readonly logLikelihood: number;
  /** Values of the observations that were NaN, taken as missing. */
  readonly missing: number;
}

/**
 * PaRIS: the expectation of an additive functional of the hidden path given all observations, by one forward sweep of
 * a particle filter. Every particle carries the expectation of the functional up to its step, renewed as the mean over
 * a few indices drawn from the backward law. O(T N) with rejection, O(T N^2) without; memory O(T N).
 *
 * Reference: Olsson and Westerborn, "Efficient particle-based online smoothing in general hidden Markov models: the
 * PaRIS algorithm" (Bernoulli, 2017).
 *
 * @param observations [T, observationDim]; NaN marks a missing value, and a step with one has weight 1
 * @throws NumericalError when all weights of a step are zero
 */
export async function paris(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: ParisOptions = {},
): Promise<ParisResult> {
  requireKnownOptions("options", options, parisOptionNames);
  const sweep = new ParisSweep(model, observations, functional, options);
  const pace = new Pace(options, sweep.series.steps);
  const result = await sweep.run(randomStream(options.seed, "paris"), undefined, pace, 0);
  pace.finish();
  return result;
}

/**
 * A sweep of PaRIS around a reference path, which keeps the last slot at every step. The path that it draws leaves the
 * law of x given y unchanged when the reference was drawn from it. With one particle it returns the reference and its
 * value of the functional.
 *
 * @param reference [T * d], one state after the other
 */
export async function conditionalParis(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  reference: Float64Array,
  options: ParisOptions = {},
): Promise<ParisResult> {
  requireKnownOptions("options", options, parisOptionNames);
  const sweep = new ParisSweep(model, observations, functional, options);
  requirePath("reference", reference, sweep.series.steps, model);
  const pace = new Pace(options, sweep.series.steps);
  const result = await sweep.run(randomStream(options.seed, "conditional-paris"), reference, pace, 0);
  pace.finish();
  return result;
}

/** Checked arguments and the memory that sweeps share. */
export class ParisSweep {
  readonly series: Series;
  readonly #system: ParticleSystem;
  readonly #kernel: BackwardKernel;
  readonly #functional: AdditiveFunctional;
  readonly #draws: number;
  /** First backward index of every particle, [T, N]. */
  readonly #origins: Int32Array;
  readonly #slots: Int32Array;
  #statistics: Float64Array[];
  #previous: Float64Array[];

  constructor(
    model: StateSpaceModel,
    observations: Matrix,
    functional: AdditiveFunctional,
    options: ParisOptions,
  ) {
    requireStateSpaceModel("model", model);
    this.series = requireSeries("observations", observations, model);
    requireFunctional("functional", functional);
    const particles = requireInteger("options.particles", options.particles ?? 100, 1, 1e7);
    this.#draws = requireInteger("options.backwardDraws", options.backwardDraws ?? 2, 2, 1000);
    const backward = requireOneOf("options.backward", options.backward ?? "auto", [
      "auto",
      "exact",
      "reject",
    ] as const);
    this.#functional = functional;
    this.#system = new ParticleSystem(model, this.series, particles);
    this.#kernel = new BackwardKernel(this.#system, backward);
    this.#origins = new Int32Array(this.series.steps * particles);
    this.#slots = new Int32Array(this.#draws);
    const rows = (): Float64Array[] =>
      Array.from({ length: particles }, () => new Float64Array(functional.dim));
    this.#statistics = rows();
    this.#previous = rows();
  }

  /** One sweep; `done` sweeps' steps of the pace were complete before it. */
  async run(
    stream: RandomStream,
    reference: Float64Array | undefined,
    pace: Pace,
    done: number,
  ): Promise<ParisResult> {
    const { steps } = this.series;
    const system = this.#system;
    system.start(stream, reference);
    for (const [i, tau] of this.#statistics.entries()) {
      tau.fill(0);
      this.#functional.addInitial(system.states, i * system.model.stateDim, tau);
    }
    for (let t = 1; t < steps; t++) {
      this.#kernel.prepare(t);
      system.advance(t, stream, reference);
      this.#renewStatistics(t, stream);
      if (pace.due()) await pace.rest(done + t);
    }
    return this.#finish(stream);
  }

  /** tau_t^i = mean over the drawn j of tau_{t-1}^j + h_t(x_{t-1}^j, x_t^i). */
  #renewStatistics(t: number, stream: RandomStream): void {
    const { states, count, model } = this.#system;
    const d = model.stateDim;
    const functional = this.#functional;
    const draws = this.#draws;
    const slots = this.#slots;
    const [now, before] = [this.#previous, this.#statistics];
    this.#statistics = now;
    this.#previous = before;
    for (let i = 0; i < count; i++) {
      this.#kernel.draw(stream, i, draws, slots, 0);
      this.#origins[t * count + i] = slots[0]!;
      const tau = now[i]!;
      tau.fill(0);
      for (let k = 0; k < draws; k++) {
        const j = slots[k]!;
        const past = before[j]!;
        for (let c = 0; c < tau.length; c++) tau[c]! += past[c]!;
        functional.addIncrement(states, ((t - 1) * count + j) * d, states, (t * count + i) * d, t, tau);
      }
      for (let c = 0; c < tau.length; c++) tau[c]! /= draws;
    }
  }

  #finish(stream: RandomStream): ParisResult {
    const { weights, sums, count, states, model } = this.#system;
    const { steps } = this.series;
    const d = model.stateDim;
    const estimate = new Float64Array(this.#functional.dim);
    for (let i = 0; i < count; i++) {
      const share = weights[i]! / sums[count - 1]!;
      const tau = this.#statistics[i]!;
      for (let c = 0; c < tau.length; c++) estimate[c]! += share * tau[c]!;
    }
    const path = new Float64Array(steps * d);
    let slot = this.#system.drawSlot(stream);
    for (let t = steps - 1; t >= 0; t--) {
      for (let k = 0; k < d; k++) path[t * d + k] = states[(t * count + slot) * d + k]!;
      if (t > 0) slot = this.#origins[t * count + slot]!;
    }
    return { estimate, path, logLikelihood: this.#system.logLikelihood, missing: this.series.missing };
  }
}
