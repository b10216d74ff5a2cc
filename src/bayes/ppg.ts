import { type Matrix, ndArray } from "../core/array/index.ts";
import { InvalidInputError, requireInteger, requireKnownOptions } from "../core/errors.ts";
import { Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type ParisOptions, ParisSweep, parisOptionNames } from "./paris.ts";
import { type AdditiveFunctional, requirePath, type StateSpaceModel } from "./state-space-model.ts";

export interface PpgOptions extends ParisOptions {
  /** Number of conditional sweeps, k; default 20. */
  readonly iterations?: number;
  /** Sweeps left out of the average, k0 < k; default half of them. */
  readonly burnIn?: number;
  /** Path to start from, [T * d]; default: the path of one sweep of PaRIS without a reference. */
  readonly initial?: Float64Array;
}

export interface PpgResult {
  /** The roll-out estimate of E[h(x) | y]: mean of the iterates after the burn-in. */
  readonly estimate: Float64Array;
  /** Standard error of the estimate by batch means; null with fewer than 4 iterates after the burn-in. */
  readonly standardError: Float64Array | null;
  /** The estimate of every conditional sweep, [k, dim]. */
  readonly iterates: Matrix;
  /** Estimate of the sweep without reference (PaRIS itself, never averaged); null when `initial` was given. */
  readonly first: Float64Array | null;
  /** The last path drawn, [T * d]: a start for the next call. */
  readonly path: Float64Array;
  /** Values of the observations that were NaN, taken as missing. */
  readonly missing: number;
}

/**
 * PaRIS particle Gibbs: sweeps of PaRIS, each around the path drawn by the one before. The bias of the sweeps falls
 * geometrically, where that of PaRIS with a fixed number of particles stays however often it is repeated; the average
 * after the burn-in has the variance of all its sweeps. O(k T N).
 *
 * Reference: Cardoso, Janati, Le Corff, Moulines and Olsson, "State and parameter learning with PaRIS particle Gibbs"
 * (ICML 2023).
 *
 * @param observations [T, observationDim]; NaN marks a missing value
 */
export async function ppg(
  model: StateSpaceModel,
  observations: Matrix,
  functional: AdditiveFunctional,
  options: PpgOptions = {},
): Promise<PpgResult> {
  requireKnownOptions("options", options, [...parisOptionNames, "iterations", "burnIn", "initial"]);
  const iterations = requireInteger("options.iterations", options.iterations ?? 20, 1, 1e9);
  const burnIn = requireInteger("options.burnIn", options.burnIn ?? Math.floor(iterations / 2), 0);
  if (burnIn >= iterations)
    throw new InvalidInputError(
      "options.burnIn",
      `expected fewer than the ${iterations} iterations, got ${burnIn}`,
    );
  const sweep = new ParisSweep(model, observations, functional, options);
  const { steps } = sweep.series;
  const stream = randomStream(options.seed, "ppg");
  const pace = new Pace(options, (iterations + 1) * steps);
  let path = options.initial;
  let first: Float64Array | null = null;
  if (path === undefined) {
    const start = await sweep.run(stream.split("start"), undefined, pace, 0);
    path = start.path;
    first = start.estimate;
  } else requirePath("options.initial", path, steps, model);
  const iterates = ndArray(
    "float64",
    [iterations, functional.dim],
    new Float64Array(iterations * functional.dim),
  );
  for (let l = 0; l < iterations; l++) {
    const result = await sweep.run(stream.split(l), path, pace, (l + 1) * steps);
    path = result.path;
    iterates.data.set(result.estimate, l * functional.dim);
  }
  pace.finish();
  const { mean, standardError } = batchMeans(iterates, burnIn);
  return { estimate: mean, standardError, iterates, first, path, missing: sweep.series.missing };
}

/** Mean of the rows from `from` on, and its standard error from the means of floor(sqrt(rows)) batches. */
export function batchMeans(
  rows: Matrix,
  from: number,
): { mean: Float64Array; standardError: Float64Array | null } {
  const [count, dim] = rows.shape as [number, number];
  const kept = count - from;
  const mean = new Float64Array(dim);
  for (let l = from; l < count; l++) for (let c = 0; c < dim; c++) mean[c]! += rows.data[l * dim + c]! / kept;
  if (kept < 4) return { mean, standardError: null };
  const batches = Math.floor(Math.sqrt(kept));
  const size = Math.floor(kept / batches);
  // Rows that do not fill a batch are the earliest.
  const start = count - batches * size;
  const means = new Float64Array(batches * dim);
  for (let l = start; l < count; l++)
    for (let c = 0; c < dim; c++)
      means[Math.floor((l - start) / size) * dim + c]! += rows.data[l * dim + c]! / size;
  const standardError = new Float64Array(dim);
  for (let c = 0; c < dim; c++) {
    let centre = 0;
    for (let b = 0; b < batches; b++) centre += means[b * dim + c]! / batches;
    let square = 0;
    for (let b = 0; b < batches; b++) square += (means[b * dim + c]! - centre) ** 2;
    standardError[c] = Math.sqrt(square / (batches - 1) / batches);
  }
  return { mean, standardError };
}
