import { InvalidInputError, show } from "../core/errors.ts";
import { readBytes, writeAtomically } from "../core/io/index.ts";
import {
  type AttributeProto,
  decodeModel,
  type ExternalData,
  encodeModel,
  externalDataBeside,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "../core/tensor/index.ts";

/** An ONNX file as plain objects, with every tensor in it, and the size of what it was read from. */
export interface OnnxModel {
  readonly proto: ModelProto;
  /** Bytes of the file and of the files beside it that its tensors lay in. */
  readonly bytes: number;
}

/** Largest message that protobuf allows. */
const largestFile = 2 ** 31 - 1;

/**
 * Reads an ONNX model. Tensors kept in files beside it are taken in, so that what is written later is one file.
 * Fields of the format that have no meaning here (training information, annotations of quantisation) are kept as they are.
 *
 * @param external reads tensors outside the file; without it such models are refused
 * @throws InvalidInputError when the bytes are no model
 */
export function parseOnnxModel(bytes: Uint8Array, external?: ExternalData): OnnxModel {
  const proto = decodeModel(bytes);
  let outside = 0;
  const taken = mapTensors(proto.graph, (tensor) => {
    if (tensor.dataLocation !== 1) return tensor;
    const { externalData: entries, dataLocation: _, ...rest } = tensor;
    const of = (key: string) => entries?.find((entry) => entry.key === key)?.value;
    const location = of("location");
    if (external === undefined || location === undefined)
      throw new InvalidInputError(
        `tensor ${show(tensor.name ?? "")}`,
        "lies in a file beside its model; read the model from its path",
      );
    const length = of("length");
    const rawData = external(
      location,
      Number(of("offset") ?? 0),
      length === undefined ? undefined : Number(length),
    );
    outside += rawData.length;
    return { ...rest, rawData };
  });
  return { proto: { ...proto, graph: taken }, bytes: bytes.length + outside };
}

/** {@link parseOnnxModel} of a file and of those beside it. */
export async function readOnnxModel(path: string): Promise<OnnxModel> {
  try {
    return parseOnnxModel(await readBytes(path), externalDataBeside(path));
  } catch (cause) {
    if (!(cause instanceof InvalidInputError) || cause.argument === path) throw cause;
    throw new InvalidInputError(path, cause.message, { cause });
  }
}

/** The bytes of a model. @throws InvalidInputError when they are more than a file of this format can have */
export function formatOnnxModel(model: OnnxModel): Uint8Array {
  let size = 0;
  mapTensors(model.proto.graph, (tensor) => {
    size += tensor.rawData?.length ?? 0;
    return tensor;
  });
  if (size > largestFile)
    throw new InvalidInputError(
      "model",
      `its tensors take ${size} bytes; one ONNX file holds ${largestFile}`,
    );
  return encodeModel(model.proto);
}

/** Writes a model so that its name never shows an incomplete file. Returns the number of bytes. */
export async function writeOnnxModel(path: string, model: OnnxModel): Promise<number> {
  const bytes = formatOnnxModel(model);
  await writeAtomically(path, (file) => file.write(bytes));
  return bytes.length;
}

/** The graph with its tensors replaced, those in attributes and inner graphs included. */
export function mapTensors(graph: GraphProto, change: (tensor: TensorProto) => TensorProto): GraphProto {
  return {
    ...graph,
    initializer: (graph.initializer ?? []).map(change),
    node: graph.node.map((node) =>
      mapAttributes(node, (attribute) => ({
        ...attribute,
        ...(attribute.t && { t: change(attribute.t) }),
        ...(attribute.g && { g: mapTensors(attribute.g, change) }),
        ...(attribute.tensors && { tensors: attribute.tensors.map(change) }),
        ...(attribute.graphs && { graphs: attribute.graphs.map((inner) => mapTensors(inner, change)) }),
      })),
    ),
  };
}

function mapAttributes(node: NodeProto, change: (attribute: AttributeProto) => AttributeProto): NodeProto {
  const { attribute } = node;
  if (!attribute?.some(({ t, g, tensors, graphs }) => t || g || tensors?.length || graphs?.length))
    return node;
  return { ...node, attribute: attribute.map(change) };
}

/** Graphs directly inside a node: branches of `If`, bodies of `Loop` and `Scan`. */
export function innerGraphs(node: NodeProto): readonly GraphProto[] {
  return (node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
}

/** The node with its inner graphs replaced. */
export function withInnerGraphs(node: NodeProto, change: (graph: GraphProto) => GraphProto): NodeProto {
  return mapAttributes(node, (attribute) => ({
    ...attribute,
    ...(attribute.g && { g: change(attribute.g) }),
    ...(attribute.graphs && { graphs: attribute.graphs.map(change) }),
  }));
}
