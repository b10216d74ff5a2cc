import { type Matrix, requireMatrix } from "../core/array/index.ts";
import { InvalidInputError, NumericalError, requireKnownOptions } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type DiffusionModel, requireModel } from "./diffusion-model.ts";
import { requireTimes, type Spacing, timeSteps } from "./time-steps.ts";

/** What every sampler takes. Give `steps`, or `times` of your own. */
export interface SamplingOptions extends Omit<LongCallOptions, "seed"> {
  /** Number of steps, default 10. */
  readonly steps?: number;
  /** How the times lie, default `"logsnr"`. */
  readonly spacing?: Spacing;
  /** First time, whose noise level `start` has; default the schedule's largest. */
  readonly tStart?: number;
  /** Last time; see `timeSteps` for its default. */
  readonly tEnd?: number;
  /** The times themselves, falling strictly; excludes the four options above. */
  readonly times?: Float64Array;
  /** Keep the state at every time; default false. */
  readonly returnTrajectory?: boolean;
}

export interface Samples {
  /** The samples at the last time, [batch, dim]. */
  readonly x: Matrix;
  /** Evaluations of the model; guidance counts as one. */
  readonly evaluations: number;
  /** Calls of networks: twice the evaluations under guidance. */
  readonly modelCalls: number;
  readonly times: Float64Array;
  /** States at every time, the start included; with `returnTrajectory`. */
  readonly trajectory?: readonly Matrix[];
}

/** The one signature of all samplers that follow the probability-flow equation. */
export type Sampler = (model: DiffusionModel, start: Matrix, options?: SamplingOptions) => Promise<Samples>;

export const samplingOptions = [
  ...["steps", "spacing", "tStart", "tEnd", "times", "returnTrajectory"],
  ...longCallOptions.filter((name) => name !== "seed"),
];

/** Refuses unknown options; gives the times that the options ask for. */
export function timesOf(model: DiffusionModel, options: SamplingOptions): Float64Array {
  const { steps, spacing, tStart, tEnd, times } = options;
  if (times !== undefined) {
    for (const [name, value] of Object.entries({ steps, spacing, tStart, tEnd }))
      if (value !== undefined)
        throw new InvalidInputError(`options.${name}`, "cannot be given together with times");
    return requireTimes("options.times", times, model.schedule);
  }
  try {
    return timeSteps(model.schedule, {
      n: steps ?? 10,
      ...(spacing === undefined ? {} : { spacing }),
      ...(tStart === undefined ? {} : { tStart }),
      ...(tEnd === undefined ? {} : { tEnd }),
    });
  } catch (error) {
    if (error instanceof InvalidInputError && error.argument === "options.n")
      throw new InvalidInputError("options.steps", error.message.replace(/^options\.n: /, ""));
    throw error;
  }
}

/** Noise level at a time. */
export interface Level {
  readonly t: number;
  readonly alpha: number;
  readonly sigma: number;
  readonly lambda: number;
}

export function levelAt(model: DiffusionModel, t: number): Level {
  const { schedule } = model;
  return { t, alpha: schedule.alpha(t), sigma: schedule.sigma(t), lambda: schedule.lambda(t) };
}

/**
 * One run of a sampler: checks its arguments, evaluates and counts, keeps the trajectory, rests. A sampler is a
 * loop over steps n = 1 .. N from level n - 1 to level n that changes `x` in place and ends each with `advance`.
 */
export class SamplingRun {
  readonly model: DiffusionModel;
  readonly times: Float64Array;
  readonly levels: readonly Level[];
  readonly steps: number;
  readonly batch: number;
  /** The state, [batch, dim]; a copy of the start. */
  readonly x: Float64Array;
  #evaluations = 0;
  readonly #trajectory: Float64Array[] | undefined;
  readonly #pace: Pace;

  constructor(
    model: DiffusionModel,
    start: Matrix,
    options: SamplingOptions,
    own: readonly string[] = [],
    times?: Float64Array,
  ) {
    this.model = requireModel("model", model);
    requireKnownOptions("options", options, [...samplingOptions, ...own]);
    const { rows } = requireMatrix("start", start, { dtype: "float64", cols: model.dim });
    if (rows === 0)
      throw new InvalidInputError("start", `expected shape [B, ${model.dim}] with B > 0, got B = 0`);
    this.times = times ?? timesOf(model, options);
    this.levels = Array.from(this.times, (t) => levelAt(model, t));
    this.steps = this.times.length - 1;
    this.batch = rows;
    this.x = start.data.slice();
    this.#trajectory = options.returnTrajectory === true ? [start.data.slice()] : undefined;
    this.#pace = new Pace(options, this.steps);
  }

  /** The predicted noise of x (default the state) at a level. */
  async eps(level: Level, x: Float64Array = this.x): Promise<Float64Array> {
    this.#evaluations++;
    const eps = await this.model.eps(x, this.batch, level.t);
    if (eps.length !== x.length)
      throw new InvalidInputError(
        "model",
        `expected predictions of shape [${this.batch}, ${this.model.dim}], got ${eps.length} numbers`,
      );
    this.#requireFinite("the model's prediction", eps, level.t);
    return eps;
  }

  /** The predicted data, `(x - sigma eps) / alpha`, of the state at a level. */
  async data(level: Level): Promise<Float64Array> {
    const { alpha, sigma } = level;
    const eps = await this.eps(level);
    for (let i = 0; i < eps.length; i++) eps[i] = (this.x[i]! - sigma * eps[i]!) / alpha;
    return eps;
  }

  /** Ends step n: the state is that of level n, or beyond the last level that of noise level 0. */
  async advance(n: number): Promise<void> {
    this.#requireFinite("the state", this.x, this.levels[n]?.t ?? 0);
    this.#trajectory?.push(this.x.slice());
    if (this.#pace.due()) await this.#pace.rest(n);
  }

  result(): Samples {
    this.#pace.finish();
    const { batch, times } = this;
    const { dim, callsPerEvaluation = 1 } = this.model;
    const matrix = (data: Float64Array): Matrix => ({ dtype: "float64", shape: [batch, dim], data });
    return {
      x: matrix(this.x),
      evaluations: this.#evaluations,
      modelCalls: this.#evaluations * callsPerEvaluation,
      times,
      ...(this.#trajectory && { trajectory: this.#trajectory.map(matrix) }),
    };
  }

  #requireFinite(what: string, values: Float64Array, t: number): void {
    for (let i = 0; i < values.length; i++)
      if (!Number.isFinite(values[i])) {
        const sample = Math.floor(i / this.model.dim);
        const at = this.levels.findIndex((level) => level.t <= t);
        const step = at < 0 ? this.levels.length : at;
        throw new NumericalError(`${what} is ${values[i]} at step ${step}, t = ${t}, for sample ${sample}`, {
          ...{ step, t, sample },
        });
      }
  }
}
