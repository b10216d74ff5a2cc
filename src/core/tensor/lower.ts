import { InvalidInputError } from "../errors.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { type Node, reachable } from "./ir.ts";
import * as structure from "./primitives/structure.ts";
import { apply, type Tensor } from "./tensor.ts";
import { showType } from "./type.ts";

/**
 * Rewrites tensors into what ONNX Runtime is to compute: identities vanish, operations are replaced by
 * their expansions, and nodes that have become equal are merged (the caller has interning on).
 */
export function rewrite(outputs: readonly Tensor[]): Tensor[] {
  const final = new Map<Tensor, Tensor>();
  const settle = (tensors: readonly Tensor[]): void => {
    for (const node of reachable(tensors, ({ outputs }) => final.has(outputs[0]!))) {
      if (final.has(node.outputs[0]!)) continue;
      const results = rewriteNode(node);
      for (const [i, y] of node.outputs.entries()) {
        final.set(y, results[i]!);
        // What is final stays as it is when an expansion leads back to it.
        if (!final.has(results[i]!)) final.set(results[i]!, results[i]!);
      }
    }
  };
  const rewriteNode = (node: Node): readonly Tensor[] => {
    const { primitive, attributes } = node;
    if (primitive === structure.input) return node.outputs;
    const inputs = node.inputs.map((x) => final.get(x)!);
    if (primitive.alias) return node.outputs.map((_, i) => inputs[i]!);
    const expanded = primitive.expand?.(inputs, attributes);
    if (expanded === undefined) {
      const results = apply(primitive, inputs, attributes);
      // Simplification may have led to another operation, which has an expansion of its own.
      if (results[0]!.node.primitive === primitive) return results;
      settle(results);
      return results.map((y) => final.get(y)!);
    }
    settle(expanded);
    return expanded.map((y) => final.get(y)!);
  };
  settle(outputs);
  return outputs.map((y) => final.get(y)!);
}

/** Writes the nodes that `outputs` depend on; `names` maps inputs to names and is extended to all tensors. */
export function lower(outputs: readonly Tensor[], names: Map<Tensor, string>): GraphBuilder {
  const graph = new GraphBuilder();
  for (const node of reachable(outputs)) {
    const { primitive } = node;
    if (primitive === structure.input) {
      const [x] = node.outputs;
      if (!names.has(x!))
        throw new InvalidInputError(
          "compile",
          `the result depends on a tensor of ${showType(x!)} that belongs to another trace`,
        );
      continue;
    }
    if (primitive.lower === undefined)
      throw new InvalidInputError(primitive.name, `has no form in ONNX for ${showType(node.outputs[0]!)}`);
    const inputs = node.inputs.map((x) => names.get(x)!);
    const results = primitive.lower(graph, inputs, node);
    const list = typeof results === "string" ? [results] : results;
    for (const [i, y] of node.outputs.entries()) names.set(y, list[i]!);
  }
  return graph;
}
