import { InvalidInputError, NumericalError, requireFinite, requireInteger } from "../core/errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import type { FiniteSumOperator, Resolvent } from "./problem.ts";
import { requireVector } from "./require-vector.ts";

/** What every solver of `0 in F(u) + G(u)` takes. */
export interface InclusionOptions extends LongCallOptions {
  /** The constant L of F; default that of the operator. */
  readonly lipschitz?: number;
  /** Overrides the step that L gives. */
  readonly stepSize?: number;
  /** Stops when the residual of the last iterate is at most this; default 1e-4. With 0 only the budget stops. */
  readonly tolerance?: number;
  /** Budget in evaluations of components; default 1000 n. */
  readonly maxEvaluations?: number;
  /**
   * Looks at the residual after every so many iterations. That costs n evaluations, counted when `tolerance` is
   * above 0 and F at the iterate was not needed anyway. Default: where F is known anyway.
   */
  readonly residualEvery?: number;
}

/** Names of the options in {@link InclusionOptions}. */
export const inclusionOptions = [
  ...longCallOptions,
  "lipschitz",
  "stepSize",
  "tolerance",
  "maxEvaluations",
  "residualEvery",
] as const;

export interface InclusionState {
  readonly iteration: number;
  /** Evaluations of components so far, over n. */
  readonly epochs: number;
  readonly residual: number;
}

export interface InclusionResult {
  /** The last iterate, never an average. */
  readonly u: Float64Array;
  /** `||u - J_G(u - F(u))||` at `u`, which is `||F(u)||` without G. */
  readonly residual: number;
  /** Evaluations of components F_i. */
  readonly evaluations: number;
  readonly epochs: number;
  readonly iterations: number;
  readonly converged: boolean;
  readonly stop: "tolerance" | "maxEvaluations";
  /** False when two iterates showed `<F(u) - F(v), u - v> < 0`: then nothing is promised. */
  readonly monotone: boolean;
  readonly history: readonly InclusionState[];
}

/** The course of one solver: counts evaluations, looks at residuals, decides when to stop. */
export class InclusionRun {
  readonly n: number;
  readonly dimension: number;
  readonly start: Float64Array;
  readonly stream: RandomStream;
  evaluations = 0;
  readonly #f: FiniteSumOperator;
  readonly #g: Resolvent;
  readonly #tolerance: number;
  readonly #budget: number;
  readonly #every: number;
  readonly #pace: Pace;
  readonly #history: InclusionState[] = [];
  readonly #work: Float64Array;
  readonly #atSeen: Float64Array;
  readonly #seen: Float64Array;
  #hasSeen = false;
  #monotone = true;
  #residual = Number.POSITIVE_INFINITY;

  constructor(f: FiniteSumOperator, g: Resolvent, u0: Float64Array, options: InclusionOptions) {
    this.n = requireInteger("f.n", f.n, 1);
    this.dimension = requireInteger("f.dimension", f.dimension, 1);
    requireVector("u0", u0, f.dimension);
    this.#f = f;
    this.#g = g;
    this.#tolerance = requireFinite("options.tolerance", options.tolerance ?? 1e-4, 0);
    this.#budget = requireFinite("options.maxEvaluations", options.maxEvaluations ?? 1000 * f.n, 1);
    this.#every = requireInteger("options.residualEvery", options.residualEvery ?? 0, 0);
    this.#pace = new Pace(options, this.#budget);
    this.#work = new Float64Array(f.dimension);
    this.#atSeen = new Float64Array(f.dimension);
    this.#seen = new Float64Array(f.dimension);
    this.stream = randomStream(options.seed ?? 0, "inclusion");
    // The resolvent of 0 G is the projection onto the domain of G.
    this.start = u0.slice();
    g.apply(this.start, 0);
  }

  /** The constant L, given or known; its absence is an error. */
  lipschitz(options: InclusionOptions): number {
    const given = options.lipschitz ?? this.#f.lipschitz;
    if (given === undefined)
      throw new InvalidInputError(
        "options.lipschitz",
        "expected the constant of F, which does not know its own",
      );
    requireFinite("options.lipschitz", given);
    if (given <= 0)
      throw new InvalidInputError("options.lipschitz", `expected a positive number, got ${given}`);
    return given;
  }

  full(u: Float64Array, out: Float64Array): void {
    this.#f.full(u, out);
    this.evaluations += this.n;
  }

  /** Whether the operator draws its components itself. */
  get weighted(): boolean {
    return this.#f.draw !== undefined;
  }

  draw(): number {
    return this.#f.draw?.(this.stream) ?? this.stream.integer(this.n);
  }

  /** `out += scale * (F_i(u) - F_i(v))`. Two evaluations. */
  addDifference(i: number, u: Float64Array, v: Float64Array, out: Float64Array, scale: number): void {
    if (this.#f.difference !== undefined) this.#f.difference(i, u, v, out, scale);
    else {
      this.#f.component(i, u, out, scale);
      this.#f.component(i, v, out, -scale);
    }
    this.evaluations += 2;
  }

  resolve(u: Float64Array, eta: number): void {
    this.#g.apply(u, eta);
  }

  /**
   * Whether to stop at this iterate. `value` is F(u) where it is known; otherwise it is computed when a look is due.
   * Gives way to the event loop.
   */
  async stops(iteration: number, u: Float64Array, value: Float64Array | undefined): Promise<boolean> {
    const due = this.#every > 0 ? iteration % this.#every === 0 : value !== undefined;
    if (due) {
      const known = value ?? this.#evaluated(u, this.#tolerance > 0);
      this.#look(iteration, u, known);
      if (this.#residual <= this.#tolerance) return true;
    }
    return this.exhausted();
  }

  /** Whether the budget is spent, for loops within an iteration. Gives way to the event loop. */
  async exhausted(): Promise<boolean> {
    if (this.#pace.due()) await this.#pace.rest(Math.min(this.evaluations, this.#budget));
    return this.evaluations >= this.#budget;
  }

  /** The result at the last iterate, whose true residual is computed where it is not known. */
  result(iterations: number, u: Float64Array): InclusionResult {
    if (this.#history.at(-1)?.iteration !== iterations) this.#look(iterations, u, this.#evaluated(u, false));
    const converged = this.#residual <= this.#tolerance;
    this.#pace.finish();
    return {
      u,
      residual: this.#residual,
      evaluations: this.evaluations,
      epochs: this.evaluations / this.n,
      iterations,
      converged,
      stop: converged ? "tolerance" : "maxEvaluations",
      monotone: this.#monotone,
      history: this.#history,
    };
  }

  #evaluated(u: Float64Array, counted: boolean): Float64Array {
    const value = new Float64Array(this.dimension);
    this.#f.full(u, value);
    if (counted) this.evaluations += this.n;
    return value;
  }

  #look(iteration: number, u: Float64Array, value: Float64Array): void {
    const work = this.#work;
    for (let j = 0; j < u.length; j++) work[j] = u[j]! - value[j]!;
    this.#g.apply(work, 1);
    let squares = 0;
    let inner = 0;
    let scale = 0;
    for (let j = 0; j < u.length; j++) {
      squares += (u[j]! - work[j]!) ** 2;
      const along = u[j]! - this.#atSeen[j]!;
      const change = value[j]! - this.#seen[j]!;
      inner += along * change;
      scale += along * along + change * change;
    }
    if (this.#hasSeen && inner < -1e-8 * scale) this.#monotone = false;
    this.#atSeen.set(u);
    this.#seen.set(value);
    this.#hasSeen = true;
    const residual = Math.sqrt(squares);
    if (!Number.isFinite(residual)) this.#refuse(iteration, u);
    const first = this.#history[0]?.residual ?? residual;
    if (residual > 1e8 * first && first > 0)
      throw new NumericalError("the iteration diverges: the step size is too large", {
        iteration,
        residual,
        first,
      });
    this.#residual = residual;
    this.#history.push({ iteration, epochs: this.evaluations / this.n, residual });
  }

  /** Names the component that is not finite, if it is one. */
  #refuse(iteration: number, u: Float64Array): never {
    if (u.every(Number.isFinite)) {
      for (let i = 0; i < this.n && this.#f.draw === undefined; i++) {
        const value = new Float64Array(this.dimension);
        this.#f.component(i, u, value, 1);
        if (!value.every(Number.isFinite))
          throw new NumericalError(`component ${i} of F is not finite`, { iteration, component: i });
      }
    }
    throw new NumericalError("the iteration diverges: the step size is too large", { iteration });
  }
}

/** A step given by the caller, or the default. */
export function requireStep(options: InclusionOptions, otherwise: () => number): number {
  if (options.stepSize === undefined) return otherwise();
  const step = requireFinite("options.stepSize", options.stepSize);
  if (step <= 0) throw new InvalidInputError("options.stepSize", `expected a positive number, got ${step}`);
  return step;
}
