import { definePrimitive } from "../ir.ts";
import { broadcastShapes, isFloat, refuse, showType } from "../type.ts";

/** Product of matrices on the last two axes, broadcast over the axes before them. */
export const matmul = definePrimitive({
  name: "matmul",
  infer: ([a, b]) => {
    const inner = a!.shape.at(-1);
    if (a!.dtype !== b!.dtype || !isFloat(a!.dtype) || a!.dtype === "float16")
      refuse("matmul", `expected two of float32 or two of float64, got ${showType(a!)} and ${showType(b!)}`);
    if (inner !== b!.shape.at(-2))
      refuse("matmul", `inner extents differ: ${showType(a!)} times ${showType(b!)}`);
    const outer = broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return [{ dtype: a!.dtype, shape: [...outer, a!.shape.at(-2)!, b!.shape.at(-1)!] }];
  },
  vjp: ([g], [a, b]) => {
    if (g === undefined) return [undefined, undefined];
    const da = g.matmul(b!.swapAxes(-1, -2)).sumTo(a!.shape);
    if (b!.shape.length > 2) return [da, a!.swapAxes(-1, -2).matmul(g).sumTo(b!.shape)];
    // One product over all rows at once, not one for each matrix of the batch and a sum.
    const rows = a!.reshape([-1, a!.shape.at(-1)!]);
    return [da, rows.swapAxes(0, 1).matmul(g.reshape([-1, g.shape.at(-1)!]))];
  },
  batch: ([a, b], [aBatched, bBatched], _, size) => {
    const rank = Math.max(a!.shape.length - Number(aBatched), b!.shape.length - Number(bBatched));
    const align = (x: typeof a, batched: boolean | undefined) =>
      batched
        ? x!.reshape([
            size,
            ...Array.from({ length: rank - x!.shape.length + 1 }, () => 1),
            ...x!.shape.slice(1),
          ])
        : x!;
    return [align(a, aBatched).matmul(align(b, bBatched))];
  },
  lower: (graph, inputs) => graph.op("MatMul", inputs),
});

/**
 * Inverses of the matrices on the last two axes, by an operator that ONNX Runtime adds to the standard; a
 * singular matrix gives infinities or NaN.
 */
export const inverse = definePrimitive({
  name: "inverse",
  infer: ([x]) => {
    if (!isFloat(x!.dtype) || x!.shape.length < 2 || x!.shape.at(-1) !== x!.shape.at(-2))
      refuse("inverse", `expected square matrices of floats, got ${showType(x!)}`);
    return [x!];
  },
  vjp: ([g], _, [y]) => {
    const turned = y!.swapAxes(-1, -2);
    return [g && turned.matmul(g).matmul(turned).neg()];
  },
  batch: ([x]) => [x!.inverse()],
  lower: (graph, inputs) => graph.ops("Inverse", inputs, {}, 1, "com.microsoft"),
});
