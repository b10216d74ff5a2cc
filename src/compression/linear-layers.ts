import type { Matrix } from "../core/array/index.ts";
import {
  type AttributeProto,
  dataTypeName,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from "../core/tensor/index.ts";
import { innerGraphs, type OnnxModel } from "./onnx-model.ts";
import { floatTypes, matrix, valuesOf } from "./weights.ts";

/** A node that applies a layer's weight. */
export interface LayerReader {
  readonly node: NodeProto;
  readonly graph: GraphProto;
  /** What the node itself adds: the bias of a Gemm or Conv, if it is a constant. */
  readonly bias?: Float64Array;
}

export type LayerKind = "gemm" | "matmul" | "conv";

/**
 * A linear map of a model: a weight and the nodes that apply it, usually one. Nodes that share a weight are one layer,
 * so that they are always changed alike.
 */
export interface LinearLayer {
  /** Name of the weight's tensor; with `#2`, `#3`, ... where inner graphs use one name for several. */
  readonly name: string;
  readonly kind: LayerKind;
  /** [out, in]; of a convolution [out, channels x window]. */
  readonly weight: Matrix;
  /** Shape of a convolution's kernel, [out, channels, ...window]. */
  readonly kernel?: readonly number[];
  readonly readers: readonly LayerReader[];
  /** Element type of the weight in the file. */
  readonly type: number;
  /** Where the weight lies. */
  readonly owner: GraphProto;
}

/** A node that has a weight, but not in a form that is factored. */
export interface UnsupportedLayer {
  readonly name: string;
  readonly op: string;
  /** Why. */
  readonly problem: string;
}

export interface LayerList {
  readonly layers: readonly LinearLayer[];
  readonly unsupported: readonly UnsupportedLayer[];
}

/** A constant value of a graph, followed through Identity and Transpose. */
interface Constant {
  readonly tensor: TensorProto;
  readonly owner: GraphProto;
  readonly transposed: boolean;
  /** Name of the value that holds the tensor itself. */
  readonly source: string;
}

/** Nodes with weights that are left as they are, and why. */
const unsupportedOperators: Readonly<Record<string, readonly [input: number, problem: string]>> = {
  Gather: [0, "a table of embeddings"],
  ConvTranspose: [1, "a transposed convolution"],
  LSTM: [1, "the operator takes its recurrent weights whole"],
  GRU: [1, "the operator takes its recurrent weights whole"],
  RNN: [1, "the operator takes its recurrent weights whole"],
  MatMulInteger: [1, "quantised"],
  ConvInteger: [1, "quantised"],
  QLinearMatMul: [3, "quantised"],
  QLinearConv: [3, "quantised"],
  MatMulNBits: [1, "quantised"],
  DynamicQuantizeMatMul: [1, "quantised"],
  Einsum: [1, "an Einsum"],
};

const recurrent: ReadonlySet<string> = new Set(["LSTM", "GRU", "RNN"]);

/** Values of one graph, those of the graphs around it included. */
class Scope {
  readonly #constants = new Map<string, Constant>();
  readonly #quantised = new Set<string>();
  readonly #local = new Set<string>();
  readonly #outer: Scope | undefined;
  readonly graph: GraphProto;

  constructor(graph: GraphProto, outer: Scope | undefined) {
    this.graph = graph;
    this.#outer = outer;
    for (const { name } of graph.input) this.#local.add(name);
    for (const tensor of graph.initializer ?? []) this.#hold(tensor.name ?? "", tensor);
    for (const node of graph.node) this.#follow(node);
  }

  #hold(name: string, tensor: TensorProto): void {
    this.#local.add(name);
    this.#constants.set(name, { tensor, owner: this.graph, transposed: false, source: name });
  }

  #follow(node: NodeProto): void {
    const [output = ""] = node.output;
    for (const name of node.output) this.#local.add(name);
    const tensor = node.attribute?.find(({ name }) => name === "value")?.t;
    if (node.opType === "Constant" && tensor !== undefined) this.#hold(output, tensor);
    if (node.opType === "DequantizeLinear" && this.constant(node.input[0] ?? "") !== undefined)
      this.#quantised.add(output);
    if (node.opType !== "Identity" && node.opType !== "Transpose") return;
    const from = node.input[0] ?? "";
    if (this.isQuantised(from)) this.#quantised.add(output);
    const constant = this.constant(from);
    if (constant === undefined) return;
    if (node.opType === "Identity") this.#constants.set(output, constant);
    else if (constant.tensor.dims.length === 2)
      this.#constants.set(output, { ...constant, transposed: !constant.transposed });
  }

  constant(name: string): Constant | undefined {
    if (this.#local.has(name)) return this.#constants.get(name);
    return this.#outer?.constant(name);
  }

  isQuantised(name: string): boolean {
    if (this.#local.has(name)) return this.#quantised.has(name);
    return this.#outer?.isQuantised(name) ?? false;
  }
}

interface Found {
  readonly constant: Constant;
  readonly kind: LayerKind;
  /** Whether the tensor in the file, after `constant.transposed`, is [in, out] and not [out, in]. */
  readonly inFirst: boolean;
  readonly scale: number;
  readonly readers: LayerReader[];
}

/**
 * The linear maps of a model with constant weights: Gemm (any of its layouts), MatMul by a matrix, Conv in one group,
 * also those inside the branches of `If`; and beside them the nodes whose weights cannot be factored, each with the reason.
 * Weights may be initializers or Constant nodes, and pass through Identity and Transpose.
 */
export function linearLayers(model: OnnxModel): LayerList {
  const found = new Map<TensorProto, Found[]>();
  const unsupported: UnsupportedLayer[] = [];
  const embedded = new Set<TensorProto>();
  const visit = (graph: GraphProto, outer: Scope | undefined, looping: boolean): void => {
    const scope = new Scope(graph, outer);
    for (const node of graph.node) {
      if (node.opType === "Gather") {
        const table = scope.constant(node.input[0] ?? "")?.tensor;
        if (table !== undefined && floatTypes.includes(table.dataType)) embedded.add(table);
      }
      const result = examine(node, scope, looping);
      if (result === undefined) continue;
      if ("problem" in result) {
        unsupported.push(result);
        continue;
      }
      const same = found.get(result.constant.tensor) ?? [];
      const known = same.find((one) => one.kind === result.kind && sameLayout(one, result));
      if (known === undefined) found.set(result.constant.tensor, [...same, result]);
      else known.readers.push(...result.readers);
    }
    for (const node of graph.node)
      for (const inner of innerGraphs(node)) visit(inner, scope, looping || node.opType !== "If");
  };
  visit(model.proto.graph, undefined, false);

  const layers: LinearLayer[] = [];
  const names = new Map<string, number>();
  for (const [tensor, uses] of found) {
    const name = uniqueName(names, uses[0]!.constant.source);
    const refuse = (problem: string) => {
      for (const { readers } of uses)
        for (const { node } of readers) unsupported.push({ name, op: node.opType, problem });
    };
    if (embedded.has(tensor)) refuse("tied to a table of embeddings");
    else if (uses.length > 1) refuse("shared by nodes of different layouts");
    else layers.push(layerOf(name, uses[0]!));
  }
  return { layers, unsupported };
}

function sameLayout(a: Found, b: Found): boolean {
  if (a.inFirst !== b.inFirst || a.scale !== b.scale) return false;
  if (a.constant.transposed !== b.constant.transposed) return false;
  // Convolutions that share a kernel may differ in strides: each keeps its own attributes.
  return true;
}

function uniqueName(names: Map<string, number>, wanted: string): string {
  const count = (names.get(wanted) ?? 0) + 1;
  names.set(wanted, count);
  return count === 1 ? wanted : `${wanted}#${count}`;
}

function examine(node: NodeProto, scope: Scope, looping: boolean): Found | UnsupportedLayer | undefined {
  const { opType: op } = node;
  const known = unsupportedOperators[op];
  if (known !== undefined) {
    const constant = scope.constant(node.input[known[0]] ?? "");
    const large = constant !== undefined && constant.tensor.dims.length >= 2;
    if (large) return { name: constant.source, op, problem: known[1] };
    // Recurrent weights are often put together from parts by Slice and Concat.
    return recurrent.has(op) ? { name: node.input[known[0]] ?? "", op, problem: known[1] } : undefined;
  }
  if (op !== "Gemm" && op !== "MatMul" && op !== "Conv") return undefined;
  const weightName = node.input[1] ?? "";
  const refuse = (problem: string, name = weightName): UnsupportedLayer => ({ name, op, problem });
  if (scope.isQuantised(weightName)) return refuse("quantised");
  const constant = scope.constant(weightName);
  if (constant === undefined) {
    const first = scope.constant(node.input[0] ?? "");
    return first !== undefined && first.tensor.dims.length >= 2 && op !== "Conv"
      ? refuse("the weight is the first factor", first.source)
      : undefined;
  }
  const { tensor, source: name } = constant;
  if (!floatTypes.includes(tensor.dataType)) return refuse(`of type ${dataTypeName(tensor.dataType)}`, name);
  if (looping) return refuse("inside a loop", name);
  const attribute = (wanted: string): AttributeProto | undefined =>
    node.attribute?.find((one) => one.name === wanted);
  if (op === "Conv") {
    if (Number(attribute("group")?.i ?? 1) !== 1) return refuse("a grouped convolution", name);
    if (tensor.dims.length < 3) return refuse(`a kernel of ${tensor.dims.length} axes`, name);
    const bias = biasOf(node, scope, Number(tensor.dims[0]), 1);
    return bias === null
      ? refuse("its bias is computed", name)
      : { constant, kind: "conv", inFirst: false, scale: 1, readers: [readerOf(node, scope, bias)] };
  }
  if (tensor.dims.length !== 2) return refuse(`a weight of ${tensor.dims.length} axes`, name);
  if (op === "MatMul")
    return { constant, kind: "matmul", inFirst: true, scale: 1, readers: [readerOf(node, scope, undefined)] };
  const inFirst = Number(attribute("transB")?.i ?? 0) === 0;
  const outAxis = inFirst === constant.transposed ? 0 : 1;
  const bias = biasOf(node, scope, Number(tensor.dims[outAxis]), attribute("beta")?.f ?? 1);
  if (bias === null) return refuse("its bias is computed, or not one number an output", name);
  const scale = attribute("alpha")?.f ?? 1;
  return { constant, kind: "gemm", inFirst, scale, readers: [readerOf(node, scope, bias)] };
}

function readerOf(node: NodeProto, scope: Scope, bias: Float64Array | undefined): LayerReader {
  return { node, graph: scope.graph, ...(bias && { bias }) };
}

/** The constant bias of a node; undefined: none; null: one that is no constant vector. */
function biasOf(
  node: NodeProto,
  scope: Scope,
  outputs: number,
  beta: number,
): Float64Array | undefined | null {
  const name = node.input[2] ?? "";
  if (name === "") return undefined;
  const constant = scope.constant(name);
  if (constant === undefined || !floatTypes.includes(constant.tensor.dataType)) return null;
  const values = valuesOf(name, constant.tensor);
  const dims = constant.tensor.dims.map(Number);
  if (values.length === 1) return new Float64Array(outputs).fill(beta * values[0]!);
  if (values.length !== outputs || dims.at(-1) !== outputs) return null;
  return values.map((value) => beta * value);
}

function layerOf(name: string, { constant, kind, inFirst, scale, readers }: Found): LinearLayer {
  const { tensor, owner, transposed } = constant;
  const dims = tensor.dims.map(Number);
  const values = valuesOf(name, tensor);
  const common = { name, kind, readers, owner, type: tensor.dataType };
  if (kind === "conv")
    return { ...common, weight: matrix(dims[0]!, values.length / dims[0]!, values), kernel: dims };
  const [rows, cols] = dims as [number, number];
  const outFirst = inFirst === transposed;
  if (outFirst)
    return {
      ...common,
      weight: matrix(
        rows,
        cols,
        values.map((value) => scale * value),
      ),
    };
  const turned = new Float64Array(values.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < cols; j++) turned[j * rows + i] = scale * values[i * cols + j]!;
  return { ...common, weight: matrix(cols, rows, turned) };
}
