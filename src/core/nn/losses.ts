import { InvalidInputError, requireFinite } from "../errors.ts";
import type { Tensor } from "../tensor/index.ts";

/**
 * Mean of -log softmax(logits)[label] over all rows: logits [..., classes], labels int [...]. With
 * `smoothing` e the target is (1 - e) on the label and e / classes on every class.
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
  const logProbabilities = logits.logSoftmax();
  const picked = labels.oneHot(classes, logits.dtype).mul(logProbabilities).sum();
  const hard = picked.mul(-1 / labels.size);
  if (smoothing === 0) return hard;
  const uniform = logProbabilities.sum().mul(-1 / logits.size);
  return hard.mul(1 - smoothing).add(uniform.mul(smoothing));
}

/** Mean of -y log p - (1 - y) log(1 - p) with p = sigmoid(logits); targets of the same shape in [0, 1]. */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  return logits.softplus().sub(logits.mul(targets)).mean();
}

/** Mean squared difference. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return prediction.sub(target).square().mean();
}

/** Mean absolute difference. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  return prediction.sub(target).abs().mean();
}

/** Quadratic within `delta` of the target, linear beyond: mean of the Huber function. */
export function huberLoss(prediction: Tensor, target: Tensor, delta = 1): Tensor {
  const distance = prediction.sub(target).abs();
  const inner = distance.minimum(delta);
  return inner.mul(inner).mul(0.5).add(distance.sub(inner).mul(delta)).mean();
}

/** Kullback-Leibler divergence sum p log(p / q) of softmax(target) from softmax(logits), mean over rows. */
export function klDivergence(logits: Tensor, targetLogits: Tensor): Tensor {
  const target = targetLogits.logSoftmax();
  const rows = logits.size / logits.shape.at(-1)!;
  return target
    .exp()
    .mul(target.sub(logits.logSoftmax()))
    .sum()
    .mul(1 / rows);
}
