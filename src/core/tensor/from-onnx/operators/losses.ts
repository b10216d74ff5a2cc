import type { Tensor } from "../../tensor.ts";
import { type Call, floating, type OperatorTable } from "../call.ts";

/** Minus the scores [N, C, ...] at the targets [N, ...], weighted by class. */
function negativeLogLikelihood(call: Call, scores: Tensor, weightInput: number): Tensor {
  const classes = scores.shape[1]!;
  const raw = call.x(1).cast("int64");
  const ignored = call.attributes.optionalInt("ignore_index");
  // An ignored target may lie outside the classes: class 0 stands in for it, with weight 0.
  const skipped = ignored === undefined ? undefined : raw.equal(ignored);
  const target = skipped === undefined ? raw : skipped.where(raw.zerosLike(), raw);
  const picked = scores.takeAlong(target.expandDims(1), 1).reshape(target.shape).neg();
  let weights = call.has(weightInput)
    ? call.x(weightInput).cast(scores.dtype).reshape([classes]).gather(target, 0)
    : undefined;
  if (skipped !== undefined) weights = skipped.where(picked.zerosLike(), weights ?? picked.onesLike());
  const losses = weights === undefined ? picked : picked.mul(weights);
  switch (call.attributes.text("reduction", "mean")) {
    case "none":
      return losses;
    case "sum":
      return losses.sum();
    default:
      return weights === undefined ? losses.mean() : losses.sum().div(weights.sum());
  }
}

export const losses: OperatorTable = {
  NegativeLogLikelihoodLoss: (call) =>
    negativeLogLikelihood(call, floating(call.x(0)), 2).cast(call.x(0).dtype),
  SoftmaxCrossEntropyLoss: (call) => {
    const scores = floating(call.x(0)).logSoftmax(1);
    return [negativeLogLikelihood(call, scores, 2).cast(call.x(0).dtype), scores.cast(call.x(0).dtype)];
  },
};
