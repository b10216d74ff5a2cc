import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
} from "../errors.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../progress.ts";

/** Writes the gradient at `point` into `gradient` and returns the value. */
export type ValueAndGradient = (point: Float64Array, gradient: Float64Array) => number;

export interface LbfgsOptions extends LongCallOptions {
  /** Number of correction pairs; default 10. */
  readonly memory?: number;
  /** Stops when the largest component of the gradient is at most this; default 1e-5. */
  readonly gradientTolerance?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  /** Largest component of the gradient at `point`. */
  readonly gradientNorm: number;
  readonly iterations: number;
  readonly evaluations: number;
  /** False after `maxIterations`, or where rounding lets no step decrease the value any more. */
  readonly converged: boolean;
  /** Value before the first iteration and after each. */
  readonly history: readonly number[];
}

const sufficientDecrease = 1e-4;
const curvature = 0.9;

/**
 * Minimises a smooth function by limited-memory BFGS with a line search for the strong Wolfe conditions
 * (c1 = 1e-4, c2 = 0.9). Liu and Nocedal, "On the limited memory BFGS method for large scale optimization",
 * 1989; Nocedal and Wright, "Numerical Optimization", algorithms 7.4, 3.5 and 3.6.
 *
 * Throws NumericalError when value or gradient at `start` is not finite.
 */
export async function minimizeLbfgs(
  f: ValueAndGradient,
  start: Float64Array,
  options: LbfgsOptions = {},
): Promise<LbfgsResult> {
  requireKnownOptions("options", options, [
    ...longCallOptions,
    "memory",
    "gradientTolerance",
    "maxIterations",
  ]);
  const memory = requireInteger("options.memory", options.memory ?? 10, 1, 1000);
  const tolerance = requireFinite("options.gradientTolerance", options.gradientTolerance ?? 1e-5, 0);
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 1000, 0);
  if (!(start instanceof Float64Array)) throw new InvalidInputError("start", "expected a Float64Array");
  const size = start.length;
  const pace = new Pace(options, maxIterations);

  let point = start.slice();
  let gradient = new Float64Array(size);
  let value = f(point, gradient);
  let evaluations = 1;
  if (!Number.isFinite(value) || !gradient.every(Number.isFinite))
    throw new NumericalError("value or gradient at the start is not finite", { value });
  const history = [value];
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  const direction = new Float64Array(size);
  let iteration = 0;
  let stuck = false;
  while (iteration < maxIterations && largest(gradient) > tolerance && !stuck) {
    descend(gradient, pairs, direction);
    if (!(dot(direction, gradient) < 0)) {
      // Rounding spoiled the pairs: fall back to steepest descent.
      pairs.length = 0;
      descend(gradient, pairs, direction);
    }
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const search = wolfeSearch(f, point, value, gradient, direction, first);
    evaluations += search.evaluations;
    if (search.step === 0) {
      if (pairs.length === 0) stuck = true;
      pairs.length = 0;
      continue;
    }
    iteration++;
    const s = direction.map((component) => component * search.step);
    const y = search.gradient.map((component, i) => component - gradient[i]!);
    const sy = dot(s, y);
    if (sy > 1e-10 * dot(y, y)) {
      if (pairs.length === memory) pairs.shift();
      pairs.push({ s, y, rho: 1 / sy });
    }
    point = search.point;
    gradient = search.gradient;
    value = search.value;
    history.push(value);
    if (pace.due()) await pace.rest(iteration);
  }
  pace.finish();
  const gradientNorm = largest(gradient);
  return {
    point,
    value,
    gradientNorm,
    iterations: iteration,
    evaluations,
    converged: gradientNorm <= tolerance,
    history,
  };
}

/** `direction = -H gradient` by the two-loop recursion (algorithm 7.4). */
function descend(
  gradient: Float64Array,
  pairs: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly rho: number }[],
  direction: Float64Array,
): void {
  for (let i = 0; i < direction.length; i++) direction[i] = -gradient[i]!;
  const alphas = new Float64Array(pairs.length);
  for (let p = pairs.length - 1; p >= 0; p--) {
    const { s, y, rho } = pairs[p]!;
    alphas[p] = rho * dot(s, direction);
    addScaled(direction, -alphas[p]!, y);
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (let p = 0; p < pairs.length; p++) {
    const { s, y, rho } = pairs[p]!;
    addScaled(direction, alphas[p]! - rho * dot(y, direction), s);
  }
}

interface Trial {
  step: number;
  value: number;
  slope: number;
  point: Float64Array<ArrayBuffer>;
  gradient: Float64Array<ArrayBuffer>;
}

/** Algorithms 3.5 and 3.6, with cubic interpolation kept away from the ends. Step 0 means that none was found. */
function wolfeSearch(
  f: ValueAndGradient,
  origin: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: number,
): Trial & { evaluations: number } {
  const slope = dot(gradient, direction);
  let evaluations = 0;
  const attempt = (step: number): Trial => {
    const point = new Float64Array(origin.length);
    const trialGradient = new Float64Array(origin.length);
    for (let i = 0; i < point.length; i++) point[i] = origin[i]! + step * direction[i]!;
    const trialValue = f(point, trialGradient);
    evaluations++;
    const finite = Number.isFinite(trialValue);
    return {
      step,
      value: finite ? trialValue : Number.POSITIVE_INFINITY,
      slope: finite ? dot(trialGradient, direction) : Number.POSITIVE_INFINITY,
      point,
      gradient: trialGradient,
    };
  };
  const decreases = (trial: Trial): boolean => trial.value <= value + sufficientDecrease * trial.step * slope;
  const flat = (trial: Trial): boolean => Math.abs(trial.slope) <= -curvature * slope;
  const start: Trial = {
    step: 0,
    value,
    slope,
    point: Float64Array.from(origin),
    gradient: Float64Array.from(gradient),
  };

  let low = start;
  let high: Trial | undefined;
  let step = first;
  for (let round = 0; round < 20; round++) {
    const trial = attempt(step);
    if (!decreases(trial) || (round > 0 && trial.value >= low.value)) {
      high = trial;
      break;
    }
    if (flat(trial)) return { ...trial, evaluations };
    if (trial.slope >= 0) {
      high = low;
      low = trial;
      break;
    }
    low = trial;
    step *= 2;
  }
  for (let round = 0; high !== undefined && round < 30; round++) {
    const trial = attempt(cubicStep(low, high));
    if (!decreases(trial) || trial.value >= low.value) high = trial;
    else {
      if (flat(trial)) return { ...trial, evaluations };
      if (trial.slope * (high.step - low.step) >= 0) high = low;
      low = trial;
    }
  }
  // The best point with sufficient decrease, if not with the curvature condition.
  return { ...low, evaluations };
}

/** Minimiser of the cubic through both values and slopes (equation 3.59), kept within the middle 80 %. */
function cubicStep(low: Trial, high: Trial): number {
  const width = high.step - low.step;
  let step = low.step + width / 2;
  if (Number.isFinite(high.value) && Number.isFinite(high.slope)) {
    const d1 = low.slope + high.slope - (3 * (low.value - high.value)) / (low.step - high.step);
    const square = d1 * d1 - low.slope * high.slope;
    if (square >= 0) {
      const d2 = Math.sign(width) * Math.sqrt(square);
      const cubic = high.step - (width * (high.slope + d2 - d1)) / (high.slope - low.slope + 2 * d2);
      if (Number.isFinite(cubic)) step = cubic;
    }
  }
  const ends = [low.step + 0.1 * width, low.step + 0.9 * width] as const;
  return Math.min(Math.max(...ends), Math.max(Math.min(...ends), step));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, factor: number, vector: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * vector[i]!;
}

function largest(vector: Float64Array): number {
  let most = 0;
  for (const component of vector) most = Math.max(most, Math.abs(component));
  return most;
}
