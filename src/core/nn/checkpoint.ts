import type { NdArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import { openSafetensors, writeSafetensors } from "../io/index.ts";
import { namedLeaves, withLeaves } from "../tensor/index.ts";

/** What a checkpoint holds: a tree of arrays, and figures and texts beside it. */
export interface Checkpoint<T> {
  readonly tree: T;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Writes a tree of arrays, leaf by leaf under its path, so that the name never shows half a file. */
export async function saveCheckpoint(
  path: string,
  tree: unknown,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await writeSafetensors(path, Object.fromEntries(namedLeaves(tree) as [string, NdArray][]), metadata);
}

/**
 * Reads a checkpoint into the shape of `like`: the same paths, element types and shapes; undefined when there
 * is no such file.
 *
 * @throws InvalidInputError naming the first array that is missing, left over or of another type.
 */
export async function loadCheckpoint<T>(path: string, like: T): Promise<Checkpoint<T> | undefined> {
  const { existsSync } = globalThis.process.getBuiltinModule("node:fs");
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  try {
    const expected = namedLeaves(like) as [string, NdArray][];
    const names = new Set(file.entries.keys());
    const leaves: NdArray[] = [];
    for (const [name, { dtype, shape }] of expected) {
      if (!names.delete(name)) throw new InvalidInputError(path, `has no array ${show(name)}`);
      const array = await file.read(name);
      if (array.dtype !== dtype || array.shape.join() !== shape.join())
        throw new InvalidInputError(
          path,
          `${show(name)} is ${array.dtype}[${array.shape}], expected ${dtype}[${shape}]: written by another model?`,
        );
      leaves.push(array);
    }
    for (const name of names) throw new InvalidInputError(path, `holds ${show(name)}, which the model lacks`);
    return { tree: withLeaves(like, leaves), metadata: file.metadata };
  } finally {
    await file.close();
  }
}
