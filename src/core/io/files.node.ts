// The file system, for Node. Everything else in this folder works on bytes; browsers get files.browser.ts.
import { type FileHandle, open, readFile } from "node:fs/promises";
import { InvalidInputError } from "../errors.ts";

export { type FileWriter, writeAtomically } from "./atomic-file.ts";

export interface OpenedFile {
  /** Size in bytes when it was opened; 0 for pipes. */
  readonly bytes: number;
  /** Its content. The file is closed when the iteration ends, however it ends. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

const chunkLength = 1 << 20;

/** Opens a file for reading as a stream. */
export async function openFile(path: string): Promise<OpenedFile> {
  const file = await refusing(path, () => open(path, "r"));
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new InvalidInputError(path, "is a folder; expected a file");
    return { bytes: stats.isFile() ? stats.size : 0, chunks: chunksOf(file, path) };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function* chunksOf(file: FileHandle, path: string): AsyncGenerator<Uint8Array, void, undefined> {
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

/** The whole content of a file. */
export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = await refusing(path, () => readFile(path));
  return new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, buffer.length);
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
