import type { DType, NdArray } from "../../array/index.ts";
import { InvalidInputError } from "../../errors.ts";
import {
  type AttributeProto,
  dataTypeName,
  dtypeOfDataType,
  type ExternalData,
  type GraphProto,
  type NodeProto,
  toNdArray,
} from "../onnx/index.ts";

/** The attributes of one node, read by name and kind; in a function body those of the call are put in. */
export class NodeAttributes {
  readonly #operator: string;
  readonly #values: ReadonlyMap<string, AttributeProto>;
  readonly #external: ExternalData | undefined;

  constructor(node: NodeProto, call: NodeAttributes | undefined, external: ExternalData | undefined) {
    this.#operator = node.opType;
    this.#external = external;
    const values = new Map<string, AttributeProto>();
    for (const attribute of node.attribute ?? []) {
      const referred = attribute.refAttrName;
      if (referred === undefined || referred === "") values.set(attribute.name, attribute);
      else {
        const given = call?.get(referred);
        if (given !== undefined) values.set(attribute.name, given);
      }
    }
    this.#values = values;
  }

  get(name: string): AttributeProto | undefined {
    return this.#values.get(name);
  }

  /** Adds the defaults that a function declares. */
  withDefaults(defaults: readonly AttributeProto[]): NodeAttributes {
    const attribute = [...defaults.filter(({ name }) => !this.#values.has(name)), ...this.#values.values()];
    return new NodeAttributes(
      { opType: this.#operator, input: [], output: [], attribute },
      undefined,
      this.#external,
    );
  }

  #fail(name: string, problem: string): never {
    throw new InvalidInputError(`${this.#operator}, attribute ${name}`, problem);
  }

  optionalInt(name: string): number | undefined {
    const value = this.#values.get(name)?.i;
    return value === undefined ? undefined : Number(value);
  }

  int(name: string, fallback: number): number {
    return this.optionalInt(name) ?? fallback;
  }

  optionalFloat(name: string): number | undefined {
    return this.#values.get(name)?.f;
  }

  float(name: string, fallback: number): number {
    return this.optionalFloat(name) ?? fallback;
  }

  text(name: string, fallback: string): string {
    const value = this.#values.get(name)?.s;
    if (value === undefined) return fallback;
    return typeof value === "string" ? value : new TextDecoder().decode(value);
  }

  ints(name: string): number[] | undefined {
    return this.#values.get(name)?.ints?.map(Number);
  }

  floats(name: string): readonly number[] | undefined {
    return this.#values.get(name)?.floats;
  }

  texts(name: string): string[] | undefined {
    return this.#values
      .get(name)
      ?.strings?.map((value) => (typeof value === "string" ? value : new TextDecoder().decode(value)));
  }

  array(name: string): NdArray | undefined {
    const tensor = this.#values.get(name)?.t;
    return tensor && toNdArray(tensor, this.#external);
  }

  graph(name: string): GraphProto {
    return this.#values.get(name)?.g ?? this.#fail(name, "expected a graph, got none");
  }

  /** The dtype that stands for an ONNX element type; types that arrays hold as another one are refused. */
  dtype(name: string, fallback?: number): DType {
    const code = this.optionalInt(name) ?? fallback ?? this.#fail(name, "expected an element type, got none");
    const dtype = dtypeOfDataType(code);
    // Codes up to 13 have a dtype of their own; later ones (bfloat16, 8-bit floats, ...) are only read.
    if (dtype === undefined || code > 13)
      this.#fail(name, `element type ${dataTypeName(code)} is not supported`);
    return dtype;
  }
}
