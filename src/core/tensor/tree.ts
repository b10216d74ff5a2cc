import type { NdArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import { isNdArray, Tensor, type TensorLike } from "./tensor.ts";

/**
 * Trees are plain objects and arrays, nested at will, with tensors, NdArrays and numbers as leaves. Texts,
 * booleans, null, undefined, big integers and functions may stand among them: they belong to the structure.
 */

/** Whether a value is a leaf that holds numbers. */
export function isLeaf(value: unknown): value is TensorLike {
  return typeof value === "number" || value instanceof Tensor || isNdArray(value);
}

/** Calls `visit` on every leaf in order (keys of an object in their own order), and rebuilds the tree. */
export function mapLeaves(
  tree: unknown,
  visit: (leaf: TensorLike, path: string) => unknown,
  path = "",
): unknown {
  if (isLeaf(tree)) return visit(tree, path);
  if (Array.isArray(tree)) return tree.map((entry, i) => mapLeaves(entry, visit, join(path, String(i))));
  if (typeof tree !== "object" || tree === null) return tree;
  requirePlain(tree, path);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(tree))
    result[key] = mapLeaves((tree as Record<string, unknown>)[key], visit, join(path, key));
  return result;
}

/**
 * A tree of the results of `f` on the leaves of `tree`, with the leaves at the same places of `others`
 * beside them.
 */
export function mapTree<T>(
  f: (leaf: Tensor, ...others: Tensor[]) => TensorLike,
  tree: T,
  ...others: readonly unknown[]
): T;
export function mapTree<T, R>(
  f: (leaf: NdArray, ...others: NdArray[]) => R,
  tree: T,
  ...others: readonly unknown[]
): unknown;
export function mapTree(
  f: (leaf: never, ...others: never[]) => unknown,
  tree: unknown,
  ...others: readonly unknown[]
): unknown {
  return zip(f as (...leaves: unknown[]) => unknown, [tree, ...others], "");
}

function zip(f: (...leaves: unknown[]) => unknown, trees: readonly unknown[], path: string): unknown {
  const [first, ...others] = trees;
  if (isLeaf(first)) {
    for (const other of others)
      if (!isLeaf(other))
        throw new InvalidInputError(path || "others", `expected a leaf, got ${show(other)}`);
    return f(...trees);
  }
  if (typeof first !== "object" || first === null) return first;
  if (!Array.isArray(first)) requirePlain(first, path);
  const keys = Object.keys(first);
  for (const other of others) {
    const own =
      typeof other === "object" && other !== null && !isLeaf(other) ? Object.keys(other) : undefined;
    if (
      own === undefined ||
      own.length !== keys.length ||
      !keys.every((key) => Object.hasOwn(other as object, key))
    )
      throw new InvalidInputError(
        path || "others",
        `expected the keys ${show(keys)}, got ${show(own ?? other)}`,
      );
  }
  const entry = (key: string) =>
    zip(
      f,
      trees.map((tree) => (tree as Record<string, unknown>)[key]),
      join(path, key),
    );
  return Array.isArray(first) ? keys.map(entry) : Object.fromEntries(keys.map((key) => [key, entry(key)]));
}

/** The leaves of a tree in order. */
export function leavesOf(tree: unknown): TensorLike[] {
  const leaves: TensorLike[] = [];
  mapLeaves(tree, (leaf) => leaves.push(leaf));
  return leaves;
}

/** The leaves of a tree with their paths, such as `layers.0.weight`. */
export function namedLeaves(tree: unknown): [path: string, leaf: TensorLike][] {
  const named: [string, TensorLike][] = [];
  mapLeaves(tree, (leaf, path) => named.push([path, leaf]));
  return named;
}

/** The tree with its leaves replaced, in order. */
export function withLeaves<T>(tree: T, leaves: readonly unknown[]): T {
  let next = 0;
  return mapLeaves(tree, () => leaves[next++]) as T;
}

/**
 * Collects the leaves of a tree and describes all the rest in a text: equal texts, equal structures, and
 * equal types of leaves. The cost of a call of a compiled function lies here.
 */
export function describe(tree: unknown, leaves: TensorLike[]): string {
  if (typeof tree === "number") {
    leaves.push(tree);
    return "float64[]";
  }
  if (typeof tree !== "object" || tree === null) return describeStatic(tree);
  if (Array.isArray(tree)) {
    let text = "(";
    for (const entry of tree) text += `${describe(entry, leaves)},`;
    return `${text})`;
  }
  if (isNdArray(tree)) {
    leaves.push(tree);
    return `${tree.dtype}[${tree.shape}]`;
  }
  if (tree instanceof Tensor)
    throw new InvalidInputError("arguments", "a compiled function takes arrays; call the function itself");
  requirePlain(tree, "");
  let text = "{";
  for (const key in tree)
    text += `${JSON.stringify(key)}:${describe((tree as Record<string, unknown>)[key], leaves)},`;
  return `${text}}`;
}

const functions = new WeakMap<object, number>();
let functionCount = 0;

function describeStatic(value: unknown): string {
  if (typeof value === "function") {
    if (!functions.has(value)) functions.set(value, functionCount++);
    return `f${functions.get(value)}`;
  }
  return typeof value === "bigint"
    ? `${value}n`
    : typeof value === "string"
      ? JSON.stringify(value)
      : String(value);
}

function requirePlain(value: object, path: string): void {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return;
  throw new InvalidInputError(
    path === "" ? "tree" : path,
    `expected plain objects, arrays, NdArrays and numbers, got ${value.constructor?.name ?? show(value)}`,
  );
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
