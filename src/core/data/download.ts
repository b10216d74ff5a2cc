import { open, stat, truncate, unlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { openFile } from "../io/index.ts";
import { PinnedHash } from "./hashing.ts";

/** A source answered, but not with the file. Trying the same source again is of no use. */
export class SourceError extends Error {
  override readonly name: string = "SourceError";
}

/** What `download` needs of the file it fetches. */
export interface Wanted {
  readonly bytes: number;
  readonly hash: string;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of the file are there. */
  readonly onBytes: (bytes: number) => Promise<void>;
  /** Whether a complete file with another hash is to be taken all the same. */
  readonly accept?: (path: string) => Promise<boolean>;
}

/** A transfer that gives no byte for this long is broken off. */
const stall = 30_000;
const attempts = 3;

/**
 * Fetches a file into `part`, going on where an earlier attempt stopped, and compares its size and hash while
 * it streams. A part whose hash turns out wrong is removed.
 */
export async function download(
  url: string,
  part: string,
  wanted: Wanted,
  options: DownloadOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = await sizeOf(part);
    try {
      const { hash, bytes } = await transfer(url, part, wanted, options);
      if (hash === wanted.hash && bytes === wanted.bytes) return;
      if (options.accept && (await options.accept(part))) return;
      await unlink(part);
      // A resumed file can be made of two versions; one fetched in one piece is what the source has.
      if (before === 0)
        throw new SourceError(
          `it gave ${bytes} bytes with ${hash}; expected ${wanted.bytes} bytes with ${wanted.hash}`,
        );
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof SourceError || isLocalTrouble(cause)) throw cause;
      // Lost connections are retried; each retry goes on where the last one stopped.
      if (attempt >= attempts) throw new SourceError(reasonOf(cause), { cause });
    }
    await sleep(200 * attempt);
  }
}

async function transfer(
  url: string,
  part: string,
  wanted: Wanted,
  options: DownloadOptions,
): Promise<{ hash: string; bytes: number }> {
  let have = await sizeOf(part);
  if (have > wanted.bytes && options.accept === undefined) {
    await unlink(part);
    have = 0;
  }
  // An archive packed by others may be somewhat larger.
  const largest = options.accept === undefined ? wanted.bytes : 2 * wanted.bytes + (1 << 20);
  const hash = new PinnedHash(wanted.hash);
  const watchdog = new AbortController();
  let timer = setTimeout(() => watchdog.abort(new Error("no data for 30 s")), stall);
  const signal = options.signal ? AbortSignal.any([options.signal, watchdog.signal]) : watchdog.signal;
  try {
    const whole = have === wanted.bytes;
    if (!whole) {
      const response = await fetch(url, {
        // Files are pinned as they are stored: no encoding for the transfer.
        headers: { "accept-encoding": "identity", ...(have > 0 ? { range: `bytes=${have}-` } : {}) },
        signal,
      });
      const resumed = response.status === 206 && startOf(response) === have;
      if (!resumed && (response.status === 416 || response.status === 206)) {
        // What we have is no beginning of what is there.
        await response.body?.cancel();
        await truncate(part, 0);
        throw new Error(`the server cannot go on at byte ${have}`);
      }
      if (!response.ok || response.body === null) {
        await response.body?.cancel();
        const text = `the server answered ${response.status} ${response.statusText}`.trimEnd();
        throw response.status >= 500 || response.status === 429 ? new Error(text) : new SourceError(text);
      }
      if (resumed) await addFile(hash, part);
      else have = 0;
      const file = await open(part, resumed ? "a" : "w");
      try {
        for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
          clearTimeout(timer);
          timer = setTimeout(() => watchdog.abort(new Error("no data for 30 s")), stall);
          hash.update(chunk);
          await file.writeFile(chunk);
          have += chunk.length;
          if (have > largest) throw new SourceError(`it gave more than the expected ${wanted.bytes} bytes`);
          await options.onBytes(Math.min(have, wanted.bytes));
        }
        await file.sync();
      } finally {
        await file.close();
      }
      if (have < wanted.bytes && response.headers.get("content-length") === null)
        throw new Error("the connection ended early");
    } else await addFile(hash, part);
    return { hash: hash.digest(), bytes: have };
  } finally {
    clearTimeout(timer);
  }
}

/** First byte of a partial answer. */
function startOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
}

async function addFile(hash: PinnedHash, path: string): Promise<void> {
  for await (const chunk of (await openFile(path)).chunks) hash.update(chunk);
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** The innermost message of a failed request: `fetch failed` alone says nothing. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof SourceError) return cause.message;
  let reason = cause;
  while (reason instanceof Error && reason.cause instanceof Error) reason = reason.cause;
  if (!(reason instanceof Error)) return String(reason);
  const code = (reason as NodeJS.ErrnoException).code;
  return reason.message || code || reason.name;
}

/** Trouble with files of this machine, which no other source would help against. */
export function isLocalTrouble(cause: unknown): boolean {
  const { code = "", path, syscall } = cause as NodeJS.ErrnoException;
  const codes = ["ENOSPC", "EACCES", "EPERM", "EROFS", "EDQUOT", "EMFILE", "ENOTDIR", "EEXIST"];
  return codes.includes(code) && (path !== undefined || syscall === "write");
}
