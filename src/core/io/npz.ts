import { readBytes } from "#files";
import type { NdArray } from "../array/index.ts";
import { parseNpy } from "./npy.ts";
import { unzip } from "./zip.ts";

/**
 * Reads NumPy's `.npz`: the arrays by name. See {@link parseNpy} for what an array may be.
 *
 * @param wanted which arrays to read, default all: one of an unsupported type need not spoil the others
 * @param name what the bytes are called in errors, default `"npz"`
 */
export function parseNpz(
  bytes: Uint8Array,
  wanted: (array: string) => boolean = () => true,
  name = "npz",
): Record<string, NdArray> {
  const members = unzip(
    bytes,
    (path) => path.endsWith(".npy") && wanted(path.slice(0, -".npy".length)),
    name,
  );
  return Object.fromEntries(
    Object.entries(members).map(([path, member]) => {
      const array = path.slice(0, -".npy".length);
      return [array, parseNpy(member, `${name}, ${array}`)];
    }),
  );
}

/** {@link parseNpz} of a file. */
export async function readNpz(
  path: string,
  wanted?: (array: string) => boolean,
): Promise<Record<string, NdArray>> {
  return parseNpz(await readBytes(path), wanted, path);
}
