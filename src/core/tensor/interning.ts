import type { NdArray } from "../array/index.ts";
import type { Attributes, Node, Primitive } from "./ir.ts";
import type { Tensor } from "./tensor.ts";

/** Nodes of the trace under way by what they compute, and its larger constants by hash. */
interface Interned {
  readonly nodes: Map<string, Node>;
  readonly constants: Map<string, NdArray["data"][]>;
}

let interned: Interned | undefined;

/** Runs `body` with equal nodes merged; nothing is shared with other traces. */
export function withInterning<T>(body: () => T): T {
  const outer = interned;
  interned = { nodes: new Map(), constants: new Map() };
  try {
    return body();
  } finally {
    interned = outer;
  }
}

/** The node of this trace that computes the same, or else the one that `build` makes. */
export function intern(
  primitive: Primitive,
  inputs: readonly Tensor[],
  attributes: Attributes,
  build: () => Node,
): Node {
  if (interned === undefined || primitive.unique) return build();
  const operands = inputs.map(({ node, index }) => `${node.id}.${index}`).join();
  const array = attributes.array as NdArray | undefined;
  const rest = array === undefined ? JSON.stringify(attributes) : constantKey(array, interned.constants);
  const key = `${primitive.name}(${operands})${rest}`;
  let node = interned.nodes.get(key);
  if (node === undefined) {
    node = build();
    interned.nodes.set(key, node);
  }
  return node;
}

/** Constants are equal when their elements are. */
function constantKey({ dtype, shape, data }: NdArray, known: Map<string, NdArray["data"][]>): string {
  if (data.length <= 8) {
    const values = Array.from(data as ArrayLike<number>, (value) =>
      Object.is(value, -0) ? "-0" : String(value),
    );
    return `${dtype}[${shape}]${values}`;
  }
  const bytes = bytesOf(data);
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  const key = `${dtype}[${shape}]#${hash}`;
  const alike = known.get(key) ?? [];
  let place = alike.findIndex((other) => other === data || sameBytes(bytesOf(other), bytes));
  if (place < 0) place = alike.push(data) - 1;
  known.set(key, alike);
  return `${key}.${place}`;
}

function bytesOf(data: NdArray["data"]): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
