// The file system, for Node. Everything else in this folder works on bytes; browsers get files.browser.ts.
import { access, constants, open, stat } from "node:fs/promises";
import { InvalidInputError } from "../errors.ts";
import { concatBytes } from "./byte-source.ts";

export { type FileWriter, writeAtomically } from "./atomic-file.ts";

export interface OpenedFile {
  /** Size in bytes; 0 for pipes. */
  readonly bytes: number;
  /** Its content. The file is closed when the iteration ends, however it ends. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const chunkLength = 1 << 20;

/** A file as a stream. It is opened when the iteration begins, so that one never begun leaves nothing open. */
export async function openFile(path: string): Promise<OpenedFile> {
  const stats = await refusing(path, () => stat(path));
  if (stats.isDirectory()) throw new InvalidInputError(path, "is a folder; expected a file");
  await refusing(path, () => access(path, constants.R_OK));
  return { bytes: stats.isFile() ? stats.size : 0, chunks: chunksOf(path) };
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await refusing(path, () => open(path, "r"));
  try {
    for (;;) {
      const buffer = new Uint8Array(chunkLength);
      const { bytesRead } = await refusing(path, () => file.read(buffer, 0, chunkLength, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** The whole content of a file, in memory of its own that begins at offset 0. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes: size, chunks } = await openFile(path);
  if (size === 0) {
    // A pipe or a device, of which nobody knows the size beforehand.
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    return concatBytes(parts);
  }
  const file = await openRandomAccess(path);
  try {
    return await file.read(0, size);
  } finally {
    await file.close();
  }
}

export interface RandomAccessFile {
  readonly bytes: number;
  /** The bytes from start to end, which lies behind the last one. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** Opens a file of which only parts will be read. */
export async function openRandomAccess(path: string): Promise<RandomAccessFile> {
  const file = await refusing(path, () => open(path, "r"));
  const stats = await file.stat();
  if (!stats.isFile()) {
    await file.close();
    throw new InvalidInputError(path, "is not a regular file");
  }
  return {
    bytes: stats.size,
    async read(start, end) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, stats.size) - start));
      // In pieces: one call of the system reads at most 2 GiB.
      for (let at = 0; at < bytes.length; ) {
        const length = Math.min(bytes.length - at, 1 << 28);
        const { bytesRead } = await refusing(path, () => file.read(bytes, at, length, start + at));
        if (bytesRead === 0) throw new InvalidInputError(path, "became shorter while it was read");
        at += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file: a part of its path is not a folder",
  EACCES: "not readable: permission denied",
  EPERM: "not readable: permission denied",
  EISDIR: "is a folder; expected a file",
  ELOOP: "not readable: its links run in a circle",
  ENAMETOOLONG: "no such file: the name is too long",
  EIO: "not readable: input/output error",
};

async function refusing<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const problem = problems[(cause as NodeJS.ErrnoException).code ?? ""];
    throw problem === undefined ? cause : new InvalidInputError(path, problem, { cause });
  }
}
