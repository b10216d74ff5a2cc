import { sizeOf } from "../../../array/index.ts";
import type { Tensor } from "../../tensor.ts";
import { type Call, floating, type OperatorTable, widened } from "../call.ts";

/** A vector of one number for each channel, shaped to go with [N, C, ...]. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return vector.cast(x.dtype).reshape(x.shape.map((extent, axis) => (axis === 1 ? extent : 1)).slice(1));
}

function batchNormalization(call: Call): Tensor[] {
  const input = call.x(0);
  const x = floating(input);
  const epsilon = call.attributes.float("epsilon", 1e-5);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => floating(call.x(i))) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const training = call.version >= 14 && call.attributes.int("training_mode", 0) !== 0;
  if (!training) {
    // One factor and one term for each channel: two passes over x, which the runtime can join to a convolution.
    const factor = scale.div(variance.cast(scale.dtype).add(epsilon).sqrt());
    const term = bias.cast(scale.dtype).sub(mean.cast(scale.dtype).mul(factor));
    return [x.mul(perChannel(factor, x)).add(perChannel(term, x)).cast(input.dtype)];
  }
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const own = x.mean(axes);
  const centred = x.sub(perChannel(own, x));
  const spread = centred.mul(centred).mean(axes);
  const y = centred
    .mul(perChannel(scale.div(spread.cast(scale.dtype).add(epsilon).sqrt()), x))
    .add(perChannel(bias, x));
  const momentum = call.attributes.float("momentum", 0.9);
  const running = (before: Tensor, now: Tensor) =>
    before.mul(momentum).add(now.cast(before.dtype).mul(1 - momentum));
  return [
    y.cast(input.dtype),
    running(mean, own).cast(call.x(3).dtype),
    running(variance, spread).cast(call.x(4).dtype),
  ];
}

function layerNormalization(call: Call): Tensor[] {
  const input = call.x(0);
  const x = floating(input);
  const axis = call.axis(x.shape.length, -1);
  const [y, mean, inverse] = x.normalize(x.shape.length - axis, call.attributes.float("epsilon", 1e-5)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const scaled = y.mul(call.x(1).cast(x.dtype));
  const bias = call.optional(2);
  return [(bias ? scaled.add(bias.cast(x.dtype)) : scaled).cast(input.dtype), mean, inverse];
}

function rmsNormalization(call: Call): Tensor {
  const axis = call.axis(call.x(0).shape.length, -1);
  const epsilon = call.attributes.float("epsilon", 1e-5);
  return widened([call.x(0), call.x(1)], (x, scale) => {
    const axes = x!.shape.map((_, own) => own).slice(axis);
    return x!.div(x!.mul(x!).mean(axes, true).add(epsilon).sqrt()).mul(scale!);
  });
}

/** Normalises each of the groups of channels of each sample, then scales channels (or groups, of old). */
function grouped(call: Call, groups: number): Tensor {
  return widened([call.x(0), call.x(1), call.x(2)], (x, scale, bias) => {
    const [n, c] = x!.shape as [number, number];
    const own = groups === 0 ? c : groups;
    const flat = x!.reshape([n, own, sizeOf(x!.shape) / (n * own)]);
    const y = flat.normalize(1, call.attributes.float("epsilon", 1e-5))[0]!;
    const perGroup = scale!.shape[0] === own && own !== c;
    if (perGroup) {
      const shape = [own, 1];
      return y.mul(scale!.reshape(shape)).add(bias!.reshape(shape)).reshape(x!.shape);
    }
    const shape = [c, ...x!.shape.slice(2).map(() => 1)];
    return y.reshape(x!.shape).mul(scale!.reshape(shape)).add(bias!.reshape(shape));
  });
}

export const normalization: OperatorTable = {
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  InstanceNormalization: (call) => grouped(call, 0),
  GroupNormalization: (call) => grouped(call, call.attributes.int("num_groups", 1)),
};
