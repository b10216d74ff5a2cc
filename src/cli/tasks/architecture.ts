import { InvalidInputError } from "ockham";
import type { NdArray } from "ockham/array";
import { type OnnxModel, parseOnnxModel } from "ockham/compression";
import { convolution, heNormal, initConvolution, initLinear, linear, type Traced } from "ockham/nn";
import type { RandomStream } from "ockham/random";
import {
  type AttributeProto,
  attributeType,
  avgPool,
  dataType,
  encodeModel,
  maxPool,
  type NodeProto,
  type Tensor,
  type TensorProto,
  toTensorProto,
} from "ockham/tensor";

/** A layer of a network as the file that describes it names it. */
export type LayerDescription =
  | {
      readonly type: "convolution";
      readonly outputs: number;
      readonly window: number;
      readonly stride: number;
      readonly padding: number;
    }
  | { readonly type: "max-pool" | "average-pool"; readonly window: number; readonly stride: number }
  | { readonly type: "linear"; readonly outputs: number }
  | { readonly type: "relu" };

/** A layer with its name and what goes into it. */
interface PlacedLayer {
  readonly name: string;
  readonly layer: LayerDescription;
  /** [channels, height, width], or [features] behind the first linear layer. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** A chain of layers for pictures of one size. */
export interface Architecture {
  /** [channels, height, width]. */
  readonly input: readonly [number, number, number];
  readonly layers: readonly PlacedLayer[];
  readonly classes: number;
}

/** Parameters by the names of their layers. */
export type ArchitectureParams = Readonly<
  Record<string, { readonly kernel?: NdArray; readonly weight?: NdArray; readonly bias?: NdArray }>
>;

const fields: Readonly<Record<LayerDescription["type"], readonly string[]>> = {
  convolution: ["outputs", "window", "stride", "padding"],
  "max-pool": ["window", "stride"],
  "average-pool": ["window", "stride"],
  linear: ["outputs"],
  relu: [],
};

/**
 * Reads `{ "input": [channels, height, width], "layers": [{ "type": "convolution", "outputs": 16, "window": 3, "stride": 1,
 * "padding": 1 }, { "type": "relu" }, { "type": "max-pool", "window": 2 }, { "type": "linear", "outputs": 10 }] }`: strides
 * are 1, of pooling the window, and padding is 0 unless stated.
 */
export function parseArchitecture(path: string, text: string): Architecture {
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError(path, `expected JSON: ${(cause as Error).message}`);
  }
  const { input, layers } = (description ?? {}) as { input?: unknown; layers?: unknown };
  if (!Array.isArray(input) || input.length !== 3 || !input.every((extent) => isCount(extent, 1)))
    throw new InvalidInputError(
      `${path}, input`,
      "expected [channels, height, width], whole numbers from 1 on",
    );
  if (!Array.isArray(layers) || layers.length === 0)
    throw new InvalidInputError(`${path}, layers`, "expected at least one layer");
  const counts = new Map<string, number>();
  const placed: PlacedLayer[] = [];
  let from: readonly number[] = input;
  for (const [i, own] of layers.entries()) {
    const where = `${path}, layers[${i}]`;
    const layer = layerOf(where, own);
    const to = outputOf(where, layer, from);
    const count = (counts.get(layer.type) ?? 0) + 1;
    counts.set(layer.type, count);
    placed.push({ name: `${layer.type}${count}`, layer, from, to });
    from = to;
  }
  const last = placed.at(-1)!;
  if (last.layer.type !== "linear")
    throw new InvalidInputError(
      `${path}, layers[${placed.length - 1}]`,
      `expected the last layer to be linear, with an output a class, got ${last.layer.type}`,
    );
  return { input: input as unknown as Architecture["input"], layers: placed, classes: last.to[0]! };
}

function isCount(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least;
}

function layerOf(where: string, given: unknown): LayerDescription {
  const { type, ...values } = (given ?? {}) as Record<string, unknown>;
  const known = typeof type === "string" && Object.hasOwn(fields, type) ? fields[type as "relu"] : undefined;
  if (known === undefined)
    throw new InvalidInputError(
      where,
      `expected a type among ${Object.keys(fields).join(", ")}, got ${JSON.stringify(type)}`,
    );
  for (const name of Object.keys(values))
    if (!known.includes(name))
      throw new InvalidInputError(where, `${type} has no ${name}; it has ${known.join(", ") || "nothing"}`);
  const number = (name: string, least: number, otherwise?: number): number => {
    const value = values[name] ?? otherwise;
    if (!isCount(value, least))
      throw new InvalidInputError(
        `${where}, ${name}`,
        `expected a whole number from ${least} on, got ${JSON.stringify(value)}`,
      );
    return value;
  };
  switch (type as LayerDescription["type"]) {
    case "convolution":
      return {
        type: "convolution",
        outputs: number("outputs", 1),
        window: number("window", 1),
        stride: number("stride", 1, 1),
        padding: number("padding", 0, 0),
      };
    case "linear":
      return { type: "linear", outputs: number("outputs", 1) };
    case "relu":
      return { type: "relu" };
    default: {
      const window = number("window", 1);
      return { type: type as "max-pool", window, stride: number("stride", 1, window) };
    }
  }
}

function outputOf(where: string, layer: LayerDescription, from: readonly number[]): readonly number[] {
  if (layer.type === "relu") return from;
  if (layer.type === "linear") return [layer.outputs];
  if (from.length !== 3)
    throw new InvalidInputError(where, `expected pictures before a ${layer.type}, got ${from[0]} features`);
  const [channels, height, width] = from as readonly [number, number, number];
  const padding = layer.type === "convolution" ? layer.padding : 0;
  const extent = (size: number) => Math.floor((size + 2 * padding - layer.window) / layer.stride) + 1;
  const [rows, columns] = [extent(height), extent(width)];
  if (!(rows >= 1) || !(columns >= 1))
    throw new InvalidInputError(
      where,
      `a window of ${layer.window} does not fit into pictures of ${height} x ${width}`,
    );
  return [layer.type === "convolution" ? layer.outputs : channels, rows, columns];
}

const featuresOf = (shape: readonly number[]): number =>
  shape.reduce((product, extent) => product * extent, 1);

/** He initialised, biases 0. */
export function initArchitecture({ layers }: Architecture, stream: RandomStream): ArchitectureParams {
  const params: Record<string, ArchitectureParams[string]> = {};
  for (const { name, layer, from } of layers) {
    if (layer.type === "convolution")
      params[name] = initConvolution(stream.split(name), from[0]!, layer.outputs, [
        layer.window,
        layer.window,
      ]);
    if (layer.type === "linear")
      params[name] = initLinear(stream.split(name), featuresOf(from), layer.outputs, { weight: heNormal });
  }
  return params;
}

/** Scores [n, classes] of pictures [n, channels, height, width]. */
export function applyArchitecture(
  { layers }: Architecture,
  params: Traced<ArchitectureParams>,
  x: Tensor,
): Tensor {
  let value = x;
  for (const { name, layer, from } of layers) {
    const own = params[name] as never;
    if (layer.type === "relu") value = value.relu();
    else if (layer.type === "convolution") {
      const { stride, padding } = layer;
      value = convolution(own, value, { stride, padding });
    } else if (layer.type === "linear")
      value = linear(own, from.length === 3 ? value.reshape([value.shape[0]!, featuresOf(from)]) : value);
    else
      value = (layer.type === "max-pool" ? maxPool : avgPool)(value, layer.window, { stride: layer.stride });
  }
  return value;
}

/** The network as an ONNX model of the input `x` and the output `scores`, for any number of pictures. */
export function architectureModel(
  { input, layers, classes }: Architecture,
  params: ArchitectureParams,
): OnnxModel {
  const nodes: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const ints = (name: string, values: readonly number[]): AttributeProto => ({
    ...{ name, type: attributeType.INTS, ints: values },
  });
  const stored = (name: string, array: NdArray): string => {
    initializer.push(toTensorProto(array, name));
    return name;
  };
  let value = "x";
  const add = (opType: string, more: readonly string[], output: string, attribute: AttributeProto[] = []) => {
    nodes.push({ opType, input: [value, ...more], output: [output], attribute });
    value = output;
  };
  for (const [i, { name, layer, from }] of layers.entries()) {
    const output = i === layers.length - 1 ? "scores" : `${name}.output`;
    const own = params[name];
    if (layer.type === "relu") add("Relu", [], output);
    else if (layer.type === "linear") {
      if (from.length === 3) add("Flatten", [], `${name}.input`);
      add("Gemm", [stored(`${name}.weight`, own!.weight!), stored(`${name}.bias`, own!.bias!)], output);
    } else {
      const window = [
        ints("kernel_shape", [layer.window, layer.window]),
        ints("strides", [layer.stride, layer.stride]),
      ];
      if (layer.type === "convolution") {
        const weights = [stored(`${name}.kernel`, own!.kernel!), stored(`${name}.bias`, own!.bias!)];
        add("Conv", weights, output, [...window, ints("pads", Array(4).fill(layer.padding))]);
      } else add(layer.type === "max-pool" ? "MaxPool" : "AveragePool", [], output, window);
    }
  }
  const typed = (name: string, shape: readonly number[]) => ({
    name,
    type: {
      tensorType: {
        elemType: dataType.FLOAT,
        shape: { dim: [{ dimParam: "batch" }, ...shape.map((dimValue) => ({ dimValue }))] },
      },
    },
  });
  return parseOnnxModel(
    encodeModel({
      irVersion: 8,
      producerName: "ockham",
      opsetImport: [{ domain: "", version: 17 }],
      graph: {
        name: "network",
        node: nodes,
        initializer,
        input: [typed("x", input)],
        output: [typed("scores", [classes])],
      },
    }),
  );
}
