import type { NdArray } from "../array/index.ts";
import { InvalidInputError } from "../errors.ts";
import { withInterning } from "./interning.ts";
import { reachable } from "./ir.ts";
import { rewrite } from "./lower.ts";
import * as structure from "./primitives/structure.ts";
import { apply, Tensor } from "./tensor.ts";
import { mapLeaves, namedLeaves } from "./tree.ts";
import type { Type } from "./type.ts";

/** Where a leaf of a result comes from: a computed output, an argument handed through, or a constant. */
export class Source {
  readonly place:
    | { readonly from: "output" | "argument"; readonly value: number }
    | { readonly from: "constant"; readonly value: NdArray };

  constructor(place: Source["place"]) {
    this.place = place;
  }
}

/** A traced function, with its tensors apart from the trees that hold them. */
export interface Trace {
  /** Argument leaves that the outputs depend on, their places among all leaves, and their paths. */
  readonly inputs: readonly { readonly tensor: Tensor; readonly place: number; readonly path: string }[];
  /** What has to be computed, each once. */
  readonly outputs: readonly Tensor[];
  /** The result with a {@link Source} for each tensor. */
  readonly result: unknown;
}

/** Runs `f` on place holders for the leaves of `args`, and rewrites the graph for the runtime. */
export function trace(f: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): Trace {
  return withInterning(() => {
    const placeholders: Tensor[] = [];
    const paths = namedLeaves(args).map(([path]) => path);
    const traced = mapLeaves(args, (leaf) => {
      const type: Type =
        typeof leaf === "number" ? { dtype: "float64", shape: [] } : { dtype: leaf.dtype, shape: leaf.shape };
      const placeholder = apply(structure.input, [], { type })[0]!;
      placeholders.push(placeholder);
      return placeholder;
    }) as readonly unknown[];
    const value = f(...traced);
    if (value instanceof Promise)
      throw new InvalidInputError("compile", "the function must be synchronous: it is traced, not awaited");
    const raw: Tensor[] = [];
    mapLeaves(value, (leaf) => {
      if (leaf instanceof Tensor) raw.push(leaf);
    });
    const final = rewrite(raw);
    const places = new Map(placeholders.map((tensor, place) => [tensor, place]));
    const outputs = new Map<Tensor, number>();
    let next = 0;
    const result = mapLeaves(value, (leaf) => {
      if (!(leaf instanceof Tensor)) return leaf;
      const tensor = final[next++]!;
      const argument = places.get(tensor);
      if (argument !== undefined) return new Source({ from: "argument", value: argument });
      if (tensor.node.primitive === structure.constant)
        return new Source({ from: "constant", value: tensor.node.attributes.array as NdArray });
      if (!outputs.has(tensor)) outputs.set(tensor, outputs.size);
      return new Source({ from: "output", value: outputs.get(tensor)! });
    });
    const used = new Set(reachable(outputs.keys()));
    return {
      inputs: placeholders.flatMap((tensor, place) =>
        used.has(tensor.node) ? [{ tensor, place, path: paths[place]! }] : [],
      ),
      outputs: [...outputs.keys()],
      result,
    };
  });
}

/** The tree with each {@link Source} replaced. */
export function fillSources(tree: unknown, value: (place: Source["place"]) => unknown): unknown {
  if (tree instanceof Source) return value(tree.place);
  if (Array.isArray(tree)) return tree.map((entry) => fillSources(entry, value));
  if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree)) return tree;
  const filled: Record<string, unknown> = {};
  for (const key in tree) filled[key] = fillSources((tree as Record<string, unknown>)[key], value);
  return filled;
}

/** The sources in a result, with their paths. */
export function namedSources(tree: unknown, path = ""): [path: string, source: Source][] {
  if (tree instanceof Source) return [[path, tree]];
  if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree)) return [];
  return Object.entries(tree).flatMap(([key, entry]) =>
    namedSources(entry, path === "" ? key : `${path}.${key}`),
  );
}
