import type { GraphProto, NodeProto, TensorProto } from "../core/tensor/index.ts";
import { dataType } from "../core/tensor/index.ts";
import { formatOnnxModel, innerGraphs, mapTensors, type OnnxModel } from "./onnx-model.ts";
import { type Feeds, openProbe, type ProbePoint } from "./probe.ts";
import { floatTypes, numbersOf } from "./weights.ts";

/** What a model takes. */
export interface ModelSize {
  /** Floating-point numbers stored in it. */
  readonly params: number;
  /** Those that are not zero. */
  readonly nonZero: number;
  /** Bytes of its file. */
  readonly bytes: number;
}

export function modelSize(model: OnnxModel): ModelSize {
  let params = 0;
  let nonZero = 0;
  mapTensors(model.proto.graph, (tensor: TensorProto) => {
    if (!floatTypes.includes(tensor.dataType)) return tensor;
    const values = numbersOf(tensor);
    params += values.length;
    for (const value of values) if (value !== 0) nonZero++;
    return tensor;
  });
  return { params, nonZero, bytes: formatOnnxModel(model).length };
}

/**
 * Multiply-adds of the convolutions and matrix products of one run, zeros included. A figure for comparison: time is
 * measured, see {@link compareLatency}.
 */
export async function multiplyAdds(model: OnnxModel, feeds: Feeds): Promise<number> {
  const found: { node: NodeProto; graph: GraphProto }[] = [];
  const visit = (graph: GraphProto): void => {
    for (const node of graph.node) {
      if (node.opType === "Conv" || node.opType === "Gemm" || node.opType === "MatMul")
        found.push({ node, graph });
      if (node.opType === "If") for (const inner of innerGraphs(node)) visit(inner);
    }
  };
  visit(model.proto.graph);
  const type = dataType.FLOAT;
  const points = found.flatMap(({ node, graph }): ProbePoint[] => [
    { graph, value: node.output[0]!, type },
    { graph, value: node.input[1]!, type },
  ]);
  const probe = await openProbe(model, points);
  try {
    const arrays = await probe.run(feeds);
    let total = 0;
    for (const [i, { node }] of found.entries()) {
      const [output, weight] = [arrays[2 * i], arrays[2 * i + 1]];
      if (output === undefined || weight === undefined) continue;
      const { shape } = weight;
      const transB = node.attribute?.some(({ name, i }) => name === "transB" && Number(i ?? 0) !== 0);
      const inner =
        node.opType === "Conv"
          ? shape.slice(1).reduce((product, extent) => product * extent, 1)
          : shape.length > 1 && !transB
            ? shape.at(-2)!
            : shape.at(-1)!;
      total += output.data.length * inner;
    }
    return total;
  } finally {
    await probe.release();
  }
}
