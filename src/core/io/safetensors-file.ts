import { writeAtomically } from "#files";
import type { NdArray } from "../array/index.ts";
import { InvalidInputError, show } from "../errors.ts";
import {
  bytesOf,
  encodeHeader,
  headerLength,
  parseHeader,
  type SafetensorsHeader,
  type SafetensorsPart,
  safetensorsHeader,
  tensorOf,
} from "./safetensors.ts";

/** A safetensors file whose header has been read and checked; tensors are read one by one. */
export interface SafetensorsFile extends SafetensorsHeader {
  /** Reads one tensor; only its own bytes are fetched from disk. */
  read(name: string): Promise<NdArray>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file of any size: reads and checks the header only. Node only.
 * @throws InvalidInputError when the file is no safetensors file.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  // Looked up at run time: bundles for browsers, which never come here, need no Node module.
  const files = globalThis.process?.getBuiltinModule?.("node:fs/promises");
  if (files === undefined)
    throw new InvalidInputError(path, "files cannot be opened by name in a browser; use parseSafetensors");
  const found = await files.stat(path).catch((cause: Error) => {
    throw new InvalidInputError(path, `cannot be read: ${cause.message}`, { cause });
  });
  // Checked before opening: opening a pipe would wait for its writer.
  if (!found.isFile()) throw new InvalidInputError(path, "is no regular file");
  const file = await files.open(path, "r");
  const readAt = async (begin: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - begin);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await file.read(bytes, done, bytes.length - done, begin + done);
      if (bytesRead === 0) throw new InvalidInputError(path, "became shorter while it was read");
      done += bytesRead;
    }
    return bytes;
  };
  try {
    const stats = await file.stat();
    const length = headerLength(await readAt(0, Math.min(8, stats.size)), stats.size);
    const header = parseHeader(await readAt(8, 8 + length), stats.size);
    return {
      ...header,
      async read(name) {
        const entry = header.entries.get(name);
        if (entry === undefined)
          throw new InvalidInputError(
            path,
            `has no tensor ${show(name)}; it has ${show([...header.entries.keys()])}`,
          );
        return tensorOf(entry, await readAt(entry.begin, entry.end));
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    if (error instanceof InvalidInputError && error.argument !== path)
      throw new InvalidInputError(path, error.message, { cause: error });
    throw error;
  }
}

/**
 * Writes a safetensors file so that its name never shows an incomplete one. Node only.
 * Arrays and metadata are checked as in `formatSafetensors`.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { header, order } = encodeHeader(tensors, metadata);
  await writeAtomically(path, async (file) => {
    await file.write(header);
    for (const name of order) await file.write(bytesOf(tensors[name]!));
  });
}

/**
 * {@link writeSafetensors} of tensors that are made one by one, in the order of the file, so that not all are in memory
 * at once. `make` must give what `parts` states. Returns the bytes of the file.
 */
export async function streamSafetensors(
  path: string,
  parts: Readonly<Record<string, SafetensorsPart>>,
  make: (name: string) => NdArray | Promise<NdArray>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { header, order } = safetensorsHeader(parts, metadata);
  let size = header.length;
  await writeAtomically(path, async (file) => {
    await file.write(header);
    for (const name of order) {
      const { dtype, shape, bfloat16 } = parts[name]!;
      const array = await make(name);
      if (array.dtype !== dtype || String(array.shape) !== String(shape))
        throw new InvalidInputError(
          `tensors.${name}`,
          `expected ${dtype}[${shape.join(", ")}], got ${array.dtype}[${array.shape.join(", ")}]`,
        );
      const bytes = bytesOf(array, bfloat16);
      size += bytes.length;
      await file.write(bytes);
    }
  });
  return size;
}
