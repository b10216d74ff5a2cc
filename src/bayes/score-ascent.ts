import { type Matrix, ndArray } from "../core/array/index.ts";
import {
  InvalidInputError,
  NumericalError,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { Pace } from "../core/progress.ts";
import { randomStream } from "../core/random/index.ts";
import { type ParisOptions, ParisSweep, parisOptionNames } from "./paris.ts";
import { type ParametricModel, requireSeries } from "./state-space-model.ts";

export interface ScoreAscentOptions extends ParisOptions {
  /** What estimates the score: PaRIS particle Gibbs (default) or one sweep of PaRIS. */
  readonly estimator?: "ppg" | "paris";
  /** Steps of the ascent; default 300. */
  readonly steps?: number;
  /** Length of step i = 0, 1, ...; default 1 / (T sqrt(1 + i)). */
  readonly stepSize?: (i: number) => number;
  /** Conditional sweeps for every step of the ascent; default 9. Not of `paris`. */
  readonly iterations?: number;
  /** Sweeps left out of the score's average; default half of them. Not of `paris`. */
  readonly burnIn?: number;
  /**
   * Starts every step from the last path of the one before (Markov score climbing; default), or from a sweep without
   * reference (maximum likelihood with fresh estimates of the score). Not of `paris`.
   */
  readonly warmPath?: boolean;
}

export interface ScoreAscentResult {
  /** The parameters after the last step. */
  readonly theta: Float64Array;
  /** The parameters before the first step and after each, [steps + 1, parameters]. */
  readonly history: Matrix;
  /** Estimate of log p(y) by a sweep without reference, at every step that made one. */
  readonly logLikelihood: Float64Array;
}

/**
 * Learns parameters of a state-space model by ascent along estimates of the score, the gradient of log p(y), which by
 * Fisher's identity is the expectation of an additive functional given the observations.
 *
 * Reference: Cardoso and others (ICML 2023), section 4; Naesseth, Lindsten and Blei, "Markovian score climbing" (2020).
 *
 * @param start one value for each of `model.parameters`
 * @throws NumericalError when a step leaves the finite numbers
 */
export async function learnScoreAscent(
  model: ParametricModel,
  observations: Matrix,
  start: Float64Array,
  options: ScoreAscentOptions = {},
): Promise<ScoreAscentResult> {
  requireKnownOptions("options", options, [
    ...parisOptionNames,
    "estimator",
    "steps",
    "stepSize",
    "iterations",
    "burnIn",
    "warmPath",
  ]);
  const size = requireStart(model, start);
  const estimator = requireOneOf("options.estimator", options.estimator ?? "ppg", ["ppg", "paris"] as const);
  const steps = requireInteger("options.steps", options.steps ?? 300, 1, 1e9);
  const iterations = requireInteger("options.iterations", options.iterations ?? 9, 1, 1e6);
  const burnIn = requireInteger("options.burnIn", options.burnIn ?? Math.floor(iterations / 2), 0);
  if (burnIn >= iterations)
    throw new InvalidInputError(
      "options.burnIn",
      `expected fewer than the ${iterations} iterations, got ${burnIn}`,
    );
  const warmPath = options.warmPath ?? true;
  if (typeof warmPath !== "boolean")
    throw new InvalidInputError("options.warmPath", `expected true or false, got ${show(warmPath)}`);
  const series = requireSeries("observations", observations, model.at(start));
  const stepSize = options.stepSize ?? ((i: number) => 1 / (series.steps * Math.sqrt(1 + i)));
  if (typeof stepSize !== "function")
    throw new InvalidInputError("options.stepSize", `expected a function, got ${show(stepSize)}`);
  const perStep = (estimator === "ppg" ? iterations + 1 : 1) * series.steps;
  const pace = new Pace(options, steps * perStep);
  const stream = randomStream(options.seed, "score-ascent");
  const theta = start.slice();
  const history = ndArray("float64", [steps + 1, size], new Float64Array((steps + 1) * size));
  history.data.set(theta);
  const logLikelihood: number[] = [];
  let path: Float64Array | undefined;
  for (let i = 0; i < steps; i++) {
    const score = model.score(theta, series.values);
    const sweep = new ParisSweep(model.at(theta), observations, score, options);
    const draws = stream.split(i);
    const gradient = new Float64Array(size);
    if (estimator === "paris" || !warmPath || path === undefined) {
      const first = await sweep.run(draws.split("start"), undefined, pace, i * perStep);
      logLikelihood.push(first.logLikelihood);
      path = first.path;
      if (estimator === "paris") gradient.set(first.estimate);
    }
    if (estimator === "ppg")
      for (let l = 0; l < iterations; l++) {
        const result = await sweep.run(draws.split(l), path, pace, i * perStep + (l + 1) * series.steps);
        path = result.path;
        if (l >= burnIn)
          for (let c = 0; c < size; c++) gradient[c]! += result.estimate[c]! / (iterations - burnIn);
      }
    const length = stepSize(i);
    for (let c = 0; c < size; c++) theta[c]! += length * gradient[c]!;
    if (!theta.every(Number.isFinite))
      throw new NumericalError(`the ascent left the finite numbers at step ${i}; take shorter steps`, {
        step: i,
        stepSize: length,
      });
    history.data.set(theta, (i + 1) * size);
  }
  pace.finish();
  return { theta, history, logLikelihood: Float64Array.from(logLikelihood) };
}

function requireStart(model: ParametricModel, start: Float64Array): number {
  if (
    typeof model?.at !== "function" ||
    typeof model.score !== "function" ||
    !Array.isArray(model.parameters)
  )
    throw new InvalidInputError("model", `expected a ParametricModel, got ${show(model)}`);
  const size = model.parameters.length;
  if (!(start instanceof Float64Array) || start.length !== size || !start.every(Number.isFinite))
    throw new InvalidInputError(
      "start",
      `expected a Float64Array of ${size} finite values, got ${show(start)}`,
    );
  return size;
}
