// Browsers have no file system: the readers and writers of named files say so.
import { InvalidInputError } from "../errors.ts";
import type { FileWriter, OpenedFile, RandomAccessFile } from "./files.node.ts";

export type { FileWriter, OpenedFile, RandomAccessFile };

export async function openFile(path: string): Promise<OpenedFile> {
  throw noFiles(path);
}

export async function openRandomAccess(path: string): Promise<RandomAccessFile> {
  throw noFiles(path);
}

export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  throw noFiles(path);
}

export async function writeAtomically(
  path: string,
  _write: (file: FileWriter) => Promise<void>,
): Promise<void> {
  throw noFiles(path);
}

function noFiles(path: string): InvalidInputError {
  return new InvalidInputError(
    path,
    "files cannot be opened by name in a browser; use the functions that take and give bytes",
  );
}
