import type { Tensor } from "../../tensor.ts";
import type { Call, OperatorTable } from "../call.ts";

/**
 * Optimiser steps of the domain ai.onnx.preview.training: rate R, step count T, then `states` tensors for
 * each of the optimised ones (the tensor itself, its gradient, and its running statistics).
 */
function optimizer(
  states: number,
  update: (call: Call, rate: Tensor, step: Tensor, ...tensors: readonly Tensor[]) => readonly Tensor[],
): (call: Call) => readonly Tensor[] {
  return (call) => {
    const count = (call.inputs.length - 2) / states;
    const results = Array.from({ length: count }, (_, i) =>
      update(
        call,
        call.x(0).reshape([]),
        call.x(1).reshape([]).cast(call.x(0).dtype),
        ...Array.from({ length: states }, (_state, k) => call.x(2 + k * count + i)),
      ),
    );
    // All new tensors first, then all of each statistic.
    return Array.from({ length: states - 1 }, (_, k) => results.map((own) => own[k]!)).flat();
  };
}

export const training: OperatorTable = {
  Adagrad: optimizer(3, (call, rate, step, x, gradient, squares) => {
    const decayed = rate.div(step.mul(call.attributes.float("decay_factor", 0)).add(1));
    const g = x!.mul(call.attributes.float("norm_coefficient", 0)).add(gradient!);
    const sum = squares!.add(g.mul(g));
    return [x!.sub(decayed.mul(g).div(sum.sqrt().add(call.attributes.float("epsilon", 1e-6)))), sum];
  }),
  Adam: optimizer(4, (call, rate, step, x, gradient, first, second) => {
    const alpha = call.attributes.float("alpha", 0.9);
    const beta = call.attributes.float("beta", 0.999);
    const g = x!.mul(call.attributes.float("norm_coefficient", 0)).add(gradient!);
    const mean = first!.mul(alpha).add(g.mul(1 - alpha));
    const square = second!.mul(beta).add(g.mul(g).mul(1 - beta));
    const power = (base: number) => step.mul(Math.log(base)).exp().neg().add(1);
    const corrected = rate.mul(power(beta).sqrt()).div(power(alpha));
    const own = step.greater(0).where(corrected, rate);
    const next = x!.sub(own.mul(mean).div(square.sqrt().add(call.attributes.float("epsilon", 1e-6))));
    return [next.mul(1 - call.attributes.float("norm_coefficient_post", 0)), mean, square];
  }),
  Momentum: optimizer(3, (call, rate, step, x, gradient, velocity) => {
    const alpha = call.attributes.float("alpha", 0.9);
    const beta = call.attributes.float("beta", 1);
    const g = x!.mul(call.attributes.float("norm_coefficient", 0)).add(gradient!);
    const own = step.greater(0).where(step.full([], beta), step.full([], 1));
    const next = velocity!.mul(alpha).add(g.mul(own));
    const nesterov = call.attributes.text("mode", "standard") === "nesterov";
    return [x!.sub(rate.mul(nesterov ? g.add(next.mul(alpha)) : next)), next];
  }),
};
