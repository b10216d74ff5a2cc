import { InvalidInputError, requireFinite } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";

/** Broadcasting would turn a [N] beside a [N, 1] into a mean over all pairs, in silence. */
function requireSameShape(argument: string, expected: Tensor, given: Tensor): void {
  if (expected.shape.join() !== given.shape.join())
    throw new InvalidInputError(
      argument,
      `expected the shape [${expected.shape.join(", ")}], got [${given.shape.join(", ")}]`,
    );
}

/**
 * Mean of -log softmax(logits)[label] over all rows: logits [..., classes], labels int [...]. With
 * `smoothing` e the target is (1 - e) on the label and e / classes on every class. A label outside the classes,
 * such as -1 for padding, adds nothing (beyond the smoothing), but its row still counts in the mean.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  options: { readonly smoothing?: number } = {},
): Tensor {
  const smoothing = requireFinite("options.smoothing", options.smoothing ?? 0, 0, 1);
  const classes = logits.shape.at(-1);
  if (classes === undefined || logits.size !== labels.size * classes)
    throw new InvalidInputError(
      "labels",
      `shape [${labels.shape.join(", ")}] does not fit logits [${logits.shape.join(", ")}]`,
    );
  if (labels.dtype !== "int32" && labels.dtype !== "int64")
    throw new InvalidInputError("labels", `expected int32 or int64, got ${labels.dtype}`);
  const logProbabilities = logits.logSoftmax();
  const picked = labels.oneHot(classes, logits.dtype).mul(logProbabilities).sum();
  const hard = picked.mul(-1 / labels.size);
  if (smoothing === 0) return hard;
  const uniform = logProbabilities.sum().mul(-1 / logits.size);
  return hard.mul(1 - smoothing).add(uniform.mul(smoothing));
}

/** Mean of -y log p - (1 - y) log(1 - p) with p = sigmoid(logits); targets of the same shape in [0, 1]. */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  requireSameShape("targets", logits, targets);
  return logits.softplus().sub(logits.mul(targets)).mean();
}

/** Mean squared difference of two tensors of one shape. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  requireSameShape("target", prediction, target);
  return prediction.sub(target).square().mean();
}

/** Mean absolute difference of two tensors of one shape. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  requireSameShape("target", prediction, target);
  return prediction.sub(target).abs().mean();
}

/** Quadratic within `delta` of the target, linear beyond: mean of the Huber function. */
export function huberLoss(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  requireSameShape("target", prediction, target);
  const distance = prediction.sub(target).abs();
  const inner = distance.minimum(delta);
  return inner.mul(inner).mul(0.5).add(distance.sub(inner).mul(delta)).mean();
}

/** Kullback-Leibler divergence sum p log(p / q) of softmax(target) from softmax(logits), mean over rows. */
export function klDivergence(logits: Tensor, targetLogits: Tensor): Tensor {
  requireSameShape("targetLogits", logits, targetLogits);
  const target = targetLogits.logSoftmax();
  const rows = logits.size / logits.shape.at(-1)!;
  return target
    .exp()
    .mul(target.sub(logits.logSoftmax()))
    .sum()
    .mul(1 / rows);
}
