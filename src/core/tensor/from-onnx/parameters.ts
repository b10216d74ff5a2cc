import type { NdArray } from "../../array/index.ts";
import {
  dtypeOfDataType,
  type ExternalData,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  toNdArray,
} from "../onnx/index.ts";
import { operators } from "./operators/index.ts";

/** Deepest nesting of functions that call one another and of graphs within graphs. */
export const deepestCalls = 64;

/** The tensor that a Constant node gives, where it has the form of one. */
export function constantTensor(node: NodeProto): TensorProto | undefined {
  if (node.opType !== "Constant" || standardDomain(node.domain ?? "") !== "ai.onnx") return undefined;
  return node.attribute?.find(({ name }) => name === "value")?.t;
}

/**
 * Arrays of all initializers and constants, those of branches and loop bodies included, and the names of
 * those that are weights. A name that occurs again in another graph gets a number.
 */
export function parametersOf(
  whole: GraphProto,
  data: ReadonlySet<string>,
  external: ExternalData | undefined,
): { arrays: Map<TensorProto, NdArray>; weightNames: Map<TensorProto, string> } {
  const arrays = new Map<TensorProto, NdArray>();
  const weightNames = new Map<TensorProto, string>();
  const occurrences = new Map<string, number>();
  const add = (tensor: TensorProto, name: string): void => {
    if (dtypeOfDataType(tensor.dataType) === undefined) return;
    const array = toNdArray(tensor, external);
    arrays.set(tensor, array);
    if (!data.has(name) || !array.dtype.startsWith("float") || array.shape.length === 0) return;
    const occurrence = (occurrences.get(name) ?? 0) + 1;
    occurrences.set(name, occurrence);
    weightNames.set(tensor, occurrence === 1 ? name : `${name}#${occurrence}`);
  };
  const visit = (graph: GraphProto, depth: number): void => {
    if (depth > deepestCalls) return;
    for (const tensor of graph.initializer ?? []) add(tensor, tensor.name ?? "");
    for (const node of graph.node) {
      const constant = constantTensor(node);
      if (constant !== undefined) add(constant, node.output[0] ?? "");
      for (const body of bodiesOf(node)) visit(body, depth + 1);
    }
  };
  visit(whole, 0);
  return { arrays, weightNames };
}

function bodiesOf(node: NodeProto): readonly GraphProto[] {
  return (node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
}

/** Names whose values are computed with, and names whose values decide shapes. */
export function usesOf(graph: GraphProto): { data: ReadonlySet<string>; fixed: ReadonlySet<string> } {
  const data = new Set(graph.output.map(({ name }) => name));
  const fixed = new Set<string>();
  const visit = (nodes: readonly NodeProto[], depth: number): void => {
    if (depth > deepestCalls) return;
    for (const node of nodes.toReversed()) {
      const bodies = bodiesOf(node);
      for (const body of bodies) {
        for (const [i, { name }] of body.output.entries()) {
          data.add(name);
          if (node.opType === "If" && fixed.has(node.output[i] ?? "")) fixed.add(name);
        }
        visit(body.node, depth + 1);
      }
      if (node.opType === "Shape" || node.opType === "Size") continue;
      const rule = operators.get(`${standardDomain(node.domain ?? "")}:${node.opType}`);
      const live = bodies.length > 0 || node.output.some((name) => data.has(name));
      const shaping = node.output.some((name) => fixed.has(name));
      for (const [i, name] of node.input.entries()) {
        const decides = rule?.fixed?.includes(i) ?? false;
        if (live && !decides) data.add(name);
        if (shaping || (live && decides)) fixed.add(name);
      }
    }
  };
  visit(graph.node, 0);
  return { data, fixed };
}

/** The standard domain has two names. */
export function standardDomain(domain: string): string {
  return domain === "" ? "ai.onnx" : domain;
}
