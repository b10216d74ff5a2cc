import type { Matrix } from "../core/array/index.ts";
import { requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { backwardRow } from "./backward-kernel.ts";
import { ParticleSystem } from "./particle-system.ts";
import {
  type AdditiveFunctional,
  requireFunctional,
  requireSeries,
  requireStateSpaceModel,
  type StateSpaceModel,
} from "./state-space-model.ts";

export interface ParticleSmootherOptions extends LongCallOptions {
  /** Default 100. */
  readonly particles?: number;
}

export interface ParticleSmootherResult {
  /** Estimate of E[h(x) | y]. */
  readonly estimate: Float64Array;
  /** Estimate of log p(y). */
  readonly logLikelihood: number;
}

/**
 * Forward-only FFBSm: every particle carries the exact expectation of the functional under the backward law of the
 * particle system. O(T N^2).
 *
 * Reference: Del Moral, Doucet and Singh, "Forward smoothing using sequential Monte Carlo" (2010).
 */
export async function ffbsm(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: ParticleSmootherOptions = {},
): Promise<ParticleSmootherResult> {
  return smooth("ffbsm", model, observations, functional, options, (system, t, before, now) => {
    const { states, count } = system;
    const d = system.model.stateDim;
    const row = new Float64Array(count);
    const term = new Float64Array(functional.dim);
    const renew = (i: number): void => {
      backwardRow(system, t, i, row);
      const total = row[count - 1]!;
      const tau = now[i]!;
      tau.fill(0);
      for (let j = 0; j < count; j++) {
        const share = (row[j]! - (j === 0 ? 0 : row[j - 1]!)) / total;
        if (share === 0) continue;
        term.set(before[j]!);
        functional.addIncrement(states, ((t - 1) * count + j) * d, states, (t * count + i) * d, t, term);
        for (let c = 0; c < tau.length; c++) tau[c]! += share * term[c]!;
      }
    };
    return renew;
  });
}

/**
 * Smoothing by the genealogy of a particle filter ("poor man's smoother"): every particle carries the functional of the
 * path of its ancestors, which degenerate into one. O(T N).
 */
export async function genealogySmoother(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: ParticleSmootherOptions = {},
): Promise<ParticleSmootherResult> {
  return smooth("genealogy-smoother", model, observations, functional, options, (system, t, before, now) => {
    const { states, count, ancestors } = system;
    const d = system.model.stateDim;
    return (i) => {
      const j = ancestors[i]!;
      now[i]!.set(before[j]!);
      functional.addIncrement(states, ((t - 1) * count + j) * d, states, (t * count + i) * d, t, now[i]!);
    };
  });
}

/** What renews the statistic of particle i at step t. */
type Renewal = (
  system: ParticleSystem,
  t: number,
  before: readonly Float64Array[],
  now: readonly Float64Array[],
) => (i: number) => void;

/** A particle filter whose particles carry statistics. */
async function smooth(
  label: string,
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: ParticleSmootherOptions,
  renewal: Renewal,
): Promise<ParticleSmootherResult> {
  requireKnownOptions("options", options, [...longCallOptions, "particles"]);
  requireStateSpaceModel("model", model);
  const series = requireSeries("observations", observations, model);
  requireFunctional("functional", functional);
  const count = requireInteger("options.particles", options.particles ?? 100, 1, 1e7);
  const system = new ParticleSystem(model, series, count);
  const stream = randomStream(options.seed, label);
  const pace = new Pace(options, series.steps * count);
  const rows = (): Float64Array[] => Array.from({ length: count }, () => new Float64Array(functional.dim));
  let now = rows();
  let before = rows();
  system.start(stream, undefined);
  for (const [i, tau] of now.entries()) functional.addInitial(system.states, i * model.stateDim, tau);
  for (let t = 1; t < series.steps; t++) {
    system.advance(t, stream, undefined);
    [now, before] = [before, now];
    const renew = renewal(system, t, before, now);
    for (let i = 0; i < count; i++) {
      renew(i);
      if (i % 16 === 0 && pace.due()) await pace.rest(t * count + i);
    }
  }
  const estimate = new Float64Array(functional.dim);
  for (let i = 0; i < count; i++) {
    const share = system.weights[i]! / system.sums[count - 1]!;
    for (let c = 0; c < estimate.length; c++) estimate[c]! += share * now[i]![c]!;
  }
  pace.finish();
  return { estimate, logLikelihood: system.logLikelihood };
}
