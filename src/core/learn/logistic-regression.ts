import { type CsrMatrix, type Matrix, ndArray } from "../array/index.ts";
import {
  InvalidInputError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
} from "../errors.ts";
import { type LongCallOptions, longCallOptions } from "../progress.ts";
import { requireCsr } from "../sparse/index.ts";
import { type FeatureProducts, type Features, featureProducts } from "./features.ts";
import { minimizeLbfgs } from "./lbfgs.ts";

export interface LogisticRegressionOptions extends LongCallOptions {
  /** Inverse strength of the L2 penalty, which leaves the intercepts out; default 1. */
  readonly C?: number;
  /** Stops when no component of the mean loss' gradient exceeds this; default 1e-5. */
  readonly gradientTolerance?: number;
  /** Default 1000. */
  readonly maxIterations?: number;
}

export interface ClassifierOptions extends LogisticRegressionOptions {
  /** One softmax over all classes (default), or one sigmoid for each class. */
  readonly loss?: "multinomial" | "one-vs-rest";
}

/** Linear scores `X coefficients + intercepts`, one column a class or label. */
export interface LinearModel {
  /** Shape [features, classes]. */
  readonly coefficients: Matrix;
  readonly intercepts: Float64Array;
  readonly converged: boolean;
  readonly iterations: number;
  /** Shape [samples, classes]. */
  scores(features: Features): Matrix;
}

export interface ClassifierModel extends LinearModel {
  /** The classes that occurred in the labels, ascending: the meaning of the columns. */
  readonly classes: Int32Array;
  /** The class of the largest score for every sample; of equal scores the lower class. */
  predict(features: Features): Int32Array;
  /** Shape [samples, classes], rows sum to 1 (one-vs-rest: sigmoids divided by their sum). */
  probabilities(features: Features): Matrix;
}

const commonOptions = [...longCallOptions, "C", "gradientTolerance", "maxIterations"] as const;

/**
 * Logistic regression on samples of one class each: minimises
 * `C sum_i loss_i + |coefficients|^2 / 2` by L-BFGS, divided by `C samples`, to which the tolerance applies.
 * Two classes are treated like any number: "multinomial" gives each its own coefficients.
 *
 * Two products of the features with a [features, classes] block an evaluation.
 */
export async function fitLogisticRegression(
  features: Features,
  labels: ArrayLike<number>,
  options: ClassifierOptions = {},
): Promise<ClassifierModel> {
  requireKnownOptions("options", options, [...commonOptions, "loss"]);
  const loss = requireOneOf("options.loss", options.loss ?? "multinomial", ["multinomial", "one-vs-rest"]);
  const products = featureProducts("features", features);
  const own = requireLabels("labels", labels, products.rows);
  const classes = Int32Array.from(new Set(own)).sort();
  if (classes.length < 2)
    throw new InvalidInputError("labels", `expected at least 2 classes, got ${classes.length}`);
  const column = new Map(Array.from(classes, (label, k) => [label, k]));
  const indptr = Int32Array.from({ length: own.length + 1 }, (_, i) => i);
  const targets = { indptr, indices: Int32Array.from(own, (label) => column.get(label)!) };
  const model = await fitLinear(products, targets, classes.length, loss === "multinomial", options);
  return {
    ...model,
    classes,
    predict: (other) => {
      const { data, shape } = model.scores(other);
      const width = classes.length;
      return Int32Array.from({ length: shape[0]! }, (_, i) => {
        let best = 0;
        for (let k = 1; k < width; k++) if (data[i * width + k]! > data[i * width + best]!) best = k;
        return classes[best]!;
      });
    },
    probabilities: (other) => {
      const { data, shape } = model.scores(other);
      const width = classes.length;
      const result = new Float64Array(data.length);
      for (let i = 0; i < shape[0]!; i++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let k = 0; k < width; k++) most = Math.max(most, data[i * width + k]!);
        let sum = 0;
        for (let k = 0; k < width; k++) {
          const score = data[i * width + k]!;
          const value = loss === "multinomial" ? Math.exp(score - most) : sigmoid(score);
          result[i * width + k] = value;
          sum += value;
        }
        for (let k = 0; k < width; k++) result[i * width + k]! /= sum;
      }
      return ndArray("float64", [shape[0]!, width], result);
    },
  };
}

/**
 * One-vs-rest logistic regression on samples with any number of labels: `labels` is samples x labels, an entry
 * that is not zero where the sample has the label. The problems of the labels share no coefficient; they are
 * minimised together, which reads the features once for all. See {@link fitLogisticRegression}.
 */
export async function fitMultiLabelLogisticRegression(
  features: Features,
  labels: CsrMatrix,
  options: LogisticRegressionOptions = {},
): Promise<LinearModel> {
  requireKnownOptions("options", options, commonOptions);
  const products = featureProducts("features", features);
  const { indptr, indices, cols } = requireCsr("labels", labels, { rows: products.rows });
  if (cols === 0) throw new InvalidInputError("labels", "expected at least one column");
  return fitLinear(products, { indptr, indices }, cols, false, options);
}

async function fitLinear(
  products: FeatureProducts,
  targets: { readonly indptr: Int32Array; readonly indices: Int32Array },
  classes: number,
  softmax: boolean,
  options: LogisticRegressionOptions,
): Promise<LinearModel> {
  const { rows, cols } = products;
  if (rows === 0) throw new InvalidInputError("features", "expected at least one sample");
  const C = requireFinite("options.C", options.C ?? 1, Number.MIN_VALUE);
  // Coefficients [cols, width], then intercepts [width]; columns beyond the classes stay zero.
  const width = Math.ceil(classes / 8) * 8;
  const penalized = cols * width;
  const residuals = new Float64Array(rows * width);
  const shrink = 1 / (C * rows);

  const valueAndGradient = (point: Float64Array, gradient: Float64Array): number => {
    products.forward(point.subarray(0, penalized), residuals, width);
    gradient.fill(0, penalized);
    let loss = 0;
    for (let i = 0; i < rows; i++) {
      const first = i * width;
      for (let k = 0; k < classes; k++) residuals[first + k]! += point[penalized + k]!;
      for (let t = targets.indptr[i]!; t < targets.indptr[i + 1]!; t++)
        loss -= residuals[first + targets.indices[t]!]!;
      loss += softmax
        ? softmaxInPlace(residuals, first, classes)
        : sigmoidsInPlace(residuals, first, classes);
      for (let t = targets.indptr[i]!; t < targets.indptr[i + 1]!; t++)
        residuals[first + targets.indices[t]!]! -= 1;
      for (let k = 0; k < classes; k++) gradient[penalized + k]! += residuals[first + k]!;
    }
    for (let k = penalized; k < penalized + classes; k++) gradient[k]! /= rows;
    products.backward(residuals, gradient.subarray(0, penalized), width);
    let square = 0;
    for (let j = 0; j < penalized; j++) {
      gradient[j] = gradient[j]! / rows + shrink * point[j]!;
      square += point[j]! * point[j]!;
    }
    return loss / rows + (shrink / 2) * square;
  };
  const { signal, onProgress, gradientTolerance = 1e-5, maxIterations = 1000 } = options;
  const { point, converged, iterations } = await minimizeLbfgs(
    valueAndGradient,
    new Float64Array(penalized + width),
    {
      gradientTolerance,
      maxIterations,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    },
  );
  const coefficients = new Float64Array(cols * classes);
  for (let j = 0; j < cols; j++)
    coefficients.set(point.subarray(j * width, j * width + classes), j * classes);
  const intercepts = point.slice(penalized, penalized + classes);
  return {
    coefficients: ndArray("float64", [cols, classes], coefficients),
    intercepts,
    converged,
    iterations,
    scores: (features) => {
      const other = featureProducts("features", features);
      if (other.cols !== cols)
        throw new InvalidInputError("features", `expected ${cols} columns as in the fit, got ${other.cols}`);
      const padded = new Float64Array(other.rows * width);
      other.forward(point.subarray(0, penalized), padded, width);
      const result = new Float64Array(other.rows * classes);
      for (let i = 0; i < other.rows; i++)
        for (let k = 0; k < classes; k++) result[i * classes + k] = padded[i * width + k]! + intercepts[k]!;
      return ndArray("float64", [other.rows, classes], result);
    },
  };
}

/** Scores become probabilities; returns log sum exp of the scores. */
function softmaxInPlace(scores: Float64Array, first: number, count: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = first; k < first + count; k++) most = Math.max(most, scores[k]!);
  let sum = 0;
  for (let k = first; k < first + count; k++) {
    scores[k] = Math.exp(scores[k]! - most);
    sum += scores[k]!;
  }
  for (let k = first; k < first + count; k++) scores[k]! /= sum;
  return most + Math.log(sum);
}

/** Scores become probabilities; returns the sum of log(1 + exp(score)). */
function sigmoidsInPlace(scores: Float64Array, first: number, count: number): number {
  let sum = 0;
  for (let k = first; k < first + count; k++) {
    const score = scores[k]!;
    sum += Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
    scores[k] = sigmoid(score);
  }
  return sum;
}

function sigmoid(score: number): number {
  if (score >= 0) return 1 / (1 + Math.exp(-score));
  const power = Math.exp(score);
  return power / (1 + power);
}

function requireLabels(argument: string, labels: ArrayLike<number>, samples: number): Int32Array {
  if (labels.length !== samples)
    throw new InvalidInputError(argument, `expected ${samples} labels, one a sample, got ${labels.length}`);
  return Int32Array.from(labels, (label, i) => requireInteger(`${argument}[${i}]`, label, 0, 2147483647));
}
