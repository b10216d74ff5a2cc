import { type Matrix, type NdArray, sizeOf } from "../core/array/index.ts";
import { InvalidInputError, show } from "../core/errors.ts";
import {
  attributeType,
  type GraphProto,
  type NodeProto,
  type OnnxSession,
  openOnnx,
} from "../core/tensor/index.ts";
import type { LinearLayer } from "./linear-layers.ts";
import { formatOnnxModel, innerGraphs, type OnnxModel, withInnerGraphs } from "./onnx-model.ts";
import { fromFloat16, matrix } from "./weights.ts";

/** Arrays for the inputs of a model, by name. */
export type Feeds = Readonly<Record<string, NdArray>>;

/** A value inside a network that is listened to. */
export interface ProbePoint {
  readonly graph: GraphProto;
  readonly value: string;
  /** Its element type. */
  readonly type: number;
}

/** What flows into or out of a node of a layer. */
export interface LayerPoint extends ProbePoint {
  readonly layer: LinearLayer;
  /** Which of the layer's readers. */
  readonly reader: number;
  readonly side: "input" | "output";
}

export function layerPoint(layer: LinearLayer, reader: number, side: LayerPoint["side"]): LayerPoint {
  const { node, graph } = layer.readers[reader]!;
  const value = side === "input" ? node.input[0]! : node.output[0]!;
  return { graph, value, type: layer.type, layer, reader, side };
}

/** A model whose inner values come out too. */
export interface Probe {
  /** The arrays at the points, undefined where a branch was not taken. */
  run(feeds: Feeds): Promise<(NdArray | undefined)[]>;
  release(): Promise<void>;
}

interface Tap {
  readonly name: string;
  readonly value: string;
  readonly type: number;
}

/** Opens a model so that each run also gives the values at some points, those in branches of `If` included. */
export async function openProbe(model: OnnxModel, points: readonly ProbePoint[]): Promise<Probe> {
  const taps = new Map<GraphProto, Tap[]>();
  for (const [i, { graph, value, type }] of points.entries())
    taps.set(graph, [...(taps.get(graph) ?? []), { name: `ockham_probe_${i}`, value, type }]);
  const tapped = expose(model.proto.graph, taps, { next: points.length });
  const probed = { ...model, proto: { ...model.proto, graph: tapped.graph } };
  const session: OnnxSession = await openOnnx(formatOnnxModel(probed));
  return {
    async run(feeds) {
      const results = await session.run(feeds);
      return points.map((_, i) => {
        const name = tapped.names.get(`ockham_probe_${i}`);
        const array = name === undefined ? undefined : results[name];
        return array === undefined || isUntaken(array) ? undefined : widened(array);
      });
    },
    release: () => session.release(),
  };
}

/** What a branch that lacks a value gives in its place. */
function isUntaken({ shape }: NdArray): boolean {
  return shape.length === 1 && shape[0] === 0;
}

/** Half-precision values as float32. */
function widened(array: NdArray): NdArray {
  if (array.dtype !== "float16") return array;
  const data = Float32Array.from(array.data as Uint16Array, fromFloat16);
  return { dtype: "float32", shape: array.shape, data };
}

interface Exposed {
  readonly graph: GraphProto;
  /** Names under which taps leave the graph. */
  readonly names: ReadonlyMap<string, string>;
  readonly types: ReadonlyMap<string, number>;
}

/** The graph with its taps, and those of the branches inside it, as further outputs. */
function expose(
  graph: GraphProto,
  taps: ReadonlyMap<GraphProto, readonly Tap[]>,
  counter: { next: number },
): Exposed {
  const names = new Map<string, string>();
  const types = new Map<string, number>();
  const nodes: NodeProto[] = [];
  for (const node of graph.node) {
    const branches = innerGraphs(node);
    if (node.opType !== "If" || branches.length === 0) {
      nodes.push(node);
      continue;
    }
    const exposed = branches.map((branch) => expose(branch, taps, counter));
    const all = exposed.flatMap((one) => [...one.names.keys()]);
    const outer = all.map(() => `ockham_probe_${counter.next++}`);
    let at = 0;
    const changed = withInnerGraphs(node, () => withOutputs(exposed[at++]!, all, exposed));
    nodes.push({ ...changed, output: [...changed.output, ...outer] });
    for (const [i, tap] of all.entries()) {
      names.set(tap, outer[i]!);
      types.set(tap, exposed.find((one) => one.types.has(tap))!.types.get(tap)!);
    }
  }
  for (const { name, value, type } of taps.get(graph) ?? []) {
    nodes.push({ opType: "Identity", input: [value], output: [name] });
    names.set(name, name);
    types.set(name, type);
  }
  const output = [...graph.output, ...[...names.values()].map((name) => ({ name }))];
  return { graph: { ...graph, node: nodes, output }, names, types };
}

/** A branch that gives all taps in one order: its own, and nothing for those of the other branch. */
function withOutputs(own: Exposed, all: readonly string[], branches: readonly Exposed[]): GraphProto {
  const { graph, names } = own;
  const nodes = [...graph.node];
  const kept = graph.output.slice(0, graph.output.length - names.size);
  const outputs = all.map((tap) => {
    const inner = names.get(tap);
    if (inner !== undefined) return { name: inner };
    const type = branches.find((one) => one.types.has(tap))!.types.get(tap)!;
    const name = `${tap}_absent`;
    const value = { dims: [0], dataType: type, rawData: new Uint8Array(0) };
    nodes.push({
      opType: "Constant",
      input: [],
      output: [name],
      attribute: [{ name: "value", type: attributeType.TENSOR, t: value }],
    });
    return { name };
  });
  return { ...graph, node: nodes, output: [...kept, ...outputs] };
}

/**
 * Samples of what flows at a point, [samples, features]: every position of a sequence or an image is one. Of more than
 * `most` samples every k-th is taken.
 */
export function samplesAt({ layer, reader, side }: LayerPoint, array: NdArray, most: number): Matrix {
  const { shape } = array;
  const data = array.data as Float32Array;
  const { node } = layer.readers[reader]!;
  const turned =
    layer.kind === "gemm" &&
    side === "input" &&
    node.attribute?.some(({ name, i }) => name === "transA" && Number(i ?? 0) !== 0) === true;
  const channelsFirst = layer.kind === "conv" || turned;
  const axis = turned ? 0 : layer.kind === "conv" ? 1 : shape.length - 1;
  const features = shape[axis]!;
  const inner = channelsFirst ? sizeOf(shape.slice(axis + 1)) : 1;
  const count = data.length / Math.max(1, features);
  const step = Math.max(1, Math.ceil(count / most));
  const rows = Math.ceil(count / step);
  const out = new Float64Array(rows * features);
  for (let row = 0, i = 0; i < count; i += step, row++) {
    const start = channelsFirst ? Math.floor(i / inner) * features * inner + (i % inner) : i * features;
    const stride = channelsFirst ? inner : 1;
    for (let j = 0; j < features; j++) out[row * features + j] = data[start + j * stride]!;
  }
  for (let p = 0; p < out.length; p++)
    if (!Number.isFinite(out[p]))
      throw new InvalidInputError(
        `layer ${show(layer.name)}`,
        `gives ${out[p]} at its ${side} for the calibration data`,
      );
  return matrix(rows, features, out);
}
