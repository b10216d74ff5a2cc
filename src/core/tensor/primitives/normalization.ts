import { definePrimitive } from "../ir.ts";
import { isFloat, refuse, showType, type Type } from "../type.ts";

function requireFloat(operation: string, type: Type): void {
  if (!isFloat(type.dtype) || type.dtype === "float16")
    refuse(operation, `expected float32 or float64, got ${showType(type)}; cast it first`);
}

/** exp(x) over its sum along an axis. */
export const softmax = definePrimitive<{ readonly axis: number }>({
  name: "softmax",
  infer: ([x]) => {
    requireFloat("softmax", x!);
    return [x!];
  },
  vjp: ([g], _, [y], { axis }) => {
    if (g === undefined) return [undefined];
    const weighted = g.mul(y!);
    return [weighted.sub(y!.mul(weighted.sum(axis, true)))];
  },
  batch: ([x], _, { axis }) => [x!.softmax(axis + 1)],
  lower: (graph, inputs, { attributes: { axis } }) => graph.op("Softmax", inputs, { axis }),
});

/** Logarithm of the softmax, without underflow. */
export const logSoftmax = definePrimitive<{ readonly axis: number }>({
  name: "logSoftmax",
  infer: ([x]) => {
    requireFloat("logSoftmax", x!);
    return [x!];
  },
  vjp: ([g], _, [y], { axis }) => [g?.sub(y!.exp().mul(g.sum(axis, true)))],
  batch: ([x], _, { axis }) => [x!.logSoftmax(axis + 1)],
  lower: (graph, inputs, { attributes: { axis } }) => graph.op("LogSoftmax", inputs, { axis }),
});

/**
 * (x - mean) / sqrt(variance + epsilon) over the last `axes` axes; also gives the mean and the inverse
 * deviation, which the derivative uses again.
 */
export const normalize = definePrimitive<{ readonly axes: number; readonly epsilon: number }>({
  name: "normalize",
  infer: ([x], { axes }) => {
    requireFloat("normalize", x!);
    const kept = x!.shape.length - axes;
    const statistics = { dtype: x!.dtype, shape: x!.shape.map((extent, axis) => (axis < kept ? extent : 1)) };
    return [x!, statistics, statistics];
  },
  vjp: ([g, gMean, gInverse], [x], [y, , inverse], { axes }) => {
    const over = x!.shape.slice(-axes).map((_, i) => x!.shape.length - axes + i);
    const count = over.reduce((product, axis) => product * x!.shape[axis]!, 1);
    const parts = [];
    if (g !== undefined) {
      const centred = g.sub(g.mean(over, true)).sub(y!.mul(g.mul(y!).mean(over, true)));
      parts.push(centred.mul(inverse!));
    }
    if (gMean !== undefined) parts.push(gMean.mul(1 / count).broadcastTo(x!.shape));
    // d inverse / dx = -inverse^3 (x - mean) / n, and y = (x - mean) inverse.
    if (gInverse !== undefined)
      parts.push(
        gInverse
          .mul(inverse!)
          .mul(inverse!)
          .mul(-1 / count)
          .mul(y!),
      );
    return [parts.length === 0 ? undefined : parts.reduce((a, b) => a.add(b))];
  },
  batch: ([x], _, { axes, epsilon }) => x!.normalize(axes, epsilon),
  lower: (graph, [x], { inputs, attributes: { axes, epsilon } }) => {
    const { dtype, shape } = inputs[0]!;
    const scale = graph.filled(dtype, shape.slice(-axes), 1);
    return graph.ops("LayerNormalization", [x!, scale], { axis: -axes, epsilon: { float: epsilon } }, 3);
  },
  // The operator keeps its statistics, and epsilon, in single precision.
  expand: ([x], { axes, epsilon }) => {
    if (x!.dtype !== "float64") return undefined;
    const over = x!.shape.slice(-axes).map((_, i) => x!.shape.length - axes + i);
    const mean = x!.mean(over, true);
    const centred = x!.sub(mean);
    const inverse = centred.mul(centred).mean(over, true).add(epsilon).rsqrt();
    return [centred.mul(inverse), mean, inverse];
  },
});
