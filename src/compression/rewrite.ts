import type { Matrix } from "../core/array/index.ts";
import {
  type AttributeProto,
  attributeType,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "../core/tensor/index.ts";
import type { LayerReader, LinearLayer } from "./linear-layers.ts";
import { innerGraphs, type OnnxModel, withInnerGraphs } from "./onnx-model.ts";
import { tensorOfValues, valuesOf } from "./weights.ts";

/** Two factors in place of a weight: y = second (first x) + shift, and whatever bias the layer has. */
export interface LowRankFactors {
  readonly kind: "factors";
  /** [rank, in]. */
  readonly first: Matrix;
  /** [out, rank]. */
  readonly second: Matrix;
  /** [out], added to the output beyond the layer's bias. */
  readonly shift?: Float64Array;
}

/** Another weight of the same shape, [out, in]. */
export interface ChangedWeight {
  readonly kind: "weight";
  readonly weight: Matrix;
  readonly shift?: Float64Array;
}

/** Chains of convolutions side by side, whose results are added. */
export interface ConvolutionChains {
  readonly kind: "convolutions";
  stepsFor(reader: LayerReader): readonly (readonly ConvolutionStep[])[];
}

/** One convolution of a chain that replaces another. */
export interface ConvolutionStep {
  /** [out, in / groups, ...window], row by row. */
  readonly kernel: Float64Array;
  readonly shape: readonly number[];
  /** Attributes beside those of the kernel's shape. */
  readonly attributes: readonly AttributeProto[];
}

/** What a layer becomes. */
export type Replacement = LowRankFactors | ChangedWeight | ConvolutionChains;

/**
 * The model with layers replaced. All readers of a weight are changed alike and share the new tensors, which are named
 * after the old one, `<name>__a` and `<name>__b`. Constants that nothing reads any more are dropped. The model given is
 * not changed.
 */
export function replaceLayers(
  model: OnnxModel,
  replacements: ReadonlyMap<LinearLayer, Replacement>,
): OnnxModel {
  if (replacements.size === 0) return model;
  const names = new Set<string>();
  collectNames(model.proto.graph, names);
  const unique = (wanted: string): string => {
    let name = wanted;
    for (let i = 2; names.has(name); i++) name = `${wanted}_${i}`;
    names.add(name);
    return name;
  };
  const added = new Map<GraphProto, TensorProto[]>();
  const changed = new Map<NodeProto, readonly NodeProto[]>();
  const folded = new Map<NodeProto, NodeProto>();
  for (const [layer, replacement] of replacements) {
    const store = (suffix: string, dims: readonly number[], values: Float64Array, graph = layer.owner) => {
      const name = unique(`${layer.name}${suffix}`);
      const tensor = tensorOfValues(name, dims, values, layer.type);
      added.set(graph, [...(added.get(graph) ?? []), tensor]);
      return name;
    };
    replaceOne(layer, replacement, { store, unique, changed, folded });
  }
  const rebuild = (graph: GraphProto): GraphProto => ({
    ...graph,
    initializer: [...(graph.initializer ?? []), ...(added.get(graph) ?? [])],
    node: graph.node.flatMap((node) => {
      const own = changed.get(node) ?? [folded.get(node) ?? node];
      return own.map((one) => (innerGraphs(one).length > 0 ? withInnerGraphs(one, rebuild) : one));
    }),
  });
  const { proto } = model;
  const graph = dropUnread(rebuild(proto.graph));
  // From version 4 on initializers need not be listed among the inputs.
  const irVersion = Number(proto.irVersion) < 4 ? 4 : proto.irVersion;
  return { ...model, proto: { ...proto, irVersion, graph } };
}

interface Workshop {
  store(suffix: string, dims: readonly number[], values: Float64Array, graph?: GraphProto): string;
  unique(name: string): string;
  readonly changed: Map<NodeProto, readonly NodeProto[]>;
  /** Additions of a bias that follow a product, with their new bias. */
  readonly folded: Map<NodeProto, NodeProto>;
}

function replaceOne(layer: LinearLayer, replacement: Replacement, shop: Workshop): void {
  if (replacement.kind === "convolutions") {
    for (const reader of layer.readers) replaceConvolution(reader, replacement.stepsFor(reader), shop);
    return;
  }
  // Products by a matrix have theirs as [in, out].
  const hold = (suffix: string, weight: Matrix, kernel: readonly number[]): string => {
    const [out, inputs] = weight.shape as [number, number];
    if (layer.kind === "matmul") return shop.store(suffix, [inputs, out], transposed(weight));
    return shop.store(suffix, layer.kind === "conv" ? [out, ...kernel] : [out, inputs], weight.data);
  };
  const window = layer.kernel?.slice(1) ?? [];
  const { shift } = replacement;
  const out = layer.weight.shape[0]!;
  const steps: string[] = [];
  if (replacement.kind === "weight") steps.push(hold("__w", replacement.weight, window));
  else {
    const { first, second } = replacement;
    steps.push(hold("__a", first, window));
    steps.push(hold("__b", second, [first.shape[0]!, ...window.slice(1).map(() => 1)]));
  }
  for (const { node, graph, bias } of layer.readers) {
    const [input, output] = [node.input[0]!, node.output[0]!];
    const middle = steps.length > 1 ? shop.unique(`${output}__rank`) : undefined;
    const [firstWeight, lastWeight] = [steps[0]!, steps.at(-1)!];
    const from = middle ?? input;
    const nodes: NodeProto[] = [];
    if (layer.kind === "matmul") {
      if (middle !== undefined) nodes.push(product(node, [input, firstWeight], middle));
      if (shift === undefined || foldInto(graph, output, shift, layer, shop))
        nodes.push(product(node, [from, lastWeight], output));
      else {
        const bare = shop.unique(`${output}__product`);
        nodes.push(product(node, [from, lastWeight], bare));
        nodes.push({
          opType: "Add",
          input: [bare, shop.store("__bias", [out], shift, graph)],
          output: [output],
        });
      }
    } else {
      const total = bias || shift ? sum(bias, shift, out) : undefined;
      const biases = total === undefined ? [] : [shop.store("__bias", [out], total, graph)];
      const apply = (inputs: readonly string[], result: string, onInput: boolean): NodeProto =>
        layer.kind === "gemm"
          ? gemm(node, inputs, result, onInput ? transA(node) : 0)
          : convolve(node, inputs, result, onInput ? withoutKernelShape(node) : []);
      if (middle !== undefined) nodes.push(apply([input, firstWeight], middle, true));
      nodes.push(apply([from, lastWeight, ...biases], output, middle === undefined));
    }
    shop.changed.set(node, nodes);
  }
}

/** Chains of convolutions side by side, whose results are added. */
function replaceConvolution(
  { node, graph, bias }: LayerReader,
  branches: readonly (readonly ConvolutionStep[])[],
  shop: Workshop,
): void {
  const nodes: NodeProto[] = [];
  const output = node.output[0]!;
  let sumName: string | undefined;
  for (const [i, steps] of branches.entries()) {
    let value = node.input[0]!;
    for (const [j, { kernel, shape, attributes }] of steps.entries()) {
      const ends = j === steps.length - 1;
      const only = ends && branches.length === 1;
      const weight = shop.store(`__${i === 0 ? "" : i}${"abcd"[j]}`, shape, kernel);
      const takesBias = ends && i === 0 && bias !== undefined;
      const input = [value, weight, ...(takesBias ? [shop.store("__bias", [bias.length], bias, graph)] : [])];
      value = only ? output : shop.unique(`${output}__rank`);
      nodes.push(convolve(undefined, input, value, attributes));
    }
    if (branches.length === 1) continue;
    if (sumName === undefined) sumName = value;
    else {
      const next: string = i === branches.length - 1 ? output : shop.unique(`${output}__sum`);
      nodes.push({ opType: "Add", input: [sumName, value], output: [next] });
      sumName = next;
    }
  }
  shop.changed.set(node, nodes);
}

/** Adds a shift to the bias of the addition that alone follows a product; false where there is none. */
function foldInto(
  graph: GraphProto,
  value: string,
  shift: Float64Array,
  layer: LinearLayer,
  shop: Workshop,
): boolean {
  if (graph.output.some(({ name }) => name === value)) return false;
  const readers = graph.node.filter((node) => node.input.includes(value));
  const inner = graph.node.some((node) => innerGraphs(node).some((one) => readsOf(one).has(value)));
  const [add] = readers;
  if (inner || readers.length !== 1 || add!.opType !== "Add" || shop.folded.has(add!)) return false;
  const other = add!.input[0] === value ? add!.input[1]! : add!.input[0]!;
  const tensor =
    graph.initializer?.find(({ name }) => name === other) ??
    graph.node
      .find(({ opType, output }) => opType === "Constant" && output[0] === other)
      ?.attribute?.find(({ name }) => name === "value")?.t;
  if (tensor === undefined || tensor.dataType !== layer.type) return false;
  const dims = tensor.dims.map(Number);
  if (dims.at(-1) !== shift.length || dims.slice(0, -1).some((extent) => extent !== 1)) return false;
  const bias = valuesOf(other, tensor);
  const name = shop.store("__bias", dims, sum(bias, shift, shift.length), graph);
  shop.folded.set(add!, { ...add!, input: add!.input.map((one) => (one === other ? name : one)) });
  return true;
}

function sum(a: Float64Array | undefined, b: Float64Array | undefined, length: number): Float64Array {
  const total = new Float64Array(length);
  for (let i = 0; i < length; i++) total[i] = (a?.[i] ?? 0) + (b?.[i] ?? 0);
  return total;
}

function transposed({ shape, data }: Matrix): Float64Array {
  const [rows, cols] = shape as [number, number];
  const out = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) out[j * rows + i] = data[i * cols + j]!;
  return out;
}

const transA = (node: NodeProto): number =>
  Number(node.attribute?.find(({ name }) => name === "transA")?.i ?? 0);

function product(like: NodeProto, input: readonly string[], output: string): NodeProto {
  return { ...like, name: "", input, output: [output] };
}

/** A Gemm whose weight is [out, in]. */
function gemm(
  like: NodeProto | undefined,
  input: readonly string[],
  output: string,
  transA: number,
): NodeProto {
  const attribute = [
    { name: "transB", type: attributeType.INT, i: 1 },
    ...(transA ? [{ name: "transA", type: attributeType.INT, i: transA }] : []),
  ];
  return { ...like, opType: "Gemm", name: "", input, output: [output], attribute };
}

function convolve(
  like: NodeProto | undefined,
  input: readonly string[],
  output: string,
  attribute: readonly AttributeProto[],
): NodeProto {
  return { ...like, opType: "Conv", name: "", input, output: [output], attribute };
}

function withoutKernelShape(node: NodeProto): AttributeProto[] {
  return (node.attribute ?? []).filter(({ name }) => name !== "kernel_shape");
}

function collectNames(graph: GraphProto, names: Set<string>): void {
  for (const { name } of [...graph.input, ...graph.output, ...(graph.valueInfo ?? [])]) names.add(name);
  for (const { name } of graph.initializer ?? []) names.add(name ?? "");
  for (const node of graph.node) {
    for (const name of [...node.input, ...node.output]) names.add(name);
    for (const inner of innerGraphs(node)) collectNames(inner, names);
  }
}

/** Names that a graph's nodes and outputs read, inner graphs included. */
function readsOf(graph: GraphProto, reads = new Set<string>()): Set<string> {
  for (const { name } of graph.output) reads.add(name);
  for (const node of graph.node) {
    for (const name of node.input) reads.add(name);
    for (const inner of innerGraphs(node)) readsOf(inner, reads);
  }
  return reads;
}

/** Operators that only hand constants on. */
const carriers = new Set(["Constant", "Identity", "Transpose"]);

/** The graph without constants that nothing reads. */
function dropUnread(graph: GraphProto): GraphProto {
  let current: GraphProto = {
    ...graph,
    node: graph.node.map((node) => (innerGraphs(node).length > 0 ? withInnerGraphs(node, dropUnread) : node)),
  };
  for (;;) {
    const reads = readsOf(current);
    const unread = (name: string | undefined) => !reads.has(name ?? "");
    const dropped = new Set<string>();
    const constants = constantNames(current);
    const initializer = (current.initializer ?? []).filter(({ name }) => {
      if (!unread(name)) return true;
      dropped.add(name ?? "");
      return false;
    });
    const node = current.node.filter(
      ({ opType, output, input }) =>
        !(carriers.has(opType) && output.every(unread) && input.every((name) => constants.has(name))),
    );
    const input = current.input.filter(({ name }) => !dropped.has(name));
    const same = node.length === current.node.length && dropped.size === 0;
    current = { ...current, node, initializer, input };
    if (same) return current;
  }
}

/** Values that are constants, or handed on from constants. */
function constantNames(graph: GraphProto): Set<string> {
  const names = new Set((graph.initializer ?? []).map(({ name }) => name ?? ""));
  for (const { opType, input, output } of graph.node)
    if (carriers.has(opType) && input.every((name) => names.has(name)))
      for (const name of output) names.add(name);
  return names;
}
