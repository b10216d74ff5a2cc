import {
  InvalidInputError,
  NumericalError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  show,
} from "../core/errors.ts";
import { vectorNorm } from "../core/linalg/index.ts";
import { type LongCallOptions, longCallOptions, Pace } from "../core/progress.ts";
import { type RandomStream, randomStream } from "../core/random/index.ts";
import { exp, log1pExp } from "../core/special/index.ts";
import { type LabelledSamples, labelledSamples, type SampleRows } from "./labelled-samples.ts";
import { requireVector } from "./require-vector.ts";

export const separatorMethods = [
  "normalized-lr-gd",
  "lr-gd",
  "batch-perceptron",
  "normalized-batch-perceptron",
  "perceptron",
] as const;

export type SeparatorMethod = (typeof separatorMethods)[number];

const pickOrders = ["first", "cyclic", "random"] as const;

export interface SeparatorOptions extends LongCallOptions {
  /** Default "normalized-lr-gd". */
  readonly method?: SeparatorMethod;
  /** gamma, of the two methods that descend on the logistic loss; default 100. Any size is allowed. */
  readonly stepSize?: number;
  /** Most updates; default 100,000. */
  readonly maxIterations?: number;
  /** Appends a feature that is always 1, so that the hyperplane need not pass through 0; default false. */
  readonly bias?: boolean;
  /** Where to start; default 0. Its length is the number of features, and one more with `bias`. */
  readonly initial?: Float64Array;
  /** Which misclassified sample the perceptron takes: the first, the next after the last one, or any; default "cyclic". */
  readonly order?: (typeof pickOrders)[number];
  /** Records loss, gradient norm and accuracy after every so many updates; default 0, at the start and the end only. */
  readonly recordEvery?: number;
  /** Called with every iterate, before it is tested. The array is the iteration's own: copy what is to be kept. */
  readonly onIterate?: (iteration: number, theta: Float64Array) => void;
}

export interface SeparatorState {
  readonly iteration: number;
  /** `(1/n) sum log(1 + exp(-y_i a_i^T theta))`. */
  readonly loss: number;
  readonly gradientNorm: number;
  /** Share of samples with a margin strictly above 0. */
  readonly accuracy: number;
}

export interface SeparatorResult {
  /** Normal vector of the hyperplane; with `bias` its last entry is the constant. */
  readonly theta: Float64Array;
  /** Whether every sample has `y_i a_i^T theta > 0`. */
  readonly separated: boolean;
  /** The same as `separated`. */
  readonly converged: boolean;
  /** Updates made. */
  readonly iterations: number;
  /** Samples with a margin of at most 0, ascending. */
  readonly misclassified: Int32Array;
  /** `min_i y_i a_i^T theta / ||theta||`; 0 for theta = 0. */
  readonly margin: number;
  /**
   * Where separated: the most iterations that the theorem allows for data of this margin. The best margin may be
   * larger, and the bound then smaller.
   */
  readonly bound?: number;
  readonly history: readonly SeparatorState[];
}

/**
 * Finds a hyperplane `theta` with `y_i a_i^T theta > 0` for all samples, where there is one. Each update of
 * "normalized-lr-gd" is the gradient step on the logistic loss divided by the mean of `s_i = 1 / (1 + exp(y_i a_i^T
 * theta))`: every step size works, and the number of updates does not depend on the number of samples n. "lr-gd" is
 * plain gradient descent, which with large steps becomes n times slower in the worst case; "batch-perceptron" is its
 * limit as the step grows, divided by the step. Nothing is scaled or standardised: that would change margins.
 *
 * The iteration stops when every margin is strictly positive, tested before each update, or after `maxIterations`.
 * An update is one pass over the samples, 2 multiply-adds an entry. Deterministic but for `order: "random"`.
 *
 * Reference: Tyurin 2024, From Logistic Regression to the Perceptron Algorithm.
 *
 * @param x samples in rows
 * @param y one label a sample, exactly two values, of which the larger is the positive class
 * @throws InvalidInputError for what {@link SeparatorOptions} and the data may not be: values that are not finite, one
 *   class only, a row of zeros, equal rows with opposite labels
 */
export async function fitSeparator(
  x: SampleRows,
  y: ArrayLike<number>,
  options: SeparatorOptions = {},
): Promise<SeparatorResult> {
  requireKnownOptions("options", options, [
    ...longCallOptions,
    "method",
    "stepSize",
    "maxIterations",
    "bias",
    "initial",
    "order",
    "recordEvery",
    "onIterate",
  ]);
  const method = requireOneOf("options.method", options.method ?? "normalized-lr-gd", separatorMethods);
  const stepSize = requireFinite("options.stepSize", options.stepSize ?? 100, 0);
  if (stepSize === 0) throw new InvalidInputError("options.stepSize", "expected a positive number, got 0");
  const maxIterations = requireInteger("options.maxIterations", options.maxIterations ?? 100_000, 0);
  const recordEvery = requireInteger("options.recordEvery", options.recordEvery ?? 0, 0);
  const order = requireOneOf("options.order", options.order ?? "cyclic", pickOrders);
  const { bias = false, onIterate } = options;
  if (typeof bias !== "boolean")
    throw new InvalidInputError("options.bias", `expected true or false, got ${show(bias)}`);
  const samples = labelledSamples(x, y, bias, true);
  const theta =
    options.initial === undefined
      ? new Float64Array(samples.dimension)
      : requireVector("options.initial", options.initial, samples.dimension).slice();
  const stream = randomStream(options.seed ?? 0, "separator");
  const pace = new Pace(options, maxIterations);

  const step =
    method === "perceptron"
      ? perceptronStep(samples, order, stream)
      : batchStep(
          samples,
          method,
          stepSize,
          theta.every((value) => value === 0),
        );
  const history = [stateOf(samples, theta, 0)];
  let iteration = 0;
  for (; ; iteration++) {
    onIterate?.(iteration, theta);
    const separated = !step(theta, iteration < maxIterations);
    if (separated || iteration === maxIterations) break;
    if (!theta.every(Number.isFinite))
      throw new NumericalError("the separator overflows: the step size or the features are too large", {
        iteration: iteration + 1,
        stepSize,
      });
    if (recordEvery > 0 && (iteration + 1) % recordEvery === 0)
      history.push(stateOf(samples, theta, iteration + 1));
    if (pace.due()) await pace.rest(iteration);
  }
  pace.finish();
  if (history.at(-1)!.iteration !== iteration) history.push(stateOf(samples, theta, iteration));
  return resultOf(samples, theta, iteration, history, method, stepSize);
}

/** Makes one update, when it may, unless all margins are positive; returns whether some margin is not. */
type Step = (theta: Float64Array, may: boolean) => boolean;

/**
 * One fused pass: a sample's margin gives its weight at once, and the weighted sum is used only if some margin turned
 * out not positive. Then some weight is at least 1/2, so that the sum of weights cannot underflow.
 */
function batchStep(
  samples: LabelledSamples,
  method: Exclude<SeparatorMethod, "perceptron">,
  stepSize: number,
  fromZero: boolean,
): Step {
  const { rows, dimension, rowsOfPass } = samples;
  const sum = new Float64Array(dimension);
  const weights = new Float64Array(rowsOfPass);
  const logistic = method === "lr-gd" || method === "normalized-lr-gd";
  const normalized = method !== "lr-gd" && method !== "batch-perceptron";
  let first = true;
  return (theta, may) => {
    sum.fill(0);
    let total = 0;
    let wrong = false;
    for (let i = 0; i < rows; i += rowsOfPass) {
      const count = Math.min(rowsOfPass, rows - i);
      samples.margins(i, count, theta, weights);
      let some = false;
      for (let k = 0; k < count; k++) {
        const margin = weights[k]!;
        if (!(margin > 0)) wrong = true;
        const weight = logistic ? sigmoidOfMinus(margin) : margin > 0 ? 0 : 1;
        if (weight !== 0) some = true;
        weights[k] = weight;
        total += weight;
      }
      if (some) samples.addAll(i, count, weights, sum);
    }
    if (!wrong || !may) return wrong;
    // At 0 the logistic weights are all 1/2: the first step of the limit, and only that one.
    const half = method === "batch-perceptron" && first && fromZero ? 0.5 : 1;
    const scale = ((logistic ? stepSize : 1) * half) / (normalized ? total : rows);
    for (let j = 0; j < dimension; j++) theta[j]! += scale * sum[j]!;
    first = false;
    return true;
  };
}

/** One misclassified sample an update. */
function perceptronStep(
  samples: LabelledSamples,
  order: (typeof pickOrders)[number],
  stream: RandomStream,
): Step {
  const { rows } = samples;
  let next = 0;
  return (theta, may) => {
    const start = order === "cyclic" ? next : 0;
    let picked = -1;
    let wrong = 0;
    for (let k = 0; k < rows; k++) {
      const i = start + k < rows ? start + k : start + k - rows;
      if (samples.margin(i, theta) > 0) continue;
      wrong++;
      // Reservoir of one: every misclassified sample is as likely.
      if (order !== "random" || stream.integer(wrong) === 0) picked = i;
      if (order !== "random") break;
    }
    if (picked < 0 || !may) return picked >= 0;
    samples.add(picked, 1, theta);
    next = picked + 1 === rows ? 0 : picked + 1;
    return true;
  };
}

/** 1 / (1 + exp(m)), without overflow. */
function sigmoidOfMinus(margin: number): number {
  if (margin < 0) return 1 / (1 + exp(margin));
  const decay = exp(-margin);
  return decay / (1 + decay);
}

function stateOf(samples: LabelledSamples, theta: Float64Array, iteration: number): SeparatorState {
  const { rows, rowsOfPass } = samples;
  const gradient = new Float64Array(samples.dimension);
  const weights = new Float64Array(rowsOfPass);
  let loss = 0;
  let right = 0;
  for (let i = 0; i < rows; i += rowsOfPass) {
    const count = Math.min(rowsOfPass, rows - i);
    samples.margins(i, count, theta, weights);
    for (let k = 0; k < count; k++) {
      const margin = weights[k]!;
      if (margin > 0) right++;
      loss += log1pExp(-margin);
      weights[k] = -sigmoidOfMinus(margin) / rows;
    }
    samples.addAll(i, count, weights, gradient);
  }
  return { iteration, loss: loss / rows, gradientNorm: vectorNorm(gradient), accuracy: right / rows };
}

function resultOf(
  samples: LabelledSamples,
  theta: Float64Array,
  iterations: number,
  history: readonly SeparatorState[],
  method: SeparatorMethod,
  stepSize: number,
): SeparatorResult {
  const wrong: number[] = [];
  let smallest = Number.POSITIVE_INFINITY;
  let largestNorm = 0;
  const { rows, rowsOfPass } = samples;
  const margins = new Float64Array(rowsOfPass);
  for (let first = 0; first < rows; first += rowsOfPass) {
    const count = Math.min(rowsOfPass, rows - first);
    samples.margins(first, count, theta, margins);
    for (let k = 0; k < count; k++) {
      if (!(margins[k]! > 0)) wrong.push(first + k);
      smallest = Math.min(smallest, margins[k]!);
      largestNorm = Math.max(largestNorm, samples.squaredNorm(first + k));
    }
  }
  const length = vectorNorm(theta);
  const margin = length > 0 ? smallest / length : 0;
  const separated = wrong.length === 0;
  return {
    theta,
    separated,
    converged: separated,
    iterations,
    misclassified: Int32Array.from(wrong),
    margin,
    ...(separated && margin > 0
      ? { bound: iterationBound(Math.sqrt(largestNorm), margin, samples.rows, stepSize, method) }
      : {}),
    history,
  };
}

/**
 * The most updates from theta = 0 that theory allows a method, for data with `||a_i|| <= radius` and best margin
 * `margin`: R^2 / mu^2 for the perceptron and the normalised batch perceptron, n times that for the batch perceptron,
 * and with the logistic loss a term more that falls with the step size gamma: 2 ln(2n - 1) / (gamma mu^2), times n
 * for "lr-gd".
 */
export function iterationBound(
  radius: number,
  margin: number,
  n: number,
  stepSize: number,
  method: SeparatorMethod,
): number {
  requireFinite("radius", radius, 0);
  requireFinite("margin", margin, Number.MIN_VALUE);
  requireInteger("n", n, 1);
  requireFinite("stepSize", stepSize, Number.MIN_VALUE);
  requireOneOf("method", method, separatorMethods);
  const ratio = (radius / margin) ** 2;
  const late = (2 * Math.log(2 * n - 1)) / (stepSize * margin ** 2);
  switch (method) {
    case "perceptron":
    case "normalized-batch-perceptron":
      return ratio;
    case "batch-perceptron":
      return n * ratio;
    case "normalized-lr-gd":
      return ratio + late;
    case "lr-gd":
      return n * (ratio + late);
  }
}

/**
 * `min_i y_i a_i^T theta / ||theta||`: the distance of the nearest sample to the hyperplane, negative when one lies
 * on the wrong side. `theta` may have one entry more than there are features, the constant.
 */
export function separatorMargin(x: SampleRows, y: ArrayLike<number>, theta: Float64Array): number {
  requireVector("theta", theta);
  const columns = typeof x === "object" && x !== null && "indptr" in x ? x.cols : x?.shape?.[1];
  const samples = labelledSamples(x, y, theta.length === (columns ?? 0) + 1, false);
  requireVector("theta", theta, samples.dimension);
  const length = vectorNorm(theta);
  if (length === 0) throw new InvalidInputError("theta", "is zero: it is normal to no hyperplane");
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < samples.rows; i++) smallest = Math.min(smallest, samples.margin(i, theta));
  return smallest / length;
}
