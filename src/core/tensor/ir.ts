import type { GraphBuilder } from "./graph-builder.ts";
import type { Tensor } from "./tensor.ts";
import type { Type } from "./type.ts";

/** What a primitive needs to know beyond its inputs; compared by its JSON text. */
export type Attributes = Readonly<Record<string, unknown>>;

/**
 * One operation of the traced language, with every rule the compiler needs. A primitive exists when it has
 * its own ONNX lowering or its own derivative; everything else is a function of primitives.
 */
export interface Primitive<A extends Attributes = Attributes> {
  readonly name: string;

  /** Types of the results; refuses inputs that do not fit. */
  infer(inputs: readonly Type[], attributes: A): readonly Type[];

  /** The same operation on numbers: folds constants of one element. */
  readonly scalar?: (...values: number[]) => number;

  /** An equal tensor that costs less, when there is one (`x * 1` is `x`). */
  readonly simplify?: (inputs: readonly Tensor[], attributes: A) => Tensor | undefined;

  /** Writes the operation as ONNX nodes; returns the names of the results. */
  readonly lower?: (
    graph: GraphBuilder,
    inputs: readonly string[],
    node: Node<A>,
  ) => string | readonly string[];

  /**
   * The operation in other primitives, tried after differentiation and before `lower`; undefined where
   * `lower` serves. How an operation that ONNX Runtime lacks, or does slowly, is written.
   */
  readonly expand?: (inputs: readonly Tensor[], attributes: A) => readonly Tensor[] | undefined;

  /**
   * Cotangents of the inputs from those of the results (undefined is zero), in differentiable operations.
   * A primitive without this rule has derivative zero.
   */
  readonly vjp?: (
    cotangents: readonly (Tensor | undefined)[],
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
    attributes: A,
  ) => readonly (Tensor | undefined)[];

  /**
   * The operation over a batch: inputs flagged in `batched` carry the batch on axis 0, so must all results.
   * Without this rule the batch is unrolled.
   */
  readonly batch?: (
    inputs: readonly Tensor[],
    batched: readonly boolean[],
    attributes: A,
    size: number,
  ) => readonly Tensor[];

  /** Works element by element with broadcasting: batches follow from the alignment of axes alone. */
  readonly elementwise?: boolean;

  /** The result is input 0 itself as far as the runtime is concerned (stopGradient and kin). */
  readonly alias?: boolean;

  /** Never merged with an equal node. */
  readonly unique?: boolean;
}

/** One application of a primitive. Nodes only refer to older nodes: ascending ids are a topological order. */
export interface Node<A extends Attributes = Attributes> {
  readonly id: number;
  readonly primitive: Primitive<A>;
  readonly inputs: readonly Tensor[];
  readonly attributes: A;
  readonly outputs: readonly Tensor[];
}

/** Declares a primitive with the type of its attributes checked inside its rules. */
export function definePrimitive<A extends Attributes>(primitive: Primitive<A>): Primitive {
  return primitive as unknown as Primitive;
}

/**
 * All nodes that the given tensors depend on, themselves included, in topological order. Nodes that are
 * `done` are left out, with what only they depend on.
 */
export function reachable(tensors: Iterable<Tensor>, done: (node: Node) => boolean = () => false): Node[] {
  const seen = new Set<Node>();
  const pending: Node[] = [];
  const visit = (node: Node): void => {
    if (seen.has(node) || done(node)) return;
    seen.add(node);
    pending.push(node);
  };
  for (const tensor of tensors) visit(tensor.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop())
    for (const input of node.inputs) visit(input.node);
  return [...seen].sort((a, b) => a.id - b.id);
}
