import { randomUUID } from "node:crypto";
import { unlinkSync } from "node:fs";
import { mkdir, open, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InvalidInputError } from "../errors.ts";

/** Takes the content of a file, piece by piece and in order. */
export interface FileWriter {
  write(piece: Uint8Array | string): Promise<void>;
}

/**
 * Writes a file so that its name never shows an incomplete one: the content goes to a temporary name in the
 * same folder, is flushed to the disk and then takes the name. When `write` throws (an abort is such a case),
 * or the process is told to end (SIGINT, SIGTERM, SIGHUP, `process.exit`), the temporary file is removed
 * and a file of that name from before stays as it was.
 *
 * Missing folders are made. A link keeps pointing where it does; devices and pipes are written directly.
 */
export async function writeAtomically(
  path: string,
  write: (file: FileWriter) => Promise<void>,
): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new InvalidInputError(path, "is a folder; expected a file name");
  const direct = existing !== undefined && !existing.isFile();
  const target = existing === undefined || direct ? path : await realpath(path);
  const folder = dirname(target);
  const temporary = direct ? path : join(folder, `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  try {
    if (!direct) await mkdir(folder, { recursive: true });
    const file = await open(temporary, direct ? "w" : "wx", existing?.mode ?? 0o666);
    if (!direct) unfinished.add(temporary);
    watchForEnd();
    try {
      await write({
        async write(piece) {
          if (typeof piece === "string") await file.writeFile(piece);
          else {
            for (let offset = 0; offset < piece.length; ) {
              const { bytesWritten } = await file.write(
                piece,
                offset,
                Math.min(piece.length - offset, 1 << 26),
              );
              offset += bytesWritten;
            }
          }
        },
      });
      if (!direct) await file.sync();
    } finally {
      await file.close();
    }
    if (!direct) await rename(temporary, target);
  } catch (cause) {
    if (unfinished.has(temporary)) await unlink(temporary).catch(() => {});
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      throw new InvalidInputError(path, "cannot be written: permission denied", { cause });
    if (code === "ENOENT" || code === "ENOSPC")
      throw new InvalidInputError(
        path,
        `cannot be written: ${code === "ENOENT" ? "its folder cannot be made" : "the disk is full"}`,
        { cause },
      );
    if (code === "ENOTDIR" || code === "EEXIST")
      throw new InvalidInputError(path, "cannot be written: a part of its path is not a folder", { cause });
    throw cause;
  } finally {
    unfinished.delete(temporary);
    watchForEnd();
  }
}

/** Temporary files of this process that are being written. */
const unfinished = new Set<string>();
const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let watching = false;

/** Listens for the end of the process while there are unfinished files, and only then. */
function watchForEnd(): void {
  const wanted = unfinished.size > 0;
  if (wanted === watching) return;
  watching = wanted;
  const change = wanted ? "on" : "off";
  process[change]("exit", removeUnfinished);
  for (const signal of endings) process[change](signal, endBySignal);
}

function removeUnfinished(): void {
  for (const path of unfinished) {
    try {
      unlinkSync(path);
    } catch {
      // Already gone.
    }
  }
}

/** Where the program handles the signal itself, it decides what happens; otherwise the process ends by it. */
function endBySignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeUnfinished();
  for (const ending of endings) process.off(ending, endBySignal);
  process.kill(process.pid, signal);
}
