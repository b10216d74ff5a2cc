import { type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { backwardRow } from "./backward-kernel.ts";
import { drawFromSums, ParticleSystem } from "./particle-system.ts";
import { batchMeans } from "./ppg.ts";
import {
  type AdditiveFunctional,
  evaluateFunctional,
  requireFunctional,
  requireSeries,
  requireStateSpaceModel,
  type StateSpaceModel,
} from "./state-space-model.ts";

export interface ParticleGibbsOptions extends LongCallOptions {
  /** Default 100. */
  readonly particles?: number;
  /** Number of conditional sweeps; default 20. */
  readonly iterations?: number;
  /** Sweeps left out of the average; default half of them. */
  readonly burnIn?: number;
}

export interface ParticleGibbsResult {
  /** Mean over the paths after the burn-in of the functional. */
  readonly estimate: Float64Array;
  /** The functional of every path, [iterations, dim]. */
  readonly iterates: Matrix;
  /** The last path, [T * d]. */
  readonly path: Float64Array;
}

/**
 * Particle Gibbs with backward sampling: conditional SMC sweeps, each around the path drawn by the one before; the
 * functional is looked at on the drawn paths alone. O(k T N).
 *
 * Reference: Whiteley, Andrieu and Doucet, "Efficient Bayesian inference for switching state-space models using discrete
 * particle Markov chain Monte Carlo methods" (2010); Lindsten and Schon, "Backward simulation methods for Monte Carlo
 * statistical inference" (2013).
 */
export async function particleGibbs(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: ParticleGibbsOptions = {},
): Promise<ParticleGibbsResult> {
  requireKnownOptions("options", options, [...longCallOptions, "particles", "iterations", "burnIn"]);
  requireStateSpaceModel("model", model);
  const series = requireSeries("observations", observations, model);
  requireFunctional("functional", functional);
  const particles = requireInteger("options.particles", options.particles ?? 100, 1, 1e7);
  const iterations = requireInteger("options.iterations", options.iterations ?? 20, 1, 1e9);
  const burnIn = requireInteger("options.burnIn", options.burnIn ?? Math.floor(iterations / 2), 0);
  if (burnIn >= iterations)
    throw new InvalidInputError(
      "options.burnIn",
      `expected fewer than the ${iterations} iterations, got ${burnIn}`,
    );
  const system = new ParticleSystem(model, series, particles);
  const stream = randomStream(options.seed, "particle-gibbs");
  const pace = new Pace(options, (iterations + 1) * series.steps);
  const dim = functional.dim;
  const iterates = ndArray("float64", [iterations, dim], new Float64Array(iterations * dim));
  let path: Float64Array | undefined;
  for (let l = 0; l <= iterations; l++) {
    const draws: RandomStream = stream.split(l);
    system.start(draws, path);
    for (let t = 1; t < series.steps; t++) {
      system.advance(t, draws, path);
      if (pace.due()) await pace.rest(l * series.steps + t);
    }
    path = backwardPath(system, draws);
    if (l > 0) iterates.data.set(evaluateFunctional(functional, path, series.steps), (l - 1) * dim);
  }
  pace.finish();
  return { estimate: batchMeans(iterates, burnIn).mean, iterates, path: path! };
}

/** A path drawn from the last step backwards. O(T N). */
function backwardPath(system: ParticleSystem, stream: RandomStream): Float64Array {
  const { states, count, model } = system;
  const { steps } = system.series;
  const d = model.stateDim;
  const path = new Float64Array(steps * d);
  const row = new Float64Array(count);
  let slot = system.drawSlot(stream);
  for (let t = steps - 1; t >= 0; t--) {
    for (let k = 0; k < d; k++) path[t * d + k] = states[(t * count + slot) * d + k]!;
    if (t > 0) slot = drawFromSums(stream, backwardRow(system, t, slot, row), count);
  }
  return path;
}
